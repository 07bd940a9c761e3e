"""The settings as they are read from the environment: all of them checked, all problems said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from bot.settings import channels, values
from bot.settings.table import BY_NAME
from rules.hosts import LOOPBACK

T = TypeVar("T")
U = TypeVar("U")

_SIGN_IN = ("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "SECRET_KEY")
_SIGN_IN_ALL = f"{', '.join(_SIGN_IN[:-1])} and {_SIGN_IN[-1]}"


class SettingsError(Exception):
    """The environment cannot be used; `problems` has a sentence for each thing to mend. It quotes no secret."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class SignIn:
    """How people sign in: the App as an OAuth client, and the keys that seal sessions, the present one first."""

    client_id: str
    client_secret: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server needs to know, checked. `webhook_secrets` has the present one first.

    `github_api_url`, `github_web_url` and `base_url` have no slash at their end. `sign_in` is `None` where it is
    turned off. `operators` are user ids in digits and logins in lower case.
    """

    app_id: int
    private_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    github_api_url: str
    database_url: str = field(repr=False)
    host: str
    port: int
    base_url: str
    github_web_url: str = "https://github.com"
    sign_in: SignIn | None = None
    operators: frozenset[str] = frozenset()
    proxies: int = 0
    worker_port: int | None = None
    metrics_token: str | None = field(default=None, repr=False)
    log_format: str = "logfmt"
    purge_after_days: int = 30
    slack_token: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    slack_signing_secret: str | None = field(default=None, repr=False)
    slack_api_url: str = "https://slack.com/api/"
    slack_webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    mail_from: str | None = None
    contacts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    support_contacts: tuple[tuple[str, str], ...] = ()
    migration_targets: Path | None = None
    sync_zone: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read and check every setting; raises SettingsError with all problems at once."""
        reader = _Reader(environ)
        host, port = reader.value("HOST", values.host, ""), reader.value("PORT", values.port, 0)
        settings = cls(
            app_id=reader.value("GITHUB_APP_ID", values.app_id, 0),
            private_key=reader.private_key(),
            webhook_secrets=reader.webhook_secrets(),
            github_api_url=reader.value("GITHUB_API_URL", values.api_url, ""),
            database_url=reader.value("DATABASE_URL", values.database_url, ""),
            host=host,
            port=port,
            base_url=reader.maybe("BASE_URL", values.web_url) or _own_address(host, port),
            github_web_url=reader.maybe("GITHUB_WEB_URL", values.pages_url) or "",
            sign_in=reader.sign_in(),
            operators=reader.maybe("OPERATORS", values.operators) or frozenset(),
            proxies=reader.value("PROXIES", values.proxies, 0),
            worker_port=reader.maybe("WORKER_PORT", values.port),
            metrics_token=reader.maybe("METRICS_TOKEN", values.secret),
            log_format=reader.value("LOG_FORMAT", values.log_format, ""),
            purge_after_days=reader.value("PURGE_AFTER_DAYS", values.days, 0),
            slack_token=reader.maybe("SLACK_BOT_TOKEN", channels.slack_token),
            smtp_url=reader.maybe("SMTP_URL", channels.smtp_url),
            slack_signing_secret=reader.maybe("SLACK_SIGNING_SECRET", channels.signing_secret),
            slack_api_url=reader.value("SLACK_API_URL", channels.api_url, ""),
            slack_webhooks=reader.maybe("SLACK_WEBHOOKS", channels.webhooks) or {},
            mail_from=reader.maybe("MAIL_FROM", channels.mail_from),
            contacts=reader.maybe("CONTACTS", channels.contacts) or {},
            support_contacts=reader.maybe("SUPPORT_CONTACTS", channels.support) or (),
            migration_targets=reader.maybe("MIGRATION_TARGETS", values.file),
            sync_zone=reader.maybe("SYNC_ZONE", channels.zone),
        )
        reader.check_together(settings)
        if reader.problems:
            raise SettingsError(reader.problems)
        return replace(settings, github_web_url=settings.github_web_url or _web(settings.github_api_url))


class _Reader:
    """Reads variables, gathers the problems, and stands in for what is unusable so that reading goes on."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def has(self, name: str) -> bool:
        return bool(self._environ.get(name, "").strip())

    def value(self, name: str, check: Callable[[str], T], otherwise: U) -> T | U:
        setting = BY_NAME[name]
        text = self._environ[name] if self.has(name) else setting.default
        if text is None:
            return self._problem(f"{name} is not set. {setting.meaning}", otherwise)
        try:
            return check(text)
        except ValueError as error:
            return self._problem(f"{name} {error}", otherwise)

    def maybe(self, name: str, check: Callable[[str], T]) -> T | None:
        """Read a variable that may be left out."""
        return self.value(name, check, None) if self.has(name) else None

    def private_key(self) -> str:
        key, path = "GITHUB_PRIVATE_KEY", "GITHUB_PRIVATE_KEY_PATH"
        if self.has(key) and self.has(path):
            return self._problem(f"{key} and {path} are both set; unset one of them", "")
        return self.value(path, values.key_file, "") if self.has(path) else self.value(key, values.key, "")

    def webhook_secrets(self) -> tuple[str, ...]:
        present, former = "GITHUB_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET_PREVIOUS"
        names = (present, former) if self.has(former) else (present,)
        return tuple(self.value(name, values.secret, "") for name in names)

    def sign_in(self) -> SignIn | None:
        """Read how people sign in: all of it, or nothing."""
        given = [name for name in _SIGN_IN if self.has(name)]
        if not given:
            return None
        for name in _SIGN_IN:
            if name not in given:
                self._problem(f"{name} is not set, and {given[0]} is: sign-in needs {_SIGN_IN_ALL}", None)
        keys = [name for name in ("SECRET_KEY", "SECRET_KEY_PREVIOUS") if self.has(name)]
        return SignIn(
            self._environ.get("GITHUB_CLIENT_ID", "").strip(),
            self._environ.get("GITHUB_CLIENT_SECRET", "").strip(),
            tuple(self.value(name, values.secret_key, "") for name in keys),
        )

    def check_together(self, settings: Settings) -> None:
        """Check what only several settings tell."""
        base = urlsplit(settings.base_url)
        if settings.sign_in and base.scheme != "https" and base.hostname not in LOOPBACK:
            self._problem("BASE_URL must begin with https:// where people sign in, since their cookies go there", None)
        if settings.operators and not settings.sign_in:
            self._problem(f"OPERATORS is set, and nobody can sign in: set {_SIGN_IN_ALL}, or unset it", None)

    def _problem(self, sentence: str, otherwise: T) -> T:
        self.problems.append(sentence)
        return otherwise


def _web(api_url: str) -> str:
    """Tell where the pages are: github.com, a host of one's own (api.HOST), or the Enterprise Server of the API."""
    parts = urlsplit(api_url)
    path = parts.path.removesuffix("/api/v3")
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}{path}"


def _own_address(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"

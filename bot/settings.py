"""The server's settings: read from the environment once, checked at start, never printed where they are secret.

`TABLE` is the one place that names them. `.env.example` and docs/settings.md are made from it
(`python -m bot.settings env`, `python -m bot.settings docs`), and a test holds them to it.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot import settings_channels as channels
from rules.hosts import LOOPBACK

T = TypeVar("T")
U = TypeVar("U")

LEAST_SECRET = 16
"""Characters of a webhook secret; shorter ones can be guessed from one delivery that somebody saw."""
LEAST_KEY = 32
"""Characters of the key that seals sessions."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: what it is, what it is when unset, and an example as it would be written."""

    name: str
    meaning: str
    example: str
    default: str | None = None
    required: bool = False
    secret: bool = False


TABLE: tuple[Setting, ...] = (
    Setting(
        "GITHUB_APP_ID",
        "The number of the GitHub App, shown on its settings page as App ID.",
        "123456",
        required=True,
    ),
    Setting(
        "GITHUB_PRIVATE_KEY",
        "The App's private key: the text of the PEM file, its line ends written as they are or as \\n. "
        "Either this or GITHUB_PRIVATE_KEY_PATH is required.",
        "-----BEGIN RSA PRIVATE KEY-----\\n…\\n-----END RSA PRIVATE KEY-----\\n",
        secret=True,
    ),
    Setting(
        "GITHUB_PRIVATE_KEY_PATH",
        "The file that holds the App's private key, in place of GITHUB_PRIVATE_KEY.",
        "/etc/concordat/app.private-key.pem",
    ),
    Setting(
        "GITHUB_WEBHOOK_SECRET",
        f"The secret that GitHub signs deliveries with, at least {LEAST_SECRET} characters; the same as on the App's "
        "settings page. The links to full reports are signed with a key made from it.",
        "(openssl rand -hex 32 prints a good one)",
        required=True,
        secret=True,
    ),
    Setting(
        "GITHUB_WEBHOOK_SECRET_PREVIOUS",
        "The secret before the present one, still accepted while it is being changed: set it, change the secret here "
        "and on GitHub, and unset it a day later.",
        "(the former value)",
        secret=True,
    ),
    Setting(
        "GITHUB_API_URL",
        "Where GitHub's REST API is. For an Enterprise Server: https://HOST/api/v3.",
        "https://github.example.com/api/v3",
        default="https://api.github.com",
    ),
    Setting(
        "DATABASE_URL",
        "Where Concordat keeps what it must not forget: SQLite for one process, PostgreSQL for more.",
        "postgresql://concordat@db.example.com/concordat",
        default="sqlite:///concordat.db",
        secret=True,
    ),
    Setting(
        "HOST",
        "The address to listen on. Before it is reachable from elsewhere, put a proxy that speaks TLS in front.",
        "0.0.0.0",  # noqa: S104 an example for containers
        default="127.0.0.1",
    ),
    Setting("PORT", "The port to listen on.", "8080", default="8000"),
    Setting(
        "BASE_URL",
        "The address under which people and GitHub reach this server; links in comments begin with it. "
        "Unset, it is made from HOST and PORT, which only serves on this machine.",
        "https://concordat.example.com",
    ),
    Setting(
        "GITHUB_CLIENT_ID",
        "The App's client id, shown on its settings page. With GITHUB_CLIENT_SECRET and SECRET_KEY it turns sign-in "
        "with GitHub on: pages then show each person what their access to the repository allows. Enter BASE_URL with "
        "/sign-in/callback at its end as the App's callback URL.",
        "Iv23liExampleOfAnId",
    ),
    Setting(
        "GITHUB_CLIENT_SECRET",
        "A client secret of the App, generated on its settings page.",
        "(40 hexadecimal digits)",
        secret=True,
    ),
    Setting(
        "SECRET_KEY",
        f"Seals sessions and the user tokens in them, at least {LEAST_KEY} characters. The same for every process.",
        "(openssl rand -hex 32 prints a good one)",
        secret=True,
    ),
    Setting(
        "SECRET_KEY_PREVIOUS",
        "The key before the present one: sessions sealed with it are still read. Set it, change SECRET_KEY, and unset "
        "it a day later, when those sessions have ended.",
        "(the former value)",
        secret=True,
    ),
    Setting(
        "GITHUB_WEB_URL",
        "Where GitHub's pages are, to which people are sent to sign in. Unset, it is made from GITHUB_API_URL.",
        "https://github.example.com",
    ),
    Setting(
        "OPERATORS",
        "Who may see and use the operator page: GitHub user ids or logins, with commas between. An id is safer, since "
        "a login may be given up and taken by somebody else (https://api.github.com/users/LOGIN shows the id).",
        "583231, octocat",
    ),
    Setting(
        "PROXIES",
        "How many proxies in front of this server add to X-Forwarded-For. With the wrong number, limits count all "
        "people as one, or trust an address that anybody can write.",
        "1",
        default="0",
    ),
    Setting(
        "WORKER_PORT",
        "The port on which `concordat worker` answers /healthz, /readyz and /metrics, on HOST. Unset, it answers "
        "nobody.",
        "8001",
    ),
    Setting(
        "METRICS_TOKEN",
        f"Who reads /metrics shows it as `Authorization: Bearer …`; at least {LEAST_SECRET} characters. Unset, it is "
        "given only to this machine, and only where BASE_URL is this machine too.",
        "(openssl rand -hex 32 prints a good one)",
        secret=True,
    ),
    Setting(
        "PURGE_AFTER_DAYS",
        "After so many days in which no installation of the App sees a repository (it was uninstalled, or the "
        "repository taken from it), everything that is kept of the repository is deleted. Who installs it again before "
        "finds everything as it was.",
        "90",
        default="30",
    ),
    Setting(
        "LOG_FORMAT",
        "How the lines of the log are written: logfmt (name=value) or json (an object on each line).",
        "json",
        default="logfmt",
    ),
    Setting(
        "SLACK_BOT_TOKEN",
        "The bot token of a Slack app, for notices. It needs the scopes chat:write, im:write, and to find a message "
        "again whose answer was lost channels:history, groups:history and im:history.",
        "xoxb-…",
        secret=True,
    ),
    Setting(
        "SLACK_SIGNING_SECRET",
        "The signing secret of the Slack app. With it, buttons in messages are answered: enter BASE_URL with "
        "/slack/interactivity at its end as the app's interactivity request URL.",
        "(32 hexadecimal digits)",
        secret=True,
    ),
    Setting("SLACK_API_URL", "Where Slack's Web API is.", "https://slack.com/api/", default="https://slack.com/api/"),
    Setting(
        "SLACK_WEBHOOKS",
        "Incoming webhooks that partners.yml names, as NAME=ADDRESS with white space between.",
        "meridian=https://hooks.slack.com/services/T000/B000/XXXX",
        secret=True,
    ),
    Setting(
        "SMTP_URL",
        "The mail server for notices, with user and password where it wants them: smtp://HOST:587 (STARTTLS where it "
        "is offered) or smtps://HOST:465.",
        "smtp://concordat:password@mail.example.com:587",
        secret=True,
    ),
    Setting(
        "MIGRATION_TARGETS",
        "The file that names the data sets which `concordat migrate` and the App may touch, each with its address, "
        "table and column, and the repositories whose pull requests may have it migrated (docs/migrations.md). "
        "Keep it readable for the server alone, since addresses hold passwords.",
        "/etc/concordat/targets.yml",
    ),
    Setting(
        "MAIL_FROM",
        "Whom notices come from by mail. What cannot be delivered comes back to this address with `+b-…` before the @; "
        "`concordat notices bounced` reads it. Unset, it is made from the host of BASE_URL.",
        "Concordat <concordat@example.com>",
    ),
    Setting(
        "CONTACTS",
        "Where teams and people of the contracts are reached, as NAME=ADDRESS,ADDRESS with semicolons between: a Slack "
        "channel or user id, or a mail address. `*` is for everybody who has none. Without one they are mentioned on "
        "GitHub.",
        "acme/crm=C0123456789,crm@example.com; dana=U0123456789; *=C0987654321",
    ),
    Setting(
        "SUPPORT_CONTACTS",
        "Whom people ask, as LABEL=WHERE with semicolons between; it stands in every message.",
        "Technical questions=#data-api on Slack; Urgent, at any hour=+1 303 555 0100",
    ),
    Setting(
        "SYNC_ZONE",
        "The time zone of the weekly sync, Monday 10:00. With it, an agenda for each repository goes out an hour "
        "before, to where CONTACTS says for `sync`.",
        "America/Denver",
    ),
)
"""Every setting of the server, in the order in which people meet them."""


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
        host, port = reader.value("HOST", _host, ""), reader.value("PORT", _port, 0)
        settings = cls(
            app_id=reader.value("GITHUB_APP_ID", _app_id, 0),
            private_key=reader.private_key(),
            webhook_secrets=reader.webhook_secrets(),
            github_api_url=reader.value("GITHUB_API_URL", _api_url, ""),
            database_url=reader.value("DATABASE_URL", _database_url, ""),
            host=host,
            port=port,
            base_url=reader.value("BASE_URL", _web_url, "") if reader.has("BASE_URL") else _own_address(host, port),
            github_web_url=reader.value("GITHUB_WEB_URL", _pages_url, "") if reader.has("GITHUB_WEB_URL") else "",
            sign_in=reader.sign_in(),
            operators=reader.value("OPERATORS", _operators, frozenset()) if reader.has("OPERATORS") else frozenset(),
            proxies=reader.value("PROXIES", _proxies, 0),
            worker_port=reader.value("WORKER_PORT", _port, 0) if reader.has("WORKER_PORT") else None,
            metrics_token=reader.value("METRICS_TOKEN", _secret, "") if reader.has("METRICS_TOKEN") else None,
            log_format=reader.value("LOG_FORMAT", _log_format, ""),
            purge_after_days=reader.value("PURGE_AFTER_DAYS", _days, 0),
            slack_token=reader.value("SLACK_BOT_TOKEN", _slack_token, "") if reader.has("SLACK_BOT_TOKEN") else None,
            smtp_url=reader.value("SMTP_URL", _smtp_url, "") if reader.has("SMTP_URL") else None,
            slack_signing_secret=reader.maybe("SLACK_SIGNING_SECRET", channels.signing_secret),
            slack_api_url=reader.value("SLACK_API_URL", channels.api_url, ""),
            slack_webhooks=reader.maybe("SLACK_WEBHOOKS", channels.webhooks) or {},
            mail_from=reader.maybe("MAIL_FROM", channels.mail_from),
            contacts=reader.maybe("CONTACTS", channels.contacts) or {},
            support_contacts=reader.maybe("SUPPORT_CONTACTS", channels.support) or (),
            migration_targets=reader.maybe("MIGRATION_TARGETS", _file),
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
        setting = _BY_NAME[name]
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
        return self.value(path, _key_file, "") if self.has(path) else self.value(key, _key, "")

    def webhook_secrets(self) -> tuple[str, ...]:
        present, former = "GITHUB_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET_PREVIOUS"
        names = (present, former) if self.has(former) else (present,)
        return tuple(self.value(name, _secret, "") for name in names)

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
            tuple(self.value(name, _secret_key, "") for name in keys),
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


def _app_id(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise ValueError("is the App's number, for instance 123456; the client id is something else")
    return int(text)


def _key(text: str) -> str:
    pem = text.replace("\\n", "\n").strip() + "\n"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        raise ValueError("holds a key that is locked with a passphrase; GitHub's keys have none") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            "holds no private key that can be read. The PEM file that GitHub offers on the App's settings page begins "
            "with -----BEGIN RSA PRIVATE KEY-----, and all of it is needed"
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("holds a private key that is not RSA; take the one from the App's settings page")  # noqa: TRY004 a wrong value of the right type
    return pem


def _key_file(text: str) -> str:
    try:
        with Path(text.strip()).expanduser().open(encoding="ascii", errors="replace") as file:
            return _key(file.read(_LARGEST_KEY))
    except OSError as error:
        raise ValueError(f"names {text.strip()}, which cannot be read: {error.strerror}") from None


def _secret(text: str) -> str:
    if text != text.strip():
        raise ValueError("begins or ends with white space, which GitHub would not have; remove it")
    if len(text) < LEAST_SECRET:
        raise ValueError(f"is shorter than {LEAST_SECRET} characters; openssl rand -hex 32 prints a good one")
    return text


def _secret_key(text: str) -> str:
    if len(text.strip()) < LEAST_KEY:
        raise ValueError(f"is shorter than {LEAST_KEY} characters; openssl rand -hex 32 prints a good one")
    return text.strip()


def _operators(text: str) -> frozenset[str]:
    names = {part.strip().removeprefix("@").lower() for part in text.split(",")} - {""}
    wrong = sorted(name for name in names if not re.fullmatch(r"[a-z0-9](?:[a-z0-9_-]{0,98}[a-z0-9])?", name))
    if wrong:
        raise ValueError(f"has GitHub logins or user ids with commas between them; {wrong[0][:80]!r} is neither")
    return frozenset(names)


def _proxies(text: str) -> int:
    if not re.fullmatch(r"\s*[0-9]\s*", text):
        raise ValueError("is how many proxies stand in front of this server: 0 to 9")
    return int(text)


def _host(text: str) -> str:
    host = text.strip()
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", host):
        raise ValueError("is the address to listen on, for instance 127.0.0.1 or 0.0.0.0")
    return host


def _port(text: str) -> int:
    number = text.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= 5 and int(number) <= 65_535):
        raise ValueError("is a port number: 0 (any that is free) to 65535")
    return int(number)


def _days(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and 1 <= int(text) <= _MOST_DAYS):
        raise ValueError(f"is a number of days between 1 and {_MOST_DAYS}")
    return int(text)


def _file(text: str) -> Path:
    path = Path(text.strip())
    if not path.is_file():
        raise ValueError("names a file that is not there, or cannot be read")
    return path


def _log_format(text: str) -> str:
    if text.strip() not in {"logfmt", "json"}:
        raise ValueError("is logfmt or json")
    return text.strip()


def _web_url(text: str) -> str:
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"[\s\x00-\x1f<>\"]", url):
        raise ValueError("is an address such as https://concordat.example.com, without user name, ? and #")
    return url


def _api_url(text: str) -> str:
    try:
        url = _web_url(text)
    except ValueError:
        raise ValueError("is https://api.github.com, or https://HOST/api/v3 for an Enterprise Server") from None
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("must begin with https://, since tokens go there")
    if parts.hostname in {"github.com", "www.github.com"}:
        raise ValueError("is the address of the pages; the API is at https://api.github.com")
    return url


def _pages_url(text: str) -> str:
    url = _web_url(text)
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in LOOPBACK:
        raise ValueError("must begin with https://, since people sign in there")
    return url


def _web(api_url: str) -> str:
    """Tell where the pages are: github.com, a host of one's own (api.HOST), or the Enterprise Server of the API."""
    parts = urlsplit(api_url)
    path = parts.path.removesuffix("/api/v3")
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}{path}"


def _slack_token(text: str) -> str:
    token = text.strip()
    if not re.fullmatch(r"xoxb-[A-Za-z0-9-]+", token):
        raise ValueError("is a Slack app's bot token, which begins with xoxb-")
    return token


def _smtp_url(text: str) -> str:
    url = text.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("is smtp://HOST:PORT or smtps://HOST:PORT, with USER:PASSWORD@ before HOST where needed")
    return url


def _database_url(text: str) -> str:
    url = text.strip()
    if not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?://", url):
        raise ValueError("begins with sqlite:/// or postgresql://")
    return url


def _own_address(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"


def environment_file() -> str:
    """Write .env.example: every setting, explained."""
    head = (
        "# Settings of `concordat serve`. Copy to .env, fill in, keep it to yourself (chmod 600).\n"
        "# A shell (set -a; . ./.env) and docker compose read it alike: put a value that holds anything but letters,\n"
        "# digits and -_./:@,+=% between single quotes.\n"
    )
    return head + "".join(f"\n{_block(setting)}" for setting in TABLE)


def _block(setting: Setting) -> str:
    lines = textwrap.wrap(setting.meaning, 100)
    if setting.required:
        lines.append("Required.")
    elif setting.default:
        lines.append(f"When unset: {setting.default}")
    value = "" if setting.required else _quoted(setting.example)
    comments = "".join(f"# {line}\n" for line in lines)
    return f"{comments}{'' if setting.required else '#'}{setting.name}={value}\n"


def _quoted(value: str) -> str:
    """Write a value so that a shell and docker compose read the same: between single quotes where it is not plain."""
    return value if _PLAIN_VALUE.fullmatch(value) else f"'{value}'"


def table_page() -> str:
    """Write docs/settings.md: the table for people."""
    rows = [
        f"| `{setting.name}` | {_when_unset(setting)} | {setting.meaning}{' Secret.' if setting.secret else ''} "
        f"| `{setting.example}` |\n"
        for setting in TABLE
    ]
    return _PAGE_HEAD + "".join(rows)


def _when_unset(setting: Setting) -> str:
    return "required" if setting.required else f"`{setting.default}`" if setting.default else "–"


_PLAIN_VALUE = re.compile(r"[-A-Za-z0-9_./:@,+=%]+")
_MOST_DAYS = 3650
_LARGEST_KEY = 64 * 1024
_SIGN_IN = ("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "SECRET_KEY")
_SIGN_IN_ALL = f"{', '.join(_SIGN_IN[:-1])} and {_SIGN_IN[-1]}"
_BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in TABLE}
_PAGE_HEAD = """# Settings of the server

<!-- Made from the table in bot/settings.py: python -m bot.settings docs > docs/settings.md -->

`concordat serve` reads its settings from the environment, checks all of them at start and, where something is wrong,
says everything that is wrong at once. [.env.example](../.env.example) has the same list to fill in. Settings marked
secret never appear in logs, messages or pages.

| variable | when unset | what it is | example |
|---|---|---|---|
"""

if __name__ == "__main__":
    sys.stdout.write({"env": environment_file, "docs": table_page}[sys.argv[1]]())

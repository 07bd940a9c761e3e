"""The server's settings: read from the environment once, checked at start, never printed where they are secret.

`TABLE` is the one place that names them. `.env.example` and docs/settings.md are made from it
(`python -m bot.settings env`, `python -m bot.settings docs`), and a test holds them to it.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

T = TypeVar("T")

LEAST_SECRET = 16
"""Characters of a webhook secret; shorter ones can be guessed from one delivery that somebody saw."""


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
)
"""Every setting of the server, in the order in which people meet them."""


class SettingsError(Exception):
    """The environment cannot be used; `problems` has a sentence for each thing to mend. It quotes no secret."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server needs to know, checked. `webhook_secrets` has the present one first.

    `github_api_url` and `base_url` have no slash at their end.
    """

    app_id: int
    private_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    github_api_url: str
    database_url: str = field(repr=False)
    host: str
    port: int
    base_url: str

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
        )
        if reader.problems:
            raise SettingsError(reader.problems)
        return settings


class _Reader:
    """Reads variables, gathers the problems, and stands in for what is unusable so that reading goes on."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def has(self, name: str) -> bool:
        return bool(self._environ.get(name, "").strip())

    def value(self, name: str, check: Callable[[str], T], otherwise: T) -> T:
        setting = _BY_NAME[name]
        text = self._environ[name] if self.has(name) else setting.default
        if text is None:
            return self._problem(f"{name} is not set. {setting.meaning}", otherwise)
        try:
            return check(text)
        except ValueError as error:
            return self._problem(f"{name} {error}", otherwise)

    def private_key(self) -> str:
        key, path = "GITHUB_PRIVATE_KEY", "GITHUB_PRIVATE_KEY_PATH"
        if self.has(key) and self.has(path):
            return self._problem(f"{key} and {path} are both set; unset one of them", "")
        return self.value(path, _key_file, "") if self.has(path) else self.value(key, _key, "")

    def webhook_secrets(self) -> tuple[str, ...]:
        present, former = "GITHUB_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET_PREVIOUS"
        names = (present, former) if self.has(former) else (present,)
        return tuple(self.value(name, _secret, "") for name in names)

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
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ValueError("must begin with https://, since tokens go there")
    if parts.hostname in {"github.com", "www.github.com"}:
        raise ValueError("is the address of the pages; the API is at https://api.github.com")
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
    head = "# Settings of `concordat serve`. Copy to .env, fill in, keep it to yourself (chmod 600).\n"
    return head + "".join(f"\n{_block(setting)}" for setting in TABLE)


def _block(setting: Setting) -> str:
    lines = textwrap.wrap(setting.meaning, 100)
    if setting.required:
        lines.append("Required.")
    elif setting.default:
        lines.append(f"When unset: {setting.default}")
    value = "" if setting.required else setting.example
    comments = "".join(f"# {line}\n" for line in lines)
    return f"{comments}{'' if setting.required else '#'}{setting.name}={value}\n"


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


_LARGEST_KEY = 64 * 1024
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
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

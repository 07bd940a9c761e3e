"""Single settings: each text read into a value, or refused with a `ValueError` that says what it has to be."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm

from bot.keys import NotRsaError, rsa_key
from bot.settings.table import LEAST_KEY, LEAST_SECRET
from rules.hosts import LOOPBACK

_MOST_DAYS = 3650
_LARGEST_KEY = 64 * 1024


def app_id(text: str) -> int:
    """Read the App's number."""
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise ValueError("is the App's number, for instance 123456; the client id is something else")
    return int(text)


def key(text: str) -> str:
    """Read a private key in PEM; it must be RSA without a passphrase."""
    pem = text.replace("\\n", "\n").strip() + "\n"
    try:
        rsa_key(pem)
    except TypeError:
        raise ValueError("holds a key that is locked with a passphrase; GitHub's keys have none") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            "holds no private key that can be read. The PEM file that GitHub offers on the App's settings page begins "
            "with -----BEGIN RSA PRIVATE KEY-----, and all of it is needed"
        ) from None
    except NotRsaError:
        raise ValueError("holds a private key that is not RSA; take the one from the App's settings page") from None
    return pem


def key_file(text: str) -> str:
    """Read the file of a private key."""
    if "-----BEGIN" in text:  # never quoted below
        raise ValueError("holds a key, and not the name of a file; set GITHUB_PRIVATE_KEY to it instead")
    try:
        with Path(text.strip()).expanduser().open(encoding="ascii", errors="replace") as file:
            return key(file.read(_LARGEST_KEY))
    except OSError as error:
        raise ValueError(f"names {text.strip()}, which cannot be read: {error.strerror}") from None


def secret(text: str) -> str:
    """Read a secret that is compared as it is written."""
    if text != text.strip():
        raise ValueError("begins or ends with white space, which GitHub would not have; remove it")
    if len(text) < LEAST_SECRET:
        raise ValueError(f"is shorter than {LEAST_SECRET} characters; openssl rand -hex 32 prints a good one")
    return text


def secret_key(text: str) -> str:
    """Read a key that seals sessions."""
    if len(text.strip()) < LEAST_KEY:
        raise ValueError(f"is shorter than {LEAST_KEY} characters; openssl rand -hex 32 prints a good one")
    return text.strip()


def operators(text: str) -> frozenset[str]:
    """Read GitHub logins and user ids, in lower case."""
    names = {part.strip().removeprefix("@").lower() for part in text.split(",")} - {""}
    wrong = sorted(name for name in names if not re.fullmatch(r"[a-z0-9](?:[a-z0-9_-]{0,98}[a-z0-9])?", name))
    if wrong:
        raise ValueError(f"has GitHub logins or user ids with commas between them; {wrong[0][:80]!r} is neither")
    return frozenset(names)


def proxies(text: str) -> int:
    """Read how many proxies add to X-Forwarded-For."""
    if not re.fullmatch(r"\s*[0-9]\s*", text):
        raise ValueError("is how many proxies stand in front of this server: 0 to 9")
    return int(text)


def host(text: str) -> str:
    """Read the address to listen on."""
    host = text.strip()
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", host):
        raise ValueError("is the address to listen on, for instance 127.0.0.1 or 0.0.0.0")
    return host


def port(text: str) -> int:
    """Read a port."""
    number = text.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= 5 and int(number) <= 65_535):
        raise ValueError("is a port number: 0 (any that is free) to 65535")
    return int(number)


def days(text: str) -> int:
    """Read a number of days."""
    if not (text.strip().isascii() and text.strip().isdigit() and 1 <= int(text) <= _MOST_DAYS):
        raise ValueError(f"is a number of days between 1 and {_MOST_DAYS}")
    return int(text)


def file(text: str) -> Path:
    """Read a file that is there."""
    path = Path(text.strip())
    try:
        there = path.is_file()
    except (OSError, ValueError):  # no file can have such a name
        there = False
    if not there:
        raise ValueError("names a file that is not there, or cannot be read")
    return path


def log_format(text: str) -> str:
    """Read how the log is written."""
    if text.strip() not in {"logfmt", "json"}:
        raise ValueError("is logfmt or json")
    return text.strip()


def web_url(text: str) -> str:
    """Read an address of pages; no slash at its end."""
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"[\s\x00-\x1f<>\"]", url):
        raise ValueError("is an address such as https://concordat.example.com, without user name, ? and #")
    return url


def api_url(text: str) -> str:
    """Read where GitHub's API is."""
    try:
        url = web_url(text)
    except ValueError:
        raise ValueError("is https://api.github.com, or https://HOST/api/v3 for an Enterprise Server") from None
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("must begin with https://, since tokens go there")
    if parts.hostname in {"github.com", "www.github.com"}:
        raise ValueError("is the address of the pages; the API is at https://api.github.com")
    return url


def pages_url(text: str) -> str:
    """Read where GitHub's pages are."""
    url = web_url(text)
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in LOOPBACK:
        raise ValueError("must begin with https://, since people sign in there")
    return url


def database_url(text: str) -> str:
    """Read where the database is."""
    url = text.strip()
    if not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?://", url):
        raise ValueError("begins with sqlite:/// or postgresql://")
    return url

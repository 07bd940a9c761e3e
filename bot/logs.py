"""Logs for machines and people: one line for each record, with the ids of what is being done, and no secret.

What a job is about (its delivery, its pull request, its number) is bound for as long as it is done, in whatever room a
line is written. Texts from outside cannot forge lines: a value is quoted wherever it needs to be.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

_bound: ContextVar[Mapping[str, Any]] = ContextVar("bound", default={})  # noqa: B039 it is never changed in place

Facts = Mapping[str, Any]


@contextmanager
def bound(**facts: Any) -> Iterator[None]:
    """Add facts to every line that is written in the block; those that are `None` are left out."""
    known = {name: value for name, value in facts.items() if value is not None}
    before = _bound.set({**_bound.get(), **known})
    try:
        yield
    finally:
        _bound.reset(before)


class Formatter(logging.Formatter):
    """Writes a record as one line: when, how bad, what, then the bound facts and the record's own.

    `secrets` are blotted out wherever they would appear, and so is what looks like a token or a key.
    """

    def __init__(self, write: Callable[[Facts], str], secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._write = write
        self._secret = _pattern(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        facts = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "room": record.name,
            "message": record.getMessage(),
            **_bound.get(),
            **{name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD},
        }
        if record.exc_info:
            facts["error"] = self.formatException(record.exc_info)
        return self._write({name: self._said(value) for name, value in facts.items()})

    def _said(self, value: Any) -> Any:
        if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
            return value
        text = self._secret.sub(_BLOT, str(value))
        if len(text) > _LONGEST:
            # The end of a traceback says what happened.
            text = f"{text[: _LONGEST // 4]} … {text[-_LONGEST * 3 // 4 :]}"
        return text


def blot(text: str, secrets: Iterable[str] = ()) -> str:
    """Write a text for people with these secrets, and what looks like a token or a key, blotted out."""
    return _pattern(secrets).sub(_BLOT, text)


def _pattern(secrets: Iterable[str]) -> re.Pattern[str]:
    parts = sorted({part for secret in secrets for part in _parts(secret)}, key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, parts), *_SHAPES]))


def as_json(facts: Facts) -> str:
    """Write facts as a JSON object on one line, in ASCII."""
    return json.dumps(facts, allow_nan=False, default=str)


def as_logfmt(facts: Facts) -> str:
    """Write facts as `name=value`, values in JSON's quotes where they are not plain words."""
    return " ".join(f"{name}={_word(value)}" for name, value in facts.items() if value is not None)


FORMATS: Mapping[str, Callable[[Facts], str]] = {"logfmt": as_logfmt, "json": as_json}


def configure(settings: Any, stream: TextIO | None = None) -> None:
    """Send every room's log to a stream, stderr unless told otherwise, as `settings.log_format` says."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Formatter(FORMATS[settings.log_format], secrets_of(settings)))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def secrets_of(settings: Any) -> tuple[str, ...]:
    """List what must never be read in a log: every field that a frozen value keeps out of its repr."""
    found: list[str] = []
    for one in dataclasses.fields(settings):
        value = getattr(settings, one.name)
        if dataclasses.is_dataclass(value):
            found += secrets_of(value)
        elif not one.repr:
            found += [value] if isinstance(value, str) else list(value or ())
    return tuple(found)


def _parts(secret: str) -> Iterator[str]:
    """Take a secret apart into what would give it away: a key's lines, an address's password."""
    if "://" in secret:
        password = urlsplit(secret).password
        yield from {password, unquote(password)} if password else ()
        return
    yield from (line for line in (secret, *secret.splitlines()) if len(line) >= _LEAST and not line.startswith("-----"))


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value)
    return json.dumps(value)


_BLOT = "[secret]"
_LONGEST = 8000
_LEAST = 8
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@+#-]+")
_TALKATIVE = ("apscheduler", "alembic", "urllib3", "github")
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SHAPES = (
    r"gh[a-z]_[A-Za-z0-9_.-]{16,}",  # GitHub's tokens (docs.github.com, "GitHub's token formats")
    r"github_pat_\w{16,}",
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+",  # JSON web tokens
    r"xox[a-z]-[\w-]{10,}",  # Slack's
    r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)",  # user and password of an address
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
)

"""JSON Pointers (RFC 6901): written, taken apart, followed."""

from __future__ import annotations

import re

from rules.jsontext import JsonValue

_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")


def escape(token: str) -> str:
    """Write one key as a reference token: `~` becomes `~0`, `/` becomes `~1`."""
    if "~" in token or "/" in token:
        return token.replace("~", "~0").replace("/", "~1")
    return token


def join(pointer: str, *tokens: str | int) -> str:
    """Append keys and indices, as they are and unescaped, to a pointer; "" is the whole document."""
    for token in tokens:
        pointer += f"/{escape(token) if isinstance(token, str) else token}"
    return pointer


def split(pointer: str) -> tuple[str, ...]:
    """Take a pointer apart into unescaped keys; `ValueError` where it is neither empty nor starts with a slash."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f'a JSON Pointer starts with "/": {pointer[:80]}')
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/"))


def get(value: JsonValue, pointer: str) -> JsonValue:
    """Give the value that a pointer leads to; `KeyError` with the pointer where it leads nowhere."""
    for token in split(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and (index := position(token)) is not None and index < len(value):
            value = value[index]
        else:
            raise KeyError(pointer)
    return value


def position(token: str) -> int | None:
    """Read a token as an array index, without leading zeros; `None` where it is none."""
    return int(token) if _INDEX.fullmatch(token) else None

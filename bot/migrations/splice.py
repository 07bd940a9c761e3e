"""The new text of a document made of its old one: only what the steps touch is written anew.

To write a whole document takes as long as to read it, and most of it stays as it was, to the digit and the blank. What
cannot be found beyond doubt in the old text is not spliced: the document is written as a whole then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.migrations.texts import write
from rules.jsontext import JsonValue

_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Splicer:
    """Writes members of the outermost object anew, by their names; `names` are those that may have changed."""

    names: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, names: Sequence[str] | None) -> Splicer | None:
        """Make one; `None` where anything may have changed, or a name could be written in several ways."""
        if names is None:
            return None
        quoted = [json.dumps(name, ensure_ascii=False) for name in names]
        if any(text != f'"{name}"' or "/" in name for name, text in zip(names, quoted, strict=True)):
            return None
        return cls(tuple(zip(names, quoted, strict=True)))

    def there(self, document: JsonValue) -> tuple[bool, ...]:
        """Say which of the members a document has, before it is changed."""
        return tuple([name in document for name, _ in self.names]) if type(document) is dict else ()

    def splice(self, text: str, there: Sequence[bool], document: JsonValue) -> str | None:
        """Write the members anew in a document's old text; `None` where their places are in doubt.

        A member that was there is at the only place where its quoted name stands: no name is written with escapes, and
        a quote that no backslash precedes begins or ends a text, which a name between two of them cannot but be.
        """
        if not there or "\\u" in text or type(document) is not dict:
            return None
        for (name, quoted), was in zip(self.names, there, strict=True):
            if was:
                replaced = _replaced(text, quoted, document, name)
                if replaced is None:
                    return None
                text = replaced
            elif name in document:
                text = _added(text, quoted, document[name])
        return text


def _replaced(text: str, quoted: str, document: dict[str, JsonValue], name: str) -> str | None:
    before, _, after = text.partition(quoted)
    colon = _COLON.match(after)
    if before[-1:] == "\\" or colon is None or quoted in after:
        return None
    start = colon.end()
    end = _decode(after, start)[1]
    if name in document:
        return f"{before}{quoted}{after[:start]}{write(document[name])}{after[end:]}"
    comma = _COMMA.match(after, end)
    if comma is not None:
        return before + after[comma.end() :]
    before = before.rstrip(" \t\n\r")
    return (before[:-1] if before[-1] == "," else before) + after[end:]


def _added(text: str, quoted: str, value: JsonValue) -> str:
    end = text.rindex("}")
    before = text[:end].rstrip(" \t\n\r")
    blank = " " if '": ' in text else ""
    comma = "" if before[-1] == "{" else f",{blank}"
    return f"{before}{comma}{quoted}:{blank}{write(value)}{text[len(before) :]}"

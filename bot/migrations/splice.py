"""The new text of a document made of its old one: only what the steps touch is written anew.

To write a whole document takes as long as to read it, and most of it stays as it was, to the digit and the blank. What
cannot be found beyond doubt in the old text is not spliced: the document is written as a whole then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

from bot.migrations.texts import Together, write
from rules.jsontext import JsonValue

_BLANK = r"[ \t\n\r]*"
_PLAIN = r'(?:"[^"\\]*"|[-0-9][-+.0-9eE]*|true|false|null)'
_VALUE = re.compile(f"({_BLANK}:{_BLANK})({_PLAIN})?")
"""What follows a name: the colon, and the value where that is a plain one."""
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

    def there_each(self, documents: Sequence[JsonValue]) -> list[list[bool]]:
        """Say, name by name, which objects have the member, before they are changed."""
        return [[name in document for document in documents] for name, _ in self.names]

    def splice_together(
        self, old: Together, there: Sequence[Sequence[bool]], documents: Sequence[object]
    ) -> list[str] | None:
        """Write members of many documents anew at once, where each keeps the members that it has and has plain ones.

        `None` where one does not, or a place is in doubt. What is given of a document that is no object is void.
        """
        text = old.text
        if "\\u" in text:
            return None
        # Each that has the member has its name at least once: as many names as members, and each has it just once.
        for (name, quoted), had in zip(self.names, there, strict=True):
            pairs = list(zip(had, documents, strict=True))
            if any(type(one) is dict and was != (name in one) for was, one in pairs):
                return None
            values = [write(one[name]) if type(one) is dict else "0" for was, one in pairs if was]
            pieces = re.split(f"({re.escape(quoted)}{_BLANK}:{_BLANK}){_PLAIN}", text)
            if len(pieces) != 2 * len(values) + 1 or text.count(quoted) != len(values):
                return None
            pieces[2::2] = map(add, values, pieces[2::2])
            text = "".join(pieces)
        return text.split(old.between)

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
    place = text.find(quoted)
    found = _VALUE.match(text, place + len(quoted))
    if found is None or text[place - 1] == "\\" or text.find(quoted, place + 1) >= 0:
        return None
    start = found.end(1)
    end = found.end() if found[2] else _decode(text, start)[1]
    if name in document:
        return f"{text[:start]}{write(document[name])}{text[end:]}"
    comma = _COMMA.match(text, end)
    if comma is not None:
        return text[:place] + text[comma.end() :]
    before = text[:place].rstrip(" \t\n\r")
    return (before[:-1] if before[-1] == "," else before) + text[end:]


def _added(text: str, quoted: str, value: JsonValue) -> str:
    end = text.rindex("}")
    before = text[:end].rstrip(" \t\n\r")
    blank = " " if '": ' in text else ""
    comma = "" if before[-1] == "{" else f",{blank}"
    return f"{before}{comma}{quoted}:{blank}{write(value)}{text[len(before) :]}"

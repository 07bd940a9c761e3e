"""Where things stand in a text, and why a text cannot be read: what the readers of JSON and of YAML share."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.pointer import position

MAX_DEPTH = 200
"""Deeper nesting is refused; far below what Python's own recursion would bear."""


@dataclass(slots=True)
class Lines:
    """The line of one value (from 1; a member's is its key's), and those of its members or items.

    Not frozen, since the readers fill it while they go; nobody changes it afterwards.
    """

    line: int
    members: dict[str, Lines] = field(default_factory=dict)
    items: list[Lines] = field(default_factory=list)

    def add(self, child: Lines, key: str | None) -> None:
        """Put a value beneath this one: as the member `key`, or as the next item."""
        if key is None:
            self.items.append(child)
        else:
            self.members[key] = child

    def find(self, tokens: tuple[str, ...]) -> int:
        """Give the line of the value that the tokens lead to, or of its nearest ancestor that exists."""
        here = self
        for token in tokens:
            index = position(token)
            if token in here.members:
                here = here.members[token]
            elif index is not None and index < len(here.items):
                here = here.items[index]
            else:
                break
        return here.line


class Unreadable(ValueError):  # noqa: N818 it names what the text is; DocumentError is the error that leaves the room
    """A text is not what it should be: what is wrong, what to do next, and where (both counted from 1)."""

    def __init__(self, code: str, sentence: str, fix: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.fix, self.line, self.column = code, sentence, fix, line, column


def at(text: str, offset: int) -> tuple[int, int]:
    """Give line and column, from 1, of an offset into a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def too_deep(line: int | None = None) -> Unreadable:
    """Say that a text nests deeper than anybody's contract does."""
    return Unreadable(
        "document_too_deep", f"The document is nested more than {MAX_DEPTH} levels deep.",
        "Flatten it, or split it with $ref and $defs.", line,
    )  # fmt: skip

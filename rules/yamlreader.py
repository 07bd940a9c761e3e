"""YAML read as JSON: one document, the core schema of YAML 1.2, text keys, no tags, and aliases only within bounds.

Dates, `yes` and `no` stay text. The reader composes the parser's events itself, without recursion: hostile nesting
cannot exhaust the stack, and an alias is paid for each time that it is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from yaml.reader import Reader

from rules.jsontext import JsonValue, exact_number
from rules.lines import MAX_DEPTH, Lines, Unreadable, at, too_deep
from rules.yamlmistakes import explain

MAX_COPIED = 1_000_000
"""So many characters may aliases copy into one document (the "billion laughs" stop here)."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_STARTS = frozenset("~nNtTfF+-.0123456789")  # of all that is not text; most scalars are, and are done with here
_NULL = re.compile(r"|~|null|Null|NULL")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAX_BASED = 3000  # digits; in decimal these are fewer than the 4,300 that Python converts


@dataclass(slots=True)
class _Node:
    """One composed value with its lines; `weight` is how many characters it would take to write it out."""

    value: JsonValue
    lines: Lines
    weight: int = 1
    depth: int = 0


@dataclass(slots=True)
class _Frame:
    """A list or object that is being composed, and the key that waits for its value."""

    node: _Node
    anchor: str | None
    key: tuple[str, int] | None = None


@dataclass(slots=True)
class _Composer:
    stack: list[_Frame] = field(default_factory=list)
    anchors: dict[str, _Node] = field(default_factory=dict)
    copied: int = 0
    documents: int = 0
    root: _Node | None = None

    def take(self, event: Event) -> None:
        """Take the parser's next event."""
        if isinstance(event, DocumentStartEvent):
            self._count(event)
        elif isinstance(event, AliasEvent):
            self._put(self._copy(event), event)
        elif isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, CollectionStartEvent):
            self._open(event)
        elif isinstance(event, CollectionEndEvent):
            self._close(event)

    def _count(self, event: Event) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _refusal(event, "document_several", "A second document begins here.", "Keep one document in a file.")

    def _copy(self, event: AliasEvent) -> _Node:
        found = self.anchors.get(str(event.anchor))
        if found is None:
            raise _refusal(
                event, "document_alias", f"*{event.anchor} refers to nothing that is complete before it.",
                f"Mark an earlier value with &{event.anchor}, or write the value out.",
            )  # fmt: skip
        self.copied += found.weight
        if self.copied > MAX_COPIED:
            raise _refusal(
                event,
                "document_alias",
                f"The aliases copy more than {MAX_COPIED:,} characters.",
                "Write the values out.",
            )
        if len(self.stack) + found.depth > MAX_DEPTH:
            raise too_deep(_place(event)[0])
        return _Node(found.value, found.lines, found.weight, found.depth)

    def _scalar(self, event: ScalarEvent) -> None:
        _no_tag(event)
        _whole(event)
        if self._wants_key():
            self._take_key(event)
            return
        node = _Node(_resolve(event), Lines(_place(event)[0]), len(event.value) + 1)
        if event.anchor:
            self.anchors[event.anchor] = node
        self._put(node, event)

    def _open(self, event: CollectionStartEvent) -> None:
        _no_tag(event)
        if len(self.stack) >= MAX_DEPTH:
            raise too_deep(_place(event)[0])
        if self._wants_key():
            raise _refusal(event, "document_key", "A list or object stands as a key.", "Use text as the key.")
        value: JsonValue = {} if isinstance(event, MappingStartEvent) else []
        frame = _Frame(_Node(value, Lines(_place(event)[0])), event.anchor)
        if event.anchor:
            self.anchors.pop(event.anchor, None)
        self.stack.append(frame)

    def _close(self, event: Event) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.anchors[frame.anchor] = frame.node
        self._put(frame.node, event)

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].node.value, dict) and self.stack[-1].key is None

    def _take_key(self, event: ScalarEvent) -> None:
        key = _resolve(event)
        if not isinstance(key, str):
            raise _refusal(
                event, "document_key", f"The key {event.value[:60]} is not text.", "Put it in quotes.",
            )  # fmt: skip
        if key == "<<" and not event.style:
            raise _refusal(event, "document_key", "Merge keys (<<) are not part of YAML 1.2.", "Write the members out.")
        frame = self.stack[-1]
        if key in frame.node.value:
            raise _refusal(
                event, "document_duplicate_key", f'The key "{key[:60]}" stands twice in one object.',
                "Keep one of the two; YAML readers differ on which they take.",
            )  # fmt: skip
        frame.key = (key, _place(event)[0])
        frame.node.weight += len(key) + 1

    def _put(self, node: _Node, event: Event) -> None:
        """Put a finished value where it belongs: beneath what is open, or at the root."""
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if isinstance(frame.node.value, list):
            frame.node.value.append(node.value)
            frame.node.lines.add(node.lines, None)
        elif frame.key is None:
            raise _refusal(event, "document_key", "An alias stands as a key.", "Write the key out.")
        else:
            key, line = frame.key
            frame.node.value[key] = node.value
            # An alias keeps the lines of what it copies beneath it, but itself stands where it is written.
            frame.node.lines.add(Lines(line, node.lines.members, node.lines.items), key)
            frame.key = None
        frame.node.weight += node.weight
        frame.node.depth = max(frame.node.depth, node.depth + 1)


def read(text: str) -> tuple[JsonValue, Lines]:
    """Read a YAML text and find its lines; `Unreadable` with line and column where it cannot be used."""
    strange = Reader.NON_PRINTABLE.search(text)
    if strange:
        raise Unreadable(
            "document_text", f"The text holds the control character U+{ord(strange[0]):04X}.", "Remove it.",
            *at(text, strange.start()),
        )  # fmt: skip
    composer = _Composer()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        raise explain(error, text) from None
    except yaml.YAMLError as error:
        raise Unreadable(
            "document_syntax", f"This is not YAML: {str(error)[:120]}.", "Check the file's encoding."
        ) from None
    if composer.root is None:
        raise Unreadable("document_syntax", "The file is empty.", "Write a document, or remove the file.", 1, 1)
    return composer.root.value, composer.root.lines


def _resolve(event: ScalarEvent) -> JsonValue:
    """Read a scalar by the core schema of YAML 1.2 (§10.3.2); whatever is quoted is text."""
    text = event.value
    if event.style or (text and text[0] not in _STARTS):
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text in ("true", "True", "TRUE")
    if _NOT_JSON.fullmatch(text):
        raise _refusal(event, "document_not_a_number", f"{text} is not JSON.", "Use null, a number, or text in quotes.")
    if _BASED.fullmatch(text) and len(text) <= _MAX_BASED:
        return int(text, 0)
    if not (_INT.fullmatch(text) or _FLOAT.fullmatch(text)):
        return text
    try:
        return exact_number(text)
    except ValueError:
        raise _refusal(
            event, "document_number", f"The number {text[:40]} is too large or too long.", "Put it in quotes.",
        ) from None  # fmt: skip


def _no_tag(event: NodeEvent) -> None:
    tag = getattr(event, "tag", None)
    if tag is not None:
        raise _refusal(event, "document_tag", f"The tag {tag[:60]} is not accepted.", "Remove it; quotes make text.")


def _whole(event: ScalarEvent) -> None:
    """Refuse half a surrogate pair, which an escape can make: no text encoding can carry it on."""
    if any("\ud800" <= one <= "\udfff" for one in event.value):
        raise _refusal(event, "document_text", "The text holds half a character.", "Write the character itself.")


def _place(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


def _refusal(event: Event, code: str, sentence: str, fix: str) -> Unreadable:
    return Unreadable(code, sentence, fix, *_place(event))

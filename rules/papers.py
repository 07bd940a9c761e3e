"""Papers that accompany a change: which sections each has to have, and which of them say nothing yet.

A section counts as empty while it holds only what the template put there, TBD, TODO or N/A. The sections of the impact
analysis are those of the architecture template, those of the change request the governance protocol's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["impact analysis", "change request"]

LONGEST = 200_000
"""Characters of a paper that are read."""
LONGEST_LINE = 1_000
"""Characters of one of its lines; a line that long says something by its beginning."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its title, what is to be written there, and the points that it goes through.

    `label` says that it is a line `**Title:** text` above the first heading, as the change request has them.
    """

    title: str
    ask: str
    points: tuple[str, ...] = ()
    label: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of paper: what its title says, and its sections in order."""

    kind: Kind
    titles: tuple[str, ...]
    sections: tuple[Section, ...]


PAPERS: dict[Kind, Paper] = {
    "impact analysis": Paper(
        "impact analysis", ("impact analysis", "architecture spec"),
        (
            Section("Summary", "Two or three sentences: what changes, and why now."),
            Section("Problem statement", "What is wrong today, and for whom: users, business or operations."),
            Section("Goals / non-goals", "What the change is to reach, and what it leaves alone.",
                    ("Goals", "Non-goals")),
            Section("Current state", "How it works today, with links to diagrams and docs."),
            Section("Proposed design", "How it will work.", (
                "Components involved", "Data flow (high level)", "Key interfaces / contracts",
                "Observability (logs/metrics/traces)", "Failure modes and mitigations",
            )),
            Section("Rollout plan", "When what happens, and how it is taken back.", (
                "Milestones", "Backward compatibility", "Migration steps (if any)", "Rollback plan",
            )),
            Section("Risks + open questions", "What may go wrong, and what nobody knows yet.",
                    ("Risks", "Open questions")),
            Section("Ownership", "Who answers for it.", ("DRI", "Reviewers", "Last updated")),
        ),
    ),
    "change request": Paper(
        "change request", ("contract change request", "change request"),
        (
            Section("Requested by", "the team that asks", label=True),
            Section("Request date", "a date, as in 2026-12-31", label=True),
            Section("Target version", "the version that it is to become", label=True),
            Section("Proposed changes", "Each field to add, to modify and to deprecate.", (
                "Field name", "Field type", "Business justification", "Usage", "Current field", "Proposed change",
                "Impact analysis", "Deprecation date", "Removal date", "Migration path", "Fields to add",
                "Fields to modify", "Fields to deprecate", "Dialer usage", "Podio field ID",
            )),
            Section("Impact assessment", "What each team has to do: tick what applies, or say that nothing does."),
            Section("Timeline", "The days that were agreed.", (
                "Approval target", "Implementation start", "Testing complete", "Production deploy",
            )),
        ),
    ),
}  # fmt: skip
"""The papers by their kind."""

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LABEL = re.compile(r"\s*(?:[-*+]\s+)?(\*\*|__)?([^:*_\n]{1,80})(?:\1)?:(?:\1)?\s*(.*)")
_BULLET = re.compile(r"\s*(?:>\s*)*(?:[-*+]|\d{1,3}[.)])?\s*")
_UNTICKED = re.compile(r"\s*[-*+]\s+\[ \]")
_PLACEHOLDER = re.compile(r"\[[^\]]*\](?!\()|<[^>]*>|YYYY-MM-DD|\bv?\d+\.X\b")
_NOTHING = re.compile(r"n/?a|not applicable", re.IGNORECASE)
_AFTER_NOTHING = re.compile(r"(?:tb[ad]|to ?do|to be (?:done|defined|determined|decided|assigned))\b", re.IGNORECASE)
_ASIDE = re.compile(r"\([^)]*\)")
_SIGNS = re.compile(r"[^a-z]+")
_KNOWN_BY = 3
"""So many sections of a kind tell a paper that its title does not."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A section that is missing or says nothing; `line` (from 1) is where it stands, `None` where it is missing."""

    section: Section
    line: int | None


@dataclass(frozen=True, slots=True)
class _Part:
    level: int
    title: str
    line: int
    lines: tuple[str, ...]


def kind_of(text: str) -> Kind | None:
    """Tell which paper a Markdown text is, by its title or by its sections; `None` for any other text."""
    parts = _parts(text)
    title = next((one.title.casefold() for one in parts if one.level == 1), "")
    for paper in PAPERS.values():
        if any(name in title for name in paper.titles):
            return paper.kind
    counts = {paper.kind: sum(_part(one, parts) is not None for one in paper.sections) for paper in PAPERS.values()}
    best = max(counts, key=lambda kind: counts[kind])
    return best if counts[best] >= _KNOWN_BY else None


def gaps(kind: Kind, text: str) -> tuple[Gap, ...]:
    """List the sections of a paper that are missing, or that say nothing of their own."""
    parts = _parts(text)
    found = ((one, _line_of(one, parts)) for one in PAPERS[kind].sections if not _says_something(one, parts))
    return tuple(Gap(one, line) for one, line in found)


def outline(kind: Kind, about: str) -> str:
    """Write the headings and points of a paper, to be filled in; `about` ends its title."""
    parts = [f"# {kind.capitalize()}: {about}"]
    for one in PAPERS[kind].sections:
        parts.append(f"- **{one.title}:**" if one.label else f"## {one.title}")
        parts += ["\n".join(f"- {point}:" for point in one.points)] if one.points else []
    return "\n\n".join(parts) + "\n"


def answers(text: str, point: str) -> bool:
    """Say whether a paper says something about a point, on its line or on the lines beneath it."""
    lines = [line for part in _parts(text) for line in ("", *part.lines)]
    for at, line in enumerate(lines):
        label = _LABEL.fullmatch(line)
        if label and _plain(label[2]).startswith(_plain(point)):
            following = itertools.takewhile(_beneath, lines[at + 1 :])
            return _told(label[3], ()) or any(_told(one, ()) for one in following)
    return False


def _beneath(line: str) -> bool:
    return line.startswith((" ", "\t")) and bool(line.strip())


def _says_something(section: Section, parts: list[_Part]) -> bool:
    if section.label:
        return any(_told(rest, ()) for _, rest in _labelled(section, parts))
    part = _part(section, parts)
    if part is None:
        return False
    inner = [line for one in _within(part, parts) for line in one.lines]
    return any(_told(line, section.points) for line in inner)


def _line_of(section: Section, parts: list[_Part]) -> int | None:
    if section.label:
        return next((line for line, _ in _labelled(section, parts)), None)
    part = _part(section, parts)
    return None if part is None else part.line


def _labelled(section: Section, parts: list[_Part]) -> Iterator[tuple[int, str]]:
    for part in parts:
        for offset, line in enumerate(part.lines):
            found = _LABEL.fullmatch(line)
            if found and _plain(found[2]) == _plain(section.title):
                yield part.line + 1 + offset, found[3]


def _within(part: _Part, parts: list[_Part]) -> Iterator[_Part]:
    """Give a part and those below it."""
    at = parts.index(part)
    yield part
    for one in parts[at + 1 :]:
        if one.level <= part.level:
            return
        yield one


def _part(section: Section, parts: list[_Part]) -> _Part | None:
    wanted = _plain(section.title)
    return next((one for one in parts if one.level > 0 and _plain(one.title).startswith(wanted)), None)


def _told(line: str, points: tuple[str, ...]) -> bool:
    """Say whether a line holds anything but what a template puts there."""
    if _UNTICKED.match(line):
        return False
    text = line
    label = _LABEL.fullmatch(text)
    if label and (not label[3] or any(_plain(label[2]) == _plain(one) for one in points)):
        text = label[3]
    text = _PLACEHOLDER.sub(" ", _BULLET.sub("", text, count=1)).strip(" *_`.|:-–—?")
    if not text or _AFTER_NOTHING.match(text) or _NOTHING.fullmatch(text) or _plain(text) in _ASKED:
        return False
    return any(map(str.isalnum, text))


def _plain(text: str) -> str:
    return _SIGNS.sub(" ", _ASIDE.sub(" ", text.casefold())).strip()


_ASKED = frozenset({
    *(_plain(section.ask) for paper in PAPERS.values() for section in paper.sections),
    *(_plain(point) for paper in PAPERS.values() for section in paper.sections for point in section.points),
    "what are we building changing and why now", "what problem does this solve",
    "brief description links to current diagrams docs",
})  # fmt: skip
"""What the templates ask, which is no answer."""


def _parts(text: str) -> list[_Part]:
    """Cut a Markdown text at its headings; what stands before the first has level 0 and line 0."""
    # What a comment takes away leaves its lines, so that places stay right.
    shown = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text[:LONGEST].replace("\r\n", "\n"))
    parts: list[_Part] = []
    level, title, at, lines, fenced = 0, "", 0, list[str](), False
    for number, whole in enumerate(shown.split("\n"), start=1):
        line = whole[:LONGEST_LINE]
        fence = _FENCE.match(line) is not None
        fenced = fenced != fence
        heading = None if fenced or fence else _HEADING.fullmatch(line)
        if heading is None:
            lines.append("" if fence else line)
        else:
            parts.append(_Part(level, title, at, tuple(lines)))
            level, title, at, lines = len(heading[1]), heading[2].strip().rstrip("#").strip(), number, []
    return [*parts, _Part(level, title, at, tuple(lines))]

"""The Markdown that we write ourselves, as HTML: headings, lists, paragraphs, fences, code, bold, and tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from markupsafe import Markup, escape

from notices.escape import visible
from rules.quoting import spans

_HEADING = re.compile(r"(#{1,6}) +(.*)")
_ITEM = re.compile(r"(?:[-*]|\d+\.) +(?:\[( |x)\] +)?(.*)")
_CELLS = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LOWEST = 6


def rendered(text: str, *, below: int = 2) -> Markup:
    """Write a text of ours as HTML, its headings `below` those around it; nothing that it quotes becomes markup."""
    lines = visible(text, keep="\n").split("\n")
    return Markup("\n").join(_blocks(lines, below))


def _blocks(lines: Sequence[str], below: int) -> Iterator[Markup]:
    at = 0
    while at < len(lines):
        end, block = _block(lines, at, below)
        at = end
        if block:
            yield block


def _block(lines: Sequence[str], at: int, below: int) -> tuple[int, Markup]:
    line = lines[at].strip()
    if not line:
        return at + 1, Markup()
    if line.startswith("```"):
        return _fence(lines, at)
    if found := _HEADING.fullmatch(line):
        level = min(len(found[1]) + below, _LOWEST)
        return at + 1, Markup("<h{0}>{1}</h{0}>").format(level, _inline(found[2]))
    if line.startswith("|"):
        return _table(lines, at)
    if _ITEM.fullmatch(line):
        return _list(lines, at)
    end = _while(lines, at, lambda one: bool(one) and not _begins(one))
    return max(end, at + 1), Markup("<p>{}</p>").format(_inline(" ".join(lines[at : max(end, at + 1)])))


def _begins(line: str) -> bool:
    return line.startswith(("```", "|")) or bool(_HEADING.fullmatch(line) or _ITEM.fullmatch(line))


def _while(lines: Sequence[str], at: int, holds: Callable[[str], bool]) -> int:
    while at < len(lines) and holds(lines[at].strip()):
        at += 1
    return at


def _fence(lines: Sequence[str], at: int) -> tuple[int, Markup]:
    marks = re.match(r"`+", lines[at].strip())
    close = marks[0] if marks else "```"
    end = _while(lines, at + 1, lambda one: one != close)
    text = "\n".join(lines[at + 1 : end])
    return end + 1, Markup('<pre tabindex="0" role="group" aria-label="Text">{}</pre>').format(text)


def _table(lines: Sequence[str], at: int) -> tuple[int, Markup]:
    end = _while(lines, at, lambda one: one.startswith("|"))
    rows = [one.strip() for one in lines[at:end] if not _RULE.fullmatch(one.strip())]
    cells = [[_inline(each.strip()) for each in _CELLS.split(one.removeprefix("|").removesuffix("|"))] for one in rows]
    head, *body = [_row(one, "th" if number == 0 else "td") for number, one in enumerate(cells)]
    return end, Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(head, Markup().join(body))


def _row(cells: Sequence[Markup], tag: str) -> Markup:
    scope = Markup(' scope="col"') if tag == "th" else ""
    return Markup("<tr>{}</tr>").format(
        Markup().join(Markup("<{0}{1}>{2}</{0}>").format(tag, scope, one) for one in cells)
    )


def _list(lines: Sequence[str], at: int) -> tuple[int, Markup]:
    end = _while(lines, at, lambda one: bool(_ITEM.fullmatch(one)))
    tag = "ol" if lines[at].strip()[0].isdigit() else "ul"
    found = [match for one in lines[at:end] if (match := _ITEM.fullmatch(one.strip())) is not None]
    items = Markup().join(Markup("<li>{}{}</li>").format(_box(one[1]), _inline(one[2])) for one in found)
    return end, Markup("<{0}>{1}</{0}>").format(tag, items)


def _box(mark: str | None) -> str:
    return {None: "", " ": "☐ ", "x": "☑ "}[mark]


def _inline(text: str) -> Markup:
    parts = (Markup("<code>{}</code>").format(one) if at % 2 else _words(one) for at, one in enumerate(spans(text)))
    return Markup().join(parts)


def _words(text: str) -> Markup:
    pieces = _BOLD.split(text)
    plain = [escape(_ESCAPED.sub(r"\1", one)) for one in pieces]
    return Markup().join(Markup("<strong>{}</strong>").format(one) if at % 2 else one for at, one in enumerate(plain))

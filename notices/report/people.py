"""The report for people at a terminal: plain sentences that are clear without colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import wrap

from notices.escape import line, shorten, visible
from notices.links import Links, Place
from notices.to_do import ToDo, to_do
from notices.view import ChangeView, FindingView, WitnessView, count_words, of_assessment
from rules.assessment import Assessment
from rules.documents import Problem
from rules.quoting import code, glue
from rules.verdict import Verdict

_COLOURS = {"MAJOR": "31", "No verdict": "31", "MINOR": "33", "PATCH": "32", "NONE": "32"}
_GLUE = "\ue000"
"""Stands for a blank where a line is not to be broken; of private use, so that nothing that is shown holds it."""
MAX_LINES = 30
"""Lines of one witness that are printed."""
MAX_FINDINGS, MAX_WITNESSES, MAX_HARMLESS = 100, 3, 3


def render(
    assessments: Sequence[Assessment],
    problems: Sequence[Problem] = (),
    *,
    colour: bool = False,
    width: int = 80,
    allow_major: bool = False,
) -> str:
    """Write what is wrong beside the changes, then each as verdict, what to do, findings, one witness and versions.

    Several changes end with a count.
    """
    views = [of_assessment(one, allow_major=allow_major) for one in sorted(assessments, key=lambda each: -each.grade)]
    pen = _Pen(max(width, 40), colour)
    blocks = ["\n".join(pen.to_do(item)) for item in to_do(problems, Links(None))]
    blocks += ["\n".join(pen.change(view)) for view in views] or ["No contract changed."]
    if len(views) > 1:
        blocks.append("\n".join(pen.text(f"{len(views)} contracts: {count_words(views)}.")))
    return "\n\n".join(blocks) + "\n"


class _Pen:
    """Lays out one view within a width; nothing that it prints holds a control character of its own accord."""

    def __init__(self, width: int, colour: bool) -> None:
        self._width, self._colour = width, colour

    def change(self, view: ChangeView) -> Iterator[str]:
        """Give the lines of one change."""
        yield from self.text(_paths(view), 0)
        yield from self._verdict(view)
        yield from self.text(f"Next: {view.next}", 2)
        for item in view.to_do:
            yield ""
            yield from self.to_do(item, 2)
        harmless = [one for one in view.findings if one.finding.severity <= Verdict.PATCH]
        few = view.findings if len(harmless) <= MAX_HARMLESS else view.findings[: -len(harmless)]
        for finding in few[:MAX_FINDINGS]:
            yield ""
            yield from self._finding(finding)
        if len(few) > MAX_FINDINGS:
            yield from self.text(f"… and {len(few) - MAX_FINDINGS} more; --format json has all of them.", 2)
        if len(harmless) > MAX_HARMLESS:
            yield ""
            yield from self._together(harmless)
        for witness in view.witnesses[:MAX_WITNESSES]:
            yield ""
            yield from self._witness(witness)
        yield from self._end(view)

    def to_do(self, item: ToDo, indent: int = 0) -> Iterator[str]:
        """Give the lines of one point of the to-do list."""
        yield from self.text(f"{'To do' if item.blocking else 'Advice'}: {item.title}{_at(item.place)}", indent)
        yield from self.text(f"{item.problem.sentence} {item.problem.fix}", indent + 2)

    def _verdict(self, view: ChangeView) -> Iterator[str]:
        yield from self._graded(view.grade, f"{view.grade}: {view.because}. {view.reviewed_as}", 0)

    def _finding(self, item: FindingView) -> Iterator[str]:
        grade = item.finding.severity.name
        yield from self._graded(grade, f"{grade} {item.title}{_at(item.shown_at)}", 2)
        yield from self.text(f"{item.finding.sentence} {item.harm}", 4)

    def _together(self, items: Sequence[FindingView]) -> Iterator[str]:
        """Tell many findings that ask nothing of anybody by their kinds."""
        yield from self._graded("PATCH", f"PATCH {len(items)} places that change nothing for anybody", 2)
        for kind, count in Counter(one.title for one in items).items():
            yield from self.text(f"{kind}: {count}", 4)
        yield from self.text("--format json has all of them.", 4)

    def _graded(self, grade: str, text: str, indent: int) -> Iterator[str]:
        first, *rest = self.text(text, indent)
        painted = f"\x1b[1;{_COLOURS[grade]}m{grade}\x1b[0m" if self._colour else grade
        yield first.replace(grade, painted, 1)
        yield from rest

    def _witness(self, item: WitnessView) -> Iterator[str]:
        yield from self.text(f"{item.shows}{_marked(item)}:", 2)
        if item.text is None:
            yield "    (too long to be shown; --format json has it)"
            return
        lines = item.text.split("\n")
        for text in lines[:MAX_LINES]:
            yield "    " + _line_of_json(text, self._width - 4)
        if len(lines) > MAX_LINES:
            yield f"    … {len(lines) - MAX_LINES} more lines; --format json has all of them."

    def _end(self, view: ChangeView) -> Iterator[str]:
        versions = view.assessment.versions
        if view.versions_matter and view.assessment.comparison is not None:
            wanted = f"; lowest accepted: {versions.required}" if versions.required else ""
            yield ""
            yield from self.text(f"Version: {versions.old or 'none'} to {versions.new or 'none'}{wanted}", 2)
        undecided = [one for one in view.relations if one.reason]
        for reason in dict.fromkeys(one.reason for one in undecided):
            yield ""
            yield from self.text(f"Not decided, which counts as no: {reason}.", 2)
            for one in undecided:
                if one.reason == reason:
                    yield from self.text(f"{one.question} ({one.name})", 4)

    def text(self, text: str, indent: int = 0) -> list[str]:
        """Wrap a paragraph; what stands between back-ticks, to be copied, is never broken."""
        glued = glue(line(text), _GLUE)
        lines = wrap(glued, self._width - indent, break_on_hyphens=False, break_long_words=False)
        return [" " * indent + part.replace(_GLUE, " ") for part in lines] or [""]


def _paths(view: ChangeView) -> str:
    change = view.assessment.change
    old, new = (_path(path) if path else "nothing" for path in (change.old_path, change.new_path))
    if change.old_path == change.new_path == view.name:
        return view.name
    if change.old_path and change.new_path == view.name:
        return f"{old} -> {new}"
    return f"{_path(view.name)}: {old}" + (f" -> {new}" if new != old else "")


def _path(text: str) -> str:
    return text if text.isprintable() and " " not in text and "`" not in text else code(text)


def _at(place: Place | None) -> str:
    return "" if place is None else f" ({_path(place.text)})"


def _marked(item: WitnessView) -> str:
    at = code(shorten(item.pointer, 60))
    if item.holds is None:
        return ". Missing" + (f" at {at}" if item.pointer else "")
    return f". {item.mark}: {at}, which holds {code(shorten(item.holds, 60))}" if item.pointer else ""


def _line_of_json(text: str, width: int) -> str:
    shown = visible(text)
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"

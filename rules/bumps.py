"""The versions of one change, checked: what was declared, what the verdict asks for, and what is wrong with the step.

The order of versions and the arithmetic of bumps are in `rules.versions`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rules.change import Change
from rules.documents import Document, Problem, line_of
from rules.problems import problem
from rules.quoting import code
from rules.verdict import Verdict
from rules.versions import (
    NamedVersion,
    Version,
    Versions,
    allowed,
    declared_bump,
    place,
    read,
    recommend,
    renamed,
    required,
    skips,
    unread,
)


def versions_of(change: Change, verdict: Verdict | None) -> tuple[Versions, tuple[Problem, ...]]:
    """Read both versions of a change and judge the step; `verdict` is `None` where there is none.

    The problems: a version that cannot be read (advice only on the base side, which the author cannot mend), a new
    name, a step down, a step too small for the verdict, and as advice a step that leaves versions out.
    """
    if change.contract.scheme.name == "git" or change.head is None:
        return Versions(old=_text(_side(change, change.base)[0])), ()
    old, unread_old = _side(change, change.base)
    new, unread_new = _side(change, change.head)
    if verdict is Verdict.NONE and old is None and change.base is not None:
        # Only a file beside the schema changed: what the schema lacked before is not this change's to mend.
        unread_new = tuple(replace(one, blocking=False) for one in unread_new)
    problems = (*(replace(one, blocking=False) for one in unread_old), *unread_new)
    if old is None:
        return Versions(new=_text(new)), problems
    bump = declared_bump(old, new) if new else None
    versions = Versions(
        old=str(old),
        new=_text(new),
        bump=bump,
        required=None if verdict is None else str(required(old, verdict)),
        recommended=None if verdict is None else recommend(str(old), verdict),
    )
    if new is None or verdict is None:
        return versions, problems
    return versions, problems + _Step(change, change.head, old, new, verdict).problems()


def _side(change: Change, document: Document | None) -> tuple[Version | None, tuple[Problem, ...]]:
    if document is None:
        return None, ()
    why = unread(change.contract.scheme, document)
    return read(change.contract.scheme, document), () if why is None else (why,)


def _text(version: Version | None) -> str | None:
    return None if version is None else str(version)


@dataclass(frozen=True, slots=True)
class _Step:
    """One step from a readable version to another, with the verdict that it has to carry."""

    change: Change
    head: Document
    old: Version
    new: Version
    verdict: Verdict

    def problems(self) -> tuple[Problem, ...]:
        """Judge the step; at most one thing is said of it, the gravest."""
        old, new, verdict = self.old, self.new, self.verdict
        if isinstance(old, NamedVersion) and isinstance(new, NamedVersion) and old.name != new.name:
            sentence = f"The version's name changed from {old.name} to {new.name}; only its number may change."
            return (self._problem("version_renamed", sentence),)
        if verdict > Verdict.NONE and new.precedence < old.precedence:
            return (self._problem("version_goes_back", f"The version goes back from {old} to {new}."),)
        if verdict > allowed(self.change.contract.scheme.name, declared_bump(old, new)):
            return (self._problem("bump_too_small", self._too_small()),)
        if skips(old, new):
            sentence = f"From {old} to {new} leaves versions out; {required(old, verdict)} is the next for this change."
            return (self._problem("version_skipped", sentence),)
        return ()

    def _in_place(self) -> bool:
        """Say whether a file that carries its version in its name was edited, instead of a new one added."""
        base = self.change.base
        return self.change.contract.scheme.name == "semver-file" and base is not None and base.path == self.head.path

    def _too_small(self) -> str:
        grade = self.verdict.name
        if self._in_place():
            path = code(self.head.path)
            return f"The change is {grade}, and {path} was edited in place although {self.old} is published."
        if self.new == self.old:
            return f"The change is {grade}, but the version stays at {self.old}."
        return f"The change is {grade}, but the version only goes from {self.old} to {self.new}."

    def _problem(self, code: str, sentence: str) -> Problem:
        pointer = place(self.change.contract.scheme, self.head)
        line = None if pointer is None else line_of(self.head, pointer)
        return problem(code, sentence, path=self.head.path, line=line, pointer=pointer, how=self._fix())

    def _fix(self) -> str:
        wanted = required(self.old, self.verdict)
        if self.change.contract.scheme.name != "semver-file":
            return f'Set the version to "{wanted}", or higher.'
        here, target = code(self.head.path), code(renamed(self.head.path, wanted))
        if self._in_place():
            return f"Restore {here} and add the changed document as {target}."
        return f"Rename {here} to {target}; any version from {wanted} up will do."

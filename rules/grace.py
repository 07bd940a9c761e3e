"""The grace period of a deprecated field: what a change may not do to it yet, and from which day it may.

A field goes only if the base branch says that it is deprecated, long enough ago, and its removal date has come. Until
then it may not be deleted, tightened or retyped, nor may its replacement go. `today` is a date in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from rules.assessment import Assessment
from rules.compare.values import Finding
from rules.documents import Document, Problem, line_of
from rules.notice import Notice, day_after
from rules.problems import problem
from rules.quoting import command
from rules.verdict import Verdict

GONE = frozenset({"FIELD_REMOVED", "FIELD_RENAMED", "FIELD_MOVED"})
"""The kinds of finding by which a field is not where it was."""


@dataclass(frozen=True, slots=True)
class Served:
    """A field that this change takes away after its grace period: its notice on the base branch."""

    field: str
    notice: Notice


def problems(assessment: Assessment, today: date) -> tuple[Problem, ...]:
    """Say what a change does to fields before it may, as of a day (UTC), and what is dated as it may not be.

    The findings are judged by the notices on the base branch alone: a notice that comes with the removal warns nobody.
    """
    if assessment.comparison is None or assessment.change.base is None or assessment.change.head is None:
        return ()
    judge = _Judge(assessment, assessment.change.base, assessment.change.head, today)
    found = (*judge.removals(), *judge.changes(), *judge.replacements(), *judge.dates())
    return tuple(dict.fromkeys(found))


def served(assessment: Assessment, today: date) -> tuple[Served, ...]:
    """List the fields that a change takes away and may: deprecated on the base branch, the grace period over."""
    comparison, base = assessment.comparison, assessment.change.base
    if comparison is None or base is None:
        return ()
    grace = assessment.change.contract.policy.grace_days
    pairs = ((one, about(one, assessment.base_notices)) for one in comparison.findings if one.kind in GONE)
    return tuple(
        Served(one.instance, notice) for one, notice in pairs if notice is not None and _may_go(notice, grace, today)
    )


def about(finding: Finding, notices: Iterable[Notice]) -> Notice | None:
    """Give the notice on the field that a finding is about, or on one that holds it."""
    return next((one for one in notices if _is_about(finding, one)), None)


def _is_about(finding: Finding, notice: Notice) -> bool:
    at = finding.old_pointer
    if notice.pointer is not None and at is not None and f"{at}/".startswith(f"{notice.pointer}/"):
        return True
    place = notice.instance
    return place is not None and (finding.instance == place or finding.instance.startswith((f"{place}.", f"{place}[]")))


def _may_go(notice: Notice, grace_days: int, today: date) -> bool:
    earliest = notice.earliest(grace_days)
    return earliest is not None and earliest <= today


@dataclass(frozen=True, slots=True)
class _Judge:
    assessment: Assessment
    base: Document
    head: Document
    today: date

    @property
    def grace_days(self) -> int:
        return self.assessment.change.contract.policy.grace_days

    def removals(self) -> Iterator[Problem]:
        """Ask for the notice of each field that goes."""
        for finding in self._findings():
            if finding.kind not in GONE:
                continue
            notice = about(finding, self.assessment.base_notices)
            if notice is None or notice.bare:
                if finding.severity is Verdict.MAJOR:
                    yield self._undeprecated(finding)
            elif not _may_go(notice, self.grace_days, self.today):
                yield self._early(finding, notice)

    def changes(self) -> Iterator[Problem]:
        """Refuse what breaks a field that is still promised."""
        for finding in self._findings():
            notice = about(finding, self.assessment.base_notices)
            if finding.kind in GONE or finding.severity < Verdict.MAJOR or notice is None or notice.bare:
                continue
            if finding.old_pointer is not None and not _may_go(notice, self.grace_days, self.today):
                sentence = (
                    f"`{notice.field}` is deprecated and stays as it is {self._until(notice)}. {finding.sentence}"
                )
                yield self._problem("deprecated_field_changed", sentence, finding, f"Leave `{notice.field}` as it was.")

    def replacements(self) -> Iterator[Problem]:
        """Refuse that a field goes whose place another one is to be taken by it, while the other is still there."""
        for notice in self.assessment.base_notices:
            if notice.replacement_at is None or _may_go(notice, self.grace_days, self.today):
                continue
            for finding in self._findings():
                at = finding.old_pointer
                if finding.kind in GONE and at is not None and f"{notice.replacement_at}/".startswith(f"{at}/"):
                    sentence = (
                        f"`{notice.replacement}` goes, and it is what `{notice.field}` is to be replaced by "
                        f"{self._until(notice)}."
                    )
                    how = f"Keep `{notice.replacement}`, or first name another replacement in the notice."
                    yield self._problem("replacement_removed", sentence, finding, how)

    def dates(self) -> Iterator[Problem]:
        """Refuse what takes from the time that people were promised, or were never given."""
        before = {one.key: one for one in self.assessment.base_notices}
        limit = self.today - timedelta(hours=self.assessment.change.contract.policy.major_hours)
        for notice in self.assessment.head_notices:
            old = before.get(notice.key)
            if old is not None and not old.bare:
                yield from self._shortened(old, notice)
            elif notice.deprecated_on is not None and notice.deprecated_on < limit:
                sentence = (
                    f"`{notice.field}` is deprecated by this change, and its notice says that it was on "
                    f"{notice.deprecated_on}."
                )
                how = (
                    f"Date it {self.today} or later, and the removal {day_after(self.today, self.grace_days)} or "
                    "later: nobody could know of it before."
                )
                yield self._of_notice("deprecation_backdated", sentence, notice, how)

    def _shortened(self, old: Notice, new: Notice) -> Iterator[Problem]:
        promised, now = old.earliest(self.grace_days), new.earliest(self.grace_days)
        if promised is not None and now is not None and now < promised and promised > self.today:
            sentence = f"`{new.field}` was to stay until {promised}, and this change lets it go on {now}."
            how = f"Set the removal date to {promised} or later: what was promised is not shortened."
            yield self._of_notice("deprecation_shortened", sentence, new, how)

    def _findings(self) -> tuple[Finding, ...]:
        return self.assessment.comparison.findings if self.assessment.comparison else ()

    def _undeprecated(self, finding: Finding) -> Problem:
        name = finding.instance
        sentence = f"`{name}` goes, and the base branch has no dated deprecation notice on it."
        how = (
            f"Keep `{name}` and deprecate it first: with a notice merged today, {self.today}, the earliest legal "
            f"removal is {day_after(self.today, self.grace_days)}. The notice is written by "
            f"{command('concordat', 'new', 'deprecation', self.assessment.change.contract.name, name)}."
        )
        return self._problem("removal_not_deprecated", sentence, finding, how)

    def _early(self, finding: Finding, notice: Notice) -> Problem:
        keep = f"Keep `{finding.instance}`"
        earliest = notice.earliest(self.grace_days)
        if earliest is None:
            sentence = f"`{finding.instance}` goes, and its deprecation notice on the base branch has no usable dates."
            how = f"{keep}, mend the notice's dates first, and remove it when its removal date has come."
            return self._problem("removal_too_early", sentence, finding, how)
        sentence = (
            f"`{finding.instance}` goes, and it is deprecated since {notice.deprecated_on} and promised "
            f"{self._until(notice)}."
        )
        days = (earliest - self.today).days
        how = f"{keep} for {days} more day{'' if days == 1 else 's'}: the earliest legal removal is {earliest}."
        return self._problem("removal_too_early", sentence, finding, how)

    def _until(self, notice: Notice) -> str:
        earliest = notice.earliest(self.grace_days)
        if earliest is None:
            return "until its notice has dates that can be used"
        grace = "" if earliest == notice.removal else f" ({self.grace_days} days of grace)"
        return f"until {earliest}{grace}"

    def _problem(self, code: str, sentence: str, finding: Finding, how: str) -> Problem:
        # What is gone is shown, at the head, by what held it.
        at = finding.old_pointer if finding.new_pointer is None else finding.new_pointer
        line = None if at is None else line_of(self.head, at)
        return problem(code, sentence, path=self.head.path, line=line, pointer=at, how=how)

    def _of_notice(self, code: str, sentence: str, notice: Notice, how: str) -> Problem:
        line = line_of(self.head, notice.at)
        return problem(code, sentence, path=self.head.path, line=line, pointer=notice.at, how=how)

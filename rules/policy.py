"""The numbers and tables that a review follows, in one place; docs/policy.md is written from them by `page`.

Each contract may set its own in the configuration; what stands here holds where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from rules.accompany import ASKED
from rules.assessment import Assessment
from rules.clock import utc
from rules.contract import Enforcement, Policy, Stage
from rules.problems import PROBLEMS
from rules.register import WARNINGS
from rules.verdict import Verdict
from rules.versions import allowed

Conclusion = Literal["success", "neutral", "action_required", "failure"]
Situation = Literal["untouched", "none", "notify", "approved", "pending", "blocked"]


@dataclass(frozen=True, slots=True)
class Row:
    """What one class of change asks for; hours and days count before go-live or from the start of the review.

    `review_hours` is `None` where no clock runs. `milestones` are days before go-live with what happens then.
    """

    title: str
    approval: str
    review_hours: int | None
    accompanied_by: tuple[str, ...]
    notice_hours: int
    milestones: tuple[tuple[int, str], ...]
    go: str
    grace_days: int | None = None


_ALWAYS = ("version bump", "change-log row")
_GO_IF_BLOCKED = "no, unless a blocker is open"
NOTHING_SET = Policy()
"""The numbers of a contract that sets none."""
_DEFAULT = NOTHING_SET

ROWS: tuple[Row, ...] = (
    Row(
        "PATCH", "none; owners are notified", None, _ALWAYS, 14 * 24,
        ((14, "notice"), (0, "live")), _GO_IF_BLOCKED,
    ),
    Row(
        "MINOR",
        "every owning team; silence for the review time counts as yes where the contract says `on-silence: approve`",
        _DEFAULT.minor_hours, _ALWAYS, 30 * 24,
        ((30, "announced"), (14, "reminder"), (7, "reminder"), (0, "live")), _GO_IF_BLOCKED,
    ),
    Row(
        "MAJOR", "every owning team and every named role, explicitly", _DEFAULT.major_hours,
        (
            *_ALWAYS, "impact analysis", "pre-review meeting held", "migration plan where data must change",
            "removals already deprecated",
        ),
        60 * 24,
        (
            (60, "announced, with the draft"), (45, "consultation, first readiness check"), (30, "testing target"),
            (15, "last day of testing"), (14, "final confirmation asked"), (7, "confirmation closes, go or no-go"),
            (0, "live"),
        ),
        "yes", _DEFAULT.grace_days,
    ),
    Row("critical fix", "release owner", 1, ("incident link",), 1, ((0, "now, and live"),), "release owner"),
)  # fmt: skip
"""What each class of change asks for, in the order of its weight."""

CONCLUSIONS: dict[Situation, dict[Stage, Conclusion]] = {
    "untouched": {"observe": "success", "warn": "success", "enforce": "success"},
    "none": {"observe": "success", "warn": "success", "enforce": "success"},
    "notify": {"observe": "success", "warn": "success", "enforce": "success"},
    "approved": {"observe": "success", "warn": "success", "enforce": "success"},
    "pending": {"observe": "neutral", "warn": "neutral", "enforce": "action_required"},
    "blocked": {"observe": "neutral", "warn": "neutral", "enforce": "failure"},
}
"""What the check concludes, by where the review stands and how strict the contract is."""

SITUATIONS: dict[Situation, str] = {
    "untouched": "no contract is touched",
    "none": "the verdict is NONE",
    "notify": "the change is PATCH; owners are notified",
    "approved": "approved",
    "pending": "the review is pending",
    "blocked": "an objection, a missing to-do, or a bump that is too small",
}
"""Each situation, in words."""

_WEIGHT: dict[Conclusion, int] = {"success": 0, "neutral": 1, "action_required": 2, "failure": 3}


def stage_on(enforcement: Enforcement, day: date) -> Stage:
    """Say how strict a contract is on a day (UTC): its next stage holds from the date given for it."""
    if enforcement.next_stage is not None and enforcement.next_from is not None and day >= enforcement.next_from:
        return enforcement.next_stage
    return enforcement.stage


def conclusion(situation: Situation, enforcement: Enforcement, now: datetime) -> Conclusion:
    """Conclude the check of one contract; `now` is an aware instant, its UTC date picks the stage."""
    return CONCLUSIONS[situation][stage_on(enforcement, utc(now).date())]


def strictest(conclusions: tuple[Conclusion, ...]) -> Conclusion:
    """Conclude for several contracts at once: the weightiest of theirs, success where there is none."""
    return max(conclusions, key=_WEIGHT.__getitem__, default="success")


def review_hours(policy: Policy, grade: Verdict) -> int | None:
    """Give the review time of a grade in hours of elapsed time; `None` where nobody has to answer."""
    return {Verdict.MINOR: policy.minor_hours, Verdict.MAJOR: policy.major_hours}.get(grade)


def notice_days(grade: Verdict) -> int:
    """Give the days of notice that partners are owed of a grade."""
    return {row.title: row.notice_hours // 24 for row in ROWS}.get(grade.name, 0)


def exceeds(assessment: Assessment, *, allow: Verdict | None = None) -> bool:
    """Say whether a change is more severe than its declared bump lets pass.

    Where no bump can be told (no version scheme, a version that cannot be read, a contract that ends) MINOR passes, and
    MAJOR if that is what `allow` says. A change without a verdict counts as MAJOR: nothing is proven of it.
    """
    verdict = Verdict.MAJOR if assessment.verdict is None else assessment.verdict
    bump = assessment.versions.bump
    declared = allowed(assessment.change.contract.scheme.name, bump)
    return verdict > (max(declared, allow or Verdict.NONE) if bump is None else declared)


def page() -> str:
    """Write docs/policy.md: the tables above, for people."""
    return _PAGE.format(
        classes=_table(("", *(row.title for row in ROWS)), _class_lines()),
        milestones=_table(("days before go-live", *(row.title for row in ROWS)), _milestone_lines()),
        conclusions=_table(
            ("where the review stands", "observe", "warn", "enforce"),
            [(SITUATIONS[name], *stages.values()) for name, stages in CONCLUSIONS.items()],
        ),
        problems=_table(
            ("", "code", "holds the change up"),
            [(row.title, f"`{code}`", "yes" if row.blocking else "no, advice") for code, row in PROBLEMS.items()],
        ),
        accompany=_table(
            ("name under `policy/accompany`", "asked of", "what it asks for"),
            [(f"`{name}`", *said) for name, said in ASKED.items()],
        ),
        warnings=", ".join(map(str, WARNINGS[:-1])) + f" and {WARNINGS[-1]}",
        grace_days=_DEFAULT.grace_days,
        on_error=_DEFAULT.on_error,
        on_silence=_DEFAULT.on_silence,
    )


def _class_lines() -> list[tuple[str, ...]]:
    return [
        ("approval", *(row.approval for row in ROWS)),
        ("review time", *(hours(row.review_hours) for row in ROWS)),
        ("must accompany the change", *(", ".join(row.accompanied_by) for row in ROWS)),
        ("notice to partners", *(hours(row.notice_hours) for row in ROWS)),
        ("needs a go", *(row.go for row in ROWS)),
        ("both versions supported", *("–" if row.grace_days is None else f"{row.grace_days} days" for row in ROWS)),
    ]


def _milestone_lines() -> list[tuple[str, ...]]:
    days = sorted({day for row in ROWS for day, _ in row.milestones}, reverse=True)
    return [(f"T-{day}", *(dict(row.milestones).get(day, "") for row in ROWS)) for day in days]


def hours(count: int | None) -> str:
    """Write a number of hours for people: whole days from three days up, `–` for none."""
    if count is None:
        return "–"
    if count % 24 == 0 and count >= 72:
        return f"{count // 24} days"
    return "1 hour" if count == 1 else f"{count} hours"


def _table(head: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    rows = [head, ("---",) * len(head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


_PAGE = """\
# Policy: the numbers

Written from the tables in `rules/policy.py`; a test keeps the two equal. Each number may be set per contract in
`.github/contracts.yml` as far as [numbers](numbers.md) gives it a key; that page lists every default.

## What each class of change asks for

The class of a change is the higher of its verdict and the version bump that it declares.

{classes}

The review time is elapsed time, counted from the moment the pull request is ready for review; it stands still while the
pull request is a draft. What happens when it runs out without an answer is `on-silence`: `{on_silence}` unless the
contract says otherwise, and never an approval for a MAJOR change.

Where a contract names no team, each of its users is asked, then each named role, then each listed maintainer. A
contract that names nobody says so on every change; its MINOR and MAJOR changes stay pending until somebody is named.

## Milestones

{milestones}

## What the check concludes

{conclusions}

Enforcement may carry a date on which it moves up (`next`, `from`); the date is that of UTC. When Concordat
itself fails, the check concludes as `on-error` says: `{on_error}` unless the contract says otherwise.

## What must accompany a change

Beside the version bump and the change-log row. Each contract may ask for less: `accompany: [impact-analysis]` under
`policy` asks for the impact analysis alone, `accompany: []` for nothing. A maintainer waives one of them for one change
with `/waive CODE REASON`; the codes are those below. Papers lie in a folder named in `proposals` and name the contract,
its file or its version; `concordat new` writes them. A section counts as empty while it holds only what the template
put there, TBD, TODO or N/A. A critical fix is accompanied by its incident alone. At a desk (`concordat check --base`)
nobody can say that a meeting was held, and it is not asked for.

{accompany}

## Deprecation

A field may go when a notice on the base branch says so, its removal date has come, and at least `grace-days`
({grace_days}) lie between the deprecation date and that day. Until then the field is not deleted, tightened or retyped,
nor is its replacement removed; its removal date moves later, never earlier. A new notice is dated back no further than
the review of a MAJOR change takes (`major-hours`). What a published notice promises holds also where `accompany` leaves
`deprecation` out. The owners are warned {warnings} days before the removal date, and an issue is opened when it has
passed and the field is still there. [Deprecation](deprecation.md) shows both forms of a notice.

## What an assessment asks to be put in order

{problems}

## Versions

A change asks for a version bump of its verdict; a bigger bump is fine, a smaller one holds the change up, and
versions left out are only remarked on. With two-part versions a PATCH of 1.1 is 1.1.1. SemVer promises nothing before
1.0.0 (§4); a contract that partners depend on is a promise all the same, so 0.y.z is held to the rules of 1.y.z. With
`<name>_v<N>`, additions may stay on N and breaking changes go to N+1. Without a version scheme, a MAJOR change is more
than the command line lets pass, unless it is told `--allow major`; where a version is declared, that alone decides.
"""

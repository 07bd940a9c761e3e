"""Why a change is judged as it is: every rule that was applied, what it was applied to, and what came of it.

The tables are the rules' own (`rules.compare.relations.ROWS`, `rules.policy`), so that a page explains no rule but the
one in force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from notices import pages, promised, standing, words
from notices.values import Context
from notices.view import ChangeView, Links, Place, link, most_severe_first, of_review
from rules.compare.relations import ROWS
from rules.config import CONFIG_PATHS
from rules.contract import Contract, Policy, Stage
from rules.policy import CONCLUSIONS, SITUATIONS, hours, review_hours, stage_on, strictest
from rules.quoting import code
from rules.review import Link, Review
from rules.verdict import Verdict

STAGES: tuple[Stage, ...] = ("observe", "warn", "enforce")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a rule was applied to, and where it stands; values are sentences of ours."""

    name: str
    value: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a rule's table; the first cell heads it. `used` marks the row that decided, `used_cell` the cell."""

    cells: tuple[str, ...]
    used: bool = False
    used_cell: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A rule's table."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One rule, its input and its result. `tone` is "holds" where the result holds the change up."""

    title: str
    rule: str
    result: str
    facts: tuple[Fact, ...] = ()
    tables: tuple[Grid, ...] = ()
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that was asked about one change, in order."""

    view: ChangeView
    steps: tuple[Step, ...]
    conclusion: str


def render(reviews: Sequence[Review], context: Context) -> str:
    """Write the page as HTML."""
    accounts = [_account(one, context) for one in most_severe_first(reviews)]
    title = f"Why: {accounts[0].view.headline}" if len(accounts) == 1 else f"Why: {len(accounts)} contracts change"
    return pages.page(
        "why",
        title=title,
        context=context,
        pull_url=pages.pull_url(context),
        report_url=link(context.report_url),
        accounts=accounts,
        together=strictest(tuple(one.conclusion for one in reviews)),
    )


def steps(review: Review, context: Context) -> tuple[Step, ...]:
    """List every rule that was applied to a change."""
    return _account(review, context).steps


def _account(review: Review, context: Context) -> Account:
    case = _Case(review, of_review(review, context), context)
    return Account(case.view, tuple(step for make in _STEPS for step in make(case)), review.conclusion)


@dataclass(frozen=True, slots=True)
class _Case:
    """What the steps look at."""

    review: Review
    view: ChangeView
    context: Context

    @property
    def contract(self) -> Contract:
        return self.review.assessment.change.contract

    @property
    def policy(self) -> Policy:
        return self.contract.policy

    def set_at(self, *keys: str) -> Place:
        """Give the line of the configuration that says something: of the first key that stands there, or the entry."""
        contract = self.contract
        line = next((contract.lines[key] for key in keys if key in contract.lines), contract.line)
        if contract.source in CONFIG_PATHS:
            return Links(self.context).place(contract.source, line, base=True)
        return Place(contract.source, line)

    def setting(self, name: str, value: str, default: str, *keys: str) -> Fact:
        """Tell a setting, and whether the configuration says it or nobody does."""
        if value == default and keys[0] not in self.contract.lines:
            return Fact(name, f"{value}, as nothing else is set")
        return Fact(name, value, self.set_at(*keys))


def _documents(case: _Case) -> Iterator[Step]:
    change, links = case.review.assessment.change, Links(case.context)
    old, new = change.old_path, change.new_path
    by_file = case.contract.scheme.name == "semver-file"
    rule = (
        "Each version is a file of its own: a new one is compared with the highest lower version on the base branch."
        if by_file
        else "A contract is compared with itself: as it was where the branch left its base, and as the branch has it."
    )
    yield Step(
        "Which documents are compared",
        f"{rule} The configuration is that of the base branch.",
        _compared(old, new, usable=case.review.assessment.comparison is not None),
        (
            Fact("Contract", code(case.contract.name), case.set_at("files")),
            Fact("Old", "", links.place(old, None, base=True)) if old else Fact("Old", "none"),
            Fact("New", "", links.place(new, None)) if new else Fact("New", "none"),
            Fact("Identity of the change", f"`{change.digest[:16]}…`, the hash of both documents"),
        ),
    )


def _compared(old: str | None, new: str | None, *, usable: bool) -> str:
    if old is None:
        return "The contract is new: there is nothing to compare it with."
    if new is None:
        return "The contract ends with this change."
    if not usable:
        return "They cannot be compared; the reason stands below, under what must be in order."
    return "The two documents are compared."


def _relations(case: _Case) -> Iterator[Step]:
    comparison = case.review.assessment.comparison
    if comparison is None or not comparison.relations:
        return
    rows = tuple(
        Row((f"{words.QUESTIONS[one.name]} `{one.name}`", words.ANSWERS[one.status]))
        for one in comparison.relations
        if one.name in words.QUESTIONS
    )
    proven = sum(one.status == "proven" for one in comparison.relations)
    yield Step(
        "What is proven",
        "Each question is answered by a proof for every document there could be, or by one document that refutes it; "
        "what could not be settled within the engine's steps counts as not proven.",
        f"{proven} of {len(comparison.relations)} are proven.",
        tables=(Grid("The questions", ("Question", "Answer"), rows),),
    )


def _verdict(case: _Case) -> Iterator[Step]:
    assessment, comparison = case.review.assessment, case.review.assessment.comparison
    rows = tuple(
        Row((row.when, row.verdict.name), used=comparison is not None and row.when == comparison.row) for row in ROWS
    )
    result = f"{case.view.grade}: {case.view.because}."
    if comparison is not None and comparison.lowered:
        result += f" The table alone says {_by_table(comparison.row)}; the configuration ranks the findings otherwise."
    yield Step(
        "The verdict",
        "The first row that holds gives the verdict.",
        result,
        tuple(_verdict_facts(case)),
        (Grid("From relations to the verdict", ("When", "Verdict"), rows),) if comparison and comparison.row else (),
        tone="holds" if assessment.verdict is None else "",
    )


def _by_table(when: str) -> str:
    return next((row.verdict.name for row in ROWS if row.when == when), "another verdict")


def _verdict_facts(case: _Case) -> Iterator[Fact]:
    readers = [code(one.name) for one in case.contract.partners if one.reads]
    told = words.listed(readers[: words.MAX_NAMED]) or "none of those named"
    if not case.contract.partners:
        yield Fact("Partners who read", "nobody is named, so somebody is assumed to")
    else:
        yield Fact("Partners who read", told, case.set_at("partners"))
    strict = "yes" if case.policy.strict_readers else "no"
    yield case.setting("Readers refuse unknown fields", strict, "no", "policy/strict-readers")
    compared = "all live versions" if case.policy.compare == "all" else "the version before"
    yield case.setting("Compared with", compared, "the version before", "policy/compare")
    for one in case.view.overrides:
        value = f"{code(one.match)} counts as {one.severity.name}: {one.reason}"
        yield Fact("Override", value, case.set_at("policy/findings", "policy"))


_SCHEMES = {
    "semver-file": "the version in the file's name",
    "semver-field": "the version in the document",
    "name-vn": "the name and number in the document",
    "git": "none: the repository's history is the version",
}


def _version(case: _Case) -> Iterator[Step]:
    found, contract = case.review.assessment.versions, case.contract
    pointers = ", ".join(code(one) for one in contract.scheme.pointers)
    scheme = _SCHEMES[contract.scheme.name] + (f" at {pointers}" if pointers else "")
    bump = None if found.bump is None else found.bump.name
    facts = [
        Fact("Version scheme", scheme, case.set_at("version") if "version" in contract.lines else None),
        *(
            Fact(name, code(value))
            for name, value in (
                ("Before", found.old), ("Declared now", found.new), ("Declared step", bump),
                ("Lowest accepted", found.required),
            )
            if value
        ),
    ]  # fmt: skip
    wrong = [one for one in case.review.assessment.problems if one.code.startswith(("bump_", "version_"))]
    change = case.review.assessment.change
    result = wrong[0].sentence if wrong else _step(found.old, found.new, found.required)
    if change.new_path is not None and change.head is None:
        result = "The new document cannot be read, and so neither can its version."
    yield Step(
        "The version",
        "A change asks for a step of its verdict, or a bigger one; a smaller one holds it up.",
        result,
        tuple(facts),
        tone="holds" if any(one.blocking for one in wrong) else "",
    )


def _step(old: str | None, new: str | None, required: str | None) -> str:
    if new is None:
        return "No version is declared, so none is asked for."
    if old is None:
        return f"`{new}` is the first version that is declared."
    if old == new and required in (None, old):
        return f"The version stays `{new}`, and need not move."
    return f"From `{old}` to `{new}` is a step that this change may take."


def _to_do(case: _Case) -> Iterator[Step]:
    rows = tuple(
        Row((one.title, one.problem.sentence, "holds the change up" if one.blocking else "advice"))
        for one in case.view.to_do
    )
    waiting = sum(one.blocking for one in case.view.to_do)
    result = f"{waiting} of {len(rows)} hold the change up." if rows else "Nothing is missing."
    yield Step(
        "What must be in order",
        "Version, change log, manifest, data files and documents have to fit the change; what is missing waits for the "
        "author, and the rest is advice.",
        result,
        tables=(Grid("What was found", ("Point", "Finding", "Effect"), rows),) if rows else (),
        tone="holds" if waiting else "",
    )


def _promises(case: _Case) -> Iterator[Step]:
    """Tell which fields are promised until when, and what of that the change breaks."""
    today = _day(case.context.now)
    rows = () if today is None else tuple(Row(one) for one in promised.notices(case.review, today.date()))
    broken = promised.broken(case.review)
    if not rows and not broken:
        return
    kept = "What was promised is kept."
    facts = [case.setting("Grace period", hours(case.policy.grace_days * 24), hours(Policy().grace_days * 24),
                          "policy/grace-days", "policy")]  # fmt: skip
    if today is not None:
        facts.append(Fact("Today", f"{today.date()} (UTC)"))
    yield Step(
        "Fields on their way out",
        "A field goes when a notice on the base branch says so, its removal date has come, and the grace period lies "
        "between. Until then it is not deleted, tightened or retyped, its replacement stays, and its removal date only "
        "moves later.",
        " ".join(broken) or kept,
        tuple(facts),
        (Grid("Notices on the base branch", ("Field", "Deprecated on", "May go from", "Today"), rows),) if rows else (),
        tone="holds" if broken else "",
    )


def _papers(case: _Case) -> Iterator[Step]:
    """Tell what has to come with the change, and what of it is there."""
    codes = {code for found in promised.PAPER_CODES.values() for code in found}
    waiting = sum(one.code in codes for one in case.review.missing)
    default = ", ".join(code(one) for one in Policy().accompany)
    asked = ", ".join(code(one) for one in case.policy.accompany) or "nothing"
    yield Step(
        "What must accompany it",
        "By the class of the review, as far as the contract asks for it. A section of a paper counts as empty while it "
        "holds only what the template put there, TBD, TODO or N/A. A maintainer may waive a point by its code.",
        f"{waiting} of these are missing." if waiting else "Nothing is missing.",
        (case.setting("The contract asks for", asked, default, "policy/accompany", "policy"),),
        (
            Grid(
                "What may be asked for", ("What", "Asked of", "Code", "Here"),
                tuple(Row(one) for one in promised.papers(case.review)),
            ),
        ),
        tone="holds" if waiting else "",
    )  # fmt: skip


def _class(case: _Case) -> Iterator[Step]:
    assessment = case.review.assessment
    bump = assessment.versions.bump
    yield Step(
        "The class of the review",
        "The higher of the verdict and the declared step; without a verdict nothing is proven, and it is MAJOR.",
        f"{case.review.grade.name}.",
        (Fact("Verdict", case.view.grade), Fact("Declared step", bump.name if bump is not None else "none")),
    )


_APPROVERS: dict[Verdict, str] = {
    Verdict.MAJOR: "A MAJOR change needs every owning team and every named role, explicitly. Where the contract names "
    "no team, each of its users; without those each role, then each maintainer.",
    Verdict.MINOR: "A MINOR change needs every owning team. Where the contract names no team, each of its users; "
    "without those each role, then each maintainer.",
    Verdict.PATCH: "A PATCH needs no approval; its owners are notified.",
    Verdict.NONE: "Where nothing changes, nobody is asked.",
}


def _approvers(case: _Case) -> Iterator[Step]:
    review = case.review
    facts = tuple(
        Fact(link.needed.kind.capitalize(), _link(link, case), case.set_at(*_NAMED_UNDER[link.needed.kind]))
        for link in review.chain[: words.MAX_NAMED]
    )
    yield Step("Who must approve", f"{_APPROVERS[review.grade]} {_COUNTS}".rstrip(), _agreed(review), facts)


_COUNTS = (
    "An approval counts for the documents that its giver was shown, while they have the role; nobody approves what "
    "they opened or pushed."
)


def _link(link: Link, case: _Case) -> str:
    if not link.given:
        return words.approver(link.needed)
    given = words.listed([f"`{one.login}` on {words.instant(one.at, case.contract)}" for one in link.given])
    return f"{words.approver(link.needed)}, approved by {given}"


def _agreed(review: Review) -> str:
    count, left = len(review.chain), len(review.awaited)
    if not count:
        if review.grade >= Verdict.MINOR:
            return "The contract names nobody, so the review stays open until somebody is named."
        return "Nobody has to approve."
    if review.approved_by == "silence":
        return "Nobody objected in time: approved by silence."
    if left == count:
        return f"{count} must approve." if count > 1 else "One must approve."
    return f"{count - left} of {count} have approved."


def _record(case: _Case) -> Iterator[Step]:
    """Tell what people put on record, and what comes of it."""
    ledger = case.review.ledger
    lines = () if ledger is None else tuple(standing.on_record(ledger, case.contract, case.context.now))
    if lines:
        yield Step(
            "What people put on record",
            "An objection blocks until whoever made it withdraws it or a maintainer waives it; a condition before the "
            "merge holds it until it is met; a hold stops the clock until it ends. All of it outlives a push.",
            _blocks(case.review),
            tuple(Fact(*line) for line in lines),
            tone="holds" if case.review.state in ("blocked", "rejected") else "",
        )


def _blocks(review: Review) -> str:
    ledger = review.ledger
    if ledger is None or review.state == "rejected":
        return "The change is rejected as it stands."
    if ledger.blocking:
        return "An objection blocks the change."
    return "A condition is still open." if ledger.pending("merge") else "Nothing of it blocks the change."


_NAMED_UNDER = {
    "team": ("owners/teams", "owners"),
    "role": ("owners/roles", "owners"),
    "user": ("owners/users", "owners", "maintainers"),
}


def _deadline(case: _Case) -> Iterator[Step]:
    review, policy = case.review, case.policy
    count = review_hours(policy, review.grade)
    if count is None:
        return
    name = f"{review.grade.name.lower()}-hours"
    default = review_hours(Policy(), review.grade)
    facts = [case.setting("Review time", hours(count), hours(default), f"policy/review/{name}", "policy/review")]
    if review.started is not None:
        facts.append(Fact("Ready for review since", words.instant(review.started, case.contract)))
    silence = Policy().on_silence
    facts.append(
        case.setting(
            "When nobody answers", f"`{policy.on_silence}`", f"`{silence}`", "policy/review/on-silence", "policy/review"
        )
    )
    if policy.calendar is not None:
        facts.append(Fact("Counted in", "working time", case.set_at("policy/review/business-hours", "policy/review")))
    if review.silent_at is not None:
        facts.append(Fact("Silence approves on", words.instant(review.silent_at, case.contract)))
    yield Step(
        "By when",
        "The clock runs from the moment this change was first ready for review, in elapsed time unless the contract "
        "has business hours. It belongs to the change, not to a commit: a push that leaves the documents alone starts "
        "nothing anew. It stands still for a draft, an objection, and while the review is held; 24 hours at least "
        "remain after an objection. Silence counts only after everybody was provably told, and never for MAJOR.",
        _until(case),
        tuple(facts),
    )


def _until(case: _Case) -> str:
    review = case.review
    if review.paused:
        return f"The clock stands still: {review.paused}."
    if review.deadline is None:
        return "No clock runs yet."
    when = words.instant(review.deadline, case.contract)
    return f"The review time ended on {when}." if review.overdue else f"By {when}."


def _enforcement(case: _Case) -> Iterator[Step]:
    rule, today = case.contract.enforcement, _day(case.context.now)
    stage = rule.stage if today is None else stage_on(rule, today.date())
    facts = [case.setting("Stage", f"`{rule.stage}`", "`observe`", "enforcement")]
    if rule.next_stage is not None and rule.next_from is not None:
        moved = f"`{rule.next_stage}` from {rule.next_from.isoformat()} (UTC) on"
        facts.append(Fact("Then", moved, case.set_at("enforcement")))
    yield Step(
        "How strict the check is",
        "The stage of the contract; where the configuration gives a date, the next stage holds from that day on (UTC).",
        f"`{stage}`.",
        tuple(facts),
    )


def _day(now: datetime | None) -> datetime | None:
    return None if now is None else now.astimezone(UTC)


def _conclusion(case: _Case) -> Iterator[Step]:
    review, contract = case.review, case.contract
    today = _day(case.context.now)
    stage = contract.enforcement.stage if today is None else stage_on(contract.enforcement, today.date())
    failed = review.assessment.failed
    rows = tuple(
        Row(
            (SITUATIONS[name], *(concluded[one] for one in STAGES)),
            used_cell=1 + STAGES.index(stage) if name == review.state and not failed else None,
        )
        for name, concluded in CONCLUSIONS.items()
    )
    facts: tuple[Fact, ...] = ()
    if failed:
        policy = contract.policy.on_error
        facts = (
            case.setting("When Concordat itself fails", f"`{policy}`", f"`{Policy().on_error}`", "policy/on-error"),
        )
    yield Step(
        "What the check concludes",
        "By where the review stands and how strict the check is; a failure of Concordat's own concludes as the "
        "configuration says.",
        f"`{review.conclusion}`. {case.view.next}",
        facts,
        (Grid("Conclusions", ("Where the review stands", *STAGES), tuple(_marked(rows))),),
        tone="holds" if review.conclusion in ("failure", "action_required") else "",
    )


def _marked(rows: Sequence[Row]) -> Iterator[Row]:
    return (replace(row, used=row.used_cell is not None) for row in rows)


_STEPS: tuple[Callable[[_Case], Iterator[Step]], ...] = (
    _documents, _relations, _verdict, _version, _to_do, _class, _promises, _papers, _approvers, _record, _deadline,
    _enforcement, _conclusion,
)  # fmt: skip
"""Every rule, in the order in which they build on each other."""

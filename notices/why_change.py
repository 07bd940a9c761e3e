"""The steps that judge the change itself: its documents, proofs, verdict, version, papers and promises."""

from __future__ import annotations

from collections.abc import Iterator

from notices import promised, words
from notices.links import Links
from notices.why_values import Case, Fact, Grid, Row, Step, day
from rules.compare.relations import ROWS
from rules.contract import Policy
from rules.policy import hours
from rules.quoting import code


def documents(case: Case) -> Iterator[Step]:
    """Tell which documents are compared."""
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


def relations(case: Case) -> Iterator[Step]:
    """Tell what is proven of them."""
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


def verdict(case: Case) -> Iterator[Step]:
    """Tell how the proofs became a verdict."""
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


def _verdict_facts(case: Case) -> Iterator[Fact]:
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


def version(case: Case) -> Iterator[Step]:
    """Tell whether the version fits."""
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


def to_do(case: Case) -> Iterator[Step]:
    """Tell what is not in order."""
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


def promises(case: Case) -> Iterator[Step]:
    """Tell which fields are promised until when, and what of that the change breaks."""
    today = day(case.context.now)
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


def papers(case: Case) -> Iterator[Step]:
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


def class_of_review(case: Case) -> Iterator[Step]:
    """Tell which review the change gets."""
    assessment = case.review.assessment
    bump = assessment.versions.bump
    yield Step(
        "The class of the review",
        "The higher of the verdict and the declared step; without a verdict nothing is proven, and it is MAJOR.",
        f"{case.review.grade.name}.",
        (Fact("Verdict", case.view.grade), Fact("Declared step", bump.name if bump is not None else "none")),
    )

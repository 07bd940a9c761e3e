"""The documentation package of a release: what changes in plain words, the schemas, samples, a guide, a checklist.

Made from the verdict alone, so that it says the same wherever it is read; every sample is confirmed by the validator.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from notices import pages, words
from notices.escape import code, prose
from notices.papers import Matter, migration_guide
from notices.release_issue import headline
from notices.view import by_severity
from rules.assessment import Assessment
from rules.compare.values import Finding
from rules.documents import Document
from rules.jsontext import JsonValue, dumps
from rules.partners import Party
from rules.release_plan import CHECKLIST, Schedule
from rules.release_state import Release
from rules.samples import samples, valid

MOST_FINDINGS, MOST_WITNESSES = 200, 20
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_EMPTY = re.compile(r"^[ \t]*-[ \t]*$", re.MULTILINE)
_GAPS = re.compile(r"\n[ \t]*\n[ \t\n]*\n")
_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the archive: the same package is the same bytes."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the package, with the title under which the page shows it."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Package:
    """The package for one digest; `key` tells what else it was made from."""

    digest: str
    key: str
    files: tuple[File, ...]


def key(release: Release, parties: Sequence[Party]) -> str:
    """Name what a package is made from: other documents, partners or fields make another."""
    made = hashlib.sha256(dumps([release.digest, release.name]).encode("utf-8", "surrogatepass"))
    for one in parties:
        made.update(dumps([one.title, one.access, list(one.fields)]).encode("utf-8", "surrogatepass"))
    return made.hexdigest()[:16]


def make(assessment: Assessment, release: Release, parties: Sequence[Party], today: date) -> Package:
    """Make the package of a judged change."""
    change = assessment.change
    matter = Matter(change.contract, today, assessment, release.name)
    files = [
        File("README.md", "Schema update document", _update(assessment, release, parties)),
        *_schemas(change.base, change.head),
        *_samples(assessment),
        File("technical-details.md", "Technical details", _technical(assessment)),
        File("migration-guide.md", "Migration guide", _guide(matter)),
        File("checklist.md", "Checklist", _checklist(release)),
    ]
    return Package(change.digest, key(release, parties), tuple(files))


def _update(assessment: Assessment, release: Release, parties: Sequence[Party]) -> str:
    findings = _findings(assessment)
    lines = [
        f"# {prose(release.contract)} {prose(release.name)}: what changes", "",
        f"**{words.grade(assessment)}: {prose(words.because(assessment))}.**", "",
        "When it goes live stands in the notices, and above on the page that this comes from.", "",
        "## Changes", "", *_changes(findings), "",
        "## Impact by partner", "", *_impact(findings, parties), "",
        "## In this package", "",
        "- `schema/new.json`: the draft of the new schema; `schema/old.json`: the one in force",
        "- `samples/new-*.json`: valid under the new schema; `samples/old-*.json`: valid under the old one",
        "- `samples/stops-working-*.json`: documents that one of the two schemas accepts and the other refuses",
        "- `technical-details.md`, `migration-guide.md`, `checklist.md`",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _findings(assessment: Assessment) -> list[Finding]:
    return [] if assessment.comparison is None else by_severity(assessment.comparison.findings)


def _changes(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        yield "Nothing that a document could show; texts only."
    for one in findings[:MOST_FINDINGS]:
        breaks = f" Breaks: {', '.join(one.breaks)}." if one.breaks else ""
        yield f"- {one.severity.name}: {prose(one.sentence)}{breaks}"
    if len(findings) > MOST_FINDINGS:
        yield f"- … and {len(findings) - MOST_FINDINGS} more: see the report of the pull request"


def _impact(findings: Sequence[Finding], parties: Sequence[Party]) -> Iterator[str]:
    if not parties:
        yield "No partner is named."
    for party in parties:
        hits = [one for one in findings if _concerns(one, party)]
        if not party.fields:
            unknown = "which fields they use is not known, so that every change may concern them"
            yield f"- {prose(party.title)} ({party.access}): {unknown}."
        elif hits:
            listed = ", ".join(dict.fromkeys(str(code(one.instance or "the whole document")) for one in hits[:20]))
            yield f"- {prose(party.title)} ({party.access}): concerned by the changes of {listed}."
        else:
            yield f"- {prose(party.title)} ({party.access}): none of the fields that they use changes."


def _concerns(finding: Finding, party: Party) -> bool:
    place = _segments(finding.instance.replace("[]", ".").replace("/", "."))
    return any(_overlap(place, _segments(field.replace("/", "."))) for field in party.fields)


def _segments(place: str) -> list[str]:
    return [one for one in place.split(".") if one and not one.isdigit()]


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    shared = min(len(one), len(other))
    return list(one[:shared]) == list(other[:shared])


def _schemas(base: Document | None, head: Document | None) -> Iterator[File]:
    for name, title, document in (("new", "Draft schema", head), ("old", "Schema in force", base)):
        if document is not None:
            ending = "yml" if document.syntax == "yaml" else "json"
            yield File(f"schema/{name}.{ending}", title, document.text)


def _samples(assessment: Assessment) -> Iterator[File]:
    change = assessment.change
    old = None if change.base is None else change.base.value
    new = None if change.head is None else change.head.value
    if new is not None:
        for number, one in enumerate(samples(new), 1):
            yield _sample(f"samples/new-{number}.json", "new", "old", one, old)
    if old is not None:
        for number, one in enumerate(samples(old), 1):
            yield _sample(f"samples/old-{number}.json", "old", "new", one, new)
    for number, finding in enumerate(_witnessed(assessment), 1):
        assert finding.witness is not None
        title = f"What will stop working: {finding.sentence}"
        yield File(f"samples/stops-working-{number}.json", title, _json(finding.witness.document))


def _sample(name: str, mine: str, others: str, value: JsonValue, other: JsonValue) -> File:
    fits = "" if other is None else f"; the {others} one {'accepts' if valid(other, value) else 'refuses'} it"
    return File(name, f"Valid under the {mine} schema{fits}", _json(value))


def _witnessed(assessment: Assessment) -> list[Finding]:
    seen: dict[str, Finding] = {}
    for one in _findings(assessment):
        if one.witness is not None:
            seen.setdefault(_json(one.witness.document), one)
    return list(seen.values())[:MOST_WITNESSES]


def _json(value: JsonValue) -> str:
    return dumps(value, indent=2) + "\n"


def _technical(assessment: Assessment) -> str:
    change = assessment.change
    relations = () if assessment.comparison is None else assessment.comparison.relations
    lines = [
        "# Technical details", "",
        f"- Contract: {code(change.contract.name)}, document {code(change.path)}",
        f"- Digest of both documents: {code(change.digest)}",
        f"- Versions: {code(assessment.versions.old or 'none')} → {code(assessment.versions.new or 'none')}", "",
        "| question | answer |", "| --- | --- |",
        *(f"| {words.QUESTIONS[one.name]} | {words.ANSWERS[one.status]} |" for one in relations
          if one.name in words.QUESTIONS), "",
        "## Where", "",
        *(f"- {code(one.kind)} at {code(one.new_pointer or one.old_pointer or '/')}"
          for one in _findings(assessment)[:MOST_FINDINGS]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _guide(matter: Matter) -> str:
    text = _EMPTY.sub("", _COMMENT.sub("", migration_guide(matter)))
    head, _, rest = text.partition("## When\n")
    when = "## When\n\nUntil the go-live the old version is in force; the notices say when that is.\n"
    return _GAPS.sub("\n\n", head + when + "\n" + rest.lstrip("\n")).rstrip() + "\n"


def _checklist(release: Release) -> str:
    lines = (f"- [ ] {text}" for text in CHECKLIST.values())
    return f"# Checklist: {prose(release.contract)} {prose(release.name)}\n\n" + "\n".join(lines) + "\n"


def write(package: Package) -> str:
    """Write a package as a text to be kept; `read` gives it back."""
    files = [{"name": one.name, "title": one.title, "text": one.text} for one in package.files]
    return dumps({"digest": package.digest, "key": package.key, "files": files})


def read(text: str) -> Package:
    """Read a package that was kept."""
    body = json.loads(text)
    return Package(
        body["digest"],
        body.get("key", ""),
        tuple(File(one["name"], one["title"], one["text"]) for one in body["files"]),
    )


def zipped(package: Package) -> bytes:
    """Give the package as an archive; equal packages are equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in package.files:
            info = zipfile.ZipInfo(one.name, _MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, one.text.encode("utf-8", "surrogatepass"))
    return out.getvalue()


def page(package: Package, release: Release, found: Schedule, download: str) -> str:
    """Write the page that shows the package."""
    return pages.page(
        "package",
        title=f"{release.contract} {release.name}: documentation package",
        release=release, headline=headline(release, found), files=package.files, download=download,
        current=package.digest == release.digest,
    )  # fmt: skip


def absent(release: Release, pull_url: str) -> str:
    """Write the page for a package that is not there: where what it holds can be seen meanwhile."""
    return pages.message(
        f"{release.contract} {release.name}: the documentation package is not there yet",
        "It is made within minutes of the announcement, and anew when the documents change. If it is still missing "
        "tomorrow, it could not be made: the release owners know. Until then the draft schema, and what changes in it, "
        "stand in the pull request; ask there, or whom your notice names, for sample documents.",
        way_out=("The pull request", pull_url),
    )

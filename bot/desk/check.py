"""`concordat check` and `concordat decide`: the verdict at a desk and in any CI."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO
from urllib.parse import urldefrag

from bot.desk.config import Note, in_force
from bot.errors import UsageError, unreadable, unusable
from bot.sources import SourceError, Span, gather
from bot.sources import git as local
from notices import report
from notices.escape import visible
from rules import accompany, compare, documents
from rules.assessment import Assessment, assess
from rules.bundle import reached
from rules.change import Change, OlderVersion, pair
from rules.compare.findings_words import told
from rules.config import CONFIG_PATHS
from rules.contract import Compared, Config, Contract, VersionScheme
from rules.documents import Document, DocumentError, Problem
from rules.formats import FORMATS
from rules.jsontext import JsonValue, dumps
from rules.policy import exceeds
from rules.problems import title
from rules.verdict import Verdict
from rules.versions import detect

ACCEPTABLE, SEVERE = 0, 1
_NAMED = 5
_DECIDED = {"included": 0, "not_included": 1, "undecided": 1}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a repository's changes: an assessment of each, and of the configuration what `InForce` holds."""

    assessments: tuple[Assessment, ...]
    problems: tuple[Problem, ...] = ()
    preview: tuple[str, ...] = ()
    remarks: tuple[Problem, ...] = ()


def check(arguments: argparse.Namespace, out: TextIO) -> int:
    """Judge two files, or every contract changed between two revisions; prints the report, returns the exit code."""
    _agree(arguments)
    try:
        judged = _judged(arguments)
    except UsageError as error:
        if arguments.format != "people":
            # A program that reads the report gets one, whatever became of it; people read the sentence on stderr.
            _print(out, report.render((), arguments.format, problems=error.problems))
        raise
    judged = _accompanied(judged)
    text = report.render(
        judged.assessments,
        arguments.format,
        colour=_colour(out, arguments.format),
        width=shutil.get_terminal_size().columns,
        allow_major=arguments.allow == "major",
        problems=(*judged.problems, *judged.remarks),
    )
    _print(out, text)
    if unused := list(_unusable(judged)):
        # The report has said it in full.
        raise UsageError("\n".join(f"{one.where()}: {title(one.code)}" for one in unused))
    return _exit_code(judged.assessments, arguments.allow)


def _accompanied(judged: Judgement) -> Judgement:
    """Add to each assessment what must accompany its change and does not, as of now."""
    now = datetime.now(UTC)
    assessments = (
        replace(one, problems=(*one.problems, *accompany.missing(one, now=now, grade=one.grade, ledger=None)))
        for one in judged.assessments
    )
    return replace(judged, assessments=tuple(assessments))


def _judged(arguments: argparse.Namespace) -> Judgement:
    if arguments.base is None:
        return Judgement((_judge_files(arguments),))
    directory, head = arguments.repo or Path(), arguments.head or "HEAD"
    return judge_repository(directory, arguments.base, head, arguments.config, compared=arguments.compare, note=note)


def decide(arguments: argparse.Namespace, out: TextIO) -> int:
    """Answer whether LEFT is included in RIGHT; 0 included, 1 not included or undecided."""
    left, right = _schema(arguments.left), _schema(arguments.right)
    decision = compare.decide(
        left.value, right.value, closed=arguments.closed, formats=arguments.formats, registry=_beside(arguments)
    )
    if arguments.format == "json":
        _print(out, dumps(_decision_json(decision), indent=2) + "\n")
    else:
        _print(out, _decision_text(decision, arguments.left, arguments.right))
    return _DECIDED[decision.status]


def _schema(path: Path) -> Document:
    document = read(path)
    if problems := FORMATS["json-schema"](document).problems:
        raise unusable(problems)
    return document


def judge_repository(  # noqa: PLR0913 - the options of `check`, each with a name of its own
    directory: Path,
    base: str,
    head: str,
    config_file: Path | None = None,
    *,
    compared: Compared | None = None,
    note: Note = lambda _: None,
) -> Judgement:
    """Assess every contract changed between two revisions of the repository that `directory` is in.

    `compared` says with which versions, whatever the contracts' policies say. `note` is told, in a sentence, what the
    person who asked should know and the report does not say.
    """
    try:
        top = local.top_level(directory)
        span = local.span(top, base, head)
        found = in_force(span, top, config_file, note)
        config = found.config
        if not config.contracts:
            note(f"{config.source} names no contract")
        changes = gather(_comparing(config, compared), span)
        if edited := _edited(config, top, span):
            note(f"{edited} not committed, and so not part of what was judged ({head})")
    except SourceError as error:
        raise UsageError(str(error)) from error
    return Judgement(tuple(assess(change) for change in changes), found.problems, found.preview, found.remarks)


def _beside(arguments: argparse.Namespace) -> dict[str, JsonValue]:
    """Read the files that references may lead to, by their own identifiers, else by their names as given."""
    found: dict[str, JsonValue] = {}
    for path in arguments.beside or ():
        value = read(path).value
        named = value.get("$id", value.get("id")) if isinstance(value, dict) else None
        found[urldefrag(named).url if isinstance(named, str) else str(path)] = value
    return found


def _comparing(config: Config, compared: Compared | None) -> Config:
    if compared is None:
        return config
    contracts = (replace(one, policy=replace(one.policy, compare=compared)) for one in config.contracts)
    return replace(config, contracts=tuple(contracts))


def read(path: Path) -> Document:
    """Read one schema file named on the command line."""
    try:
        with path.open("rb") as file:
            # One byte more than is allowed, so that what never ends (a device, a pipe) is refused by its size too.
            return documents.parse(str(path), file.read(documents.MAX_BYTES + 1))
    except OSError as error:
        raise unreadable(path, error) from error
    except DocumentError as error:
        raise unusable([error.problem]) from error


def _agree(arguments: argparse.Namespace) -> None:
    """Refuse options that say nothing where they stand, rather than pass over them."""
    if arguments.base is None:
        given = [name for name in ("head", "repo", "config", "compare") if getattr(arguments, name) is not None]
        if given:
            raise UsageError(f"--{given[0]} needs --base REV: it compares revisions of a repository, not two files")
        if arguments.new is None:
            raise UsageError("name the schema before and after (concordat check OLD NEW), or --base REV")
    elif arguments.old is not None:
        raise UsageError("name two files, or --base REV, not both")
    elif arguments.older or arguments.beside:
        raise UsageError("--older and --with are for two files; for --base, they are found in the repository")
    elif arguments.version_scheme is not None:
        raise UsageError("--version-scheme is for two files; for --base, the configuration says it of each contract")


def _judge_files(arguments: argparse.Namespace) -> Assessment:
    base, head, scheme = read(arguments.old), read(arguments.new), arguments.version_scheme
    chosen = VersionScheme(scheme) if scheme else detect(base, head)
    contract = Contract(name=head.path, files=(head.path,), scheme=chosen)
    older = tuple(OlderVersion(str(path), read(path)) for path in arguments.older or ())
    known = _beside(arguments)
    change = Change(
        contract, base, head, changed=frozenset({head.path}), older=older,
        base_beside=reached(base.value, known.get), head_beside=reached(head.value, known.get),
    )  # fmt: skip
    assessment = assess(change)
    if assessment.comparison is None:
        # The person who asks is the one who can mend either file: no verdict is unusable input.
        raise unusable(assessment.problems[:1])
    return assessment


def _edited(config: Config, top: Path, span: Span) -> str:
    """Name the contract files that differ from the commit being judged; empty where none does."""
    changed = local.uncommitted(top, span.head.name)
    if not changed:
        return ""
    folder = local.FolderRevision(top)
    touched = pair(config, changed=changed, base_paths=span.head.paths(), head_paths=folder.paths())
    paths = sorted({path for one in touched for path in (one.base_path, one.head_path) if path in changed})
    paths += sorted(changed.intersection(CONFIG_PATHS, span.head.paths()))
    if not paths:
        return ""
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(paths[:_NAMED])}{more} {'is' if len(paths) == 1 else 'are'}"


def _unusable(judged: Judgement) -> Iterator[Problem]:
    """Give what of the head cannot be read; where only the base could not, there is nothing left to mend."""
    yield from (one for one in judged.problems if one.blocking)
    for assessment in judged.assessments:
        if assessment.comparison is None:
            yield from assessment.blocking


def _exit_code(assessments: Sequence[Assessment], allow: str | None) -> int:
    accepted = Verdict.MAJOR if allow == "major" else None
    # What CI enforces beside the bump (a stale manifest, invalid data) holds up as well; a review's papers do not.
    held = any(
        exceeds(item, allow=accepted) or any(one.code not in accompany.REVIEWED for one in item.blocking)
        for item in assessments
    )
    return SEVERE if held else ACCEPTABLE


def _colour(out: TextIO, form: str) -> bool:
    # NO_COLOR, whatever it holds, turns colour off: https://no-color.org
    return form == "people" and out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _print(out: TextIO, text: str) -> None:
    # A reader that has seen enough (head, less) changes nothing about the verdict, nor about the exit code.
    with suppress(BrokenPipeError):
        out.write(text)
        out.flush()


def note(sentence: str) -> None:
    """Tell the person at the keyboard on stderr, so that a report for programs stays whole."""
    lines = visible(sentence, keep="\n").split("\n")
    sys.stderr.write("".join(f"concordat: note: {line}\n" for line in lines))


def _decision_json(decision: compare.Decision) -> dict[str, object]:
    answer: dict[str, object] = {"status": decision.status, "steps": decision.steps}
    if decision.status == "not_included":
        answer["witness"] = decision.witness
    if decision.reason is not None:
        answer["reason"] = {
            "keyword": decision.reason.keyword,
            "pointer": decision.reason.pointer,
            "detail": decision.reason.detail,
        }
    return answer


def _decision_text(decision: compare.Decision, left: Path, right: Path) -> str:
    if decision.status == "included":
        return f"included: every document of {left} is accepted by {right}\n"
    if decision.status == "not_included":
        return (
            f"not included: {left} accepts this document and {right} refuses it\n{dumps(decision.witness, indent=2)}\n"
        )
    reason = decision.reason
    if reason and (known := told(reason)):
        return f"undecided: {known}\n"
    where = f"{reason.keyword} at {reason.pointer or 'the root'}" if reason else "the step budget"
    return f"undecided: {where}{': ' + reason.detail if reason and reason.detail else ''}\n"

"""`concordat check` and `concordat decide`: the verdict at a desk and in any CI."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from bot.errors import UsageError
from bot.sources import SourceError, Span, gather, load_config
from bot.sources import git as local
from notices import report
from rules import compare, documents
from rules.assessment import Assessment, assess
from rules.change import Change
from rules.config import ConfigError, load
from rules.contract import Config, Contract, VersionScheme
from rules.documents import Document, DocumentError
from rules.jsontext import dumps
from rules.policy import exceeds
from rules.verdict import Verdict
from rules.versions import detect

ACCEPTABLE, SEVERE = 0, 1
_DECIDED = {"included": 0, "not_included": 1, "undecided": 1}


def check(arguments: argparse.Namespace, out: TextIO) -> int:
    """Judge two files, or every contract changed between two revisions; prints the report, returns the exit code."""
    if arguments.base is not None:
        if arguments.old is not None:
            raise UsageError("name two files, or --base REV, not both")
        assessments = judge_repository(arguments.repo, arguments.base, arguments.head, arguments.config)
    elif arguments.old is None or arguments.new is None:
        raise UsageError("name the schema before and after (concordat check OLD NEW), or --base REV")
    else:
        assessments = [_judge_files(arguments.old, arguments.new, arguments.version_scheme)]
    text = report.render(
        assessments,
        arguments.format,
        colour=_colour(out, arguments.format),
        width=shutil.get_terminal_size().columns,
        allow_major=arguments.allow == "major",
    )
    out.write(text)
    return _exit_code(assessments, arguments.allow)


def decide(arguments: argparse.Namespace, out: TextIO) -> int:
    """Answer whether LEFT is included in RIGHT; 0 included, 1 not included or undecided."""
    left, right = read(arguments.left), read(arguments.right)
    decision = compare.decide(left.value, right.value, closed=arguments.closed, formats=arguments.formats)
    if arguments.format == "json":
        out.write(dumps(_decision_json(decision), indent=2) + "\n")
    else:
        out.write(_decision_text(decision, arguments.left, arguments.right))
    return _DECIDED[decision.status]


def judge_repository(directory: Path, base: str, head: str, config_file: Path | None = None) -> list[Assessment]:
    """Assess every contract changed between two revisions of the repository that `directory` is in."""
    try:
        top = local.top_level(directory)
        span = local.span(top, base, head)
        changes = gather(_config(span, top, config_file), span)
    except SourceError as error:
        raise UsageError(str(error)) from error
    return [_usable(assess(change)) for change in changes]


def read(path: Path) -> Document:
    """Read one schema file named on the command line."""
    try:
        return documents.parse(str(path), path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}") from error
    except DocumentError as error:
        raise UsageError(_sentence(error)) from error


def _judge_files(old: Path, new: Path, scheme: str | None) -> Assessment:
    base, head = read(old), read(new)
    chosen = VersionScheme(scheme) if scheme else detect(base, head)  # type: ignore[arg-type] # argparse checked it
    contract = Contract(name=head.path, files=(head.path,), scheme=chosen)
    return _usable(assess(Change(contract=contract, base=base, head=head, changed=frozenset({head.path}))))


def _usable(assessment: Assessment) -> Assessment:
    # At a desk the person who asks is the one who can mend the file: no verdict is unusable input.
    if assessment.comparison is None and assessment.problems:
        problem = assessment.problems[0]
        raise UsageError(f"{problem.where()}: {problem.sentence} {problem.fix}".strip())
    return assessment


def _config(span: Span, top: Path, config_file: Path | None) -> Config:
    try:
        if config_file is not None:
            return load(config_file.read_text(), path=str(config_file))
        for revision in (span.tip, span.head, local.FolderRevision(top)):
            found = load_config(revision)
            if found is not None:
                return found
    except ConfigError as error:
        raise UsageError("; ".join(f"{item.where()}: {item.sentence}" for item in error.problems)) from error
    except OSError as error:
        raise UsageError(f"{config_file} cannot be read: {(error.strerror or 'unknown reason').lower()}") from error
    raise UsageError(f"{top} has no .github/contracts.yml; `concordat init` writes a first one")


def _exit_code(assessments: Sequence[Assessment], allow: str | None) -> int:
    allowed = Verdict.MAJOR if allow == "major" else None
    return SEVERE if any(exceeds(item, allow=allowed) or _to_do(item) for item in assessments) else ACCEPTABLE


def _to_do(assessment: Assessment) -> bool:
    """Say whether something that CI enforces is missing (a stale manifest, invalid data); `exceeds` weighs the bump."""
    return any(problem.code != "bump_too_small" for problem in assessment.blocking)


def _colour(out: TextIO, form: str) -> bool:
    return form == "people" and out is sys.stdout and out.isatty()


def _sentence(error: DocumentError) -> str:
    problem = error.problem
    return f"{problem.where()}: {problem.sentence} {problem.fix}".strip()


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
    where = f"{reason.keyword} at {reason.pointer or 'the root'}" if reason else "the step budget"
    return f"undecided: {where}{': ' + reason.detail if reason and reason.detail else ''}\n"

"""Everything that can be found missing or wrong beside the verdict: one row each.

The messages, docs/policy.md and the tests read these tables; sentences about the case at hand are written where it is
found.
"""

from __future__ import annotations

from dataclasses import dataclass

from rules import quoting
from rules.documents import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of problem: its title, the way out with places for the case's own words, and whether it holds up."""

    title: str
    fix: str
    blocking: bool = True


_PATHS = frozenset({"change_log", "manifest", "source", "target"})

PROBLEMS: dict[str, Row] = {
    "bump_too_small": Row("The version bump is too small", "{how}"),
    "version_goes_back": Row("The version goes back", "{how}"),
    "version_renamed": Row("The version has another name", "{how}"),
    "version_missing": Row("No version is declared", "{how}"),
    "version_unreadable": Row("The version cannot be read", "{how}"),
    "version_skipped": Row("Versions are left out", "{how}", blocking=False),
    "change_log_missing": Row("The change log does not name the change", "Add a row for {version} to {change_log}."),
    "impact_analysis_missing": Row(
        "There is no impact analysis",
        "Begin the impact analysis with {begin}, which writes {target}; fill it in and commit it.",
    ),
    "impact_analysis_incomplete": Row("The impact analysis is not filled in", "{how}"),
    "change_request_incomplete": Row("The change request is not filled in", "{how}"),
    "meeting_not_held": Row(
        "The pre-review meeting was not held",
        "Plan the pre-review meeting with `/meeting DATE [LINK]`, hold it, and confirm it with `/meeting held`.",
    ),
    "migration_plan_missing": Row(
        "There is no migration plan",
        "Add a migration plan to a folder `migrations`, in a file that names {contract}, or say how "
        "stored data is carried over under `Migration steps` of the impact analysis.",
    ),
    "version_in_use": Row(
        "A version is taken away while data moves",
        "Wait until the migration is done, or take it back first: `/migrate rollback` on pull request #{pull}.",
    ),
    "version_still_read": Row(
        "A version is taken away while it is still read",
        "Leave it where it is until {until}; Concordat proposes to move it to the archive then.",
    ),
    "removal_not_deprecated": Row("A field goes without having been deprecated", "{how}"),
    "removal_too_early": Row("A deprecated field goes too early", "{how}"),
    "deprecated_field_changed": Row("A deprecated field changes before it may go", "{how}"),
    "replacement_removed": Row("The replacement of a deprecated field goes", "{how}"),
    "deprecation_shortened": Row("A removal date moves to an earlier day", "{how}"),
    "deprecation_backdated": Row("A deprecation is dated back", "{how}"),
    "deprecation_dates": Row(
        "The dates of a deprecation do not hold",
        "Give a deprecation date and a removal date at least {grace} days later, each as in 2026-12-31.{earliest}",
    ),
    "deprecation_field_unknown": Row(
        "A deprecation names no field", "Name the field as the document declares it, or remove the notice."
    ),
    "deprecation_no_way": Row(
        "A deprecation shows no way on",
        "Name a `replacement`, or write a `migration_guide` that says what to do without the field.",
    ),
    "deprecation_replacement": Row("The replacement of a deprecated field does not fit", "{how}"),
    "deprecation_unmarked": Row("A deprecation is not marked", "Add `deprecated: true` beside it, where tools look."),
    "deprecation_undated": Row(
        "A deprecation has no dates",
        "Add `x-deprecation` with `deprecated_on`, `removal_date` ({grace} days later at least) and a `replacement` or "
        "`migration_guide`; until then the field may not be removed.",
        blocking=False,
    ),
    "manifest_missing": Row("There is no manifest", "Run {refresh} and commit {manifest}."),
    "manifest_unreadable": Row("The manifest cannot be read", "Run {refresh} and commit {manifest}."),
    "manifest_stale": Row("The manifest does not fit the schema", "Run {refresh} and commit {manifest}."),
    "data_invalid": Row(
        "A data file does not fit the schema", "Change the data file, or the schema so that it accepts the data."
    ),
    "data_unreadable": Row("A data file cannot be read", "Make it valid JSON or YAML."),
    "data_missing": Row(
        "A data file is missing", "Add the file, or take it out of `data` in {source}.", blocking=False
    ),
    "data_unchecked": Row(
        "A data file could not be checked", "Make the schema simpler at that place; put what it refers to under $defs."
    ),
    "data_cut": Row("Not every data file was checked", "Name fewer files under `data` in {source}.", blocking=False),
    "schema_invalid": Row("The document is not a JSON Schema", "{how}"),
    "schema_empty": Row(
        "The document constrains nothing",
        "It is probably no schema; name another file, or write the schema into it.",
        blocking=False,
    ),
    "reference_dangling": Row("A reference leads nowhere", "{how}"),
    "dialect_unknown": Row(
        "The schema's dialect is not known",
        'Set "$schema" to a published draft, as in "https://json-schema.org/draft/2020-12/schema", or leave it out.',
    ),
    "format_unknown": Row("The contract's format is not known", "Use one of: {formats}."),
    "owners_missing": Row(
        "Nobody owns the contract", "Name teams or people under `owners` in {source}.", blocking=False
    ),
    "older_cut": Row(
        "Not every older version was compared",
        "Take versions that nobody uses any more out of the archive.",
        blocking=False,
    ),
    "holidays_run_out": Row(
        "The list of holidays runs out",
        "Add what is to come under `policy.review.business-hours.holidays` in {source}, and move `holidays-until`.",
        blocking=False,
    ),
    "pattern_idle": Row(
        "A pattern matches no file", "Correct the pattern, or take it out of `files` in {source}.", blocking=False
    ),
}
"""Every code that `rules.assessment` and `rules.preview` give, in the order in which people read them."""


READING: dict[str, str] = {
    "config_invalid": "A value in the configuration cannot be used",
    "config_unknown_key": "The configuration has an unknown key",
    "config_name": "The contract's name and its files do not agree on {name}",
    "config_stage": "The enforcement does not move up",
    "config_pointer": "The version's pointer has no meaning here",
    "config_twice": "A finding is overridden twice",
    "partners_quiet": "Quiet hours have no length",
    "partners_unlinked": "A partner is not named in contracts.yml",
    "migration_step": "A step of a migration cannot be used",
    "config_secret": "A secret seems to stand in the configuration",
    "config_too_large": "The configuration is too large",
    "document_syntax": "The document cannot be read",
    "document_encoding": "The file is not UTF-8",
    "document_text": "The file holds text that is no text",
    "document_too_large": "The file is too large",
    "document_not_a_file": "There is no file at the path",
    "document_too_deep": "The document is nested too deep",
    "document_duplicate_key": "A key stands twice in one object",
    "document_key": "A key is not text",
    "document_number": "A number is too large or too long",
    "document_not_a_number": "A value is not JSON",
    "document_several": "The file holds several documents",
    "document_alias": "An alias cannot be followed",
    "document_tag": "A YAML tag is not accepted",
    "document_not_read": "A contract was not read",
    "document_too_costly": "The file costs too much to read",
    "input_unusable": "The input cannot be used",
    "default_unusable": "The organisation's configuration cannot be used",
    "histories_unrelated": "The branch shares no history with its base",
    "verdict_unavailable": "There is no verdict",
}
"""The title of every code that reading the configuration and documents gives; all of them hold up, and the way out is
written where the problem is found."""


def title(code: str) -> str:
    """Name a kind of problem in a few words."""
    row = PROBLEMS.get(code)
    return row.title if row else READING.get(code) or code.replace("_", " ").capitalize()


def problem(
    code: str, sentence: str, *, path: str = "", line: int | None = None, pointer: str | None = None, **words: str
) -> Problem:
    """Make the problem of a row of the table; `words` fill the places of its way out, paths between back-ticks."""
    row = PROBLEMS[code]
    told = {name: quoting.code(word) if name in _PATHS else word for name, word in words.items()}
    return Problem(code, sentence, row.fix.format(**told), path=path, line=line, pointer=pointer, blocking=row.blocking)

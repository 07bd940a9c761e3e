"""Pairs of the corpus whose authors' label is wrong, each with a witness; and how many pairs of each kind are decided.

`python -m benchmarks.labels` prints both, `--write` puts them into docs/wrong-labels.md and docs/engine.md. A label is
called wrong only where two validators that share nothing with the engine agree on the document that shows it.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import jsonschema
import jsonschema_rs
from referencing import Registry

from rules.compare import Decision, decide
from rules.jsontext import dumps

DOCS = Path(__file__).parents[1] / "docs"
DIALECTS: Final = ("draft4", "draft7", "draft2020-12")
SIDES: Final[tuple[tuple[str, str, Literal["none", "left", "both"]], ...]] = (
    ("old", "new", "left"), ("new", "old", "left"), ("old", "new", "both"), ("new", "old", "both"),
    ("old", "new", "none"), ("new", "old", "none"),
)  # fmt: skip
"""The six relations of two versions, as questions."""
WAYS: Final = (("backward", "old", "new"), ("forward", "new", "old"))
HISTORIES: Final = ("iglu-central", "apicurio", "schemastore-history")
BEGIN, END = "<!-- measured: rates -->", "<!-- end of measured -->"
MAX_SHOWN = 500
VALIDATORS: dict[str, tuple[Any, Any]] = {
    "draft4": (jsonschema.Draft4Validator, jsonschema_rs.Draft4Validator),
    "draft7": (jsonschema.Draft7Validator, jsonschema_rs.Draft7Validator),
    "draft2020-12": (jsonschema.Draft202012Validator, jsonschema_rs.Draft202012Validator),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One label that a document shows to be wrong."""

    corpus: str
    pair: str
    label: str
    document: str
    shows: str


def cases(name: str) -> list[dict[str, Any]]:
    """Read one file of the corpus; a text may hold U+2028, so only line feeds part the lines."""
    lines = (Path(os.environ["SCHEMA_CORPUS"]) / f"{name}.jsonl").read_bytes().rstrip().split(b"\n")
    return [json.loads(line) for line in lines]


def is_core(case: dict[str, Any]) -> bool:
    """Say whether a containment pair rests on neither optional behaviour nor formats nor content."""
    return not any(word in case["id"] for word in ("optional/", "format", "content"))


def verdicts(dialect: str, schema: Any, document: Any) -> set[bool]:
    """Ask both validators whether a schema accepts a document."""
    plain = {key: value for key, value in schema.items() if key != "$schema"} if isinstance(schema, dict) else schema
    slow, fast = VALIDATORS[dialect]
    return {slow(plain, registry=Registry()).is_valid(document), fast(plain, validate_formats=False).is_valid(document)}


def refuted(dialect: str, left: Any, right: Any, document: Any) -> bool:
    """Say whether both validators accept a document for the left schema and refuse it for the right one."""
    return verdicts(dialect, left, document) == {True} and verdicts(dialect, right, document) == {False}


def wrong_containment() -> Iterator[Wrong]:
    """Find containment pairs whose label a document contradicts."""
    for dialect in DIALECTS:
        for case in filter(is_core, cases(f"containment-{dialect}")):
            answer = decide(case["left"], case["right"], dialect=dialect)
            found = contradicted(case, answer)
            if found is not None:
                label = "included" if case["included"] else "not included"
                yield Wrong(f"containment, {dialect}", case["id"], label, *found)


def contradicted(case: dict[str, Any], answer: Decision) -> tuple[str, str] | None:
    """Give the document that contradicts a label and what it shows; `None` where none does."""
    dialect, left, right = case["dialect"], case["left"], case["right"]
    if case["included"] and answer.status == "not_included" and refuted(dialect, left, right, answer.witness):
        return _shown(answer.witness), "left accepts it, right refuses it"
    constant = left["const"] if isinstance(left, dict) and set(left) == {"const"} else None
    if case["included"] or answer.status != "included" or constant is None:
        return None
    if verdicts(dialect, right, constant) != {True}:
        return None
    return _shown(constant), "the only document of left, and right accepts it"


def wrong_histories() -> Iterator[Wrong]:
    """Find versions whose authors call compatible what refuses a document of the version before."""
    for case in cases("iglu-central"):
        if case["kind"] == "ADDITION":
            found = _breaking("draft4", case["old"], case["new"])
            yield from (Wrong("Iglu Central", _version(case), "ADDITION", *one) for one in found)
    for case in cases("apicurio"):
        for way, left, right in WAYS:
            if case[way] == "compatible":
                found = _breaking("draft7", case[left], case[right])
                yield from (Wrong("Apicurio", case["id"], f"{way} compatible", *one) for one in found)


def _breaking(dialect: str, left: Any, right: Any) -> Iterator[tuple[str, str]]:
    answer = decide(left, right, dialect=dialect)
    if answer.status == "not_included" and refuted(dialect, left, right, answer.witness):
        yield _shown(answer.witness), "accepted by the one version, refused by the other"


def harmless() -> Iterator[str]:
    """Name the versions that their authors call breaking though every document stays valid; no document shows that."""
    for case in cases("iglu-central"):
        if case["kind"] == "MODEL" and decide(case["old"], case["new"], dialect="draft4").status == "included":
            yield f"Iglu Central, `{_version(case)}`, called MODEL"
    for case in cases("apicurio"):
        spoken = "format" in case["id"] or "content" in case["id"]
        for way, left, right in () if spoken else WAYS:
            if case[way] == "breaking" and decide(case[left], case[right], dialect="draft7").status == "included":
                yield f"Apicurio, `{case['id']}`, called {way} breaking"


def _version(case: dict[str, Any]) -> str:
    return f"{case['name']} {case['old_version']} → {case['new_version']}"


def _shown(document: Any) -> str:
    text = dumps(document)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def wrong() -> list[Wrong]:
    """Find every label of the corpus that a document contradicts."""
    return [*wrong_containment(), *wrong_histories()]


def page(found: list[Wrong], proven: list[str]) -> str:
    """Write docs/wrong-labels.md."""
    head = (
        "# Labels of public corpora that are wrong\n\n"
        "The engine is developed against pairs of schemas that others have labelled "
        "([where they come from](engine.md#measured)). Where its answer differs from a label, a document decides: two "
        "validators that share nothing with it, python-jsonschema and jsonschema-rs, have both confirmed each one "
        "below. The containment pairs were made by rewriting the cases of a test suite, and these are cases that the "
        "rewriting has changed (a reference now leads elsewhere, an `enum` holds one); versions called compatible by "
        "their authors refuse documents of the version before. Formats are annotations here; pairs of draft 4 that "
        "rest on `const`, which it does not have, are left out.\n\n"
        "Written by `python -m benchmarks.labels --write`; a test holds the page against the corpus.\n\n"
    )
    rows = ["| Corpus | Pair | Label | Document | What it shows |", "|---|---|---|---|---|"]
    rows += [f"| {one.corpus} | `{one.pair}` | {one.label} | {_code(one.document)} | {one.shows} |" for one in found]
    tail = (
        "\n\nCalled breaking, though the engine proves that every document stays valid (so there is none to show):\n\n"
    )
    return head + "\n".join(rows) + tail + "".join(f"- {one}\n" for one in proven)


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def rates() -> str:
    """Measure how many pairs of each kind are decided, as a Markdown table."""
    rows = ["| Pairs | In all | Decided | Share |", "|---|---|---|---|"]
    for dialect in DIALECTS:
        core = [case for case in cases(f"containment-{dialect}") if is_core(case)]
        rows.append(_row(f"containment, {dialect}, core keywords", core, _decided_once))
    rows += [_row(f"{name}, all six relations", cases(name), _decided_wholly) for name in HISTORIES]
    return "\n".join(rows)


def _row(name: str, pairs: list[dict[str, Any]], decided: Callable[[dict[str, Any]], bool]) -> str:
    count = Counter(map(decided, pairs))[True]
    return f"| {name} | {len(pairs)} | {count} | {100 * count / len(pairs):.1f} % |"


def _decided_once(case: dict[str, Any]) -> bool:
    return decide(case["left"], case["right"], dialect=case["dialect"]).status != "undecided"


def _decided_wholly(case: dict[str, Any]) -> bool:
    answers = (decide(case[left], case[right], closed=closed, formats="assert") for left, right, closed in SIDES)
    return all(answer.status != "undecided" for answer in answers)


def written() -> str:
    """Write the page of wrong labels from the corpus."""
    return page(wrong(), list(harmless()))


def main() -> None:
    """Print both tables, or write them into the docs."""
    found, measured = written(), rates()
    if "--write" not in sys.argv:
        print(found, measured, sep="\n")
        return
    (DOCS / "wrong-labels.md").write_text(found, encoding="utf-8")
    engine = DOCS / "engine.md"
    text = engine.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    engine.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()

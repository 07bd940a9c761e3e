"""What is strange about a JSON Schema that is one: a reference that leads nowhere, a document without any keyword."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from rules.compare.dialects import DEFAULT, by_uri
from rules.compare.references import Document as References
from rules.compare.references import inside
from rules.documents import Document, Problem, line_of
from rules.formats.json_schema import keywords
from rules.jsontext import JsonValue
from rules.pointer import get, join
from rules.problems import problem
from rules.quoting import code

MAX_PROBLEMS = 20
_REFERRING = ("$ref", "$dynamicRef")


def remarks(base: Document | None, head: Document) -> tuple[Problem, ...]:
    """Remark on the head of a change; a reference that led nowhere before it is advice, one that is new holds up."""
    before = frozenset[str]() if base is None else frozenset(reference for _, reference in _dangling(base.value))
    return (*_empty(head), *islice(_nowhere(head, before), MAX_PROBLEMS))


def _empty(document: Document) -> Iterator[Problem]:
    if isinstance(document.value, dict) and document.value and keywords().isdisjoint(document.value):
        sentence = f"{code(document.path)} holds no keyword of JSON Schema, so it accepts every document."
        yield problem("schema_empty", sentence, path=document.path, line=1, pointer="")


def _nowhere(document: Document, before: frozenset[str]) -> Iterator[Problem]:
    for pointer, reference in _dangling(document.value):
        line = line_of(document, pointer)
        where = code(pointer[:200]) if line is None else f"Line {line}"
        found = problem(
            "reference_dangling",
            f"{where} refers to {code(reference[:200])}, where nothing stands, so nothing is proven there.",
            path=document.path, line=line, pointer=pointer, how=_way_out(document.value, reference),
        )  # fmt: skip
        yield replace(found, blocking=reference not in before)


def _dangling(schema: JsonValue) -> Iterator[tuple[str, str]]:
    """Give each reference into the document itself that leads nowhere: its JSON Pointer, and what it says."""
    dialect = by_uri(schema["$schema"]) if isinstance(schema, dict) and "$schema" in schema else DEFAULT
    if not isinstance(schema, dict) or dialect is None:
        return
    known = References(schema, dialect)
    pending: list[tuple[str, tuple[str | int, ...], dict[str, JsonValue]]] = [(known.root.base, (), schema)]
    while pending:
        base, tokens, value = pending.pop()
        for keyword in _REFERRING:
            reference = value.get(keyword)
            if isinstance(reference, str) and keyword in dialect.keywords | {"$ref"} and _lost(known, base, reference):
                yield join("", *tokens, keyword), reference
        deeper = [(known.base_in(inner, base), (*tokens, *more), inner) for more, inner in inside(value)]
        pending += reversed(deeper)


def _lost(known: References, base: str, reference: str) -> bool:
    try:
        return known.resolve(base, reference) is None and known.elsewhere(base, reference) is None
    except ValueError:
        return False  # no address at all; the comparison says so where it matters


def _way_out(schema: JsonValue, reference: str) -> str:
    # Imported here: a cold `check` of what is in order need not wait for it.
    from difflib import get_close_matches  # noqa: PLC0415

    above, _, name = reference.removeprefix("#").rpartition("/")
    try:
        beside = get(schema, above) if reference.startswith("#/") else None
    except (KeyError, ValueError):
        beside = None
    near = get_close_matches(name, list(beside)[:1000], 1) if isinstance(beside, dict) else []
    if near:
        return f"Write {code(join(f'#{above}', near[0]))} if that was meant, or add {code(reference[:200])}."
    return f"Add {code(reference[:200])} to the document, or correct the reference."

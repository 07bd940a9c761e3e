"""Search for schemas that make a verdict slow, large, wrong or crash: real and made ones, changed at random.

`python -m benchmarks.fuzz SECONDS [SEED [FOLDER]]` keeps what it finds as pairs in the folder. Each pair is compared in
a process of its own, whose processor time and memory are measured; an inclusion that is said to hold is tried with
documents of the left side on a validator that shares nothing with the engine.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

from benchmarks import schemas
from rules.compare import compare, decide

SLOW, LARGE = 5.0, 1024
"""Seconds of processor time and MiB that no comparison may take."""
MAX_TRIED = 40_000
"""Characters of two schemas beyond which an inclusion is not tried with documents."""
HARD_SECONDS, HARD_BYTES = 30, 3 << 30
PATTERNS = (
    "^(a+)+$",
    "(a|a)*b",
    "^a{1,1000000}$",
    "^(.*a){20}$",
    "[^]*x[^]*y",
    "^(?=.*a)(?!b)",
    "\\p{L}{1,400}",
    "^[a-z]{0,9999}$",
)
NUMBERS = (0, 1, -1, 2, 10**18, 10**308, 1e308, 1e-308, 0.1, 1e-9, 2**53 + 1, 3.14, -(10**40))
NAMES = ("a", "b", "type", "properties", "$ref", "é", "", "a/b", "~", "x" * 300)
TYPES = ("string", "number", "integer", "object", "array", "boolean", "null")


@dataclass(frozen=True)
class Cost:
    """What one comparison took; `trouble` is empty where nothing is wrong."""

    seconds: float
    mebibytes: float
    trouble: str


def subschemas(schema: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path of every dictionary inside a document, itself first."""
    if isinstance(schema, dict):
        yield path
    inner = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for key, value in inner:
        yield from subschemas(value, (*path, key))


def get(schema: Any, path: tuple[Any, ...]) -> Any:
    """Give what stands at a path."""
    for key in path:
        schema = schema[key]
    return schema


def replaced(schema: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Give a document with something else at a path."""
    if not path:
        return new
    copy = schema.copy()
    copy[path[0]] = replaced(schema[path[0]], path[1:], new)
    return copy


def pointer(path: tuple[Any, ...]) -> str:
    """Write a path as a reference."""
    return "#" + "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)


class Mutator:
    """Changes schemas; the same seed makes the same changes."""

    def __init__(self, seed: int, pool: list[Any]) -> None:
        self.random = random.Random(seed)
        self.pool = pool
        self.changes: tuple[Callable[[Any, Any], Any], ...] = (
            self._keyword, self._keyword, self._number, self._wrapped, self._referring, self._repeated, self._deep,
            self._transplanted, self._dropped, self._pattern_properties, self._doubling, self._negated,
        )  # fmt: skip

    def pair(self) -> tuple[Any, Any]:
        """Make two versions of a schema, the second some changes away from the first."""
        old = self.mutated(self.random.choice(self.pool), self.random.choice((0, 0, 1, 2, 4)))
        return old, self.mutated(old, self.random.choice((1, 1, 2, 3, 6)))

    def mutated(self, schema: Any, times: int) -> Any:
        """Change a schema so many times, each time at a place of its own."""
        for _ in range(times):
            paths = list(subschemas(schema))
            if not paths or len(paths) > 50_000:
                return schema
            path = self.random.choice(paths)
            schema = replaced(schema, path, self.random.choice(self.changes)(schema, get(schema, path)))
        return schema

    def _keyword(self, _root: Any, here: Any) -> Any:
        choose, number = self.random.choice, self.random.choice(NUMBERS)
        word, value = choose(
            (
                ("minLength", number), ("maxLength", number), ("minimum", number), ("maximum", number),
                ("multipleOf", number), ("minItems", number), ("maxItems", number), ("minProperties", number),
                ("maxProperties", number), ("pattern", choose(PATTERNS)), ("type", choose(TYPES)),
                ("enum", [choose(NUMBERS) for _ in range(choose((1, 3, 2000)))]), ("const", choose(NAMES)),
                ("uniqueItems", True), ("additionalProperties", False), ("unevaluatedProperties", False),
                ("required", [choose(NAMES) for _ in range(3)]), ("propertyNames", {"pattern": choose(PATTERNS)}),
                ("contains", {"type": choose(TYPES)}), ("minContains", choose((0, 2, 50))), ("format", "date-time"),
                ("additionalProperties", {"type": choose(TYPES)}), ("items", {"type": choose(TYPES)}),
            )
        )  # fmt: skip
        return here | {word: value}

    def _number(self, _root: Any, here: Any) -> Any:
        return {k: self.random.choice(NUMBERS) if type(v) in (int, float) else v for k, v in here.items()}

    def _wrapped(self, _root: Any, here: Any) -> Any:
        word = self.random.choice(("allOf", "anyOf", "oneOf"))
        return {word: [here, *self.random.sample([{"type": t} for t in TYPES], self.random.choice((0, 1, 3)))]}

    def _negated(self, _root: Any, here: Any) -> Any:
        return self.random.choice(({"not": here}, {"not": {"not": here}}, {"if": here, "then": {}, "else": here}))

    def _referring(self, root: Any, _here: Any) -> Any:
        return {"$ref": pointer(self.random.choice(list(subschemas(root))))}

    def _repeated(self, _root: Any, here: Any) -> Any:
        word, count = self.random.choice(("anyOf", "oneOf", "allOf")), self.random.choice((2, 8, 40, 120))
        return {word: [here | {"properties": {f"p{n}": {"minimum": n}}} for n in range(count)]}

    def _deep(self, _root: Any, here: Any) -> Any:
        word = self.random.choice(("items", "not", "additionalProperties", "contains"))
        for _ in range(self.random.choice((5, 40, 150))):
            here = {word: here}
        return here

    def _transplanted(self, _root: Any, _here: Any) -> Any:
        donor = self.random.choice(self.pool)
        found = list(subschemas(donor))
        return get(donor, self.random.choice(found)) if found else {}

    def _dropped(self, _root: Any, here: Any) -> Any:
        lost = self.random.choice([*here, ""])
        return {k: v for k, v in here.items() if k != lost}

    def _pattern_properties(self, _root: Any, here: Any) -> Any:
        letters = self.random.choice(("ab", "abcdef", "abcdefghijkl"))
        return here | {
            "patternProperties": {f"{c}.*{d}": {"minimum": ord(c)} for c, d in zip(letters, letters[::-1], strict=True)}
        }

    def _doubling(self, _root: Any, here: Any) -> Any:
        word, inner = self.random.choice(("allOf", "anyOf", "oneOf")), here
        for _ in range(self.random.choice((3, 6, 9))):
            inner = {word: [inner, {"minProperties": 1, "items": inner}]}
        return inner


def measured(pair: tuple[Any, Any], check: Callable[[Any, Any], str]) -> Cost:
    """Run a check in a process of its own; its text says what is wrong."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        resource.setrlimit(resource.RLIMIT_CPU, (HARD_SECONDS, HARD_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (HARD_BYTES, HARD_BYTES))
        with os.fdopen(write, "w") as out:
            try:
                out.write(check(*pair))
            except BaseException:  # noqa: BLE001 - whatever it is, it is a find
                out.write(traceback.format_exc()[-2000:])
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        trouble = told.read()
    _, status, usage = os.wait4(child, 0)
    seconds, mebibytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    if status:
        trouble = trouble or f"ended with status {status}"
    if mebibytes > LARGE:
        trouble = trouble or f"took {mebibytes:.0f} MiB"
    return Cost(seconds, mebibytes, trouble)


def checked(old: Any, new: Any) -> str:
    """Compare, and say what is wrong with the answer."""
    begin = time.process_time()
    found = compare(old, new)
    took = time.process_time() - begin
    if found.findings and found.verdict != max(finding.severity for finding in found.findings):
        return f"the verdict is {found.verdict}, the findings say otherwise"
    if took > SLOW:
        return f"compare took {took:.1f} s"
    if len(str(old)) + len(str(new)) > MAX_TRIED:
        return ""
    return _wrongly_included(old, new) or _wrongly_included(new, old)


def _wrongly_included(left: Any, right: Any) -> str:
    """Try an inclusion with documents of the left side."""
    if decide(left, right, budget=50_000).status != "included":
        return ""
    try:
        accepted, refused = jsonschema_rs.validator_for(left), jsonschema_rs.validator_for(right)
    except ValueError:
        return ""
    for other in ({"not": {}}, {"type": "string"}, {"maxProperties": 0}, {"maxItems": 1}, {"not": {"type": "number"}}):
        answer = decide(left, other, budget=20_000)
        if (
            answer.status == "not_included"
            and accepted.is_valid(answer.witness)
            and not refused.is_valid(answer.witness)
        ):
            return f"said to be included, and {json.dumps(answer.witness, default=str)[:300]} is not"
    return ""


def pool() -> list[Any]:
    """Give the schemas to begin with: those of the corpus, where there is one, and made ones."""
    found = [schema for pair in schemas.corpus() for schema in pair]
    return [
        *found,
        *schemas.flat(30),
        *schemas.nested(3),
        *schemas.tagged(),
        *schemas.patterns(),
        *schemas.referring(20),
    ]


def main(seconds: float, seed: int, folder: Path) -> None:
    """Search for so long; print what is found and, at the end, the dearest of all."""
    folder.mkdir(parents=True, exist_ok=True)
    mutator = Mutator(seed, pool())
    compare({"type": "string"}, {"type": "integer"})  # what is loaded at first use is loaded once
    end, count, dearest, largest = time.monotonic() + seconds, 0, 0.0, 0.0
    while time.monotonic() < end:
        pair = mutator.pair()
        count += 1
        cost = measured(pair, checked)
        dearest, largest = max(dearest, cost.seconds), max(largest, cost.mebibytes)
        if cost.trouble:
            (folder / f"{seed}-{count}.json").write_text(json.dumps([*pair, cost.trouble], default=str))
            print(f"{count}: {cost.trouble.strip().splitlines()[-1]}", flush=True)
    print(f"{count} pairs, at most {dearest:.1f} s and {largest:.0f} MiB", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), int((sys.argv[2:] or ["1"])[0]), Path((sys.argv[3:] or ["fuzz"])[0]))

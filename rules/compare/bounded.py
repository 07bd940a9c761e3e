"""Keyword functions for python-jsonschema that end: every call is counted, and a reference is followed once.

The library follows references and branches without a bound, looks for evaluated names with patterns that backtrack, and
leaves the given functions at a schema that names its dialect again. Here each keyword spends steps by the size of what
it looks at, a `$ref` is remembered for each value, evaluated names are found by a walk of our own, and the whole ends
well before the interpreter's own limit: where that is met inside of a library's compiled part, the process may panic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from typing import Any

from rules.compare.dialects import DIALECTS, Dialect, by_uri
from rules.jsontext import JsonValue

Keyword = Callable[[Any, Any, Any, Any], Iterator[Any] | None]
SHARE = 16
"""Entries of a list or object that are looked at for the price of one step."""
TEXT_SHARE = 128
"""The same for characters of a message."""
MAX_DEPTH = 150
"""Keywords and references inside one another; each is three calls or four, of the thousand that Python allows."""
DYNAMIC = frozenset({"$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"})


class UnconfirmedError(Exception):
    """The validator cannot tell."""


class TooDeepError(UnconfirmedError):
    """The document is nested too deeply, or the references of its schema run in a circle."""


class Bounded:
    """Makes one validator class; remembers which references its documents passed."""

    def __init__(self, schema: JsonValue, spend: Callable[[int], None], matches: Callable[[str, str], bool]) -> None:
        self._schema = schema
        self._met_dynamic = False
        self._spend = spend
        self._matches = matches
        self._depth = 0
        self._followed: dict[tuple[int, int, str], tuple[Any, Any, Any]] = {}

    def made(self, base: Any, dialect: Dialect, keywords: Mapping[str, Keyword], type_checker: Any) -> Any:
        """Make validators: the library's, with these keywords, counted, in this one dialect throughout."""
        table = _Table(base.VALIDATORS, {"unevaluatedProperties": self.unevaluated_properties, **keywords}, self)
        return partial(_class(base, dialect, type_checker), format_checker=table)

    def meets(self, document: JsonValue) -> None:
        """Take note of another document: in it a reference may mean something else on another way."""
        self._met_dynamic = self._met_dynamic or mentions(document, DYNAMIC)

    @cached_property
    def _own_dynamic(self) -> bool:
        return mentions(self._schema, DYNAMIC)

    def _dynamic(self, base: str) -> bool:
        """Say whether a reference may mean something else on another way: so it is in the official meta-schemas."""
        return self._met_dynamic or self._own_dynamic or "json-schema.org/" in base

    def counted(self, function: Keyword) -> Keyword:
        """Make a keyword spend steps, and end where it is nested too deeply."""

        def keyword(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            self._spend(1 + _share(value) + _share(instance))
            self._enter()
            try:
                # Some of the library's own return nothing at all.
                for error in function(validator, value, instance, schema) or ():
                    self._spend(len(error.message) // TEXT_SHARE)
                    yield error
            finally:
                self._depth -= 1

        return keyword

    def _enter(self) -> None:
        if self._depth >= MAX_DEPTH:
            raise TooDeepError("it is nested too deeply")
        self._depth += 1

    def once(self, function: Keyword) -> Keyword:
        """Follow a reference once for each value; a second time gives its first error again."""

        def keyword(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            from jsonschema import ValidationError  # noqa: PLC0415 - as above

            base = validator._resolver._base_uri  # noqa: SLF001 - where its keywords look, too
            if self._dynamic(base):
                yield from function(validator, value, instance, schema) or ()
                return
            key = id(schema), id(instance), base
            known = self._followed.get(key)
            if known is not None:
                self._spend(1)
                if known[0] is not None:
                    yield ValidationError.create_from(known[0])
                return
            first = None
            for error in function(validator, value, instance, schema) or ():
                if first is None and not self._met_dynamic:
                    first = ValidationError.create_from(error)
                    self._followed[key] = first, instance, schema  # kept, so that no other gets their ids
                yield error
            if first is None and not self._met_dynamic:
                self._followed[key] = None, instance, schema

        return keyword

    def unevaluated_properties(self, validator: Any, child: Any, instance: Any, schema: Any) -> Iterator[Any]:
        """Give one error where a property that nothing evaluates fails the schema of `unevaluatedProperties`."""
        from jsonschema import ValidationError  # noqa: PLC0415 - as above

        if not validator.is_type(instance, "object"):
            return
        evaluated = self._own(instance, schema) | self._applied(validator, instance, schema)
        for name, value in instance.items():
            if name not in evaluated and any(True for _ in validator.descend(value, child, path=name)):
                yield ValidationError(f"{name[:100]!r} is not evaluated")

    def _evaluated(self, validator: Any, instance: dict[str, JsonValue], schema: Any) -> set[str]:
        self._spend(1 + _share(instance))
        if not isinstance(schema, dict):
            return set()
        if "unevaluatedProperties" in schema:
            return set(instance)
        self._enter()
        try:
            return self._own(instance, schema) | self._applied(validator, instance, schema)
        finally:
            self._depth -= 1

    def _own(self, instance: dict[str, JsonValue], schema: dict[str, Any]) -> set[str]:
        if "additionalProperties" in schema:
            return set(instance)
        patterns = schema.get("patternProperties", {})
        matched = {name for name in instance for pattern in patterns if self._matches(pattern, name)}
        return matched | {name for name in schema.get("properties", {}) if name in instance}

    def _applied(self, validator: Any, instance: dict[str, JsonValue], schema: dict[str, Any]) -> set[str]:
        found: set[str] = set()
        for resolved in _references(validator, schema):
            there = validator.evolve(schema=resolved.contents, _resolver=resolved.resolver)
            found |= self._evaluated(there, instance, resolved.contents)
        for branch in _branches(validator, instance, schema):
            if isinstance(branch, dict) and "$id" in branch:
                raise UnconfirmedError("a schema of its own address beside unevaluatedProperties")
            found |= self._evaluated(validator, instance, branch)
        return found


class _Table(dict[str, Keyword]):
    """The keyword functions of one validator, made as they are met: a schema has few of all that there are."""

    def __init__(self, library: Mapping[str, Keyword], own: Mapping[str, Keyword], bounded: Bounded) -> None:
        super().__init__()
        self._library, self._own, self._bounded = library, own, bounded

    def __missing__(self, word: str) -> Keyword:
        counted = self._bounded.counted(self._own.get(word) or self._library[word])
        self[word] = made = self._bounded.once(counted) if word == "$ref" else counted
        return made


def mentions(schema: JsonValue, keywords: frozenset[str]) -> bool:
    """Say whether one of the keywords stands anywhere in a document."""
    waiting: list[JsonValue] = [schema]
    while waiting:
        value = waiting.pop()
        kind = type(value)
        if kind is dict:
            if not keywords.isdisjoint(value):
                return True
            waiting += value.values()
        elif kind is list:
            waiting += value
    return False


def _share(value: Any) -> int:
    return len(value) // SHARE if isinstance(value, list | dict) else 0


@lru_cache(maxsize=len(DIALECTS))
def _class(base: Any, dialect: Dialect, type_checker: Any) -> Any:
    """Make the class of a dialect once: that takes longer than most validations.

    Its keywords are looked up in the table that a validator carries in place of a format checker, which none needs.
    """
    from jsonschema.validators import extend  # noqa: PLC0415 - importing it takes longer than most decisions

    def of_table(word: str) -> Keyword:
        def keyword(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any] | None:
            found: Keyword = validator.format_checker[word]
            return found(validator, value, instance, schema)

        return keyword

    tables = {word: of_table(word) for word in base.VALIDATORS}
    made: Any = extend(base, validators=tables, type_checker=type_checker)  # type: ignore[no-untyped-call] # its library's
    made.evolve = _evolve(dialect)
    return made


def _evolve(dialect: Dialect) -> Callable[..., Any]:
    """Stay in one dialect and with our own keywords; the library would start afresh at each `$schema`."""

    def evolve(self: Any, **changes: Any) -> Any:
        schema = changes.setdefault("schema", self.schema)
        named = schema.get("$schema") if isinstance(schema, dict) and schema is not self.schema else None
        if named is not None and by_uri(named) not in (None, dialect):
            raise UnconfirmedError("a schema in another dialect inside")
        for name in ("registry", "_resolver", "format_checker"):
            changes.setdefault(name, getattr(self, "_registry" if name == "registry" else name))
        return type(self)(**changes)

    return evolve


def _references(validator: Any, schema: dict[str, Any]) -> Iterator[Any]:
    from referencing.jsonschema import lookup_recursive_ref  # noqa: PLC0415 - importing it takes long

    resolver = validator._resolver  # noqa: SLF001 - where the library's own keywords look
    for keyword in ("$ref", "$dynamicRef"):
        if keyword in schema and keyword in validator.VALIDATORS:
            yield resolver.lookup(schema[keyword])
    if "$recursiveRef" in schema and "$recursiveRef" in validator.VALIDATORS:
        yield lookup_recursive_ref(resolver)


def _branches(validator: Any, instance: dict[str, JsonValue], schema: dict[str, Any]) -> Iterator[Any]:
    """Give the schemas that apply to the same object through this one, passing ones only."""

    def passes(branch: Any) -> bool:
        return next(validator.descend(instance, branch), None) is None

    yield from schema.get("allOf", ())
    for keyword in ("anyOf", "oneOf"):
        yield from (branch for branch in schema.get(keyword, ()) if passes(branch))
    if "if" in schema:
        passed = passes(schema["if"])
        if passed:
            yield schema["if"]
        branch = schema.get("then" if passed else "else")
        if branch is not None:
            yield branch
    yield from (branch for name, branch in schema.get("dependentSchemas", {}).items() if name in instance)

"""Compile schemas to formulas, one place at a time; properties and items stay places until someone looks inside."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from rules.compare.algebra import ANY, STRING, Algebra, Enumeration, InLanguage, Node, Opaque, type_of_text
from rules.compare.budget import Budget
from rules.compare.identity import Identity
from rules.compare.patterns.regex import Languages, Regex
from rules.compare.patterns.syntax import UnsupportedPatternError
from rules.compare.patterns.translate import language
from rules.compare.references import Place
from rules.compare.values import Reason
from rules.jsontext import JsonValue, canonical

CompileSchema = Callable[["Compiler", Place], Node]
Close = Callable[["Compiler", frozenset[Hashable]], Node]
Look = Callable[[Place, str, str], Place]
EXACT = 2**53
SMALL = frozenset({"constant", "literal", "types", "enum", "place"})


class MalformedError(ValueError):
    """A keyword's value is not what its draft asks for, or not what is understood."""


class Compiler:
    """Turns places into formulas; shared by both schemas of one decision."""

    def __init__(self, budget: Budget, compile_schema: CompileSchema, close: Close, *, formats: bool) -> None:
        self.budget = budget
        self.formats = formats
        self.algebra = Algebra()
        self.languages = Languages(budget.spend)
        self.identity = Identity(formats=formats)
        self.values: dict[str, JsonValue] = {}
        self.kept: list[JsonValue] = []
        self._patterns: dict[str, Regex | str] = {}
        self._compiled: dict[Hashable, Node] = {}
        self._expanded: dict[Node, Node] = {}
        self._plain: dict[str, Node] = {}
        self._texts: dict[tuple[Enumeration, int], frozenset[str]] = {}
        self._active: set[Hashable] = set()
        self._compile_schema = compile_schema
        self._close = close

    def node(self, place: Place) -> Node:
        """Give the formula that stands for a place."""
        value = place.value
        if value is False:
            return self.algebra.bottom
        if value is True or (isinstance(value, dict) and not value.keys() & place.dialect.keywords):
            return self.algebra.top
        self.budget.spend()
        return self.algebra.place(self.identity.key(place))

    def below(self, place: Place, keyword: str, name: str, look: Look) -> Node:
        """Give the formula that stands for a named schema below a keyword, by its text where that says everything."""
        text = self.identity.plain_text(place.dialect.name, place.value[keyword][name])
        found = self._plain.get(text)
        if found is None:
            found = self.node(look(place, keyword, name))
            if text:
                self._plain[text] = found
        return found

    def in_place(self, place: Place) -> Node:
        """Give a formula for a schema about the same value; it is looked into at once, so that loops are found."""
        found = self.formula(place)
        return found if found.kind in SMALL else self.algebra.place(self.identity.key(place))

    def expand(self, node: Node) -> Node:
        """Look inside a place, or state what closing it means."""
        found = self._expanded.get(node)
        if found is None:
            if node.kind == "closed":
                found = self._once(("closed", node.body), lambda: self._close(self, node.body))
            else:
                found = self._compiled.get(node.body) or self.formula(self.identity.places[node.body])
            found = found if node.positive else found.negation
            if node.body not in self._active:
                self._expanded[node] = found
        return found

    def formula(self, place: Place) -> Node:
        """Give the formula of a schema, references in place followed."""
        key = self.identity.key(place)
        place = self.identity.places[key]
        if key in self._active:
            return self.opaque(place, "$ref", "the reference leads back to itself")
        return self._once(key, lambda: self._compile_schema(self, place))

    def _once(self, key: Hashable, make: Callable[[], Node]) -> Node:
        found = self._compiled.get(key)
        if found is None:
            self._active.add(key)
            self.budget.spend()
            try:
                found = self._compiled[key] = make()
            finally:
                self._active.discard(key)
        return found

    def opaque(self, place: Place, keyword: str, detail: str, *, type_: int = ANY) -> Node:
        """Make a formula of which nothing is known but that it equals itself."""
        reason = Reason(keyword, f"{place.shown}/{keyword}" if keyword else place.shown, detail)
        return self._opaque((self.identity.key(place), keyword), reason, type_)

    def elsewhere(self, place: Place, keyword: str, reference: str) -> Node:
        """Make "a schema outside of the document accepts it": nothing is fetched, and one address is one formula."""
        detail = f'"{reference[:200]}" is not in this document, and nothing is fetched'
        address = place.document.elsewhere(place.base, reference)
        if address is None:
            return self.opaque(place, keyword, detail)
        reason = Reason(keyword, f"{place.shown}/{keyword}", detail)
        return self._opaque(("elsewhere", place.dialect.name, address), reason, ANY)

    def _opaque(self, key: Hashable, reason: Reason, type_: int) -> Node:
        return self.algebra.literal(type_, Opaque(key, reason), (reason.keyword, reason.pointer))

    def pattern(self, pattern: str, pointer: str, keyword: str = "pattern") -> Node:
        """Make "a string matches the pattern"; the same text of a pattern not understood is the same formula."""
        found = self.regex(pattern)
        if isinstance(found, str):
            return self._opaque(("pattern", pattern), Reason(keyword, pointer, found), STRING)
        return self.algebra.literal(STRING, InLanguage(found), (keyword, pointer))

    def format_atom(self, place: Place, name: str, detail: str, *, type_: int = STRING) -> Node:
        """Make "a string has this format" for a format that is known only by name, or only within bounds."""
        return self._opaque(("format", name), Reason("format", f"{place.shown}/format", detail), type_)

    def regex(self, pattern: str) -> Regex | str:
        """Read a pattern; a text says why it is not understood."""
        found = self._patterns.get(pattern)
        if found is None:
            try:
                found = language(self.languages, pattern)
            except UnsupportedPatternError as problem:
                found = str(problem)
            self._patterns[pattern] = found
        return found

    def texts_of_type(self, node: Node, type_: int) -> frozenset[str]:
        """Give the values of an enumeration that are of one type, sorted out once."""
        key = (node.body, type_)
        found = self._texts.get(key)
        if found is None:
            self.budget.spend(len(node.body.texts) // 4)
            found = frozenset(text for text in node.body.texts if type_of_text(text) == type_)
            self._texts[key] = found
        return found

    def constant(self, value: JsonValue) -> str:
        """Remember a value by its canonical text; 1.0 as 1, which validators of draft 4 may tell apart."""
        text = canonical(value)
        if text not in self.values:
            self.values[text] = _whole(value)
        return text


def _whole(value: JsonValue) -> JsonValue:
    """Write 1.0 as 1, where a float has all its digits."""
    if isinstance(value, float) and abs(value) <= EXACT and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return {name: _whole(item) for name, item in value.items()} if isinstance(value, dict) else value

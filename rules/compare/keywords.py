"""What each keyword asserts, as a formula: one small function for each, in one table.

Source: JSON Schema validation §6 and core §10, and their earlier drafts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from rules.compare import algebra as a
from rules.compare import dialects, formats, names
from rules.compare.algebra import Node
from rules.compare.compiler import Compiler, MalformedError
from rules.compare.disjoint import overlapping
from rules.compare.names import Names
from rules.compare.reading import exact, mapping, origin, own_names, schema, schemas, size, strings
from rules.compare.references import AmbiguousError, Place
from rules.compare.spelling import UnknownLanguageError, names_refused
from rules.compare.unevaluated import unevaluated_items, unevaluated_properties
from rules.compare.values import Reason
from rules.jsontext import JsonValue

TYPE_BITS = {
    "null": a.NULL, "boolean": a.BOOLEAN, "number": a.NUMBER, "string": a.STRING, "array": a.ARRAY, "object": a.OBJECT,
}  # fmt: skip
Keyword = Callable[[Compiler, Place, JsonValue], Node]


def compile_schema(compiler: Compiler, place: Place) -> Node:
    """Conjoin what the keywords of a schema assert; one not understood becomes an opaque formula, never nothing."""
    value = place.value
    if isinstance(value, bool):
        return compiler.algebra.top if value else compiler.algebra.bottom
    if not isinstance(value, dict):
        return compiler.opaque(place, "", "this is no schema")
    if id(value) in place.document.foreign and dialects.by_uri(value.get("$schema")) is not place.dialect:
        return compiler.opaque(place, "$schema", "a schema in another dialect inside")
    return compiler.algebra.all(list(_parts(compiler, place, value)))


def _parts(compiler: Compiler, place: Place, value: dict[str, JsonValue]) -> Iterator[Node]:
    keywords = ["$ref"] if "$ref" in value and place.dialect.ref_hides_siblings else [*value]
    for keyword in keywords:
        handler = HANDLERS.get(keyword)
        if handler is None or keyword not in place.dialect.keywords:
            continue
        try:
            found = handler(compiler, place, value[keyword])
            yield _doubted(compiler, place, keyword, found) if keyword in place.dialect.doubted else found
        except MalformedError as problem:
            yield compiler.opaque(place, keyword, str(problem))


def _doubted(compiler: Compiler, place: Place, keyword: str, meant: Node) -> Node:
    """Make "as it is meant, or without it", of which nobody knows which."""
    name = place.dialect.name
    reason = Reason(keyword, f"{place.shown}/{keyword}", f"{name} has no {keyword}; validators differ")
    ignored = compiler.algebra.literal(a.ANY, a.Opaque(f"{keyword} in {name}", reason))
    return compiler.algebra.any([meant, ignored])


def _type(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    listed = [value] if isinstance(value, str) else strings(value)
    if not set(listed) <= TYPE_BITS.keys() | {"integer"}:
        raise MalformedError("an unknown type")
    mask = sum({TYPE_BITS[name] for name in listed if name != "integer"})
    if "integer" not in listed or mask & a.NUMBER:
        return compiler.algebra.types(mask)
    whole = compiler.algebra.literal(a.NUMBER, a.MultipleOf(Fraction(1)), origin(place, "type"))
    return compiler.algebra.all([compiler.algebra.types(mask | a.NUMBER), whole])


def _enum(compiler: Compiler, _place: Place, value: JsonValue) -> Node:
    if not isinstance(value, list):
        raise MalformedError("this is no list")
    compiler.budget.spend(len(value) // 4)
    for item in value:
        _plain_value(item)
    return compiler.algebra.enumeration(frozenset(compiler.constant(item) for item in value))


def _plain_value(value: JsonValue) -> None:
    """Refuse values that the engine cannot tell apart as a validator may."""
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            raise MalformedError("a lone surrogate")
    elif isinstance(value, list | dict):
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        for item in inner:
            _plain_value(item)


def _const(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    return _enum(compiler, place, [value])


def _multiple_of(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    divisor = exact(value)
    if divisor <= 0:
        raise MalformedError("a divisor is more than 0")
    return compiler.algebra.literal(a.NUMBER, a.MultipleOf(divisor), origin(place, "multipleOf"))


def _bound(keyword: str, exclusive: str, atom: type[a.AtLeast | a.AtMost]) -> Keyword:
    def handler(compiler: Compiler, place: Place, value: JsonValue) -> Node:
        strict = keyword == exclusive
        if place.dialect.boolean_exclusive:
            flag = place.value.get(exclusive, False)
            if strict:
                if not isinstance(flag, bool):
                    raise MalformedError("draft 4 has true or false here")
                return compiler.algebra.top
            strict = flag is True
        return compiler.algebra.literal(a.NUMBER, atom(exact(value), strict), origin(place, keyword))

    return handler


def _sized(keyword: str, type_: int, atom: type[a.MinSize | a.MaxSize]) -> Keyword:
    def handler(compiler: Compiler, place: Place, value: JsonValue) -> Node:
        count = size(value)
        if atom is a.MinSize and count == 0:
            return compiler.algebra.top
        return compiler.algebra.literal(type_, atom(count), origin(place, keyword))

    return handler


def _pattern(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    if not isinstance(value, str):
        raise MalformedError("this is no pattern")
    return compiler.pattern(value, f"{place.shown}/pattern")


def _format(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    if not compiler.formats or not isinstance(value, str):
        return compiler.algebra.top
    return formats.formula(compiler, place, value)


def _properties(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    parts, where = [], origin(place, "properties")
    for name in mapping(value):
        child = compiler.below(place, "properties", name, schema)
        if child is not compiler.algebra.top:
            parts.append(_every(compiler, names.one(name), child, where))
    return compiler.algebra.all(parts)


def _every(compiler: Compiler, named: Names, child: Node, where: tuple[str, str]) -> Node:
    if child is compiler.algebra.top:
        return child
    return compiler.algebra.literal(a.OBJECT, a.Properties(named, child), where)


def _pattern_properties(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    parts = []
    for pattern in mapping(value):
        child = compiler.node(schema(place, "patternProperties", pattern))
        regex = compiler.regex(pattern)
        if isinstance(regex, str):
            parts.append(compiler.opaque(place, "patternProperties", f"the pattern {pattern[:60]!r}: {regex}"))
        else:
            named = Names(frozenset(), regex)
            parts.append(_every(compiler, named, child, origin(place, "patternProperties")))
    return compiler.algebra.all(parts)


def _additional_properties(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    if value is True:
        return compiler.algebra.top
    child = compiler.node(schema(place, "additionalProperties"))
    rest = names.outside(own_names(compiler, place), compiler.languages)
    where = origin(place, "additionalProperties")
    return compiler.algebra.all([_every(compiler, named, child, where) for named in rest])


def _property_names(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    child = schema(place, "propertyNames")
    try:
        refused = names_refused(compiler, compiler.node(child))
    except UnknownLanguageError as problem:
        return compiler.opaque(place, "propertyNames", str(problem) or f"the names that {value!r} accepts")
    where = origin(place, "propertyNames")
    return compiler.algebra.all([_every(compiler, named, compiler.algebra.bottom, where) for named in refused])


def has(compiler: Compiler, name: str, where: tuple[str, str] | None = None) -> Node:
    """Make "an object has this property"."""
    return compiler.algebra.literal(a.OBJECT, a.Required(name), where)


def _required(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    where = origin(place, "required")
    return compiler.algebra.all([has(compiler, name, where) for name in strings(value)])


def _dependencies(keyword: str) -> Keyword:
    def handler(compiler: Compiler, place: Place, value: JsonValue) -> Node:
        parts = []
        for name, needed in mapping(value).items():
            missing = has(compiler, name).negation
            if isinstance(needed, list):
                parts += [compiler.algebra.any([missing, has(compiler, other)]) for other in strings(needed)]
            elif keyword == "dependentRequired":
                raise MalformedError("this is no list of names")
            else:
                then = compiler.in_place(schema(place, keyword, name))
                absent = compiler.algebra.types(a.ANY ^ a.OBJECT)
                parts.append(compiler.algebra.any([missing, absent, then]))
        return compiler.algebra.all(parts)

    return handler


def _items(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    if isinstance(value, list):
        if not place.dialect.tuples_in_items:
            raise MalformedError("a list of schemas is written prefixItems")
        return _tuple(compiler, place, "items")
    prefix = place.value.get("prefixItems", []) if not place.dialect.tuples_in_items else []
    if not isinstance(prefix, list):
        raise MalformedError("it depends on prefixItems")
    return _every_item(compiler, len(prefix), None, schema(place, "items"), origin(place, "items"))


def _every_item(compiler: Compiler, start: int, end: int | None, schema: Place, where: tuple[str, str]) -> Node:
    child = compiler.node(schema)
    if child is compiler.algebra.top:
        return child
    return compiler.algebra.literal(a.ARRAY, a.Items(start, end, child), where)


def _tuple(compiler: Compiler, place: Place, keyword: str) -> Node:
    where = origin(place, keyword)
    count = len(place.value[keyword])
    return compiler.algebra.all(
        [_every_item(compiler, i, i + 1, schema(place, keyword, i), where) for i in range(count)]
    )


def _prefix_items(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    if not isinstance(value, list):
        raise MalformedError("this is no list of schemas")
    return _tuple(compiler, place, "prefixItems")


def _additional_items(compiler: Compiler, place: Place, _value: JsonValue) -> Node:
    listed = place.value.get("items")
    if not isinstance(listed, list):
        return compiler.algebra.top
    where = origin(place, "additionalItems")
    return _every_item(compiler, len(listed), None, schema(place, "additionalItems"), where)


def _contains(compiler: Compiler, place: Place, _value: JsonValue) -> Node:
    child = compiler.node(schema(place, "contains"))
    counted = "minContains" in place.dialect.keywords
    least = size(place.value.get("minContains", 1)) if counted else 1
    where = origin(place, "contains")
    parts = [compiler.algebra.literal(a.ARRAY, a.Contains(child, least), where)] if least else []
    if counted and "maxContains" in place.value:
        more = compiler.algebra.literal(a.ARRAY, a.Contains(child, size(place.value["maxContains"]) + 1), where)
        parts.append(compiler.algebra.any([compiler.algebra.types(a.ANY ^ a.ARRAY), more.negation]))
    return compiler.algebra.all(parts)


def _unique_items(compiler: Compiler, place: Place, value: JsonValue) -> Node:
    if not isinstance(value, bool):
        raise MalformedError("this is true or false")
    return (
        compiler.algebra.literal(a.ARRAY, a.Unique(), origin(place, "uniqueItems")) if value else compiler.algebra.top
    )


def _all_of(compiler: Compiler, place: Place, _value: JsonValue) -> Node:
    return compiler.algebra.all([compiler.in_place(branch) for branch in schemas(place, "allOf")])


def _any_of(compiler: Compiler, place: Place, _value: JsonValue) -> Node:
    return compiler.algebra.any([compiler.in_place(branch) for branch in schemas(place, "anyOf")])


def _one_of(compiler: Compiler, place: Place, _value: JsonValue) -> Node:
    branches = [compiler.in_place(branch) for branch in schemas(place, "oneOf")]
    some = compiler.algebra.any(branches)
    pairs = [compiler.algebra.any([one.negation, other.negation]) for one, other in overlapping(compiler, branches)]
    return compiler.algebra.all([some, *pairs])


def _not(compiler: Compiler, place: Place, _value: JsonValue) -> Node:
    return compiler.in_place(schema(place, "not")).negation


def _if(compiler: Compiler, place: Place, _value: JsonValue) -> Node:
    condition = compiler.in_place(schema(place, "if"))
    parts = []
    for keyword, guard in (("then", condition.negation), ("else", condition)):
        if keyword in place.value:
            parts.append(compiler.algebra.any([guard, compiler.in_place(schema(place, keyword))]))
    return compiler.algebra.all(parts)


def _reference(keyword: str) -> Keyword:
    def handler(compiler: Compiler, place: Place, value: JsonValue) -> Node:
        if not isinstance(value, str):
            raise MalformedError("this is no reference")
        try:
            target = place.refer(keyword, value)
        except AmbiguousError as problem:
            raise MalformedError(str(problem)) from problem
        return compiler.elsewhere(place, keyword, value) if target is None else compiler.in_place(target)

    return handler


HANDLERS: dict[str, Keyword] = {
    "$ref": _reference("$ref"),
    "$dynamicRef": _reference("$dynamicRef"),
    "$recursiveRef": _reference("$recursiveRef"),
    "type": _type,
    "enum": _enum,
    "const": _const,
    "multipleOf": _multiple_of,
    "minimum": _bound("minimum", "exclusiveMinimum", a.AtLeast),
    "exclusiveMinimum": _bound("exclusiveMinimum", "exclusiveMinimum", a.AtLeast),
    "maximum": _bound("maximum", "exclusiveMaximum", a.AtMost),
    "exclusiveMaximum": _bound("exclusiveMaximum", "exclusiveMaximum", a.AtMost),
    "minLength": _sized("minLength", a.STRING, a.MinSize),
    "maxLength": _sized("maxLength", a.STRING, a.MaxSize),
    "pattern": _pattern,
    "format": _format,
    "required": _required,
    "minProperties": _sized("minProperties", a.OBJECT, a.MinSize),
    "maxProperties": _sized("maxProperties", a.OBJECT, a.MaxSize),
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "dependencies": _dependencies("dependencies"),
    "dependentRequired": _dependencies("dependentRequired"),
    "dependentSchemas": _dependencies("dependentSchemas"),
    "items": _items,
    "prefixItems": _prefix_items,
    "additionalItems": _additional_items,
    "contains": _contains,
    "minItems": _sized("minItems", a.ARRAY, a.MinSize),
    "maxItems": _sized("maxItems", a.ARRAY, a.MaxSize),
    "uniqueItems": _unique_items,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
    "unevaluatedProperties": unevaluated_properties,
    "unevaluatedItems": unevaluated_items,
}

"""A formula as the language of the strings that it accepts: what `propertyNames` needs."""

from __future__ import annotations

from rules.compare import algebra as a
from rules.compare.algebra import Node
from rules.compare.compiler import Compiler
from rules.compare.names import Names
from rules.compare.patterns.regex import Regex


class UnknownLanguageError(ValueError):
    """The strings that a formula accepts are not known to be a regular language."""


def names_refused(compiler: Compiler, node: Node) -> list[Names]:
    """Give the property names that a formula refuses, as sets to be taken together."""
    formula = compiler.expand(node) if node.kind == "place" else node
    if formula.kind == "enum" and formula.positive:
        listed = (compiler.values[text] for text in formula.body.texts)
        return [Names(frozenset(name for name in listed if isinstance(name, str)), compiler.languages.everything)]
    refused = compiler.languages.negate(language_of(compiler, formula))
    return [] if refused is compiler.languages.empty else [Names(frozenset(), refused)]


def language_of(compiler: Compiler, node: Node) -> Regex:
    """Give the strings that a formula accepts."""
    lang = compiler.languages
    match node.kind:
        case "constant":
            return lang.everything if node.positive else lang.empty
        case "place" | "closed":
            return language_of(compiler, compiler.expand(node))
        case "and":
            return lang.both([language_of(compiler, part) for part in node.parts])
        case "or":
            return lang.either([language_of(compiler, part) for part in node.parts])
        case _:
            found = _leaf(compiler, node)
            return found if node.positive else lang.negate(found)


def _leaf(compiler: Compiler, node: Node) -> Regex:
    lang, body = compiler.languages, node.body
    if node.kind == "types":
        return lang.everything if body & a.STRING else lang.empty
    if node.kind == "enum":
        values = (compiler.values[text] for text in body.texts)
        return lang.either([lang.literal(value) for value in values if isinstance(value, str)])
    if not node.type & a.STRING:
        return lang.everything
    match body:
        case a.InLanguage(regex):
            return regex
        case a.MinSize(size):
            return lang.repeat(lang.any_char, size, None)
        case a.MaxSize(size):
            return lang.repeat(lang.any_char, 0, size)
        case _:
            raise UnknownLanguageError(body.reason.detail if isinstance(body, a.Opaque) else "")

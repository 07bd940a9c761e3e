"""Documents from one form to the other, as text: read exactly, transformed, validated, written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.migrations.check import Check
from bot.migrations.running import Conversions
from bot.migrations.splice import Splicer
from bot.migrations.texts import Reader, TwiceError, plain, write
from bot.migrations.values import Converted, Failed
from rules.jsontext import JsonValue
from rules.transform import Transform, TransformError


def conversions(
    transform: Transform, old: Check, new: Check, recipe: Callable[[], Conversions] | None = None
) -> Conversions:
    """Make what a run does to documents of a transform and the schemas on both sides."""
    touched = transform.touched
    up, down = _Conversion(transform.up, new, touched), _Conversion(transform.down, old, touched)
    unchecked, check = _Conversion(transform.down, None, touched), _Conversion(_same, new, rewrite=False)
    return Conversions(up, down, unchecked, check, _Findings(new), recipe)


@dataclass(frozen=True, slots=True)
class _Conversion:
    """Converts documents; one that cannot be read, changed or accepted is answered with why."""

    change: Callable[[JsonValue], JsonValue]
    check: Check | None
    touched: tuple[str, ...] | None = None
    rewrite: bool = True

    def __call__(self, documents: Sequence[str | None]) -> list[Converted]:
        one, reader, splicer = self._one, Reader(), Splicer.of(self.touched)
        return [one(text, reader, splicer) for text in documents]

    def _one(self, given: object, reader: Reader, splicer: Splicer | None) -> Converted:
        if given is None:
            return None
        try:
            return self._converted(given if type(given) is str else plain(given), reader, splicer)
        except TransformError as error:
            return Failed(error.rule, error.place, error.sentence)
        except TwiceError:
            return Failed("json", "", "an object names a member twice, and a migration would lose one of the two")
        except (ValueError, RecursionError):
            return Failed("json", "", "the document cannot be read as JSON")

    def _converted(self, text: str, reader: Reader, splicer: Splicer | None) -> Converted:
        document = reader.read(text)
        there = splicer.there(document) if splicer is not None else ()
        document = self.change(document)
        if self.check is not None and not self.check.passes(document):
            return self.check.why(document)
        if not self.rewrite:
            return text
        return (splicer and splicer.splice(text, there, document)) or write(document)


@dataclass(frozen=True, slots=True)
class _Findings:
    """Says of documents, as they are, what they fail: places and rules."""

    check: Check

    def __call__(self, documents: Sequence[str | None]) -> list[Sequence[tuple[str, str]]]:
        one, reader = self._one, Reader()
        return [() if given is None else one(given, reader) for given in documents]

    def _one(self, given: object, reader: Reader) -> Sequence[tuple[str, str]]:
        try:
            document = reader.read(plain(given))
        except (ValueError, RecursionError):
            return (("", "json"),)
        return () if self.check.passes(document) else self.check.findings(document)


def _same(document: JsonValue) -> JsonValue:
    return document

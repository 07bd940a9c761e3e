"""Documents from one form to the other, as text: read exactly, transformed, validated, written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.migrations.check import Check
from bot.migrations.running import Conversions
from bot.migrations.splice import Splicer
from bot.migrations.texts import Reader, TwiceError, plain, write
from bot.migrations.usual import Finding, Usual
from bot.migrations.values import Converted, Failed
from rules.jsontext import JsonValue
from rules.transform import Transform, TransformError

_MANY, _MANY_CHARACTERS = 50, 50_000
"""Documents that are read at once, and about how many characters of them: what comes of them fits a processor's cache.
"""
_UNREADABLE = Failed("json", "", "the document cannot be read as JSON")


def conversions(
    transform: Transform, old: Check, new: Check, recipe: Callable[[], Conversions] | None = None
) -> Conversions:
    """Make what a run does to documents of a transform and the schemas on both sides."""
    touched = transform.touched
    up, down = _Conversion(transform.up, new, touched), _Conversion(transform.down, old, touched)
    unchecked, check = _Conversion(transform.down, None, touched), _Conversion(_same, new, rewrite=False)
    return Conversions(up, down, unchecked, check, _Findings(new.passes, Usual(new).findings), recipe)


@dataclass(frozen=True, slots=True)
class _Conversion:
    """Converts documents; one that cannot be read, changed or accepted is answered with why."""

    change: Callable[[JsonValue], JsonValue]
    check: Check | None
    touched: tuple[str, ...] | None = None
    rewrite: bool = True

    def __call__(self, documents: Sequence[str | None]) -> list[Converted]:
        reader, splicer = Reader(), Splicer.of(self.touched)
        return [one for part in _parts(documents) for one in self._many(part, reader, splicer)]

    def _many(self, given: Sequence[str | None], reader: Reader, splicer: Splicer | None) -> list[Converted]:
        texts = _all_texts(given)
        together = reader.read_together(texts) if texts is not None else None
        if texts is None or together is None or not all(type(one) is dict for one in together.documents):
            return [self._one(text, reader, splicer) for text in given]
        there = splicer.there_each(together.documents) if splicer is not None else ()
        changed = [self._changed(document) for document in together.documents]
        if not self.rewrite:
            return _but_failed(changed, texts)
        written = _tried(lambda: splicer.splice_together(together, there, changed)) if splicer is not None else None
        if written is not None:
            return _but_failed(changed, written)
        each = zip(*there, strict=True) if there else [()] * len(texts)
        return [_rewritten(*one, splicer) for one in zip(texts, each, changed, strict=True)]

    def _one(self, given: object, reader: Reader, splicer: Splicer | None) -> Converted:
        if given is None:
            return None
        try:
            text = plain(given)
            document = reader.read(text)
        except TwiceError:
            return Failed("json", "", "an object names a member twice, and a migration would lose one of the two")
        except (ValueError, RecursionError):
            return _UNREADABLE
        there = splicer.there(document) if splicer is not None else ()
        changed = self._changed(document)
        return _rewritten(text, there, changed, splicer) if self.rewrite else _but_failed([changed], [text])[0]

    def _changed(self, document: JsonValue) -> JsonValue | Failed:
        """Change a document and hold it to the contract; or say why there is none."""
        try:
            document = self.change(document)
        except TransformError as error:
            return Failed(error.rule, error.place, error.sentence)
        except (ValueError, RecursionError):
            return _UNREADABLE
        return document if self.check is None or self.check.passes(document) else self.check.why(document)


def _rewritten(text: str, there: Sequence[bool], document: JsonValue | Failed, splicer: Splicer | None) -> Converted:
    if type(document) is Failed:
        return document
    try:
        return (splicer and splicer.splice(text, there, document)) or write(document)
    except (ValueError, RecursionError):
        return _UNREADABLE


def _tried(splice: Callable[[], list[str] | None]) -> list[str] | None:
    try:
        return splice()
    except (ValueError, RecursionError):  # of one of them; which, will be found
        return None


def _but_failed(changed: Sequence[JsonValue | Failed], texts: Sequence[str]) -> list[Converted]:
    return [one if type(one) is Failed else text for one, text in zip(changed, texts, strict=True)]


@dataclass(frozen=True, slots=True)
class _Findings:
    """Says of documents, as they are, what they fail: places and rules."""

    passes: Callable[[JsonValue], bool]
    findings: Callable[[JsonValue], tuple[Finding, ...]]

    def __call__(self, documents: Sequence[str | None]) -> list[tuple[Finding, ...]]:
        reader = Reader()
        return [one for part in _parts(documents) for one in self._many(part, reader)]

    def _many(self, given: Sequence[str | None], reader: Reader) -> list[tuple[Finding, ...]]:
        texts = _all_texts(given)
        together = reader.read_together(texts) if texts is not None else None
        if together is None:
            return [() if one is None else self._one(one, reader) for one in given]
        passes, findings = self.passes, self.findings
        return [() if passes(document) else findings(document) for document in together.documents]

    def _one(self, given: object, reader: Reader) -> tuple[Finding, ...]:
        try:
            document = reader.read(plain(given))
        except (ValueError, RecursionError):
            return (("", "json"),)
        return () if self.passes(document) else self.findings(document)


def _parts(documents: Sequence[str | None]) -> Iterator[Sequence[str | None]]:
    """Part documents into as many as are read at once."""
    sizes = sum(len(one) for one in documents if type(one) is str)
    many = max(1, min(_MANY, _MANY_CHARACTERS * len(documents) // max(sizes, 1)))
    return (documents[start : start + many] for start in range(0, len(documents), many))


def _all_texts(given: Sequence[str | None]) -> Sequence[str] | None:
    """Give documents as they are where each is a text; a database may hold none, or one as bytes."""
    texts = [one for one in given if type(one) is str]
    return texts if len(texts) == len(given) else None


def _same(document: JsonValue) -> JsonValue:
    return document

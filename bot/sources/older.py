"""The versions before the base that are still live: their files at the base, and tags where the source has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.sources.revision import Revision, SourceError, Span
from rules.change import MAX_OLDER, OlderVersion, Pairing
from rules.documents import Document, DocumentError
from rules.jsontext import canonical
from rules.versions import SemVer, parse_semver

Read = Callable[[str, bytes], Document]


def versions(pairing: Pairing, base: Document, span: Span, read: Read) -> tuple[OlderVersion, ...]:
    """Read what is older than the base and differs from it, the oldest first; one more than is compared at most.

    A version that cannot be read any more holds nothing up, and is left out.
    """
    if pairing.contract.policy.compare != "all":
        return ()
    seen = {canonical(base.value)}
    found: list[OlderVersion] = []
    for name, revision, path in [*_files(pairing, span), *_tags(pairing, span)][::-1]:
        document = _document(revision, path, read)
        text = None if document is None else canonical(document.value)
        if document is not None and text not in seen:
            seen.add(str(text))
            found.append(OlderVersion(name, document))
        if len(found) > MAX_OLDER:
            break
    return tuple(found[::-1])


def _files(pairing: Pairing, span: Span) -> Iterator[tuple[str, Revision, str]]:
    return ((path, span.base, path) for path in pairing.older)


def _tags(pairing: Pairing, span: Span) -> Iterator[tuple[str, Revision, str]]:
    """Give the contract's tags by version: `orders-v1.2.0`, or where it has none of its own `v1.2.0`."""
    path, name = pairing.base_path, pairing.contract.name
    if path is None or pairing.contract.scheme.name == "semver-file":
        return
    tagged = span.tagged()
    for prefix in (f"{name}-v", "v"):
        own = {tag: _version(tag, prefix) for tag in tagged}
        ordered = sorted((version.precedence, tag) for tag, version in own.items() if version is not None)
        yield from ((tag, tagged[tag], path) for _, tag in ordered)
        if ordered:
            return


def _version(tag: str, prefix: str) -> SemVer | None:
    return parse_semver(tag.removeprefix(prefix)) if tag.startswith(prefix) else None


def _document(revision: Revision, path: str, read: Read) -> Document | None:
    try:
        data = revision.read(path)
        return None if data is None else read(path, data)
    except (DocumentError, SourceError):
        return None

"""Formats as languages: for each, words that surely have it, words that surely do not, and which format includes which.

Validators differ at the edges (leap seconds, international names), so a format is exact only where the specification
leaves no room: elsewhere nothing is decided between the two bounds. Sources: RFC 3339, 5321, 1123, 2673, 4291, 3986,
3987, 6901, 4122; JSON Schema validation §7.3.
"""

from __future__ import annotations

from dataclasses import dataclass

from rules.compare.algebra import ANY, Node
from rules.compare.compiler import Compiler
from rules.compare.references import Place


@dataclass(frozen=True, slots=True)
class Format:
    """Patterns that bound a format from inside (`surely`) and outside (`perhaps`), and formats that it includes."""

    surely: str
    perhaps: str
    includes: tuple[str, ...] = ()


def _exact(pattern: str) -> Format:
    return Format(pattern, pattern)


_LEAP = r"([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
_LONG_MONTHS = r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_SHORT_MONTHS = r"(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
_DAYS = rf"([0-9]{{4}}-({_LONG_MONTHS}|{_SHORT_MONTHS})|{_LEAP})"
_DATE = rf"(?!0000){_DAYS}"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_CLOCK_60 = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_ZONE_ANY = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_BYTE = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LABEL = r"[A-Za-z][A-Za-z0-9]{0,62}"
_POINTER = r"(/([^~/]|~[01])*)*"
_NO_URI = r"[^\u0000-\u0020\u007f<>\u0022\\^`{|}]*"
_NO_IRI = r"[^\u0000-\u0020\u007f<>\u0022\\^`{|}]*"
_PATH = r"[A-Za-z0-9._~-]+"

FORMATS: dict[str, Format] = {
    "date": Format(rf"^{_DATE}$", rf"^{_DAYS}$"),
    "time": Format(rf"^{_CLOCK}{_ZONE}$", rf"^{_CLOCK_60}{_ZONE_ANY}$"),
    "date-time": Format(rf"^{_DATE}T{_CLOCK}{_ZONE}$", rf"^{_DAYS}[Tt ]{_CLOCK_60}{_ZONE_ANY}$"),
    "duration": Format(r"^P[1-9][0-9]{0,3}[YMWD]$", r"^P[0-9YMWDTHS.,]+$"),
    # RFC 5321 bounds what a mail system has to take (§4.5.3.1), not what a Mailbox is (§4.1.2).
    "email": Format(r"^[A-Za-z0-9]+@[A-Za-z]{1,20}\.[a-z]{2,3}$", r"^[^@]+@[^]+$|^[^]+@[^@]+$"),
    "idn-email": Format(r"^a@a\.a$", r"^[^]*@[^]*$", ("email",)),
    "hostname": Format(rf"^{_LABEL}(\.{_LABEL}){{0,2}}$", r"^[^\u0000-\u0020@/:?#\u007f]{1,255}$"),
    "idn-hostname": Format(r"^aa$", r"^[^\u0000-\u0020@/:?#\u007f]+$", ("hostname",)),
    "ipv4": _exact(rf"^{_BYTE}(\.{_BYTE}){{3}}$"),
    "ipv6": Format(r"^[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}$", r"^[0-9a-fA-F:.]{2,45}$"),
    "uuid": _exact(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    "uri": Format(rf"^https?://{_LABEL}(\.{_LABEL}){{0,2}}(/{_PATH})*/?$", rf"^[A-Za-z][A-Za-z0-9+.-]*:{_NO_URI}$"),
    "uri-reference": Format(rf"^/?{_PATH}(/{_PATH})*$", rf"^{_NO_URI}$", ("uri",)),
    "iri": Format(r"^https://a/$", rf"^[A-Za-z][A-Za-z0-9+.-]*:{_NO_IRI}$", ("uri",)),
    "iri-reference": Format(r"^/a$", rf"^{_NO_IRI}$", ("uri-reference", "iri")),
    "json-pointer": _exact(rf"^{_POINTER}$"),
    "relative-json-pointer": _exact(rf"^(0|[1-9][0-9]*)(#|{_POINTER})$"),
    "regex": Format(r"^[A-Za-z0-9 ]*$", r"^[^]*$"),
    "uri-template": Format(r"^[A-Za-z0-9./_-]*$", r"^[^]*$"),
}  # fmt: skip


SILENT = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
"""Types written where a format belongs: nobody's format, so nothing is asserted."""


def formula(compiler: Compiler, place: Place, name: str) -> Node:
    """Make "a string has this format"; an unknown one is equal only to itself."""
    if name in SILENT:
        return compiler.algebra.top
    known = FORMATS.get(name)
    if known is None:
        return compiler.format_atom(place, name, f'the format "{name[:60]}" is not known', type_=ANY)
    where = f"{place.shown}/format"
    perhaps = compiler.pattern(known.perhaps, where, "format")
    if known.perhaps == known.surely:
        return perhaps
    surely = compiler.pattern(known.surely, where, "format")
    between = compiler.format_atom(place, name, f'validators differ on what the format "{name}" allows here')
    included = [formula(compiler, place, inner) for inner in known.includes]
    return compiler.algebra.all([perhaps, compiler.algebra.any([surely, *included, between])])

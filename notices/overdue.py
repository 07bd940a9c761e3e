"""The issues about a field that goes: those in which its owners are warned, and the one for when it is still there."""

from __future__ import annotations

import hashlib

from notices.escape import code, line, prose
from rules.register import Entry

_MAX_TITLE = 200


def marker(entry: Entry) -> str:
    """Give the first line of the issue, by which the App knows it again: one for each field and removal date."""
    return f"<!-- concordat:removal:{hashlib.sha256(entry.key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]} -->"


def warned_marker(contract: str, field: str) -> str:
    """Give the first line of the issue in which the owners of a contract are warned of a field that goes."""
    about = hashlib.sha256(f"{contract}/{field}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"<!-- concordat:warned:{about} -->"


def warned_title(contract: str, field: str) -> str:
    """Name that issue."""
    return line(f"{field} of {contract} is on its way out: warnings to its owners", _MAX_TITLE)


def warned_body(contract: str, field: str) -> str:
    """Write that issue: what the comments in it are, and how they come another way."""
    return f"""\
{warned_marker(contract, field)}
{code(field)} of {code(contract)} is deprecated. The comments below tell its owners what to do by when: 30, 14, 7 and \
1 days before its removal date.

**To do:** read the newest comment. Close this issue once the field is removed, or its notice taken back.

**Why you read this here:** no Slack channel and no address of the owners is known to Concordat. An operator enters \
them in `CONTACTS`; then warnings go there.
"""


def title(entry: Entry) -> str:
    """Name the issue in plain words, as GitHub shows titles."""
    return line(
        f"Remove {entry.notice.field} from {entry.contract.name}: its removal date was {entry.earliest}", _MAX_TITLE
    )


def body(entry: Entry, address: str | None = None) -> str:
    """Write the issue: what, since when, what to do and why; `address` links the place of the notice."""
    notice = entry.notice
    place = code(entry.path if entry.line is None else f"{entry.path}:{entry.line}")
    where = f"[{place}]({address})" if address else place
    to = f" Everybody should use {code(notice.replacement)} by now." if notice.replacement else ""
    guide = f" {prose(notice.guide)}" if notice.guide else ""
    reason = f"\n**Why it goes:** {prose(notice.reason)}\n" if notice.reason else ""
    return f"""\
{marker(entry)}
{code(notice.field)} of {code(entry.contract.name)} is deprecated since {notice.deprecated_on}; its removal date, \
{entry.earliest}, has come, and the field is still there ({where}).{to}{guide}

**To do, now:** open a pull request that does one of these, then close this issue.

- Remove the field. Nothing holds that up any more; it is a MAJOR change, with the review of one.
- Set a later removal date in the notice, where somebody still needs the field.
- Take the notice away, where the field is to stay.
{reason}
**Why you read this:** the field was promised to go on {entry.earliest}, after {entry.contract.policy.grace_days} \
days of grace or more, and partners plan by that. This issue is opened once for this removal date and not again.
"""

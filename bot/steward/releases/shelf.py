"""What is kept of a release for its pages beside its log: the repository, its partners and owners, by name.

All of it can be made again from GitHub, and is, whenever the release is looked after. No address of anybody is kept but
the names of partners' teams on GitHub.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.store.transaction import Transaction
from rules.contract import Access
from rules.jsontext import dumps
from rules.partners import WEIGHT, Contacts, Criticality, Party, Profile

SHELF = "release.shelf"
PACKAGE = "release.package"
"""What the texts are remembered under; the stream of the release is the key."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the pages need: where the release is, who decides, who depends on it.

    `accounts` are the teams and people on GitHub that partners.yml names for a partner, who may answer for them.
    """

    repository: str
    repository_id: int
    installation: int
    owners: tuple[str, ...]
    parties: tuple[Party, ...]
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def keep(transaction: Transaction, stream: str, kept: Kept, now: datetime) -> None:
    """Keep it; of a partner's contacts only whether there are any."""
    shared = {
        "repository": kept.repository, "repository_id": kept.repository_id, "installation": kept.installation,
        "owners": list(kept.owners),
    }  # fmt: skip
    # One after the other: as one value, ten thousand of them take several times the memory of their text.
    text = bytearray(f'{dumps(shared)[:-1]},"parties":['.encode())
    for at, one in enumerate(kept.parties):
        text += (b"," if at else b"") + dumps(_written(one)).encode("utf-8", "surrogatepass")
    text += b"]}"
    body = text.decode("utf-8", "surrogatepass")
    del text
    transaction.remember(SHELF, stream, body, now)


def _written(one: Party) -> dict[str, object]:
    accounts = [each for each in (one.profile.contacts.github, one.profile.backup.github) if each]
    more = {"fields": list(one.fields), "language": one.profile.language, "accounts": accounts}
    return {
        "name": one.name, "title": one.profile.title, "criticality": one.profile.criticality,
        "access": one.access, "zone": one.profile.zone, "reachable": one.profile.reachable,
        **{name: said for name, said in more.items() if said},
    }  # fmt: skip


def read(transaction: Transaction, stream: str) -> Kept | None:
    """Give what was kept; `None` where nothing was, or by an earlier release in another shape."""
    try:
        body = json.loads(transaction.recall(SHELF, stream) or "")
        parties = tuple(_party(one) for one in body["parties"])
        accounts = {one["name"]: tuple(map(str, one.get("accounts", ()))) for one in body["parties"]}
        where = body["repository"], body["repository_id"], body["installation"]
        return Kept(*where, tuple(body["owners"]), parties, accounts)
    except (ValueError, TypeError, KeyError):
        return None


def _party(one: dict[str, object]) -> Party:
    weight = str(one["criticality"])
    access = str(one["access"])
    criticality: Criticality = weight if weight in WEIGHT else "normal"
    contacts = Contacts(github="somewhere") if one["reachable"] else Contacts()
    language = str(one.get("language", "en"))
    profile = Profile(
        str(one["name"]), str(one["title"]), criticality, contacts, zone=str(one["zone"]), language=language
    )
    used = one.get("fields")
    known: Access = access if access in ("reads", "writes") else "both"  # type: ignore[assignment] # one of three
    return Party(profile, known, tuple(map(str, used)) if isinstance(used, list) else ())

"""The pages that show every kind of notice before anybody is sent one."""

from __future__ import annotations

import json

from notices import pages
from notices.catalogue import CATALOGUE
from notices.examples import facts
from notices.letter import Letter, write
from notices.notice import House, make


def listing(house: House) -> str:
    """Write the list of all kinds, in the order in which a release and a review meet them."""
    kinds = [(kind, entry.audience, make(kind, facts(kind), house).subject) for kind, entry in CATALOGUE.items()]
    return pages.page("notices", title="Notices", kinds=kinds, letter=None)


def one(kind: str, house: House) -> str:
    """Write one kind as each channel shows it; `KeyError` for a kind that the catalogue does not have."""
    found = letter(kind, house)
    blocks = json.dumps({"text": found.fallback, "blocks": found.blocks}, indent=2)
    return pages.page("notices", title=f"Notice: {kind}", kind=kind, letter=found, blocks=blocks)


def letter(kind: str, house: House) -> Letter:
    """Write one kind with the facts of an example."""
    return write(make(kind, facts(kind), house))

"""The catalogue: every kind of notice that Concordat sends, with its audience, its task, its date and its reason."""

from __future__ import annotations

from collections.abc import Mapping

from notices.catalogue_entry import Entry
from notices.catalogue_migrations import MIGRATIONS
from notices.catalogue_owners import CONTRACTS, OWNERS, REVIEWS, VIOLATIONS, WEEK
from notices.catalogue_partners import PLAN, TURNS

_ALL = (*PLAN, *TURNS, *OWNERS, *REVIEWS, *CONTRACTS, *VIOLATIONS, *MIGRATIONS, *WEEK)
CATALOGUE: Mapping[str, Entry] = {one.kind: one for one in _ALL}
"""Every kind, in the order in which a release and a review meet them."""

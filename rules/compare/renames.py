"""Recognise a field that left and one that came as the same field: renamed, or moved to another place.

A rename needs the same field id, or the same shape with a near name; a move needs the same name and shape, or the same
field id. Shapes are compared by meaning, so a new description does not hide a rename.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from rules.compare.places import Unchanged
from rules.compare.views import View

FIELD_IDS = ("field_id", "x-field-id", "fieldId", "x-fieldId")
NEAR = 0.6
"""How alike two names must be, from 0 to 1, beside the same shape (difflib's ratio)."""
NEAR_WHEN_DESCRIBED = 0.3
"""The same beside the same shape and the same description, which is more than coincidence."""
SHORTEST = 3
"""Letters of a name that may stand for a longer one."""
MAX_NAME = 200
"""Longer names are not compared: difflib's time grows with the product of their lengths."""
MAX_CANDIDATES = 4_000
"""More pairs of fields than this are not searched for renames: each costs a comparison of names."""


def near(old: str, new: str) -> float:
    """Measure how alike two names are, from 0 to 1; case, `_` and `-` do not count."""
    left, right = (name.casefold().replace("_", "").replace("-", "") for name in (old, new))
    if left and left == right:
        return 1.0
    if max(len(left), len(right)) > MAX_NAME:
        return 0.0
    ratio = SequenceMatcher(None, left, right, autojunk=False).ratio()
    return max(ratio, NEAR) if _abbreviates(*sorted((left, right), key=len)) else ratio


def _abbreviates(short: str, long: str) -> bool:
    """Say whether a name is another one shortened: `qty` for `quantity`, `desc` for `description`."""
    letters = iter(long)
    return len(short) >= SHORTEST and short[0] == long[0] and all(letter in letters for letter in short)


def field_id(view: View) -> str | None:
    """Return the id that a schema gives its field to keep through renames."""
    for keyword in FIELD_IDS:
        value = view.annotation(keyword)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
    return None


@dataclass(frozen=True)
class Fields:
    """Fields that left or came, by name, with the means to compare them."""

    old: Mapping[str, View]
    new: Mapping[str, View]
    unchanged: Unchanged


def renames(fields: Fields) -> dict[str, str]:
    """Pair fields that left with fields that came; each is used once, the most certain pairs first."""
    if not fields.old or not fields.new or len(fields.old) * len(fields.new) > MAX_CANDIDATES:
        return {}
    scored = sorted(_scored(fields), key=lambda pair: (-pair[0], pair[1], pair[2]))
    found: dict[str, str] = {}
    for _, old, new in scored:
        if old not in found and new not in found.values():
            found[old] = new
    return found


def _scored(fields: Fields) -> Iterator[tuple[float, str, str]]:
    for old, left in fields.old.items():
        for new, right in fields.new.items():
            score = likeness(old, left, new, right, fields.unchanged)
            if score:
                yield score, old, new


def likeness(old: str, left: View, new: str, right: View, unchanged: Unchanged) -> float:
    """Score how surely two fields are one: above 1 by field id, else by name beside the same shape; 0 when not."""
    ids = field_id(left), field_id(right)
    if any(ids):
        return 2.0 if ids[0] == ids[1] else 0.0
    same = same_shape(left, right, unchanged)
    alike = _near_enough(old, new, unchanged) if same or old.casefold()[:1] == new.casefold()[:1] else 0.0
    if same:
        words = left.annotation("description")
        described = isinstance(words, str) and words == right.annotation("description")
        return alike if alike >= (NEAR_WHEN_DESCRIBED if described else NEAR) else 0.0
    return alike / 2 if alike == 1.0 and left.types == right.types else 0.0


def _near_enough(old: str, new: str, unchanged: Unchanged) -> float:
    """Compare two names while there are letters left to compare; beyond, they are not alike."""
    unchanged.letters -= len(old) * len(new)
    return near(old, new) if unchanged.letters >= 0 else 0.0


def same_shape(left: View, right: View, unchanged: Unchanged) -> bool:
    """Say whether two fields accept the same values as far as hashes tell, and say anything at all."""
    if not left.typed and not left.fields:
        return False
    return unchanged.same_nodes(left.node, right.node)

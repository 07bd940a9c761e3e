"""What a partner answers about a release, on their page or by a form on Slack, as facts of the release's log.

Each answer is a word of what is said about it (`notices.release_pages.NOTES`) and the facts that are kept.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from bot.store.values import NewEvent
from rules.partners import Party
from rules.release_plan import CHECKLIST
from rules.release_state import Release

LONGEST = 2_000
SEVERITIES = frozenset({"critical", "high", "medium"})

Said = tuple[str, tuple[NewEvent, ...]]


@dataclass(frozen=True, slots=True)
class Voice:
    """Who answers for a partner: `source` is the way ("page", "slack"); what has one `nonce` is one answer.

    `by` is the person as they call themselves, or as Slack tells it.
    """

    release: Release
    party: Party
    now: datetime
    source: str
    nonce: str
    by: str = ""

    def fact(self, kind: str, about: str = "", **body: object) -> NewEvent:
        """Make a fact about the documents that the answer was given for."""
        said = {"party": self.party.name, "digest": self.release.digest, "by": self.by[:100]}
        source_id = f"{self.source}:{self.party.name}:{kind}:{about}:{self.nonce[:64]}"
        return NewEvent(kind, source_id, self.now, said | body)


def checklist(voice: Voice, ticked: AbstractSet[str]) -> Said:
    """Keep which items are done: what is ticked is, what is not ticked is not."""
    before = voice.release.answer(voice.party.name).items
    facts = [
        voice.fact("release.checklist", item, item=item, done=item in ticked)
        for item in CHECKLIST
        if (item in ticked) != (item in before)
    ]
    return "checklist", tuple(facts)


def readiness(voice: Voice, *, ready: bool, text: str = "") -> Said:
    """Keep that they are ready, which needs the whole checklist, or that they are not, and what is missing."""
    if not ready:
        return "not-ready", (voice.fact("release.readiness", "no", ready=False, text=text[:LONGEST]),)
    if set(CHECKLIST) - voice.release.answer(voice.party.name).items:
        return "open", ()
    return "ready", (voice.fact("release.readiness", "yes", ready=True),)


def blocker(voice: Voice, severity: str, text: str) -> Said:
    """Keep a problem that blocks them."""
    if not text or severity not in SEVERITIES:
        return "empty", ()
    fact = voice.fact("release.blocker", severity=severity, text=text[:LONGEST])
    return "blocked", (replace(fact, body={**fact.body, "id": _short(voice.nonce)}),)


def _short(nonce: str) -> str:
    # Part of an issue's marker, so that nothing else than harmless letters stands in it.
    return "".join(one for one in nonce[:64] if one.isalnum() or one in "-_") or "report"

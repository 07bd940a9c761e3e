"""Carry out what was said: each command before the scene as it was when it was given, once for each source.

What comes of it are facts for the log, and one more that says what to answer. Nothing is written to GitHub here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.commands.authority import authority, may
from bot.commands.handlers import spoke
from bot.commands.registry import COMMANDS, FOREIGN, near, run
from bot.commands.values import Berth, Dock, Outcome, Person, Refused, Scene, Seat, Written
from bot.steward.buttons import version
from bot.steward.releases.berths import COMMANDS as RELEASING
from bot.steward.talk import ANSWERED, REMARK, Log, Said
from bot.store.values import NewEvent
from notices.ended import TELLING
from rules.contract import Contract
from rules.review import Review
from rules.review_ledger import Ledger, fold

SHOWED = "steward.showed"
CONDITION = "condition"
"""The command that still counts once a pull request is merged: a condition may guard the migration."""

Stand = Callable[[Log], tuple[Review, ...]]
"""Says where the reviews stand by a log."""

Berths = Callable[[Written, Sequence[Review]], tuple[Berth, ...]]
"""Looks up the releases that a command may be about; raises `Refused`."""

Docks = Callable[[str | None], tuple[Dock, ...]]
"""Looks up the migrations that a command may be about, with what a button was drawn from."""

MIGRATE = "migrate"
ENDED = "ended"
"""Marks an answer that was given on a pull request which was not open any more."""

Ended = Callable[[str], str]
"""Says to a command why nothing comes of it any more: the pull request is merged or closed."""

LATER = frozenset({CONDITION, MIGRATE, *RELEASING})
"""The commands that are about more than the review of an open pull request."""
STALE = "What the button showed has changed since. Look at the check as it is now, and press again."


@dataclass(frozen=True, slots=True)
class Hearing:
    """One thing that was said, with everything that its outcome depends on.

    `ended` answers where the pull request is not open any more and the command is about its review. `released` grows
    while it is heard: the facts for the logs of releases, each with its stream.
    """

    said: Said
    person: Person
    author: int | None
    now: datetime
    stand: Stand
    berths: Berths
    docks: Docks = lambda _: ()
    ended: Ended | None = None
    released: list[tuple[str, NewEvent]] = field(default_factory=list)

    def held(self, log: Log) -> tuple[NewEvent, ...]:
        """Give the facts that come of it, the answer last; the log is that before it."""
        facts: list[NewEvent] = []
        answers: list[dict[str, Any]] = []
        for written in self.said.commands:
            reviews = self.stand((*log, *facts))
            outcome = self._run(written, reviews, log)
            if outcome is None or self._unasked(written, outcome, reviews):
                continue
            facts += outcome.events
            self.released.extend(outcome.releases)
            answers.append(_answer(written, outcome))
        body = {"source": self.said.source, "number": str(self.said.number), "login": self.person.login}
        body |= {ENDED: "yes"} if self.ended is not None else {}
        # As early as it can be: what is answered is never later than what came of it.
        answered = NewEvent(
            ANSWERED, f"answered:{self.said.key}", self.said.at, body | {"answers": answers}, self.said.who
        )
        return (*facts, answered)

    def _run(self, written: Written, reviews: Sequence[Review], log: Log) -> Outcome | None:
        if self.said.source == "review" and not written.index and written.name == REMARK:
            seats = tuple(_seat(one, {}) for one in reviews)
            return Outcome(done=True, says="", events=spoke(self._scene(seats), written))
        if self.ended is not None and not reviews and written.name not in LATER:
            return self._over(written)
        return self._carried_out(written, reviews, log)

    def _carried_out(self, written: Written, reviews: Sequence[Review], log: Log) -> Outcome | None:
        shown = shown_at(log, self.said.at)
        if self.said.source == "click":
            if written.name != MIGRATE and self.said.text.rpartition(".")[2] != version(reviews):
                return Outcome(done=False, says=STALE)
            shown = showing(reviews)
        seats = tuple(_seat(review, shown) for review in reviews)
        try:
            berths = self.berths(written, reviews)
        except Refused as refusal:
            return Outcome(done=False, says=f"`/{written.name}`: {refusal}")
        drawn = self.said.text.rpartition(".")[2] if self.said.source == "click" else None
        later = written.name == CONDITION and not reviews
        docks = self.docks(drawn) if written.name == MIGRATE or later else ()
        if later and not docks:
            return self._over(written)
        kept = tuple((one.contract, fold(log, one.contract.name, "", now=self.now)) for one in docks) if later else ()
        return run(written, self._scene(seats, berths, docks, kept))

    def _scene(
        self,
        seats: tuple[Seat, ...],
        berths: tuple[Berth, ...] = (),
        docks: tuple[Dock, ...] = (),
        kept: tuple[tuple[Contract, Ledger], ...] = (),
    ) -> Scene:
        said = self.said
        return Scene(self.person, seats, said.at, self.now, said.source, said.number, self.author, berths, docks, kept)

    def _over(self, written: Written) -> Outcome | None:
        """Answer where the pull request is not open any more; words that nobody can have meant for us are left."""
        if self.ended is None or written.name in FOREIGN:
            return None
        if written.name not in COMMANDS:
            return run(written, self._scene(())) if near(written.name) else None
        asks = written.name in TELLING
        return Outcome(asks, self.ended(written.name), aloud=asks)

    def _unasked(self, written: Written, outcome: Outcome, reviews: Sequence[Review]) -> bool:
        """Say whether a review on GitHub is none of ours: those who own nothing here review code as they always did."""
        if self.said.source != "review" or written.index or outcome.done:
            return False
        contracts = (review.assessment.change.contract for review in reviews)
        return not any(may(authority(self.person, one, author=self.author), "owner") for one in contracts)


def _seat(review: Review, shown: Mapping[str, Sequence[str]]) -> Seat:
    contract = review.assessment.change.contract
    digest, grade = shown.get(contract.name, (None, "NONE"))
    return Seat(contract, review, digest, grade)


def _answer(written: Written, outcome: Outcome) -> dict[str, Any]:
    asked = [{"kind": one.kind, **one.body} for one in outcome.intents]
    said = {"command": written.name, "done": outcome.done, "text": outcome.says, "asked": asked}
    return said | ({"aloud": True} if outcome.aloud else {})


def showing(reviews: Sequence[Review]) -> dict[str, list[str]]:
    """Give what a comment about these reviews shows: digest and class of each contract."""
    return {
        one.assessment.change.contract.name: [one.assessment.change.digest, one.grade.name] for one in reviews
    }  # fmt: skip


def shown_at(log: Log, at: datetime) -> Mapping[str, Sequence[str]]:
    """Give what our comment had shown before a moment; of the same second nobody knows which came first."""
    found: Mapping[str, Sequence[str]] = {}
    for event in log:
        if event.kind == SHOWED and event.source_time < at:
            found = event.body["shown"]
    return found


def shows(log: Log, reviews: Sequence[Review], now: datetime) -> tuple[NewEvent, ...]:
    """List the fact that the comment shows something else than before; none where it does not."""
    told = [event for event in log if event.kind == SHOWED]
    shown = showing(reviews)
    if told and told[-1].body["shown"] == shown:
        return ()
    return (NewEvent(SHOWED, f"showed:{len(told)}", now, {"shown": shown}),)

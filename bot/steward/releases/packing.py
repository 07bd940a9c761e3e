"""The package of a release: made anew where it is out of date, and later and later where that fails.

What it is made from is somebody's push, so it is made in a process of its own with hard limits. Notices never wait for
it; where it cannot be made the release owners are told once, and the page says where else to look.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from bot.steward.child import Failed, Limits, run
from bot.steward.releases import shelf
from bot.steward.releases.values import ReleaseTarget
from bot.store import Store
from notices import release_package
from rules.assessment import Assessment
from rules.jsontext import dumps
from rules.partners import Party
from rules.release_state import Release

log = logging.getLogger(__name__)

FAILURE = "release.package_failure"
"""What the last failure is remembered under; the stream of the release is the key."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(hours=1), timedelta(days=1)
_LIMITS = Limits(seconds=30.0, memory=1024**3)
_About = tuple[Assessment, Release, tuple[Party, ...], date]


@dataclass(frozen=True, slots=True)
class Failure:
    """A package that could not be made, `key` telling from what: why, since when, how often, when it is tried again."""

    key: str
    why: str
    since: str
    times: int
    again: str

    def waits(self, key: str, now: datetime) -> bool:
        """Say whether the same is not to be tried yet."""
        return self.key == key and now < datetime.fromisoformat(self.again)


def pack(  # noqa: PLR0913, PLR0917 what it is made from, and where it is kept
    store: Store, target: ReleaseTarget, release: Release, parties: Sequence[Party], judged: Assessment | None,
    now: datetime,
) -> Failure | None:  # fmt: skip
    """Make the package where it is missing or out of date; the failure, where there is none for what is to go live."""
    with store.reading() as transaction:
        known = transaction.recall(shelf.PACKAGE, target.stream)
        failed = read(transaction.recall(FAILURE, target.stream))
    key = release_package.key(release, parties)
    if known is not None and release_package.read(known).key == key:
        return None
    if judged is None or judged.change.digest != release.digest or (failed is not None and failed.waits(key, now)):
        return failed if failed is not None and failed.key == key else None
    made = run(packed, (judged, release, tuple(parties), now.date()), _LIMITS)
    failure = None if isinstance(made, str) else _failed(made, failed, key, now)
    with store.transaction() as transaction:
        if failure is None:
            transaction.remember(shelf.PACKAGE, target.stream, str(made), now)
            transaction.drop(FAILURE, target.stream)
        else:
            transaction.remember(FAILURE, target.stream, dumps(asdict(failure)), now)
    if failure is not None:
        about = {"action": "package.failed", "stream": target.stream, "again": failure.again}
        log.warning("the package was not made: it %s", failure.why, extra=about)
    return failure


def _failed(made: object, before: Failure | None, key: str, now: datetime) -> Failure:
    why = made.why if isinstance(made, Failed) else "could not be made"
    times = before.times + 1 if before is not None and before.key == key else 1
    since = before.since if before is not None and before.key == key else now.isoformat()
    wait = min(_FIRST_WAIT * 4 ** min(times - 1, 5), _LONGEST_WAIT)
    return Failure(key, why, since, times, (now + wait).isoformat())


def read(text: str | None) -> Failure | None:
    """Read a failure that is remembered."""
    return None if text is None else Failure(**json.loads(text))


def packed(about: _About) -> str:
    """Make the text of a package; what the process of its own does."""
    return release_package.write(release_package.make(*about))

"""The pages of migrations, behind sign-in: the list, each with its progress and actions, keys of failing rows as CSV.

GET never changes anything. An action is the command that it stands for, under the rules that it has everywhere. Keys
and samples of rows are for who may write in the repository.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, request

from bot.clock import Clock
from bot.commands.migrations import STATES
from bot.commands.registry import run
from bot.commands.values import Dock, Person, Scene, Written
from bot.errors import UsageError
from bot.github.visitors import Role
from bot.migrations.engine import open_target
from bot.migrations.errors import MigrationError
from bot.migrations.targets import known_to
from bot.settings import Settings
from bot.steward.migrations.plans import FAILING, PLAN
from bot.steward.migrations.progress import PROGRESS
from bot.steward.migrations.progress import read as progress_of
from bot.steward.releases import handler as releases
from bot.steward.values import Place
from bot.store import Store
from bot.web import pages
from bot.web.auth import Door
from bot.web.links import MIGRATIONS
from bot.web.session import Visitor
from notices import migration as words
from notices import migration_pages
from notices.migration_pages import ACTIONS, Broken, Line, Page
from notices.migration_values import read as plan_of
from rules.contract import Contract
from rules.migration_state import ACTIVE, Migration, fold

MOST_LISTED = 500
MOST_ROWS = 1_000
_SAMPLE = 300
_LIVE_SECONDS = "10"
_NOTES = {"done": "It is asked for; what becomes of it stands below within a minute."}


@dataclass(frozen=True, slots=True)
class Found:
    """A migration as the store knows it, and what whoever looks may do in its repository."""

    stream: str
    migration: Migration
    place: Place
    role: Role
    maintains: bool

    @property
    def path(self) -> str:
        """Where its page is."""
        return f"{MIGRATIONS}{self.stream.partition(':')[2]}"


class Desk:
    """What the routes share."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, door: Door, wake: Callable[[], None]) -> None:
        self.settings, self.store, self.clock, self.door, self.wake = settings, store, clock, door, wake

    def find(self, visitor: Visitor, name: str) -> Found:
        """Give a migration to who sees its repository; to others it is not there."""
        found = self.known(f"migration:{name}")
        if found is None:
            abort(404)
        migration, place, maintainers = found
        role = self.door.access.role(visitor, place.repository_id, place.repository)
        if role < Role.READ:
            abort(404)
        listed = visitor.login.casefold() in {one.casefold() for one in maintainers}
        return Found(f"migration:{name}", migration, place, role, role >= Role.MAINTAIN or listed)

    def known(self, stream: str) -> tuple[Migration, Place, tuple[str, ...]] | None:
        """Read a migration from the store, with where it is and who is listed as its maintainer."""
        with self.store.reading() as transaction:
            facts = transaction.events(stream)
        migration = fold(facts)
        planned = next((one.body for one in reversed(facts) if one.kind == "migration.planned"), None)
        if migration is None or planned is None:
            return None
        return migration, Place(**planned["place"]), tuple(map(str, planned.get("maintainers", ())))


def blueprint(settings: Settings, store: Store, clock: Clock, door: Door, wake: Callable[[], None]) -> Blueprint:
    """Make the routes."""
    web = Blueprint("migrations", __name__)
    desk = Desk(settings, store, clock, door, wake)

    @web.get(MIGRATIONS)
    def overview() -> Response:
        return pages.page(migration_pages.overview(tuple(_lines(desk, door.require()))))

    @web.get(f"{MIGRATIONS}<name>")
    def show(name: str) -> Response:
        visitor = door.require()
        found = desk.find(visitor, name)
        live = request.args.get("live") == "1"
        note = _NOTES.get(request.args.get("said", ""), "")
        answer = pages.page(migration_pages.render(_page(desk, found, visitor, note, live=live)))
        if live and not found.migration.over:
            answer.headers["Refresh"] = _LIVE_SECONDS  # asked for by whoever looks, and as easily stopped
        return answer

    @web.post(f"{MIGRATIONS}<name>")
    def act(name: str) -> Response:
        visitor = door.require()
        found = desk.find(visitor, name)
        refused = _act(desk, found, visitor)
        if refused:
            return pages.page(migration_pages.render(_page(desk, found, visitor, refused)), 409)
        answer: Response = redirect(f"{found.path}?said=done", 303)  # type: ignore[assignment] # Flask's own class by default
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @web.get(f"{MIGRATIONS}<name>/failing.csv")
    def failing(name: str) -> Response:
        found = desk.find(door.require(), name)
        if found.role < Role.WRITE:
            abort(404)
        rows, _ = _broken(desk, found)
        headers = {
            "Content-Disposition": 'attachment; filename="failing-rows.csv"', "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }  # fmt: skip
        return Response(migration_pages.table(rows), 200, headers, mimetype="text/csv")

    return web


def _lines(desk: Desk, visitor: Visitor) -> Iterator[Line]:
    seen = desk.door.access.sights(visitor)
    with desk.store.reading() as transaction:
        streams = transaction.streams("migration:")
    mine = [one for one in streams if one.split(":")[1].isdigit() and int(one.split(":")[1]) in seen]
    for stream in mine[:MOST_LISTED]:
        found = desk.known(stream)
        if found is not None:
            with desk.store.reading() as transaction:
                progress = progress_of(transaction.recall(PROGRESS, stream))
            yield Line(found[0], found[1].repository, f"{MIGRATIONS}{stream.partition(':')[2]}", progress.percentage)


def _page(desk: Desk, found: Found, visitor: Visitor, note: str, *, live: bool = False) -> Page:
    one = found.migration
    key = f"pull:{found.place.repository_id}:{one.pull}:{one.contract}"
    with desk.store.reading() as transaction:
        progress = progress_of(transaction.recall(PROGRESS, found.stream))
        plan = plan_of(transaction.recall(PLAN, key))
    writes = found.role >= Role.WRITE
    broken, gone = _broken(desk, found) if writes else ((), "")
    may = frozenset(what for what, _, _ in ACTIONS if found.maintains and one.state in STATES[what.split()[0]])
    return Page(
        one, progress, plan, found.place.repository, desk.settings.github_web_url, found.path, broken, writes, may,
        visitor.csrf, note, live, gone,
    )  # fmt: skip


def _broken(desk: Desk, found: Found) -> tuple[tuple[Broken, ...], str]:
    """Give the rows that fail: those of the run where there is one, else those that the plan found."""
    one = found.migration
    there = words.elsewhere(one)
    if there:
        return (), f"Keys and samples of rows stay with {there}; Concordat does not see them."
    if one.state in ACTIVE and desk.settings.migration_targets is not None:
        try:
            return tuple(_of_run(desk, found)), ""
        except (MigrationError, UsageError) as error:
            return (), f"The target does not answer: {error}"
    with desk.store.reading() as transaction:
        kept = transaction.recall(FAILING, f"pull:{found.place.repository_id}:{one.pull}:{one.contract}")
    return migration_pages.read(kept), ""


def _of_run(desk: Desk, found: Found) -> Iterator[Broken]:
    assert desk.settings.migration_targets is not None, "asked before"
    place = known_to(desk.settings.migration_targets, found.migration.target, found.place.repository)
    engine = open_target(place)
    try:
        engine.attend(found.migration.run)
        for one in engine.failing(MOST_ROWS):
            yield Broken(one.key, one.why.place, one.why.rule, one.why.sentence, (one.document or "")[:_SAMPLE])
    except engine.faults as error:
        raise MigrationError(" ".join(str(error).split())[:200]) from None
    finally:
        with suppress(*engine.faults):
            engine.close()


def _act(desk: Desk, found: Found, visitor: Visitor) -> str:
    """Give the command that a button stands for; the sentence of a refusal, or nothing."""
    what = request.args.get("what", "")[:40]
    if what not in {name for name, _, _ in ACTIONS}:
        abort(404)
    task, _, flag = what.partition(" ")
    if task == "rollback" and request.form.get("sure") != "yes":
        return "Say that you are sure first."
    more = request.form.get("at", "")[:16] + "Z" if task == "reschedule" else flag
    one = found.migration
    with desk.store.reading() as transaction:
        plan = plan_of(transaction.recall(PLAN, f"pull:{found.place.repository_id}:{one.pull}:{one.contract}"))
    drawn = request.form.get("drawn", "")[:80]
    permission = "maintain" if found.maintains else "write"
    dock = Dock(Contract(one.contract, ()), found.stream, one, plan.irreversible if plan else (), drawn)
    person, now = Person(visitor.user_id, visitor.login, permission), desk.clock()
    scene = Scene(person, (), now, now, f"page-{one.version}", one.version, docks=(dock,))
    outcome = run(Written("migrate", f"{task} {more}".strip(), 0), scene)
    assert outcome is not None, "the command is in the registry"
    if not outcome.done:
        return outcome.says
    with desk.store.transaction() as transaction:
        releases.admit(transaction, found.place, outcome.releases)
    desk.wake()
    return ""

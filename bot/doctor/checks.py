"""The checks of `concordat doctor` on this machine and on GitHub; each says what is, and what to do about it."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bot.app_manifest import asked_for
from bot.clock import Clock
from bot.doctor.github import ADDRESS, advice
from bot.doctor.migrations import needed, workflow_owners
from bot.doctor.values import Finding, State, broken, ok, skipped, warning
from bot.github.errors import Denied, GitHubError, NotFound
from bot.github.inspection import Grant, Hook, Inspection
from bot.settings import Settings, SettingsError
from bot.steward import quarantine
from bot.store import Store, StoreError
from bot.store.errors import StoreNewer, StoreOlder
from rules.hosts import LOOPBACK

__all__ = ["SLACK", "CheckUp", "State", "settings_check"]

SLACK = "https://slack.com/api/"
_DRIFTS, _DRIFTS_TOO_FAR = timedelta(seconds=15), timedelta(seconds=55)
"""GitHub takes a statement of ours that is dated up to a minute ahead of its own clock."""
_LEVELS = {"read": 1, "write": 2, "admin": 3}
_OTHERS = 0o077
_PROBE = "doctor"
_MOST_DEAD = 100


@dataclass(frozen=True, slots=True)
class CheckUp:
    """What a check is given: the settings, the time, and where Slack is."""

    settings: Settings
    clock: Clock
    slack: str = SLACK

    def github(self) -> Inspection:
        """Look at the App on GitHub."""
        found = self.settings
        return Inspection(found.app_id, found.private_key, found.github_api_url, clock=self.clock)


def settings_check(environ: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """Read the settings; none where they cannot be used."""
    try:
        settings = Settings.from_environment(environ)
    except SettingsError as error:
        return None, [broken(problem, "mend it; docs/settings.md explains each setting") for problem in error.problems]
    return settings, list(_settings(environ, settings))


def _settings(environ: Mapping[str, str], settings: Settings) -> Iterator[Finding]:
    yield ok(f"all can be read; the App is number {settings.app_id} on {settings.github_api_url}")
    path = environ.get("GITHUB_PRIVATE_KEY_PATH", "").strip()
    if path and stat.S_IMODE(Path(path).expanduser().stat().st_mode) & _OTHERS:
        yield warning(f"others on this machine can read the private key in {path}", f"chmod 600 {path}")
    base = urlsplit(settings.base_url)
    if base.scheme != "https" and base.hostname not in LOOPBACK:
        yield warning("BASE_URL does not begin with https://", "put a proxy that speaks TLS in front, and name it")
    if len(settings.webhook_secrets) > 1:
        yield warning(
            "two webhook secrets are accepted",
            "unset GITHUB_WEBHOOK_SECRET_PREVIOUS a day after the secret was changed on GitHub",
        )


def database(on: CheckUp) -> Iterator[Finding]:
    """Open the database as it is, and write something that is taken out again before anybody sees it."""
    try:
        store = Store.open(on.settings.database_url, clock=on.clock, as_it_is=True)
    except StoreNewer as error:
        yield broken(str(error), "start the release that migrated it, or a later one")
        return
    except StoreOlder as error:
        found = f"has the tables of an older release ({error.found})" if error.found else "has no tables yet"
        yield warning(f"it {found}", "start concordat serve, which makes them")
        return
    except StoreError as error:
        yield broken(str(error), "see that DATABASE_URL is right, that the server runs, that the file can be read")
        return
    try:
        with store.transaction() as transaction:
            transaction.remember(_PROBE, _PROBE, "", on.clock())
            transaction.drop(_PROBE, _PROBE)
    except Exception as error:  # noqa: BLE001 whatever the driver raises, its message may hold the password
        yield broken(
            f"it cannot be written{_code(error)}",
            "give its user the right to write, or the disk some room",
        )
    else:
        yield ok("it answers, has this release's tables, and takes a write")
        yield from _waiting(store)
    finally:
        store.close()


def _waiting(store: Store) -> Iterator[Finding]:
    """Say what lies in the database until an operator does something about it."""
    stands = quarantine.state(store)
    if stands.held:
        yield broken(
            f"nothing is sent: in quarantine since {stands.since:%Y-%m-%d %H:%M} UTC: {stands.why}",
            "concordat reconcile shows what would be sent, and how to go on",
        )
    with store.reading() as transaction:
        dead = len(transaction.jobs("dead", limit=_MOST_DEAD))
    if dead:
        many = f"{dead} or more" if dead == _MOST_DEAD else str(dead)
        yield warning(f"jobs that failed for good: {many}", "concordat jobs list shows why; then retry or drop each")


def _code(error: Exception) -> str:
    """Name the database's own code of an error, by which its manual explains it."""
    cause = getattr(error, "orig", None)
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return f" ({code})" if code else ""


def clock(on: CheckUp) -> Iterator[Finding]:
    """Compare this machine's clock with GitHub's, whose answers tell whole seconds."""
    with on.github() as github:
        before = on.clock()
        theirs = github.time()
        after = on.clock()
    drift = before + (after - before) / 2 - theirs
    side = "ahead of" if drift > timedelta() else "behind"
    says = f"this machine is {abs(drift).total_seconds():.0f} seconds {side} GitHub"
    do = "set the clock by NTP (timedatectl set-ntp true, or chrony)"
    if abs(drift) <= _DRIFTS:
        yield ok("this machine and GitHub tell the same time")
    elif abs(drift) <= _DRIFTS_TOO_FAR:
        yield warning(says, do)
    else:
        yield broken(f"{says}, which refuses what is dated wrongly; deadlines are wrong too", do)


def app(on: CheckUp) -> Iterator[Finding]:
    """Ask GitHub who we are."""
    try:
        with on.github() as github:
            yield ok(f"GitHub knows it as {github.app().of}")
    except NotFound as error:
        yield broken(
            f"GitHub does not know it: {error}",
            f"see that GITHUB_APP_ID and the private key belong to the same App on this GitHub; {ADDRESS}",
        )
    except Denied as error:
        yield broken(
            f"GitHub does not accept it: {error}",
            "see that GITHUB_APP_ID and the private key belong to the same App on this GitHub, that the key was not "
            "deleted there, and that the clock is right",
        )


def asked(on: CheckUp) -> Iterator[Finding]:
    """Compare what the App asks for on its settings page with app.yml."""
    with on.github() as github:
        found = github.app()
    wanted = asked_for()
    permissions: Mapping[str, str] = {**wanted["default_permissions"], **needed(on.settings)}
    page = f"the App's settings page, Permissions & events: {found.page}"
    missing = list(_missing(permissions, found.permissions))
    events = sorted(set(wanted["default_events"]) - found.events)
    more = sorted(set(found.permissions) - set(permissions))
    if missing:
        yield broken(f"the App does not ask for {', '.join(missing)}", f"add that on {page}")
    if events:
        yield broken(f"the App does not hear of {', '.join(events)}", f"tick that on {page}")
    if more:
        yield warning(f"the App asks for more than it uses: {', '.join(more)}", f"take that away on {page}")
    if not (missing or events or more):
        yield ok("the App asks for exactly what app.yml says")


def _missing(wanted: Mapping[str, str], have: Mapping[str, str]) -> Iterator[str]:
    for name, level in wanted.items():
        if _LEVELS.get(have.get(name, ""), 0) < _LEVELS[level]:
            yield f"{name}: {level}"


def granted(on: CheckUp) -> Iterator[Finding]:
    """Compare what each account has granted with app.yml."""
    with on.github() as github:
        found, page = github.installations(), github.app().public
    if not found:
        yield warning("the App is installed nowhere", f"install it at {page}/installations/new")
    for one in found:
        yield _installation(one, on.settings)


def _installation(one: Grant, settings: Settings) -> Finding:
    if one.suspended:
        return warning(f"{one.of} has suspended the App, which is quiet there", f"an owner unsuspends it at {one.page}")
    wanted = asked_for()
    # Only whose workflows carry migrations out has to let the App start them.
    more = needed(settings) if one.of.casefold() in workflow_owners(settings) else {}
    lacking = [
        *_missing({**wanted["default_permissions"], **more}, one.permissions),
        *(f"the event {event}" for event in sorted(set(wanted["default_events"]) - one.events)),
    ]
    if lacking:
        return broken(f"{one.of} has not granted {', '.join(lacking)}", f"an owner agrees at {one.page}")
    return ok(f"{one.of} has granted all that app.yml asks for")


def hook(on: CheckUp) -> Iterator[Finding]:
    """Compare the webhook's configuration with where this server is."""
    with on.github() as github:
        found = github.hook()
    ours = f"{on.settings.base_url}/webhook"
    problems = list(_hook(found, ours))
    yield from problems or [ok(f"GitHub sends to {ours}, with a secret")]


def _hook(found: Hook, ours: str) -> Iterable[Finding]:
    page = "on the App's settings page"
    if found.url != ours:
        says = f"GitHub sends to {found.url}, and this server is reached at {ours}" if found.url else "there is none"
        yield broken(says, f"set the webhook URL {page}, or BASE_URL here")
    if not found.has_secret:
        yield broken("it has no secret, so nothing that comes can be trusted", f"set GITHUB_WEBHOOK_SECRET {page} too")
    if not found.verifies:
        yield broken("GitHub does not verify the server's certificate", f"enable SSL verification {page}")
    if not found.sends_json:
        yield broken("it does not send JSON", f"set the content type to application/json {page}")


def deliveries(on: CheckUp) -> Iterator[Finding]:
    """Look at what came of the latest deliveries."""
    try:
        with on.github() as github:
            found = github.deliveries()
    except GitHubError as error:
        yield warning(f"GitHub does not list them: {error}", advice(error))
        return
    failed = [one for one in found if not one.arrived]
    do = (
        "see that the server runs and is reached from GitHub at BASE_URL; 401 means that the secret here is not the "
        "one on GitHub; Advanced on the App's settings page shows each answer"
    )
    if not found:
        yield skipped("GitHub has delivered nothing yet")
    elif failed and failed[0] is found[0]:
        says = f"the latest ({found[0].event}, {found[0].at:%Y-%m-%d %H:%M} UTC) did not arrive: {found[0].status}"
        yield broken(f"{says}; {len(failed)} of {len(found)} failed", do)
    elif failed:
        yield warning(f"{len(failed)} of the latest {len(found)} did not arrive, and the newest did", do)
    else:
        yield ok(f"the latest {len(found)} arrived")

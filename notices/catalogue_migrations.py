"""What whoever is on call, and who owns a contract, are told of its migration."""

from __future__ import annotations

from notices.catalogue_entry import Button, Entry

_ABOUT = (("Contract", "`{contract}` {version}"),)
_PLACES = ("run", "pull")
_HOLD = Button("migrate.pause", "Pause", "Pause the migration at its next batch?")
_BACK = Button("migrate.rollback", "Roll back", "Take the migration back? What was written since is kept.")
_ON = Button("migrate.resume", "Resume", "Let the migration go on from where it stopped?")
_CAN = tuple(
    Button(f"migrate.{what}", label, asks, among="can") for what, label, asks in (
        ("start", "Start now", "Start it now, outside its window too? You are then the person on call."),
        ("pause", "Pause", "Pause the migration at its next batch?"),
        ("resume", "Resume", "Let the migration go on from where it stopped?"),
        ("abort", "Abort", "End the migration? Nothing of the table was changed."),
        ("rollback", "Roll back", "Take the migration back? What was written since is kept."),
    )
)  # fmt: skip
_OWN = "Your team owns `{contract}`, or you are on call for its migration"

MIGRATIONS = (
    Entry(
        "migration.on_call", "team",
        "You are on call: the migration of `{contract}` {version} starts",
        "The migration of `{contract}` {version} starts now, and the rotation says that you are on call.",
        ("Be there until it has cut over: follow it on its page.",
         "If something looks wrong, give `/migrate pause` or `/migrate rollback`; on Slack, buttons do the same."),
        ("now; its page says how long it takes",),
        "You are on call by the rotation, or you started it yourself, and nobody migrates data alone.",
        _ABOUT, (), _PLACES, (_HOLD, _BACK), urgent=True,
    ),
    Entry(
        "migration.progress", "team",
        "Migration of `{contract}` {version}: {headline}",
        "The migration of `{contract}` {version}: {headline}. {bar}",
        ("{next}",),
        ("now; this message follows the migration, at most every 30 seconds",),
        _OWN + ".",
        (*_ABOUT, ("Step", "{step}"), ("Rows", "{moved}"), ("Left", "{left}"), ("Target", "{health}"),
         ("Waits", "{waits}"), ("Cause", "{why}")),
        (), _PLACES, _CAN,
    ),
    Entry(
        "migration.nobody", "team",
        "The migration of `{contract}` {version} waits: nobody is on call",
        "The migration of `{contract}` {version} does not start, because nobody is on call.",
        ("Mend the rotation file, or start it yourself with `/migrate start`: then you are the person on call.",),
        ("now; it starts in its window as soon as somebody is on call",),
        _OWN + ", and it does not start without somebody who watches it.",
        (*_ABOUT, ("What it waits for", "{why}")), (), _PLACES,
    ),
    Entry(
        "migration.failed", "team",
        "MIGRATION PAUSED: `{contract}` {version} failed",
        "The migration of `{contract}` {version} has paused itself. Nothing of the table has been changed.",
        ("Look at the failing rows on its page.",
         "Mend them and give `/migrate resume`; or `/migrate rollback`, after which nothing has happened."),
        ("now; the table stays as it is until you decide",),
        _OWN + ", and it does not go on by itself.",
        (*_ABOUT, ("Cause", "{why}")), (), _PLACES, (_BACK, _ON), urgent=True,
    ),
    Entry(
        "migration.alert", "team",
        "The migration of `{contract}` {version} needs you",
        "Something is wrong with the migration of `{contract}` {version}: {why}.",
        ("Look at its page, and at the database that it works on.",
         "Decide: let it be, or take it back with `/migrate rollback`."),
        ("now; after 24 hours the way back is gone",),
        _OWN + ".",
        _ABOUT, (), _PLACES, (_BACK,), urgent=True,
    ),
    Entry(
        "migration.ended", "team",
        "The migration of `{contract}` {version} {outcome}",
        "The migration of `{contract}` {version} {outcome}.",
        ("Watch your applications for an hour.", "Read the report on the pull request."),
        ("now; a migration that cut over can be taken back for 24 hours",),
        _OWN + ".",
        (*_ABOUT, ("Cause", "{why}")), (), _PLACES,
    ),
)  # fmt: skip

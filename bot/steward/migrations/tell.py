"""GitHub shown where a migration is: one comment, one check, a final report; an issue where it failed.

Each is looked for by its marker before it is written again; the comment and the check are edited at most every 30 s.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from bot.github.repository import Repository
from bot.github.values import CheckDraft, Comment
from bot.steward.house import Steward
from bot.steward.jobs import TELL, migration_job
from bot.steward.migrations import live as migration_live
from bot.steward.migrations.progress import PROGRESS, read
from bot.steward.migrations.values import MigrationTarget
from bot.steward.observe import is_ours
from bot.store.values import Lease, NewEvent
from notices import migration as words
from notices import migration_report
from notices.migration import Progress
from rules.jsontext import digest
from rules.migration_state import Migration, fold

CHECK = "Concordat migration"
EVERY = timedelta(seconds=30)
_MAX = 60_000
_CONCLUSIONS: dict[str, Literal["success", "neutral", "failure"]] = {
    "cut-over": "success", "done": "success", "skipped": "success", "paused": "failure", "rolled-back": "failure",
    "aborted": "neutral", "withdrawn": "neutral",
}  # fmt: skip


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `migration.tell` job."""
    target, now = MigrationTarget(**lease.payload), steward.clock()
    with steward.store.reading() as transaction:
        found = fold(transaction.events(target.stream))
        said = json.loads(transaction.recall(TELL, target.stream) or "{}")
        progress = read(transaction.recall(PROGRESS, target.stream))
    if found is None or found.state in ("planned", "withdrawn"):
        return
    text = words.marker(target.stream) + "\n" + words.run(found, progress, steward.migration_url(target.stream))
    key = digest([text])
    if said.get("key") == key:
        return
    since = now.timestamp() - float(said.get("at", 0))
    if since < EVERY.total_seconds() and said.get("state") == found.state:
        # Not by a firm wait: what changes the state is shown at once.
        later = now + timedelta(seconds=EVERY.total_seconds() - since)
        with steward.store.transaction() as transaction:
            transaction.enqueue(migration_job(target, later, TELL))
        return
    migration_live.restate(steward, target, found, progress)
    repository = steward.app.repository(target.installation, target.repository)
    said = _shown(steward, repository, target, found, progress, text[:_MAX], said)
    _incident(steward, repository, target, found, progress)
    with steward.store.transaction() as transaction:
        body = {**said, "key": key, "at": now.timestamp(), "state": found.state}
        transaction.remember(TELL, target.stream, json.dumps(body), now)


def _shown(  # noqa: PLR0913, PLR0917 what is shown, and where
    steward: Steward, repository: Repository, target: MigrationTarget, found: Migration, progress: Progress, text: str,
    said: dict[str, object],
) -> dict[str, object]:  # fmt: skip
    comments = repository.comments(found.pull)
    _write(steward, repository, found, comments, words.marker(target.stream), text)
    reported = said.get("report")
    if found.state in ("cut-over", "done") or (reported and found.state == "rolled-back"):
        marker = words.marker(target.stream, "report")
        report = marker + "\n" + migration_report.report(found, progress, steward.migration_url(target.stream))
        if reported != digest([report]):
            _write(steward, repository, found, comments, marker, report[:_MAX])
            reported = digest([report])
    head = str(said.get("head") or repository.pull(found.pull).head_sha)
    name = f"{CHECK}: {found.contract}"
    draft = _draft(name, head, found, progress, target, steward.migration_url(target.stream) or None)
    runs = repository.checks(head, name)
    if runs:
        repository.update_check(runs[-1].id, draft)
    else:
        repository.create_check(draft)
    return {"head": head, "report": reported}


def _write(  # noqa: PLR0913, PLR0917 what is written, and where
    steward: Steward, repository: Repository, found: Migration, comments: Sequence[Comment], marker: str, text: str
) -> None:  # fmt: skip
    """Write the one comment of a marker; what a crash left twice goes."""
    mine = [one for one in comments if is_ours(one, repository, steward.app.login(), marker)]
    if not mine:
        repository.create_comment(found.pull, text)
        return
    repository.update_comment(mine[0].id, text)
    for extra in mine[1:]:
        repository.delete_comment(extra.id)


def _draft(  # noqa: PLR0913, PLR0917 what a check says
    name: str, head: str, found: Migration, progress: Progress, target: MigrationTarget, url: str | None
) -> CheckDraft:
    conclusion = _CONCLUSIONS.get(found.state)
    summary = "\n".join(map(str, words.status(found, progress))) + f"\n\n**Next:** {words.next_step(found)}"
    title = f"{found.source} → {found.goal}: {words.headline(found)}"
    return CheckDraft(
        name=name, head_sha=head, conclusion=conclusion or "neutral", title=title, summary=summary.strip(), text="",
        annotations=(), external_id=f"migration:{digest([target.stream])[:16]}", details_url=url,
        status="completed" if conclusion else "in_progress",
    )  # fmt: skip


def _incident(
    steward: Steward, repository: Repository, target: MigrationTarget, found: Migration, progress: Progress
) -> None:
    """Open the issue of a failed run once, and bring it up to date when it has ended."""
    failed = found.state == "rolled-back" or (found.state == "paused" and bool((found.facts or {}).get("failed")))
    if not failed and not found.issue:
        return
    title = words.incident_title(found)
    body = words.incident(found, progress, target.stream, steward.migration_url(target.stream))[:_MAX]
    if found.issue:
        repository.update_issue(found.issue, title, body)
        return
    first = words.marker(target.stream, "incident")
    there = [
        one for one in repository.issues_by(steward.app.login()) if one.body.replace("\r\n", "\n").startswith(first)
    ]
    number = there[0].number if there else repository.create_issue(title, body).number
    _filed(steward, target, number, steward.clock())


def _filed(steward: Steward, target: MigrationTarget, number: int, now: datetime) -> None:
    with steward.store.transaction() as transaction:
        transaction.append(target.stream, [NewEvent("migration.filed", f"filed:{number}", now, {"issue": number})])

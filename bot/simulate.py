"""`concordat simulate`: what the App would write for a pull request, or for two local revisions; writes nothing."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TextIO

from bot.desk.check import judge_repository, note
from bot.errors import UsageError
from notices import check, comment
from notices.values import Context
from rules.review import review

if TYPE_CHECKING:
    from bot.store import Store


def simulate(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the plan. Exit code 0 whatever the verdict, since a plan is no judgement."""
    remote = arguments.pr is not None and arguments.repository is not None
    if remote == (arguments.base is not None) or (not remote and (arguments.pr or arguments.repository)):
        raise UsageError("name --pr N with --repository OWNER/NAME, or --base REV for a local repository")
    if remote:
        _remote(arguments.repository, arguments.pr, out)
    else:
        _local(arguments, out)
    return 0


def _local(arguments: argparse.Namespace, out: TextIO) -> None:
    now = datetime.now(UTC)
    judged = judge_repository(arguments.repo, arguments.base, arguments.head, note=note)
    reviews = [review(item, now=now, started=now) for item in judged.assessments]
    context = Context(
        repository=arguments.repo.resolve().name, pull=None, base_ref=arguments.base, base_sha=arguments.base,
        head_sha=arguments.head, now=now, config_problems=judged.problems, config_preview=judged.preview,
    )  # fmt: skip
    if comment.wanted(reviews, context):
        out.write(f"The comment:\n{comment.render(reviews, context)}\n\n")
    else:
        out.write("No comment.\n\n")
    text = check.render(reviews, context)
    out.write(f"The check run: {text.conclusion}, {text.title}\n{text.summary}\n")


def _remote(name: str, number: int, out: TextIO) -> None:
    # The App's whole machinery is needed only here; a local simulation starts without it.
    from bot.github.errors import GitHubError  # noqa: PLC0415
    from bot.serve import steward_of  # noqa: PLC0415
    from bot.settings import Settings, SettingsError  # noqa: PLC0415
    from bot.steward.apply import describe  # noqa: PLC0415
    from bot.steward.pulls import examine  # noqa: PLC0415
    from bot.steward.values import Target  # noqa: PLC0415
    from bot.store import StoreError  # noqa: PLC0415

    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        raise UsageError("the settings cannot be used:\n  " + "\n  ".join(error.problems)) from error
    with ExitStack() as stack:
        try:
            store = stack.enter_context(_as_it_is(settings.database_url))
        except StoreError as error:
            raise UsageError(str(error)) from error
        steward = steward_of(settings, store)
        stack.callback(steward.app.close)
        try:
            installation, found = steward.app.find(name)
            target = Target(installation, found.id, found.full_name, number)
            repository = steward.app.repository(target.installation, target.repository)
            actions = examine(steward, repository, target).actions
        except (GitHubError, ValueError) as error:
            raise UsageError(f"{name}#{number} cannot be read: {error}") from error
    out.writelines(f"{describe(action)}\n\n" for action in actions)
    out.write(f"{len(actions)} write{'' if len(actions) == 1 else 's'} in all; nothing was written.\n")


@contextmanager
def _as_it_is(url: str) -> Iterator[Store]:
    """Open the App's database without changing it; an empty one for the moment where the App was never started."""
    from bot.store import Store, StoreOlder  # noqa: PLC0415 as above

    with ExitStack() as stack:
        try:
            store = Store.open(url, as_it_is=True)
        except StoreOlder as older:
            if older.found is not None:
                raise
            folder = stack.enter_context(TemporaryDirectory(prefix="concordat-"))
            store = Store.open(f"sqlite:///{folder}/empty.db")
        stack.callback(store.close)
        yield store

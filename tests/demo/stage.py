"""The stage: the App in this process as `concordat serve` runs it, with doubles of everything outside."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import ShiftableClock
from bot.serve import Server
from bot.settings import Settings
from tests.demo.billing import table
from tests.fakes.github import GitHubDouble
from tests.fakes.mail import MailSink
from tests.fakes.ports import free_port
from tests.fakes.slack import SlackDouble
from tests.fakes.slack.double import TOKEN
from tests.patience import PATIENCE


class StepError(Exception):
    """A step of the story did not happen; the message says what was expected and what was found."""


@dataclass(frozen=True)
class Stage:
    """Everything that runs, the clock that all of it goes by, and the folder of what lies on disk."""

    github: GitHubDouble
    server: Server
    mail: MailSink
    slack: SlackDouble
    clock: ShiftableClock
    folder: Path

    def settle(self) -> None:
        """Wait until the App has done all that is due."""
        expect(self.server.wait_idle(PATIENCE), f"the App came to rest within {PATIENCE:.0f} seconds")

    def later(self, by: timedelta) -> None:
        """Turn the clock forward, and let the App sweep."""
        self.clock.advance(by)
        self.server.sweep()
        self.settle()

    def until(self, moment: datetime) -> None:
        """Turn the clock forward to a moment."""
        self.later(moment - self.clock())


@contextmanager
def stage(port: int = 0) -> Iterator[Stage]:
    """Start it all on free ports, GitHub's pages on `port`, with a database that goes when the story ends."""
    clock = ShiftableClock()
    with (
        tempfile.TemporaryDirectory(prefix="concordat-demo-") as folder,
        GitHubDouble(clock=clock, port=port) as github,
        MailSink() as mail,
        SlackDouble(clock=clock) as slack,
        Server(_settings(github, mail, slack, Path(folder)), clock=clock) as server,
    ):
        github.webhook_url = f"{server.url}/webhook"
        yield Stage(github, server, mail, slack, clock, Path(folder))


def _settings(github: GitHubDouble, mail: MailSink, slack: SlackDouble, folder: Path) -> Settings:
    port = free_port()  # the links in comments need it before the App listens
    return Settings.from_environment(
        {
            **github.environment(),
            "DATABASE_URL": f"sqlite:///{folder / 'concordat.db'}",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "BASE_URL": f"http://127.0.0.1:{port}",
            "SMTP_URL": mail.url,
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_API_URL": slack.api_url,
            "MAIL_FROM": "concordat@hospital.example",
            "CONTACTS": "hospital/laboratory=laboratory@hospital.example",
            "MIGRATION_TARGETS": str(table(folder)),
        }
    )


def expect(condition: object, sentence: str) -> None:
    """Hold the story to its word. Raises `StepError`."""
    if not condition:
        raise StepError(f"expected that {sentence}")

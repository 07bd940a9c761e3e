"""The table of checks of `concordat doctor`, in the order in which they are done and printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.doctor import channels, checks
from bot.doctor.checks import CheckUp
from bot.doctor.migrations import migrations
from bot.doctor.values import Finding


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, what it looks at, and what to do when it fails in a way that it has no words for."""

    name: str
    about: str
    otherwise: str
    run: Callable[[CheckUp], Iterable[Finding]] | None = None


_GITHUB = "see that this machine reaches GITHUB_API_URL, through its proxy and firewall, and try again"

TABLE: tuple[Check, ...] = (
    Check("settings", "every variable can be read; the key file is for nobody else", "see docs/settings.md"),
    Check(
        "database",
        "it answers, has this release's tables, takes a write; nothing in it waits for an operator",
        "see that DATABASE_URL is right and that the server runs",
        checks.database,
    ),
    Check("clock", "this machine's against GitHub's", _GITHUB, checks.clock),
    Check("app", "GitHub accepts the App's key", _GITHUB, checks.app),
    Check("permissions", "what app.yml asks for, against what the App asks for", _GITHUB, checks.asked),
    Check("installations", "what each account has granted, and whether it is suspended", _GITHUB, checks.granted),
    Check("webhook", "GitHub sends to this server, with a secret, as JSON, over verified TLS", _GITHUB, checks.hook),
    Check("deliveries", "the latest deliveries arrived", _GITHUB, checks.deliveries),
    Check(
        "migrations",
        "the file of data sets can be read, and the commands in it can be begun here",
        "see docs/migrations.md",
        migrations,
    ),
    Check("slack", "the token is good", "see that this machine reaches slack.com, and try again", channels.slack),
    Check("mail", "the server takes us, encrypted", "see that SMTP_URL is right and reachable", channels.mail),
)

"""What dispatch hands to a channel: a connection to the mail server, a client of Slack, a conversation on GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from slack_sdk.webhook import WebhookClient

from bot.clock import Clock
from bot.github import App
from bot.github.errors import BadAnswer, Denied, GitHubError, NotFound, RateLimited, Rejected, Unavailable
from bot.github.repository import Repository
from bot.github.values import Comment
from bot.settings import Settings
from bot.steward.observe import is_ours
from bot.store.values import Obligation
from notices import overdue
from notices.channels import email, github, slack
from notices.channels.contract import (
    DoubtError,
    Message,
    NotDeliveredError,
    PermanentError,
    Receipt,
    TransientError,
)
from notices.notice import House, make
from notices.slack import blocks, fallback

STOP = "/stop"
"""Where a link leads that stops messages which need not be sent."""

Deliver = Callable[[Message, str | None], Receipt]
Tidy = Callable[[Message], int]


@dataclass(frozen=True, slots=True)
class Hand:
    """A channel with its client: delivers a message, and takes extra copies back where the channel can be asked."""

    deliver: Deliver
    tidy: Tidy | None = None


@dataclass(frozen=True, slots=True)
class About:
    """The conversation on GitHub that an obligation is about; `field` (contract, field) where it is a deprecation."""

    installation: int | None
    repository: str
    number: int | None
    field: tuple[str, str] | None = None


class Channels:
    """Opens channels by the server's settings. A channel that is not set up is a permanent failure, and says so."""

    def __init__(self, settings: Settings, app: App | None, clock: Clock) -> None:
        self._settings = settings
        self._app = app
        self._clock = clock
        self.sender = sender(settings)

    @contextmanager
    def open(self, channel: str, address: tuple[str, ...], obligation: Obligation, about: About) -> Iterator[Hand]:
        """Give the channel's hand while the block runs; raises the failures of `notices.channels.contract`."""
        if channel == "email":
            with email.Post(self._mail_server()) as post:
                client = (post, self.sender, obligation.obligation_id)
                yield Hand(lambda message, earlier: email.deliver(message, client, earlier))
        elif channel == "slack":
            room = slack.client_of(self._slack_token(), self._settings.slack_api_url)
            yield Hand(
                lambda message, earlier: slack.deliver(message, room, earlier),
                lambda message: slack.tidy(message, room),
            )
        elif channel == "webhook":
            hook = WebhookClient(self._webhook(address), timeout=slack.SECONDS, retry_handlers=[])
            yield Hand(lambda message, earlier: slack.deliver_to_webhook(message, hook, earlier))
        else:
            talk = self._conversation(about)
            yield Hand(
                lambda message, earlier: github.deliver(message, talk, earlier),
                lambda message: github.tidy(message, talk),
            )

    def _mail_server(self) -> str:
        if self._settings.smtp_url is None:
            raise PermanentError("no mail server is set up here (SMTP_URL)")
        return self._settings.smtp_url

    def _slack_token(self) -> str:
        if self._settings.slack_token is None:
            raise PermanentError("no Slack app is set up here (SLACK_BOT_TOKEN)")
        return self._settings.slack_token

    def _webhook(self, address: tuple[str, ...]) -> str:
        known: Mapping[str, str] = self._settings.slack_webhooks
        found = known.get(address[0]) if address else None
        if found is None:
            raise PermanentError(f"SLACK_WEBHOOKS has no webhook called {', '.join(address)[:100]}")
        return found

    def _conversation(self, about: About) -> _Conversation:
        if self._app is None or about.installation is None or (about.number is None and about.field is None):
            raise PermanentError("there is no conversation on GitHub to write to")
        app = self._app
        with _failing(self._clock):
            repository, bot = app.repository(about.installation, about.repository), app.login()
            number = about.number or _warned_in(repository, bot, *(about.field or ("", "")))
            return _Conversation(repository, number, bot, self._clock)


def _warned_in(repository: Repository, bot: str, contract: str, field: str) -> int:
    """Give the issue in which people are warned of a field that goes; it is opened where it is not there yet."""
    marker = overdue.warned_marker(contract, field)
    open_ = (one for one in repository.issues_by(bot) if one.body.startswith(marker) and one.state == "open")
    found = next(open_, None) or repository.create_issue(
        overdue.warned_title(contract, field), overdue.warned_body(contract, field)
    )
    return found.number


def restater(settings: Settings) -> Callable[[str, str, Mapping[str, str]], None] | None:
    """Make what lets a message of Slack's show other facts: (its receipt, its kind, the facts); `None` without Slack.

    Nothing depends on it: what could not be brought up to date is noted, and tried again with the next news.
    """
    token, house = settings.slack_token, House(settings.github_web_url, settings.support_contacts)
    if token is None:
        return None

    def restate(receipt: str, kind: str, facts: Mapping[str, str]) -> None:
        root, notice = slack.read(receipt), make(kind, facts, house)
        if root is not None:
            with suppress(NotDeliveredError):
                slack.restate(slack.client_of(token, settings.slack_api_url), root, (fallback(notice), blocks(notice)))

    return restate


def sender(settings: Settings) -> email.Sender:
    """Say whom mails come from: MAIL_FROM, or an address at the host of BASE_URL."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    written = settings.mail_from or f"Concordat <concordat@{host}>"
    key = f"mail:{settings.webhook_secrets[0]}".encode()
    return email.Sender(written, key, f"{settings.base_url}{STOP}")


class _Conversation:
    """An issue or a pull request, for `notices.channels.github`."""

    def __init__(self, repository: Repository, number: int, bot: str, clock: Clock) -> None:
        self._repository = repository
        self._number = number
        self._bot = bot
        self._clock = clock

    def ours(self, since: datetime | None) -> list[Comment]:
        with _failing(self._clock):
            listed = self._repository.comments(self._number, since=since)
        return sorted(
            (one for one in listed if is_ours(one, self._repository, self._bot, github.MARK)), key=lambda one: one.id
        )

    def write(self, body: str) -> Comment:
        with _failing(self._clock):
            return self._repository.create_comment(self._number, body)

    def delete(self, comment: int) -> None:
        with _failing(self._clock):
            self._repository.delete_comment(comment)


@contextmanager
def _failing(clock: Clock) -> Iterator[None]:
    """Put GitHub's errors into the words of channels."""
    try:
        yield
    except RateLimited as error:
        raise TransientError(str(error), error.retry_at - clock(), firm=True) from error
    except (Unavailable, BadAnswer) as error:
        raise DoubtError(str(error)) from error
    except (NotFound, Denied, Rejected, GitHubError) as error:
        raise PermanentError(str(error)) from error

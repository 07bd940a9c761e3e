"""Takes the buttons of one message away, because what they asked for was answered elsewhere or is another now."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock
from bot.dispatch.ways import facts_of
from bot.settings import Settings
from bot.store import Store
from bot.store.values import Lease, Obligation
from bot.worker import Retry
from notices import slack as slack_words
from notices.channels import slack
from notices.channels.contract import PermanentError, TransientError
from notices.notice import House, MissingFactError, make

_AT_LEAST, _FIRST_WAIT = timedelta(seconds=1), timedelta(seconds=30)


class Closing:
    """Does `slack.close` jobs."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._house = House(settings.github_web_url, settings.support_contacts)

    def handle(self, lease: Lease, store: Store) -> None:
        """Show one message without its buttons; one that is not there any more is left alone."""
        if self._settings.slack_token is None:
            return
        with store.reading() as transaction:
            obligation = transaction.obligation(int(lease.payload["obligation"]))
        if obligation is None:
            return
        try:
            text, blocks = self._shows(obligation)
            client = slack.client_of(self._settings.slack_token, self._settings.slack_api_url)
            slack.change(client, (str(lease.payload["channel"]), str(lease.payload["ts"])), text, blocks)
        except (PermanentError, MissingFactError):
            return
        except TransientError as error:
            raise Retry(max(error.after or _FIRST_WAIT, _AT_LEAST), str(error)) from error

    def _shows(self, obligation: Obligation) -> tuple[str, tuple[slack_words.Block, ...]]:
        facts = facts_of(obligation.payload) | {"obligation": str(obligation.obligation_id)}
        return slack_words.closed(make(obligation.kind, facts, self._house))

"""A post office for tests: a store, a clock turned by hand, doubles of mail and Slack, and one pair of hands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.dispatch.buttons import Closing
from bot.dispatch.channels import Channels
from bot.dispatch.dispatcher import NOTICE, Dispatch
from bot.dispatch.ways import BULK, URGENT
from bot.settings import Settings
from bot.steward.promises import CLOSE
from bot.store import Store
from bot.store.values import Delivery, NewObligation, Obligation
from bot.worker import Worker
from notices.examples import facts
from tests.fakes.mail import MailSink
from tests.fakes.slack import SlackDouble
from tests.fakes.slack.double import SECRET, TOKEN

BEGIN = datetime(2026, 11, 21, 10, tzinfo=UTC)
STREAM = "release:1:patient-record:3.0.0"


@dataclass
class Time:
    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now


@dataclass
class PostRoom:
    store: Store
    mail: MailSink
    slack: SlackDouble
    time: Time
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        values: dict[str, Any] = {
            "app_id": 1, "private_key": "", "webhook_secrets": ("s" * 32,), "github_api_url": "", "database_url": "",
            "host": "127.0.0.1", "port": 0, "base_url": "https://concordat.example", "slack_token": TOKEN,
            "slack_signing_secret": SECRET, "slack_api_url": self.slack.api_url, "smtp_url": self.mail.url,
            "mail_from": "Concordat <concordat@hospital.example>",
            "contacts": {"*": ("C0REVIEWS",), "acme/crm": ("C0REVIEWS", "crm@acme.example")},
        }  # fmt: skip
        return Settings(**(values | dict(self.more)))

    def dispatch(self, store: Store | None = None) -> Dispatch:
        settings = self.settings
        return Dispatch(settings, store or self.store, self.time, Channels(settings, None, self.time))

    def owe(
        self, kind: str, channel: str = "email", to: str = "it@meridian.example", *,
        recipient: str = "partner:meridian", due: datetime | None = None,
        fallback: tuple[tuple[str, str], ...] = (), key: str = "", **more: str,
    ) -> int:  # fmt: skip
        payload: dict[str, Any] = {
            "channel": channel, "address": [to] if to else [], "facts": facts(kind) | more,
            "fallback": [{"channel": one, "address": [where], "after_seconds": 14_400} for one, where in fallback],
        }  # fmt: skip
        key = key or f"{kind}/{STREAM}/{recipient}"
        new = NewObligation(key, kind, STREAM, recipient, due or self.time(), payload)
        with self.store.transaction() as transaction:
            assert transaction.owe(new)
            return next(one.obligation_id for one in transaction.obligations(STREAM) if one.key == key)

    def work(self, store: Store | None = None, *, pools: tuple[str, ...] = (URGENT, BULK)) -> None:
        """Do everything that is due now."""
        dispatch = self.dispatch(store)
        dispatch.tick()
        closing = Closing(self.settings, self.time)
        handlers = {NOTICE: dispatch.handle, CLOSE: closing.handle}
        worker = Worker(store or self.store, handlers, self.time, pools=pools)
        while worker.run_once():
            dispatch.tick()

    def later(self, **by: float) -> None:
        """Turn the clock, and do what is due then."""
        self.time.now += timedelta(**by)
        self.work()

    def through(self, hours: float, step: float = 0.25) -> None:
        """Live through some hours."""
        for _ in range(int(hours / step)):
            self.later(hours=step)

    def obligation(self, number: int) -> Obligation:
        with self.store.reading() as transaction:
            found = transaction.obligation(number)
        assert found is not None
        return found

    def attempts(self, number: int) -> tuple[Delivery, ...]:
        with self.store.reading() as transaction:
            return transaction.deliveries(number)

    def owed(self, kind: str) -> list[Obligation]:
        with self.store.reading() as transaction:
            return [one for one in transaction.obligations(STREAM) if one.kind == kind]


@contextmanager
def post_room(store: Store, **more: Any) -> Iterator[PostRoom]:
    time = Time()
    with MailSink() as mail, SlackDouble(clock=time) as slack:
        yield PostRoom(store, mail, slack, time, more)

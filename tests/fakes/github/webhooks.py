"""Webhooks: signed deliveries with their GUIDs, and the ways in which they go astray.

Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tests.fakes.github.state import utc_now

Astray = Literal["lose", "double", "delay"]
Order = Callable[[list["Delivery"]], list["Delivery"]]
TIMEOUT = 10.0
"""Seconds after which GitHub gives a delivery up."""
UNREACHED = 0
"""The status of an attempt that got no answer."""


@dataclass
class Delivery:
    """One delivery. `attempts` are the statuses that the receiver answered with, `UNREACHED` where it did not.

    A `sketch` is a test's own payload, which need not have all that GitHub would send.
    """

    guid: str
    event: str
    action: str | None
    body: bytes = field(repr=False)
    installation: int | None
    at: datetime
    attempts: list[int] = field(default_factory=list)
    sketch: bool = False

    @property
    def payload(self) -> dict[str, Any]:
        """The body as JSON."""
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded

    def headers(self, secret: str, app_id: int) -> dict[str, str]:
        """The headers that GitHub sends, the signature among them."""
        keyed = secret.encode()
        return {
            "Accept": "*/*",
            "X-GitHub-Hook-ID": "1",
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-GitHub-Hook-Installation-Target-ID": str(app_id),
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-Hub-Signature": "sha1=" + hmac.new(keyed, self.body, hashlib.sha1).hexdigest(),
            "X-Hub-Signature-256": "sha256=" + hmac.new(keyed, self.body, hashlib.sha256).hexdigest(),
        }


@dataclass(frozen=True)
class Attempt:
    """One attempt at a delivery, as the App's settings page lists it; `status` may be `UNREACHED`."""

    id: int
    delivery: Delivery
    at: datetime
    status: int
    redelivery: bool


@dataclass
class _Rule:
    how: Astray
    event: str | None
    times: int | None


class Webhooks:
    """The App's webhook: where deliveries go, which of them go astray, and all that were ever made.

    Without a `url` they wait for `deliver()`.
    """

    def __init__(self, url: str | None, secret: str, app_id: int, clock: Callable[[], datetime] = utc_now) -> None:
        self._app_id = app_id
        self._clock = clock
        self._ids = itertools.count(7_000_000_001)
        self.url = url
        self.secret = secret
        self.log: list[Delivery] = []
        self.attempts: list[Attempt] = []
        self._new: list[Delivery] = []
        self._waiting: list[Delivery] = []
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        # the receiver is on loopback: no proxy of the environment stands between
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def emit(
        self, event: str, payload: dict[str, Any], installation: int | None, at: datetime, *, sketch: bool = False
    ) -> Delivery:
        """Make a delivery of what has just happened; `flush` sends it once the world's lock is free."""
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        made = Delivery(str(uuid.uuid4()), event, payload.get("action"), body, installation, at, sketch=sketch)
        with self._lock:
            self.log.append(made)
            self._new.append(made)
        return made

    def astray(self, how: Astray, *, event: str | None = None, times: int | None = 1) -> None:
        """Lose, double or delay the next deliveries (`None`: all of them) of an event, or of any."""
        with self._lock:
            self._rules.append(_Rule(how, event, times))

    def restore(self) -> None:
        """Let every delivery arrive again; what was delayed still waits for `deliver()`."""
        with self._lock:
            self._rules.clear()

    def flush(self) -> None:
        """Send what was made since, in order, and wait for the answers."""
        with self._lock:
            made, self._new = self._new, []
            sent = [copy for delivery in made for copy in self._fate(delivery)]
        for delivery in sent:
            self.send(delivery)

    def deliver(self, order: Order | None = None) -> list[Delivery]:
        """Send everything that waits, in the order made unless `order` gives another (`reversed` is one)."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        chosen = list(order(waiting)) if order else waiting
        for delivery in chosen:
            self.send(delivery)
        return chosen

    @property
    def waiting(self) -> tuple[Delivery, ...]:
        """The deliveries that `deliver()` would send."""
        return tuple(self._waiting)

    def redeliver(self, guid: str) -> int:
        """Send a delivery once more under its GUID, as the App's settings page does; return the answer's status."""
        return self.send(next(delivery for delivery in self.log if delivery.guid == guid))

    def again(self, delivery: Delivery) -> None:
        """Have a delivery sent once more by the next `flush`."""
        with self._lock:
            self._new.append(delivery)

    def send(self, delivery: Delivery) -> int:
        """Post one delivery and note the answer's status."""
        status = self._post(delivery)
        delivery.attempts.append(status)
        self._note(delivery, status)
        return status

    def _note(self, delivery: Delivery, status: int) -> None:
        redelivery = any(one.delivery is delivery for one in self.attempts)
        self.attempts.append(Attempt(next(self._ids), delivery, self._clock(), status, redelivery))

    def _fate(self, delivery: Delivery) -> list[Delivery]:
        how = self._struck(delivery.event)
        if how == "lose":
            self._note(delivery, UNREACHED)
            return []
        if self.url is None or how == "delay":
            self._waiting += [delivery] * (2 if how == "double" else 1)
            return []
        return [delivery] * (2 if how == "double" else 1)

    def _struck(self, event: str) -> Astray | None:
        for rule in self._rules:
            if rule.event in (None, event) and rule.times != 0:
                rule.times = None if rule.times is None else rule.times - 1
                return rule.how
        return None

    def _post(self, delivery: Delivery) -> int:
        if self.url is None:
            return UNREACHED
        request = urllib.request.Request(
            self.url, delivery.body, delivery.headers(self.secret, self._app_id), method="POST"
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return UNREACHED

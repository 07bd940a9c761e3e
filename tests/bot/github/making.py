"""A GitHub made of prepared answers, and a clock that stands still until it is told to move."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.github import App, Repository
from bot.github.values import CheckDraft

API = "https://api.github.com"
ROOT = f"{API}/repos/octo/orders"
INSTALLATION = 7
TOKENS = f"{API}/app/installations/{INSTALLATION}/access_tokens"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SHA = "a" * 40
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC = _KEY.public_key()


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Prepared:
    """What GitHub will answer. `answers` is the mock; each address answers in the order of what was added."""

    answers: responses.RequestsMock
    clock: Clock = field(default_factory=Clock)
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.app = App(1, PEM, API, clock=self.clock, timeout=5)

    @property
    def repository(self) -> Repository:
        return self.app.repository(INSTALLATION, "octo/orders")

    def token(self, value: str = "ghs_1", lasts: timedelta = timedelta(hours=1)) -> None:
        self.add("POST", TOKENS, {"token": value, "expires_at": stamp(self.clock.now + lasts)}, status=201)

    def add(
        self, method: str, url: str, data: Any = None, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        body = data if isinstance(data, str | bytes | Exception) else json.dumps(data)
        self.answers.add(responses.Response(method, url, body, status=status, headers=headers))

    def sent(self, part: str = "", method: str | None = None) -> list[Any]:
        """The requests that were sent, of which the address has this part."""
        found = [call.request for call in self.answers.calls]
        return [one for one in found if part in (one.url or "") and method in (None, one.method)]


@contextmanager
def github(*, token: bool = True) -> Iterator[Prepared]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as answers:
        prepared = Prepared(answers)
        if token:
            prepared.token()
        yield prepared


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def pull(number: int = 3, **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "title": "Add a field",
        "user": {"id": 5, "login": "ana"},
        "draft": False,
        "state": "open",
        "merged_at": None,
        "base": {"ref": "main", "sha": "b" * 40},
        "head": {"ref": "field", "sha": SHA, "repo": {"full_name": "ana/orders"}},
        "html_url": f"https://github.com/octo/orders/pull/{number}",
        "created_at": stamp(NOW),
        "updated_at": stamp(NOW),
    } | changes


def comment(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "body": "words",
        "user": {"id": 9, "login": "concordat[bot]"},
        "performed_via_github_app": {"slug": "concordat"},
        "created_at": stamp(NOW),
        "updated_at": stamp(NOW),
        "html_url": f"https://github.com/octo/orders/pull/3#issuecomment-{number}",
    } | changes


def run(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": "Concordat",
        "head_sha": SHA,
        "status": "completed",
        "conclusion": "success",
        "external_id": "x",
        "output": {"title": "Fine", "summary": "All proven."},
        "html_url": f"https://github.com/octo/orders/runs/{number}",
        "app": {"id": 1},
    } | changes


@dataclass(frozen=True)
class Remark:
    path: str
    start_line: int
    end_line: int
    level: str = "warning"
    title: str = "Field removed"
    message: str = "price is gone"


def draft(annotations: int = 0, **changes: Any) -> CheckDraft:
    remarks = tuple(Remark("orders.json", line, line) for line in range(1, annotations + 1))
    values = {
        "name": "Concordat",
        "head_sha": SHA,
        "conclusion": "neutral",
        "title": "MAJOR",
        "summary": "One field is gone.",
        "text": "",
        "annotations": remarks,
        "external_id": "key.says",
        "details_url": None,
    }
    return CheckDraft(**values | changes)

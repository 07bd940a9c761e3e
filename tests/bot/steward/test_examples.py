"""GitHub's own examples of its webhooks, maimed: none leads to an error. (As they are: tests/bot/web.)"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.steward.inbox import read
from tests.wanted import absent

EXAMPLES = Path(__file__).parents[2] / "fakes/npm/node_modules/@octokit/webhooks-examples/api.github.com/index.json"


@pytest.fixture(scope="module")
def examples() -> tuple[tuple[str, dict[str, Any]], ...]:
    if not EXAMPLES.exists():
        absent("npm", "to go through GitHub's examples of webhooks, install nodejs and npm, and run make test")
    return tuple(
        (one["name"], payload) for one in json.loads(EXAMPLES.read_text()) for payload in one["examples"]
    )  # fmt: skip


def jobs(event: str, payload: dict[str, Any]) -> Iterator[str]:
    # Most examples are of webhooks of a repository, which have no installation.
    whole = {"installation": {"id": 7}, **payload}
    return (hint.job.kind for hint in read(event, json.dumps(whole), "2026-03-01T12:00:00Z") if hint.job is not None)


@pytest.mark.parametrize("broken", [[], 7, None, "text", {}, {"id": "x"}, {"id": -1, "full_name": ""}])
def test_no_example_that_is_maimed_is_an_error(
    examples: tuple[tuple[str, dict[str, Any]], ...], broken: object
) -> None:
    for event, payload in examples:
        for name in payload:
            for kind in jobs(event, {**payload, name: broken}):
                assert kind

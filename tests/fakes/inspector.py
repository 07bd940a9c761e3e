"""Holds the double to GitHub's description: every exchange and every delivery, each deviation as a sentence.

A wrong request is a deviation only where it succeeds: tests ask for nonsense on purpose, and GitHub would refuse it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.fakes.github.exchange import Exchange
from tests.fakes.github.webhooks import Delivery
from tests.fakes.openapi import Description, Operation, Schema

ENTERPRISE = "ghes-3.17"
"""The oldest Enterprise Server that the packages describe: what works there works on all later ones."""
_JSON = "application/json"
_BASIC_ERROR: Schema = {"$ref": "#/components/schemas/basic-error"}
_ANYWHERE = frozenset({400, 401, 403, 404, 422, 429, 500, 502, 503})
"""Failures that GitHub answers with and describes for some operations only."""
_UNCHANGED = 304
_EVERY_ANSWER = ("Date", "X-GitHub-Request-Id", "X-GitHub-Media-Type")
_SUCCESS = range(200, 400)
ALIASES = {"/repos/<owner>/<repo>/contents": "/repos/{owner}/{repo}/contents/{path}"}
"""An empty last part of a path has no operation of its own."""


class Inspector:
    """Knows GitHub's description, of github.com or, for paths under /api/v3, of an Enterprise Server."""

    def __init__(self) -> None:
        self.described = Description.named()

    def exchange(self, seen: Exchange) -> Iterator[str]:
        """Find every deviation of one request and its answer."""
        if seen.rule is None:
            return
        told = Description.named(ENTERPRISE) if seen.prefix else self.described
        operation = told.operation(seen.method, ALIASES.get(seen.rule, seen.rule))
        if operation is None:
            yield f"{seen.name}: GitHub describes no such operation"
            return
        if seen.status in _SUCCESS:
            yield from (f"{seen.name}: {what}" for what in _request(told, operation, seen))
        yield from (f"{seen.name} -> {seen.status}: {what}" for what in _answer(told, operation, seen))

    def delivery(self, one: Delivery) -> Iterator[str]:
        """Find every deviation of one webhook's payload."""
        schema = self.described.webhook(one.event, one.action)
        name = f"{one.event}/{one.action}" if one.action else one.event
        if schema is None:
            yield f"webhook {name}: GitHub describes no such event"
            return
        yield from (f"webhook {name}: {what}" for what in self.described.errors(schema, one.payload))


def _request(told: Description, operation: Operation, seen: Exchange) -> Iterator[str]:
    for name, value in seen.query.items():
        schema = operation.parameters.get(("query", name))
        if schema is None:
            yield f"the query has {name}, which GitHub does not know"
        else:
            found = [list(told.errors(schema, one)) for one in (value, _typed(value))]
            yield from (f"query {name}: {what}" for what in min(found, key=len))
    if operation.body is not None and seen.sent is not None:
        yield from (f"body {what}" for what in told.errors(operation.body, seen.sent))
    if operation.body is None and seen.sent:
        yield "a body is sent where none is described"


def _typed(text: str) -> Any:
    """Read a parameter's value as a number or a truth where it is one."""
    if text.isdigit():
        return int(text)
    return {"true": True, "false": False}.get(text, text)


def _answer(told: Description, operation: Operation, seen: Exchange) -> Iterator[str]:
    yield from (f"the header {name} is missing" for name in _missing(seen))
    if seen.status == _UNCHANGED:
        return
    described = operation.answers.get(str(seen.status))
    if described is None:
        if seen.status not in _ANYWHERE:
            yield "GitHub describes no such status here"
        else:
            yield from _body(told, _BASIC_ERROR, seen, closed=False)
        return
    content: Mapping[str, Any] = described.get("content", {})
    if not content and seen.received:
        yield "GitHub answers without a body here"
    if _JSON in content and not seen.raw:
        # errors name their status too, which is not described
        yield from _body(told, content[_JSON]["schema"], seen, closed=seen.status in _SUCCESS)


def _body(told: Description, schema: Schema, seen: Exchange, *, closed: bool) -> Iterator[str]:
    try:
        body = json.loads(seen.received)
    except ValueError:
        yield "the body is no JSON"
        return
    yield from told.errors(schema, body, closed=closed)


def _missing(seen: Exchange) -> Iterator[str]:
    present = {name.lower() for name in seen.headers}
    for name in _EVERY_ANSWER:
        if name.lower() not in present:
            yield name

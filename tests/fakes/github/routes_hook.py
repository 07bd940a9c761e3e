"""Operations on the App's webhook: its configuration, the deliveries made, and asking for one again.

Source: https://docs.github.com/en/rest/apps/webhooks
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from tests.fakes.github import shapes
from tests.fakes.github.http import Answer, Call, HttpError, Route, not_found
from tests.fakes.github.webhooks import UNREACHED, Attempt

_STARS = "********"
_NOT_REACHED = 502
"""What GitHub notes where nobody answered."""


def get_config(call: Call) -> Answer:
    """`GET /app/hook/config`: the secret is never told, only that there is one."""
    hook = call.site.webhooks
    shape = {"content_type": "json", "insecure_ssl": "0"}
    told = {"url": hook.url, "secret": _STARS if hook.secret else None}
    return Answer(shape | {name: value for name, value in told.items() if value})


def update_config(call: Call) -> Answer:
    """`PATCH /app/hook/config`."""
    hook = call.site.webhooks
    hook.url = call.body.get("url", hook.url)
    hook.secret = call.body.get("secret", hook.secret)
    return get_config(call)


def list_deliveries(call: Call) -> Answer:
    """`GET /app/hook/deliveries`: each attempt, the newest first; pages by cursor."""
    cursor = call.query.get("cursor")
    if cursor is not None and not cursor.isdigit():
        raise HttpError(400, "Invalid cursor")
    wanted = call.query.get("status")
    found = [
        one
        for one in reversed(call.site.webhooks.attempts)
        if (cursor is None or one.id < int(cursor)) and wanted in (None, _outcome(one))
    ]
    count = call.number("per_page", 30, 100)
    page = found[:count]
    query = urlencode({**call.query, "cursor": page[-1].id}) if len(found) > count else ""
    headers = {"Link": f'<{call.url}?{query}>; rel="next"'} if query else {}
    return Answer([_item(call, one) for one in page], headers=headers)


def get_delivery(call: Call, number: int) -> Answer:
    """`GET /app/hook/deliveries/{delivery_id}`, with what was sent."""
    one = _attempt(call, number)
    request = {"headers": _sent(call, one), "payload": one.delivery.payload}
    response: dict[str, Any] = {"headers": {}, "payload": None}
    return Answer({**_item(call, one), "url": call.site.webhooks.url or "", "request": request, "response": response})


def redeliver(call: Call, number: int) -> Answer:
    """`POST /app/hook/deliveries/{delivery_id}/attempts`: sent again under its GUID, after this answer is made."""
    call.site.webhooks.again(_attempt(call, number).delivery)
    return Answer({}, 202)


def _sent(call: Call, one: Attempt) -> dict[str, str]:
    headers = one.delivery.headers("", call.site.app.id)
    return {name: value for name, value in headers.items() if not name.startswith("X-Hub-Signature")}


def _attempt(call: Call, number: int) -> Attempt:
    found = next((one for one in call.site.webhooks.attempts if one.id == number), None)
    if found is None:
        raise not_found()
    return found


def _outcome(one: Attempt) -> str:
    return "success" if one.status in range(200, 300) else "failure"


def _item(call: Call, one: Attempt) -> dict[str, Any]:
    sent = one.delivery
    repository = json.loads(sent.body).get("repository") or {}
    reached = one.status != UNREACHED
    said = "OK" if _outcome(one) == "success" else f"Invalid HTTP Response: {one.status}"
    return {
        "id": one.id,
        "guid": sent.guid,
        "delivered_at": shapes.stamp(one.at),
        "redelivery": one.redelivery,
        "duration": 0.03,
        "status": said if reached else "failed to connect to host",
        "status_code": one.status if reached else _NOT_REACHED,
        "event": sent.event,
        "action": sent.action,
        "installation_id": sent.installation,
        "repository_id": repository.get("id"),
        "throttled_at": None,
    }


ROUTES = (
    Route("GET", "/app/hook/config", get_config, "app"),
    Route("PATCH", "/app/hook/config", update_config, "app"),
    Route("GET", "/app/hook/deliveries", list_deliveries, "app"),
    Route("GET", "/app/hook/deliveries/<int:number>", get_delivery, "app"),
    Route("POST", "/app/hook/deliveries/<int:number>/attempts", redeliver, "app"),
)

"""The forms that a partner's buttons open on Slack: the checklist, why they are not ready, a blocking problem.

Source: docs.slack.dev, "Modals" (title, submit and close 24 characters, an option's text 75, private metadata 3,000).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from notices.escape import mrkdwn, shorten
from notices.slack import ACTION
from rules.release_plan import CHECKLIST, Schedule
from rules.release_state import Release

View = Mapping[str, Any]
LONGEST = 2_000
FORMS = ("checklist", "not-ready", "blocker")
"""The words of the buttons that open one."""
_SEVERITIES = {
    "critical": "Critical: we cannot work with the new version at all, or lose data",
    "high": "High: something important does not work",
    "medium": "Medium: it works, with trouble",
}
_READABLE = (
    "The release owners are told at once, and an issue is opened that anybody who sees the repository can read. "
    "Leave out what must not stand there."
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Which message a form was opened from, and the state that its button was drawn from."""

    obligation: int
    state: str
    channel: str
    ts: str


def view(what: str, origin: Origin, release: Release, found: Schedule, party: str) -> View:
    """Draw a form for one partner; `what` is one of `FORMS`, `party` the partner's name."""
    draw = {"checklist": _checklist, "not-ready": _not_ready, "blocker": _blocker}[what]
    title, submit, parts = draw(release, party)
    about = f"*{mrkdwn(release.contract)} {mrkdwn(release.name)}*, planned to go live on {found.day}"
    return {
        "type": "modal", "callback_id": f"{ACTION}:{what}", "private_metadata": json.dumps(asdict(origin)),
        "title": _plain(title), "submit": _plain(submit), "close": _plain("Back"),
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": about, "verbatim": True}}, *parts],
    }  # fmt: skip


def origin(metadata: str) -> Origin:
    """Read back which message a form was opened from. Raises `ValueError`, `KeyError` or `TypeError` for another's."""
    said = json.loads(metadata)
    return Origin(int(said["obligation"]), str(said["state"]), str(said["channel"]), str(said["ts"]))


_Parts = tuple[str, str, tuple[View, ...]]


def _checklist(release: Release, party: str) -> _Parts:
    done = release.answer(party).items
    options = {item: {"text": _plain(shorten(text, 75)), "value": item} for item, text in CHECKLIST.items()}
    boxes: dict[str, Any] = {"type": "checkboxes", "options": list(options.values())}
    if ticked := [options[item] for item in CHECKLIST if item in done]:
        boxes["initial_options"] = ticked  # Slack refuses an empty list
    return "Checklist", "Keep", (_input("items", "Tick what is done", boxes, optional=True),)


def _not_ready(release: Release, party: str) -> _Parts:
    before = release.answer(party)
    text = _words(before.text if before.ready is False else "")
    return "We are not ready", "Tell the owners", (_input("text", "What is missing, and until when?", text),)


def _blocker(release: Release, party: str) -> _Parts:
    del release, party
    options = [{"text": _plain(text), "value": name} for name, text in _SEVERITIES.items()]
    severity = {"type": "radio_buttons", "options": options, "initial_option": options[1]}
    said = {"type": "context", "elements": [_plain(_READABLE)]}
    return "Report a problem", "Report it", (
        _input("severity", "How severe is it?", severity), _input("text", "What happens?", _words()), said,
    )  # fmt: skip


def _words(given: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"type": "plain_text_input", "multiline": True, "max_length": LONGEST}
    return made | ({"initial_value": given[:LONGEST]} if given else {})


def _input(name: str, label: str, element: Mapping[str, Any], *, optional: bool = False) -> View:
    return {
        "type": "input", "block_id": f"{ACTION}:{name}", "optional": optional, "label": _plain(label),
        "element": {**element, "action_id": name},
    }  # fmt: skip


def _plain(text: str) -> View:
    return {"type": "plain_text", "text": text, "emoji": False}

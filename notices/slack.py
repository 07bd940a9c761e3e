"""A notice as Slack's Block Kit, within Slack's limits.

Source: docs.slack.dev, "Blocks" (header 150 characters, section text 3,000, 50 blocks, button text 75, value 2,000);
all text of a message together stays below what Slack refuses as `msg_blocks_too_long` (about 13,200 characters).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from notices import environments
from notices.catalogue_entry import Button
from notices.escape import mrkdwn, shorten, url
from notices.notice import Notice

MAX_HEADER, MAX_SECTION, MAX_ALL, MAX_FALLBACK = 150, 3000, 12_000, 600
_SECTIONS = ("says", "do", "by", "details", "lists", "links")
_CONTACTS = "contacts"
ACTION = "concordat"
"""The action id of our buttons begins with it; the rest is the word that was clicked."""

Block = Mapping[str, Any]


def blocks(notice: Notice) -> tuple[Block, ...]:
    """Write the blocks; sections that do not fit any more are left out, the first ones never."""
    template = environments.slack().get_template("slack/notice.j2")
    context = template.new_context({"notice": notice})
    parts = {name: "".join(block(context)).strip() for name, block in template.blocks.items()}
    found: list[Block] = [{"type": "header", "text": _plain(shorten(notice.subject, MAX_HEADER))}]
    left = MAX_ALL
    for piece in (piece for name in _SECTIONS for piece in _pieces(parts[name])):
        if len(piece) <= left:
            found.append({"type": "section", "text": _mrkdwn(piece)})
            left -= len(piece)
    if parts[_CONTACTS]:
        found.append({"type": "context", "elements": [_mrkdwn(shorten(parts[_CONTACTS], 2000))]})
    found += [_field(name) for name in ("day", "reason") if any(name in one.takes for one in notice.buttons)]
    if notice.buttons:
        found.append({"type": "actions", "elements": [_button(one, notice.state) for one in notice.buttons]})
    return tuple(found)


def restated(first: Notice, latest: Notice) -> tuple[str, tuple[Block, ...]]:
    """Let the first message of a thread say where things stand now; its buttons go, the latest message has its own."""
    now = f"*Now:* {mrkdwn(latest.subject)}\n*By when:* {mrkdwn(latest.by)}"
    head, *rest = decided(blocks(first))
    return fallback(first), (head, {"type": "section", "text": _mrkdwn(shorten(now, MAX_SECTION))}, *rest)


def closed(notice: Notice) -> tuple[str, tuple[Block, ...]]:
    """Show a message whose buttons ask for nothing any more, and say why they are gone."""
    page = next((one for one in notice.links if one.personal), None)
    elsewhere = f" <{url(page.url)}|Your page> shows it, and takes your answer." if page else ""
    said = f"The buttons are gone: this was answered, or has changed since.{elsewhere}"
    note = {"type": "context", "elements": [_mrkdwn(said)]}
    return fallback(notice), (*decided(blocks(notice)), note)


def noted(notice: Notice, said: str) -> tuple[str, tuple[Block, ...]]:
    """Show a message with its buttons, and below what was answered by them; `said` is in Slack's own markup."""
    return fallback(notice), (*blocks(notice), {"type": "context", "elements": [_mrkdwn(said)]})


def decided(shown: tuple[Block, ...]) -> tuple[Block, ...]:
    """Take the buttons away, and what is filled in beside them: what they asked for has been decided."""
    return tuple(one for one in shown if one["type"] not in {"actions", "input"})


def fallback(notice: Notice) -> str:
    """Write what a notification shows: what it is, what to do first, by when."""
    subject = mrkdwn(notice.subject)
    end = "" if subject.endswith(("?", "!", ".")) else "."
    return shorten(f"{subject}{end} {mrkdwn(notice.do[0])} By when: {mrkdwn(notice.by)}", MAX_FALLBACK)


def _pieces(text: str) -> Iterator[str]:
    """Cut a section at line ends where it is longer than Slack takes."""
    piece = ""
    for one in text.split("\n"):
        row = one if len(one) <= MAX_SECTION else shorten(one, MAX_SECTION)
        if len(piece) + len(row) + 1 > MAX_SECTION:
            yield piece
            piece = ""
        piece += f"\n{row}" if piece else row
    if piece.strip():
        yield piece


def _button(button: Button, state: str) -> Block:
    made: dict[str, Any] = {
        "type": "button",
        "text": _plain(button.label),
        "action_id": f"{ACTION}:{button.action}",
        **({"url": button.opens} if button.opens else {"value": state}),
    }
    if button.asks:
        words = {"title": button.label, "text": button.asks, "confirm": button.label, "deny": "Back"}
        made["confirm"] = {name: _plain(text) for name, text in words.items()}
    return made


_FIELDS: Mapping[str, tuple[str, Block]] = {
    "day": ("New day (for Postpone)", {"type": "datepicker"}),
    "reason": ("Reason (for everything but Go)", {"type": "plain_text_input", "multiline": True, "max_length": 1000}),
}


def _field(name: str) -> Block:
    label, element = _FIELDS[name]
    return {
        "type": "input", "block_id": f"{ACTION}:{name}", "optional": True, "label": _plain(label),
        "element": {**element, "action_id": name},
    }  # fmt: skip


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _mrkdwn(text: str) -> Block:
    # Verbatim: Slack makes no links, channels or mentions out of words by itself.
    return {"type": "mrkdwn", "text": text, "verbatim": True}

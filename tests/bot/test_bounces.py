"""Mails that come back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.bounces import take
from bot.dispatch.channels import sender
from bot.store import Store
from tests.bot.post_room import PostRoom, post_room

REPORT = """\
From: Mail Delivery <postmaster@hospital.example>
To: {to}
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.meridian.example

Final-Recipient: rfc822; it@meridian.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox

--b--
"""


@pytest.fixture
def room(store: Store) -> Iterator[PostRoom]:
    with post_room(store) as found:
        yield found


def come_back(room: PostRoom, action: str = "failed", status: str = "5.1.1", to: str = "") -> str:
    text = REPORT.format(to=to or room.mail.mails[0].sender, action=action, status=status)
    return take(text.encode(), sender(room.settings), room.store, room.time)


def test_a_mail_that_was_given_up_goes_to_the_backup_contact_once(room: PostRoom) -> None:
    room.owe("release.confirm", fallback=(("email", "backup@meridian.example"),))
    room.work()
    assert come_back(room) == "The message goes to the next contact, by email."
    assert come_back(room) == "This bounce was taken before."
    room.work()
    assert [mail.recipients for mail in room.mail.mails] == [("it@meridian.example",), ("backup@meridian.example",)]


def test_without_another_contact_the_owners_are_told(room: PostRoom) -> None:
    room.owe("release.confirm")
    room.work()
    assert "owners are told" in come_back(room)
    room.work()
    assert "550 5.1.1 no such mailbox" in str(room.slack.posts[0].blocks).replace("`", "")


def test_a_delay_and_an_address_that_nobody_sealed_change_nothing(room: PostRoom) -> None:
    room.owe("release.confirm")
    room.work()
    assert "given up" in come_back(room, "delayed", "4.4.1")
    assert "sealed" in come_back(room, to="concordat+b-1-" + "0" * 20 + "@hospital.example")
    assert "sealed" in come_back(room, to="somebody@else.example")
    assert not room.owed("delivery.failed")


def test_what_is_no_report_is_left_alone(room: PostRoom) -> None:
    room.owe("release.confirm")
    room.work()
    text = f"To: {room.mail.mails[0].sender}\n\nI am on holiday.\n"
    assert "given up" in take(text.encode(), sender(room.settings), room.store, room.time)
    assert "sealed" in take(b"\xff\x00", sender(room.settings), room.store, room.time)

"""The link in mails that need not be sent: what it stops, for whom, and what it never stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from bot.dispatch.channels import sender
from bot.store import Store
from bot.web import create_app
from tests.bot.post_room import PostRoom, post_room


@dataclass
class Reader:
    """Somebody who got a mail, and what their mail program does with its links."""

    room: PostRoom
    client: FlaskClient

    def link(self) -> str:
        return urlsplit(str(self.room.mail.mails[-1].message["List-Unsubscribe"]).strip("<>")).path


def text(mail: EmailMessage) -> str:
    """Give a mail's text without its line ends, since sentences are wrapped."""
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


@pytest.fixture
def reader(store: Store) -> Iterator[Reader]:
    with post_room(store) as room:
        app = create_app(room.settings, store, room.time)
        yield Reader(room, app.test_client())


def test_one_click_of_a_mail_program_stops_messages_of_that_kind_to_that_contact_alone(reader: Reader) -> None:
    room = reader.room
    room.owe("release.feedback")
    room.work()
    first = room.mail.mails[-1].message
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert reader.link() in text(first)
    sent = reader.client.post(reader.link(), data={"List-Unsubscribe": "One-Click"})
    assert sent.status_code == 200
    assert "They are stopped" in sent.text
    number = room.owe("release.feedback", key="next")
    room.owe("release.feedback", to="other@elsewhere.example", recipient="partner:other")
    room.owe("release.confirm")
    room.work()
    assert [mail.recipients[0] for mail in room.mail.mails[1:]] == ["other@elsewhere.example", "it@meridian.example"]
    assert room.obligation(number).state == "superseded"
    (kept,) = room.attempts(number)
    assert kept.evidence["answer"] == "its readers have stopped messages of this kind"


def test_looking_at_the_link_stops_nothing_and_what_is_stopped_can_be_sent_again(reader: Reader) -> None:
    room = reader.room
    room.owe("release.feedback", to="it@meridian.example")
    room.work()
    link = reader.link()
    page = reader.client.get(link).text
    assert "it@meridian.example" in page
    assert "<button>Stop them</button>" in page
    reader.client.post(link)
    assert "Send them again" in reader.client.get(link).text
    reader.client.post(link, data={"again": "yes"})
    room.owe("release.feedback", key="next")
    room.work()
    assert len(room.mail.mails) == 2


def test_what_is_owed_has_no_such_link_and_says_so(reader: Reader) -> None:
    room = reader.room
    number = room.owe("release.confirm")
    room.work()
    mail = room.mail.mails[-1].message
    assert mail["List-Unsubscribe"] is None
    assert "cannot be switched off" in text(mail)
    link = urlsplit(sender(room.settings).stops_at(number)).path
    assert "owed to you and cannot be switched off" in reader.client.get(link).text
    refused = reader.client.post(link)
    assert (refused.status_code, "cannot be switched off" in refused.text) == (403, True)
    room.owe("release.confirm", key="next")
    room.work()
    assert len(room.mail.mails) == 2


@pytest.mark.parametrize("token", ["1-abc", "x", "1", "-", "99999999999999999999-" + "0" * 20, "1-é"])
def test_a_link_that_was_not_made_here_leads_nowhere(reader: Reader, token: str) -> None:
    assert reader.client.get(f"/stop/{token}").status_code == 404
    assert reader.client.post(f"/stop/{token}").status_code == 404


def test_the_address_for_bounces_stops_nothing(reader: Reader) -> None:
    reader.room.owe("release.feedback")
    reader.room.work()
    seal = reader.room.mail.mails[-1].sender.partition("+b-")[2].partition("@")[0]
    assert reader.client.post(f"/stop/{seal}").status_code == 404

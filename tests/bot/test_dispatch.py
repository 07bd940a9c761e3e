"""Dispatch, from a promise in the store to what arrives at a real mail server and Slack's double."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import vobject  # type: ignore[import-untyped]  # it has no types

from bot.dispatch.ways import BULK, URGENT, Way, read_by
from bot.store import Store
from notices.examples import HOUSE, facts
from notices.notice import make
from tests.bot.post_room import BEGIN, STREAM, PostRoom, post_room
from tests.fakes.slack import Fault


@pytest.fixture
def room(store: Store) -> Iterator[PostRoom]:
    with post_room(store) as found:
        yield found


def test_what_is_due_is_delivered_once_and_the_evidence_is_kept(room: PostRoom) -> None:
    number = room.owe("release.announced")
    later = room.owe("release.confirm", due=BEGIN + timedelta(days=46))
    room.work()
    room.work()
    assert [mail.message["Subject"] for mail in room.mail.mails] == ["patient-record 3.0.0 goes live on 2027-01-20"]
    assert (room.obligation(number).state, room.obligation(later).state) == ("met", "owed")
    (sent,) = room.attempts(number)
    assert (sent.channel, sent.attempt, sent.state, sent.settled_at) == ("email", 1, "delivered", BEGIN)
    assert sent.evidence["to"] == "it@meridian.example"
    assert sent.evidence["answer"] == "250 kept"
    assert sent.evidence["subject"] == "patient-record 3.0.0 goes live on 2027-01-20"
    with room.store.reading() as transaction:
        found = transaction.evidence(STREAM)
    assert [(one.kind, sent.state if sent else None) for one, sent in found] == [
        ("release.announced", "delivered"), ("release.confirm", None),
    ]  # fmt: skip


def test_later_mails_refer_to_the_first_about_the_release(room: PostRoom) -> None:
    room.owe("release.announced")
    room.work()
    room.owe("release.confirm")
    room.work()
    first, second = (mail.message for mail in room.mail.mails)
    assert second["References"] == first["Message-ID"]
    assert first["References"] is None


def test_the_go_live_comes_as_a_calendar_entry_that_moves_and_is_cancelled(room: PostRoom) -> None:
    room.owe("release.announced")
    room.work()
    room.time.now += timedelta(days=1)
    room.owe("release.moved", go_live="2027-01-27T17:00:00+00:00")
    room.work()
    room.time.now += timedelta(days=1)
    room.owe("release.cancelled")
    room.work()
    events = []
    for mail, method in zip(room.mail.mails, ("REQUEST", "REQUEST", "CANCEL"), strict=True):
        part = next(one for one in mail.message.walk() if one.get_content_type() == "text/calendar")
        assert part.get_param("method") == method
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert b"\r\n" in content
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))
        assert b"\n" not in content.replace(b"\r\n", b"")
        entry = vobject.readOne(content.decode())
        assert entry.validate()
        assert entry.method.value == method
        events.append(entry.vevent)
    assert len({one.uid.value for one in events}) == 1
    assert [int(one.sequence.value) for one in events] == sorted({int(one.sequence.value) for one in events})
    assert events[1].dtstart.value - events[0].dtstart.value == timedelta(days=7)
    assert events[2].status.value == "CANCELLED"


def test_on_slack_the_first_message_is_the_root_and_tells_where_things_stand(room: PostRoom) -> None:
    room.owe("release.announced", "slack", "C0PARTNERS")
    room.work()
    room.owe("release.postponed", "slack", "C0PARTNERS")
    room.later(seconds=5)
    root, reply = room.slack.posts
    assert reply.thread == root.ts
    assert "postponed" in root.blocks[1]["text"]["text"]


def test_a_slack_channel_takes_one_message_a_second_and_nobody_waits_for_it(room: PostRoom) -> None:
    room.slack.paced = True
    for partner in "abc":
        room.owe("release.announced", "slack", "C0PARTNERS", recipient=f"partner:{partner}")
    room.owe("release.announced", "slack", "C0REVIEWS", recipient="partner:d")
    room.owe("release.announced", recipient="partner:e")
    room.work()
    assert sorted(post.channel for post in room.slack.posts) == ["C0PARTNERS", "C0REVIEWS"]
    assert len(room.mail.mails) == 1
    room.later(seconds=1)
    room.later(seconds=1)
    assert len(room.slack.posts) == 4
    assert room.slack.calls.count("chat.postMessage") == 4, "nothing was sent in vain"


def test_teams_that_share_a_slack_channel_are_told_there_once(room: PostRoom) -> None:
    first = room.owe("review.breached", "slack", "", recipient="team:acme/crm")
    second = room.owe("review.breached", "slack", "", recipient="team:acme/data")
    room.work()
    room.later(seconds=2)
    assert len(room.slack.posts) == 1
    assert [room.obligation(one).state for one in (first, second)] == ["met", "met"]
    assert [room.attempts(one)[0].receipt for one in (first, second)] == [room.attempts(first)[0].receipt] * 2
    assert "stands in this channel" in room.attempts(second)[0].evidence["answer"]


def test_teams_that_share_a_slack_channel_are_both_told_what_differs(room: PostRoom) -> None:
    room.owe("review.reminder", "slack", "", recipient="team:acme/crm", percent="50")
    room.owe("review.reminder", "slack", "", recipient="team:acme/data", percent="90")
    room.work()
    room.later(seconds=2)
    assert len(room.slack.posts) == 2


def test_a_rate_limit_is_waited_for_as_long_as_slack_says(room: PostRoom) -> None:
    number = room.owe("release.announced", "slack", "C0PARTNERS")
    room.slack.faults.append(Fault("chat.postMessage", "429", seconds=40))
    room.work()
    room.later(seconds=39)
    assert not room.slack.posts
    room.later(seconds=2)
    assert len(room.slack.posts) == 1
    assert room.obligation(number).state == "met"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_message_whose_answer_was_lost_is_there_once(room: PostRoom, when: str) -> None:
    number = room.owe("release.announced", "slack", "C0PARTNERS")
    room.slack.faults.append(Fault("chat.postMessage", "lost", when))  # type: ignore[arg-type]
    room.work()
    assert room.obligation(number).state == "sending"
    room.later(minutes=1)
    assert len(room.slack.posts) == 1
    assert room.obligation(number).state == "met"


def test_a_mail_server_that_is_busy_is_tried_until_it_takes_the_message(room: PostRoom) -> None:
    number = room.owe("release.announced")
    room.mail.answers += ["451 later", "452 full"]
    room.work()
    room.later(minutes=6)
    room.later(minutes=6)
    assert len(room.mail.mails) == 1
    assert [one.state for one in room.attempts(number)] == ["transient", "transient", "delivered"]


def test_a_contact_that_is_refused_for_good_is_replaced_by_the_backup_at_once(room: PostRoom) -> None:
    number = room.owe("release.announced", fallback=(("slack", "C0PARTNERS"), ("email", "backup@meridian.example")))
    room.mail.refuses["it@meridian.example"] = "550 no such mailbox"
    room.slack.faults.append(Fault("chat.postMessage", "channel_not_found"))
    room.work()
    room.later(seconds=2)
    room.later(seconds=2)
    assert [mail.recipients for mail in room.mail.mails] == [("backup@meridian.example",)]
    assert [(one.channel, one.state) for one in room.attempts(number)] == [
        ("email", "refused"), ("slack", "refused"), ("email", "delivered"),
    ]  # fmt: skip
    assert not room.owed("delivery.failed")


def test_slack_that_is_silent_for_four_hours_is_replaced_by_mail_and_nobody_gets_both(room: PostRoom) -> None:
    number = room.owe("release.announced", "slack", "C0PARTNERS", fallback=(("email", "it@meridian.example"),))
    room.slack.faults.append(Fault("conversations.history", "lost", times=0))
    room.slack.faults.append(Fault("chat.postMessage", "429", seconds=3600, times=1))
    room.slack.faults.append(Fault("chat.postMessage", "is_archived", times=1))
    room.through(2)
    assert [mail.recipients for mail in room.mail.mails] == [("it@meridian.example",)]
    assert not room.slack.posts
    assert room.obligation(number).state == "met"


def test_a_mail_server_that_is_gone_for_four_hours_is_a_failure_that_the_owners_hear_of(room: PostRoom) -> None:
    room.mail.answers += ["451 later"] * 200
    number = room.owe("release.confirm")
    room.through(3.5)
    assert room.obligation(number).state == "sending"
    room.through(1)
    assert room.obligation(number).state == "failed"
    (told,) = room.owed("delivery.failed")
    assert told.state == "met"
    (post,) = room.slack.posts
    assert post.channel == "C0REVIEWS"
    assert "451 later" in str(post.blocks)


@pytest.mark.parametrize("broken", ["before", "after"])
def test_a_mail_whose_fate_is_unknown_is_not_sent_again_and_the_owners_hear_of_it(room: PostRoom, broken: str) -> None:
    number = room.owe("release.confirm", fallback=(("email", "backup@meridian.example"),))
    room.mail.answers.append(broken)
    room.work()
    room.through(1)
    assert len(room.mail.mails) == (broken == "after")
    assert [one.state for one in room.attempts(number)] == ["unknown"]
    (told,) = room.owed("delivery.unknown")
    assert told.state == "met"
    assert "Nobody knows whether Meridian Clinics got a message" in room.slack.posts[0].text


def test_somebody_whom_nobody_can_reach_is_a_failure_at_once_and_no_loop(store: Store) -> None:
    with post_room(store, contacts={}) as room:
        number = room.owe("release.confirm", to="")
        room.work()
        assert room.obligation(number).state == "failed"
        (told,) = room.owed("delivery.failed")
        assert told.state == "failed"
        assert "no conversation on GitHub" in room.attempts(number)[0].evidence["answer"]


def test_a_notice_without_its_facts_is_a_dead_letter_and_no_silence(room: PostRoom) -> None:
    number = room.owe("release.confirm", version="")
    room.work()
    assert room.obligation(number).state == "failed"
    assert room.owed("delivery.failed")


def test_a_team_is_reached_where_the_settings_say(room: PostRoom) -> None:
    room.owe("review.requested", "slack", "", recipient="team:acme/crm")
    room.owe("review.escalated", "email", "", recipient="team:acme/crm")
    room.work()
    assert room.slack.posts[0].channel == "C0REVIEWS"
    assert room.mail.mails[0].recipients == ("crm@acme.example",)


def test_a_request_that_github_itself_shows_is_not_written_there_a_second_time(store: Store) -> None:
    with post_room(store, contacts={}) as room:
        number = room.owe("review.requested", "slack", "", recipient="team:acme/crm")
        room.work()
        assert room.obligation(number).state == "met"
        (way,) = room.attempts(number)
        assert (way.channel, way.state) == ("shown", "delivered")
        assert "GitHub asked for the review" in way.evidence["answer"]
        assert not room.owed("delivery.failed")


def test_what_is_not_owed_any_more_is_not_sent(room: PostRoom) -> None:
    number = room.owe("release.confirm")
    room.dispatch().tick()
    with room.store.transaction() as transaction:
        assert transaction.supersede(room.obligation(number).key, room.time())
    room.work()
    assert not room.mail.mails


def test_a_message_that_goes_out_late_says_when_it_should_have_come(room: PostRoom) -> None:
    room.owe("release.confirm", due=BEGIN - timedelta(days=2))
    room.work()
    body = room.mail.mails[0].message.get_body(("plain",))
    assert body is not None
    assert "This message should have reached you at 2026-11-19 10:00 UTC" in body.get_content()


@pytest.mark.slow
def test_an_urgent_notice_goes_out_while_ten_thousand_others_wait(room: PostRoom) -> None:
    for number in range(40):
        room.owe("release.announced", recipient=f"partner:{number}")
    room.owe("release.rolled_back", recipient="partner:meridian")
    room.dispatch().tick()
    room.work(pools=(URGENT,))
    (mail,) = room.mail.mails
    assert mail.message["Subject"].startswith("URGENT")
    room.work(pools=(BULK,))
    assert len(room.mail.mails) == 41


def test_every_promise_of_ten_thousand_is_called_once_in_batches(store: Store) -> None:
    with post_room(store) as room:
        for number in range(5):
            room.owe("release.announced", recipient=f"partner:{number}")
        first, second = room.dispatch(), room.dispatch()
        assert first.tick() + second.tick() == 5
        assert first.tick() == 0


def test_on_github_no_link_is_personal_since_everybody_reads_it(room: PostRoom) -> None:
    given = facts("release.confirm") | {"member_url": "https://concordat.example/releases/1/partners/meridian"}
    for found, links in (
        (given, ["Your page: sign in with GitHub, as a member of your team", "Documentation package", "Release issue"]),
        (given | {"member_url": ""}, ["Documentation package", "Release issue"]),
    ):
        notice = make("release.confirm", read_by(Way("github", ("octo/crm",)), found), HOUSE)
        assert [one.label for one in notice.links] == links
        assert ("Answer in a comment on the release issue" in notice.do[-1]) is (len(links) == 2)
    elsewhere = make("release.confirm", read_by(Way("email", ("a@b.c",)), given), HOUSE)
    assert elsewhere.links[0].personal
    assert len(elsewhere.links) == 3

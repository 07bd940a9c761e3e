"""What a partner answers on Slack, from the button or the form to the release's log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.clicks import Clicks
from bot.clicks_partner import submitted
from bot.steward import promises
from bot.steward.releases import shelf as release_shelf
from bot.store import Store
from bot.store.values import Event, NewEvent, NewJob, NewObligation
from bot.web.slack import CLICK
from bot.worker import Worker
from notices.examples import facts
from rules.partners import Contacts, Party, Profile
from rules.release_ledger import fold
from rules.release_plan import CHECKLIST
from rules.release_state import Release
from tests.bot.post_room import STREAM, PostRoom, post_room
from tests.fakes.slack import Fault

MERIDIAN = Party(Profile("meridian", "Meridian Clinics", contacts=Contacts(slack="C0PARTNERS")), "both")


def log(room: PostRoom, what: str, name: str, /, **body: Any) -> None:
    with room.store.transaction() as transaction:
        transaction.append(STREAM, [NewEvent(what, name, room.time(), body)])


def release(room: PostRoom) -> Release:
    with room.store.reading() as transaction:
        found = fold(transaction.events(STREAM), now=room.time() + timedelta(days=1))
    assert found is not None
    return found


@pytest.fixture
def room(store: Store) -> Iterator[PostRoom]:
    """Announce a release to a partner, and ask them on Slack whether they are ready."""
    with post_room(store) as found:
        log(
            found, "release.announced", "a", contract="patient-record", version="3.0.0", kind="major",
            go_live="2027-01-20", zone="America/Denver", at="10:00", digest="d" * 64, pull=17, login="ana",
        )  # fmt: skip
        with store.transaction() as transaction:
            release_shelf.keep(
                transaction, STREAM, release_shelf.Kept("octo/orders", 1, 5, ("ana",), (MERIDIAN,)), found.time()
            )
        found.owe("release.confirm", "slack", "C0PARTNERS", version_of_state=release(found).asked)
        found.work()
        yield found


def send(room: PostRoom, body: bytes) -> None:
    with room.store.transaction() as transaction:
        transaction.enqueue(NewJob(CLICK, {}, raw=body.decode()))
    worker = Worker(room.store, {CLICK: Clicks(room.settings, room.time).handle}, room.time, pools=("default",))
    while worker.run_once():
        pass
    room.time.now += timedelta(seconds=1)


def click(room: PostRoom, word: str, user: str = "U0ADA") -> None:
    send(room, room.slack.click(room.slack.posts[-1], f"concordat:{word}", user)[0])


def fill(room: PostRoom, word: str, **given: Any) -> None:
    click(room, word)
    send(room, room.slack.submit(room.slack.views[-1], "U0ADA", **given)[0])


def whispered(room: PostRoom) -> str:
    return room.slack.whispers[-1][2]


def answers(room: PostRoom) -> list[Event]:
    with room.store.reading() as transaction:
        return [one for one in transaction.events(STREAM) if one.kind != "release.announced"]


def test_the_checklist_is_a_form_that_shows_what_is_ticked_already(room: PostRoom) -> None:
    fill(room, "checklist", items=["code", "samples"])
    assert release(room).answer("meridian").items == {"code", "samples"}
    fill(room, "checklist", items=["code"])
    assert release(room).answer("meridian").items == {"code"}
    click(room, "checklist")
    (boxes,) = [one["element"] for one in room.slack.views[-1]["blocks"] if one["type"] == "input"]
    assert [one["value"] for one in boxes["initial_options"]] == ["code"]
    assert whispered(room) == "The checklist is kept."


def test_the_message_shows_the_channel_what_is_ticked_and_by_whom(room: PostRoom) -> None:
    fill(room, "checklist", items=["code", "samples"])
    said = room.slack.posts[-1].blocks[-1]["elements"][0]["text"]
    assert said.startswith("Answered: the checklist, by <@U0ADA>. It can be changed until the decision.\n")
    assert "Checklist, 2 of 5 done:\n" in said
    assert f"Done: {CHECKLIST['code']}" in said
    assert f"Open: {CHECKLIST['performance']}" in said
    fill(room, "not-ready", text="the importer")
    said = room.slack.posts[-1].blocks[-1]["elements"][0]["text"]
    assert "Answered: not ready, by <@U0ADA>" in said
    assert "Checklist, 2 of 5 done:\n" in said
    fill(room, "checklist", items=["code"])
    said = room.slack.posts[-1].blocks[-1]["elements"][0]["text"]
    assert "You are down as not ready.\nChecklist, 1 of 5 done:" in said


def test_who_answered_is_kept_with_the_channel(room: PostRoom) -> None:
    fill(room, "checklist", items=["code"])
    assert [one.body["by"] for one in answers(room)] == ["Slack user U0ADA of T0 in C0PARTNERS"]


def test_readiness_needs_the_whole_checklist_and_says_what_is_open(room: PostRoom) -> None:
    click(room, "ready")
    assert release(room).answer("meridian").ready is None
    assert "Tick every item" in whispered(room)
    assert CHECKLIST["samples"] in whispered(room)
    fill(room, "checklist", items=list(CHECKLIST))
    click(room, "ready")
    assert release(room).answer("meridian").ready is True
    assert "Answered: ready, by <@U0ADA>" in room.slack.posts[-1].blocks[-1]["elements"][0]["text"]
    assert "actions" in {one["type"] for one in room.slack.posts[-1].blocks}, "it can be taken back"
    fill(room, "not-ready", text="the importer")
    assert (release(room).answer("meridian").ready, release(room).answer("meridian").text) == (False, "the importer")


def test_a_problem_is_reported_with_its_severity_once_however_often_the_form_arrives(room: PostRoom) -> None:
    click(room, "blocker")
    body, _ = room.slack.submit(room.slack.views[-1], "U0ADA", severity="critical", text="It refuses\ntimes.")
    for _ in range(2):
        send(room, body)
    (blocker,) = release(room).blocking
    assert (blocker.party, blocker.severity, blocker.text) == ("meridian", "critical", "It refuses\ntimes.")
    with room.store.reading() as transaction:
        assert any(job.kind == "release" for job in transaction.jobs("open")), "its issue is opened at once"


@pytest.mark.parametrize("word", ["ready", "checklist"])
def test_a_button_that_was_drawn_for_another_day_is_refused(room: PostRoom, word: str) -> None:
    room.time.now += timedelta(minutes=1)
    log(room, "release.postponed", "p", go_live="2027-02-20", reason="holidays")
    click(room, word)
    assert "has changed since that button was drawn, so nothing was kept" in whispered(room)
    assert "https://concordat.example/readiness/4f1c9a|your page" in whispered(room)
    assert not room.slack.views


def test_a_form_that_was_open_while_the_documents_changed_is_refused(room: PostRoom) -> None:
    click(room, "blocker")
    room.time.now += timedelta(minutes=1)
    log(room, "release.digest_changed", "c", digest="e" * 64, kind="major", says=["x"], whole=["x"])
    send(room, room.slack.submit(room.slack.views[-1], "U0ADA", text="old news")[0])
    assert release(room).blockers == ()
    assert "nothing was kept" in whispered(room)


def test_a_decision_of_the_owners_does_not_take_a_partners_answer_away(room: PostRoom) -> None:
    room.time.now += timedelta(minutes=1)
    log(room, "release.go", "g", digest="d" * 64, login="ana")
    fill(room, "blocker", text="It refuses times.")
    assert len(release(room).blocking) == 1


def test_a_message_that_was_copied_to_another_channel_answers_for_nobody(room: PostRoom) -> None:
    room.slack.posts[-1].channel = "C0REVIEWS"
    click(room, "ready")
    assert "in the channel that the message was sent to" in whispered(room)


def test_what_is_over_is_not_asked_any_more(room: PostRoom) -> None:
    room.time.now += timedelta(minutes=1)
    log(room, "release.cancelled", "x", login="ana", reason="no")
    click(room, "ready")
    assert whispered(room) == "Nothing is asked of you any more: the release is cancelled."


def test_a_form_that_could_not_be_opened_in_time_is_said_with_another_way(room: PostRoom) -> None:
    room.slack.faults.append(Fault("views.open", "expired_trigger_id"))
    click(room, "blocker")
    assert whispered(room).startswith("The form could not be opened. Click again, or answer on <https://")


def test_the_buttons_stay_while_the_same_is_asked_and_go_when_it_is_another(room: PostRoom) -> None:
    def owed(state: str) -> NewObligation:
        payload = {"facts": facts("release.confirm") | {"version_of_state": state}}
        key = f"release.confirm/{STREAM}/partner:meridian"
        return NewObligation(key, "release.confirm", STREAM, "partner:meridian", room.time(), payload)

    for state, stay in ((release(room).asked, True), ("another", False)):
        promises.keep(room.store, STREAM, [owed(state)], room.time())
        room.later(seconds=2)
        assert ("actions" in {one["type"] for one in room.slack.posts[-1].blocks}) is stay
    assert "readiness/4f1c9a|Your page>" in room.slack.posts[-1].blocks[-1]["elements"][0]["text"]


@pytest.mark.parametrize(
    "body", ["payload=%7B%22type%22%3A%22view_submission%22%7D", "payload=[]", "",
             "payload=%7B%22type%22%3A%22view_submission%22%2C%22view%22%3A%7B%22callback_id%22%3A%22concordat%3Ago%22%7D%7D"]
)  # fmt: skip
def test_a_form_that_is_not_ours_is_left_alone(body: str) -> None:
    assert submitted(body) is None

"""Mail, by a real SMTP conversation: what arrives, and what is known when it does not."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP, default
from pathlib import Path

import pytest

from notices.channels import email
from notices.channels.contract import Message, PermanentError, Receipt, TransientError, UnknownError
from notices.examples import HOUSE, facts
from notices.letter import write
from notices.notice import make
from tests.fakes.certificates import certificate
from tests.fakes.mail import MailSink
from tests.fakes.ports import free_port

SENDER = email.Sender("Concordat <concordat@hospital.example>", b"k" * 32, "https://concordat.example/stop")
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


def message(kind: str = "release.announced", to: tuple[str, ...] = ("it@meridian.example",), **more: str) -> Message:
    notice = make(kind, facts(kind) | more, HOUSE)
    return Message(
        f"{kind}/release:1:7/partner:meridian", "release:1:7", to, write(notice), contractual=notice.contractual,
        written_at=NOW,
    )  # fmt: skip


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with MailSink() as found:
        yield found


def send(sink: MailSink, what: Message, *, earlier: str | None = None, timeout: float = 5.0) -> Receipt:
    with email.Post(sink.url, timeout=timeout) as post:
        return email.deliver(what, (post, SENDER, 41), earlier)


def test_a_notice_arrives_as_text_and_html_and_says_that_a_program_wrote_it(sink: MailSink) -> None:
    receipt = send(sink, message())
    (mail,) = sink.mails
    got = mail.message
    assert got["Subject"] == "patient-record 3.0.0 goes live on 2027-01-20"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["From"] == "Concordat <concordat@hospital.example>"
    assert got["Message-ID"] == receipt.found_by
    assert got["List-Unsubscribe"] is None, "what is owed by contract cannot be ended"
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "WHAT TO DO" in text.get_content()
    assert "<h2>What to do</h2>" in html.get_content()
    assert receipt.evidence == {
        "to": "it@meridian.example", "answer": "250 kept", "message_id": receipt.found_by,
    }  # fmt: skip


def test_the_same_notice_has_the_same_message_id_and_later_ones_refer_to_the_first(sink: MailSink) -> None:
    first = send(sink, message())
    later = replace(message("release.confirm"), root=first.found_by)
    assert email.compose(message(), SENDER, 1)["Message-ID"] == first.found_by
    send(sink, later)
    got = sink.mails[-1].message
    assert got["References"] == got["In-Reply-To"] == first.found_by
    assert got["Message-ID"] != first.found_by


def test_a_bounce_comes_back_to_an_address_that_names_the_obligation_and_cannot_be_made_up(sink: MailSink) -> None:
    send(sink, message())
    back = sink.mails[0].sender
    assert SENDER.bounced(back) == 41
    assert SENDER.bounced(back.replace("b-41-", "b-42-")) is None
    assert SENDER.bounced("concordat@hospital.example") is None
    assert replace(SENDER, key=b"other").bounced(back) is None


def test_a_message_that_nobody_has_to_get_can_be_ended_with_one_click(sink: MailSink) -> None:
    send(sink, message("release.feedback"))
    got = sink.mails[0].message
    assert got["List-Unsubscribe"].startswith("<https://concordat.example/stop/41-")
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_lines_that_begin_with_a_dot_and_letters_of_any_script_arrive_as_they_were(sink: MailSink) -> None:
    send(sink, message("release.rolled_back", reason="Größe – 大小"))
    body = sink.mails[0].message.get_body(("plain",))
    assert body is not None
    assert "Größe" in body.get_content()
    what = message()
    vars(what.letter)["text"] = ".\n..hidden\nend\n"
    send(sink, what)
    body = sink.mails[1].message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == [".", "..hidden", "end"]


def test_an_address_that_the_server_refuses_for_good_is_a_permanent_failure(sink: MailSink) -> None:
    sink.refuses["it@meridian.example"] = "550 5.1.1 no such mailbox"
    with pytest.raises(PermanentError, match=r"it@meridian\.example: 550 5\.1\.1 no such mailbox"):
        send(sink, message())
    with pytest.raises(PermanentError, match="no address"):
        send(sink, message(to=()))
    with pytest.raises(PermanentError, match="501"):
        send(sink, message(to=("x@y>\r\nDATA",)))


def test_of_several_addresses_one_that_is_taken_is_enough_and_the_other_stands_in_the_evidence(sink: MailSink) -> None:
    sink.refuses["old@meridian.example"] = "550 gone"
    receipt = send(sink, message(to=("old@meridian.example", "it@meridian.example")))
    assert sink.mails[0].recipients == ("it@meridian.example",)
    assert receipt.evidence["refused"] == "old@meridian.example: 550 gone"


@pytest.mark.parametrize("answer", ["451 try later", "452 full"])
def test_a_server_that_is_busy_is_tried_again_later(sink: MailSink, answer: str) -> None:
    sink.answers.append(answer)
    with pytest.raises(TransientError) as caught:
        send(sink, message())
    assert caught.value.after == timedelta(minutes=5)
    sink.refuses["it@meridian.example"] = "450 greylisted"
    with pytest.raises(TransientError, match="greylisted"):
        send(sink, message())
    assert not sink.mails


def test_a_message_that_the_server_refuses_is_a_permanent_failure(sink: MailSink) -> None:
    sink.answers.append("554 looks like spam")
    with pytest.raises(PermanentError, match="554 looks like spam"):
        send(sink, message())


@pytest.mark.parametrize("broken", ["before", "after"])
def test_a_connection_that_breaks_while_the_message_is_handed_over_leaves_its_fate_unknown(
    sink: MailSink, broken: str
) -> None:
    sink.answers.append(broken)
    with pytest.raises(UnknownError, match="while the message was handed over"):
        send(sink, message())
    assert len(sink.mails) == (broken == "after")


def test_a_server_that_stalls_with_the_message_leaves_its_fate_unknown() -> None:
    with MailSink(stalls=3.0) as sink, pytest.raises(UnknownError):
        send(sink, message(), timeout=0.3)


def test_an_attempt_that_was_broken_off_is_never_repeated(sink: MailSink) -> None:
    with pytest.raises(UnknownError, match="cannot be asked"):
        send(sink, message(), earlier="")
    assert not sink.mails


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with (
        pytest.raises(TransientError, match="does not answer"),
        email.Post(f"smtp://127.0.0.1:{free_port()}", timeout=2),
    ):
        pass


def test_it_encrypts_and_signs_in_where_the_server_wants_it(tmp_path: Path) -> None:
    offered, file = certificate(tmp_path)
    trusted = ssl.create_default_context(cafile=str(file))
    with MailSink(account=("concordat", "p@ss"), tls=offered) as sink:
        host = sink.url.removeprefix("smtp://127.0.0.1")
        with email.Post(f"smtp://concordat:p%40ss@localhost{host}", context=trusted) as post:
            email.deliver(message(), (post, SENDER, 41), None)
        with (
            pytest.raises(TransientError, match="does not accept user and password"),
            email.Post(f"smtp://concordat:wrong@localhost{host}", context=trusted),
        ):
            pass
        with pytest.raises(TransientError, match="does not answer"), email.Post(f"smtp://localhost{host}"):
            pass
    assert len(sink.mails) == 1


@pytest.mark.parametrize("name", ["a" * 200, "Überweisung-" * 20, "عقد-البيانات " * 20, "合同" * 100, "x-" * 90])
def test_a_subject_of_any_letters_says_what_it_is_about_and_reads_the_same_at_the_other_side(name: str) -> None:
    what = message("release.confirm", contract=name, version=name)
    assert what.letter.subject.endswith(": confirm that you are ready")
    content = email.compose(what, SENDER, 1).as_bytes(policy=SMTP)
    head = content.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert message_from_bytes(content, policy=default)["Subject"] == what.letter.subject


def test_an_address_of_other_letters_is_refused_without_asking_the_server(sink: MailSink) -> None:
    with pytest.raises(PermanentError, match="no address"):
        send(sink, message(to=("jürgen@meridian.example",)))
    assert send(sink, message(to=("jürgen@a.example", "it@a.example"))).evidence["to"] == "it@a.example"

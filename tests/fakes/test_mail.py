from __future__ import annotations

import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit

from tests.fakes.mail import MailSink


def test_a_mail_is_kept_as_it_was_sent() -> None:
    message = EmailMessage()
    message["Subject"] = "Schema review – overdue"
    message.set_content("Größe\n")
    with MailSink() as sink:
        where = urlsplit(sink.url)
        with smtplib.SMTP(str(where.hostname), int(where.port or 0), timeout=20) as client:
            client.send_message(message, "concordat@example.org", ["ana@example.org", "bo@example.org"])
        (mail,) = sink.mails

    assert (mail.sender, mail.recipients) == ("concordat@example.org", ("ana@example.org", "bo@example.org"))
    assert mail.message["Subject"] == "Schema review – overdue"
    assert mail.message.get_content().replace("\r\n", "\n") == "Größe\n"

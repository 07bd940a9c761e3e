"""Mail: one message to a recipient's addresses by SMTP (RFC 5321, 5322), with its text, its HTML and its calendar file.

A mail server cannot be asked whether it has a message. Everything up to the message's text is said first, so that what
breaks there is known to have sent nothing; what breaks while the text is handed over stays unknown for ever.
"""

from __future__ import annotations

import hmac
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from notices.channels.contract import Message, PermanentError, Receipt, TransientError, UnknownError
from rules.hosts import LOOPBACK

SECONDS = 30.0
"""So long one answer of a mail server may take."""
_BUSY = timedelta(minutes=5)
"""A server that says 4xx wants to be left alone for a while (RFC 5321 §4.5.4.1)."""
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_BOUNCE = re.compile(r"(?P<box>[^+@\s]+)\+b-(?P<id>\d{1,19})-(?P<seal>[0-9a-f]{20})@(?P<host>\S+)")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mails are from ("Concordat <concordat@example.com>"), and the key that seals the addresses for bounces.

    `stop_url` makes the address at which a recipient ends messages that they need not get; empty where there is none.
    """

    written: str
    key: bytes = field(repr=False)
    stop_url: str = ""

    @property
    def address(self) -> str:
        """The address alone."""
        return parseaddr(self.written)[1]

    @property
    def host(self) -> str:
        """The domain of the address, of which Message-IDs are made."""
        return self.address.rpartition("@")[2]

    def bounces_to(self, number: int) -> str:
        """Make the envelope's address for an obligation: what comes back there tells which mail it was."""
        box = self.address.rpartition("@")[0]
        return f"{box}+b-{number}-{self._seal(number)}@{self.host}"

    def stops_at(self, number: int) -> str:
        """Make the address at which the recipient of an obligation ends messages of its kind."""
        return f"{self.stop_url}/{number}-{self._seal(number, 'stop')}" if self.stop_url else ""

    def stopping(self, token: str) -> int | None:
        """Tell which obligation's messages an address of ours stops; `None` for one that was not made here."""
        number, _, seal = token.partition("-")
        if not (number.isascii() and number.isdigit() and len(number) < 20):
            return None
        return int(number) if hmac.compare_digest(seal.encode(), self._seal(int(number), "stop").encode()) else None

    def bounced(self, address: str) -> int | None:
        """Tell which obligation a bounce's address is of; `None` for one that was not made here."""
        found = _BOUNCE.fullmatch(address.strip())
        if found is None or not hmac.compare_digest(found["seal"], self._seal(int(found["id"]))):
            return None
        return int(found["id"])

    def _seal(self, number: int, purpose: str = "bounce") -> str:
        # Whoever sees the envelope's address must not be able to stop anything by it.
        return hmac.digest(self.key, f"{purpose}:{number}".encode(), "sha256").hex()[:20]


class Post:
    """A connection to a mail server, greeted, encrypted and signed in; a context manager.

    `url` is smtp://[USER:PASSWORD@]HOST[:PORT] (STARTTLS where it is offered) or smtps://…. Raises `TransientError`
    where the server cannot be reached, `PermanentError` where it offers no encryption for a password.
    """

    def __init__(self, url: str, *, timeout: float = SECONDS, context: ssl.SSLContext | None = None) -> None:
        self._url = urlsplit(url)
        self._timeout = timeout
        self._context = context or ssl.create_default_context()
        self.server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        host = self._url.hostname or ""
        try:
            self.server = self._connected(host)
            self._secured(self.server, host)
        except smtplib.SMTPAuthenticationError as error:
            self._close()
            raise TransientError(f"{host} does not accept user and password ({error.smtp_code})", _BUSY) from error
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise TransientError(f"{host} does not answer: {error}") from error
        except PermanentError:
            self._close()
            raise
        return self

    @property
    def encrypted(self) -> bool:
        """Say whether the open connection is encrypted."""
        return self.server is not None and isinstance(self.server.sock, ssl.SSLSocket)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _connected(self, host: str) -> smtplib.SMTP:
        if self._url.scheme == "smtps":
            return smtplib.SMTP_SSL(host, self._url.port or 465, timeout=self._timeout, context=self._context)
        return smtplib.SMTP(host, self._url.port or 587, timeout=self._timeout)

    def _secured(self, server: smtplib.SMTP, host: str) -> None:
        server.ehlo_or_helo_if_needed()
        if self._url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=self._context)
            server.ehlo()
        if self._url.username:
            if not self.encrypted and host not in LOOPBACK:
                raise PermanentError(f"{host} offers no encryption, so it was not shown the password")
            server.login(unquote(self._url.username), unquote(self._url.password or ""))

    def _close(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None


def deliver(message: Message, client: tuple[Post, Sender, int], earlier: str | None) -> Receipt:
    """Hand a mail over; `client` has the open connection, the sender and the obligation's number.

    `earlier` is not `None` where an attempt began before and nobody knows its end: nothing is sent then.
    """
    post, sender, number = client
    if earlier is not None:
        raise UnknownError("an earlier attempt was broken off, and a mail server cannot be asked what it has")
    if post.server is None:
        raise TransientError("the connection to the mail server is closed")
    mail = compose(message, sender, number)
    accepted, refused = _envelope(post.server, sender.bounces_to(number), message.address)
    answer = _data(post.server, mail.as_bytes(policy=SMTP))
    evidence = {"to": ", ".join(accepted), "answer": answer, "message_id": str(mail["Message-ID"])}
    if refused:
        evidence["refused"] = "; ".join(f"{name}: {said}" for name, said in refused)
    return Receipt(str(mail["Message-ID"]), evidence)


def compose(message: Message, sender: Sender, number: int) -> EmailMessage:
    """Write the mail. Its Message-ID follows from the obligation's key, so that the same notice is the same mail."""
    name, address = parseaddr(sender.written)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(name or "Concordat", addr_spec=address)
    mail["To"] = ", ".join(one for one in message.address if _is_address(one))
    mail["Subject"] = message.letter.subject
    if message.written_at is not None:
        mail["Date"] = format_datetime(message.written_at)
    mail["Message-ID"] = message_id(message.mark, sender)
    if message.root and message.root != mail["Message-ID"]:
        mail["In-Reply-To"] = message.root
        mail["References"] = message.root
    mail["Auto-Submitted"] = "auto-generated"
    if not message.contractual and sender.stop_url:
        # RFC 8058: a mail program posts there by itself; a person who follows the link is asked first.
        mail["List-Unsubscribe"] = f"<{sender.stops_at(number)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.letter.text)
    mail.add_alternative(message.letter.html, subtype="html")
    _attach(mail, message)
    return mail


def _is_address(text: str) -> bool:
    # Other letters than ASCII need a server that speaks SMTPUTF8 (RFC 6531), all the way.
    return text.isascii() and _ADDRESS.fullmatch(text) is not None


def message_id(mark: str, sender: Sender) -> str:
    """Make the Message-ID of a message."""
    return f"<{mark}@{sender.host}>"


def _attach(mail: EmailMessage, message: Message) -> None:
    if message.calendar is None:
        return
    method, file = message.calendar
    mail.add_attachment(file, maintype="text", subtype="calendar", filename="go-live.ics", cte="base64")
    part = list(mail.iter_attachments())[-1]
    part.set_param("method", method)
    part.set_param("charset", "utf-8")


def _envelope(
    server: smtplib.SMTP, bounces: str, to: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Say from whom and to whom; those whom the server takes, and those whom it refuses with its words."""
    try:
        _expect(*server.mail(bounces))
        answers = [(one, *(server.rcpt(one) if _is_address(one) else (501, b"no address"))) for one in to]
    except (smtplib.SMTPException, OSError) as error:
        raise TransientError(f"the mail server broke off before it had the message: {error}") from error
    accepted = tuple(one for one, code, _ in answers if code < 300)
    refused = tuple((one, f"{code} {_words(said)}") for one, code, said in answers if code >= 300)
    if not accepted:
        said = "; ".join(f"{one}: {answer}" for one, answer in refused)
        if any(400 <= code < 500 for _, code, _ in answers):
            raise TransientError(said, _BUSY)
        raise PermanentError(said or "there is no address to send to")
    return accepted, refused


def _data(server: smtplib.SMTP, content: bytes) -> str:
    try:
        code, said = server.docmd("DATA")
        if code != 354:
            _expect(code, said)
            raise TransientError(f"unexpected answer to DATA: {code} {_words(said)}")
    except (smtplib.SMTPException, OSError) as error:
        raise TransientError(f"the mail server broke off before it had the message: {error}") from error
    try:
        server.send(re.sub(rb"(?m)^\.", b"..", content) + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, said = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise UnknownError(f"the connection broke while the message was handed over: {error}") from error
    _expect(code, said)
    return f"{code} {_words(said)}"


def _expect(code: int, said: bytes) -> None:
    if 400 <= code < 500:
        raise TransientError(f"{code} {_words(said)}", _BUSY)
    if code >= 500:
        raise PermanentError(f"{code} {_words(said)}")


def _words(said: bytes) -> str:
    return said.decode("utf-8", "replace").replace("\n", " ")[:300]

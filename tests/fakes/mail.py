"""A mail server on loopback that keeps what it takes, and that refuses, stalls or breaks off where it is told to."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Literal, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.fakes.ports import free_port

_LARGEST = 10 * 1024 * 1024
Break = Literal["before", "after"]
"""The connection ends without an answer: before the message is kept, or after."""


@dataclass(frozen=True)
class Mail:
    """One mail as it was handed over: the envelope, the parsed message, and its bytes."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    content: bytes = b""


class MailSink:
    """An SMTP server on a free port; a context manager.

    `answers` are given to the next messages in place of "250 kept", or a `Break`; `refuses` has the answer for an
    address that it does not take. `account` (user, password) must sign in, `tls` offers STARTTLS. `stalls` lets it wait
    before it answers a message.
    """

    def __init__(
        self, *, account: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None, stalls: float = 0.0
    ) -> None:
        self.answers: list[str] = []
        self.refuses: dict[str, str] = {}
        self.stalls = stalls
        self.arrived: Callable[[Mail], None] = lambda _mail: None
        self._account = account
        self._mails: list[Mail] = []
        self._lock = threading.Lock()
        more: dict[str, Any] = {"tls_context": tls, "require_starttls": True} if tls else {}
        if account:
            more |= {"authenticator": self._sign_in, "auth_required": True, "auth_require_tls": tls is not None}
        # the controller connects to the port that it was told, so that 0 is no choice
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), data_size_limit=_LARGEST, **more)

    async def handle_RCPT(  # noqa: N802 # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse an address."""
        del server, session
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 # as above
        """Keep a mail, or do what was told."""
        del session
        if self.stalls:
            await asyncio.sleep(self.stalls)
        answer = self.answers.pop(0) if self.answers else "250 kept"
        if answer == "after" or answer.startswith("2"):
            self._keep(envelope)
        if answer in {"before", "after"}:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "421 gone"
        return answer

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        mail = Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message, content)
        with self._lock:
            self._mails.append(mail)
        self.arrived(mail)

    def _sign_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        del server, session, envelope, mechanism
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._account, handled=False)

    @property
    def url(self) -> str:
        """Where a client finds it."""
        return f"smtp://127.0.0.1:{self._controller.port}"

    @property
    def mails(self) -> tuple[Mail, ...]:
        """Every mail, oldest first."""
        with self._lock:
            return tuple(self._mails)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

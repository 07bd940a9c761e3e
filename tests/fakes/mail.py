"""A mail server that accepts everything on loopback and keeps it."""

from __future__ import annotations

import email
import email.policy
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.fakes.ports import free_port

_LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True)
class Mail:
    """One mail as it was handed over: the envelope and the parsed message."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


class MailSink:
    """An SMTP server on a free port; a context manager."""

    def __init__(self) -> None:
        self._mails: list[Mail] = []
        self._lock = threading.Lock()
        # the controller connects to the port that it was told, so that 0 is no choice
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), data_size_limit=_LARGEST)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 # aiosmtpd's name
        """Keep a mail."""
        del server, session
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        with self._lock:
            self._mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message))
        return "250 kept"

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

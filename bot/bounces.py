"""`concordat notices bounced`: a mail that came back, read from the mail server; the backup contact gets the message.

The address that it came back to names the promise and carries its seal, so that nobody can make a bounce up. What only
says that a mail is delayed changes nothing. Source: RFC 3464 (delivery status notifications).
"""

from __future__ import annotations

import argparse
import email
import email.policy
import os
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from typing import TextIO

from bot.clock import Clock, system_clock
from bot.dispatch.after import failed_to_owners
from bot.dispatch.channels import sender
from bot.errors import UsageError
from bot.settings import Settings, SettingsError
from bot.store import Store, StoreError
from bot.store.transaction import Transaction
from bot.store.values import NewObligation, Obligation
from notices.channels.email import Sender

MAX_MAIL = 1024 * 1024
_TO = ("Delivered-To", "X-Original-To", "To")
_SEALED = re.compile(r"[^\s<>,;\"]{1,120}\+b-\d{1,19}-[0-9a-f]{20}@[^\s<>,;\"]{1,255}")


def bounced(arguments: argparse.Namespace, out: TextIO) -> int:
    """Read one mail from standard input; settings come from the environment."""
    del arguments
    try:
        settings = Settings.from_environment(os.environ)
        store = Store.open(settings.database_url)
    except SettingsError as error:
        raise UsageError("the settings cannot be used:\n  " + "\n  ".join(error.problems)) from error
    except StoreError as error:
        raise UsageError(str(error)) from error
    try:
        out.write(take(sys.stdin.buffer.read(MAX_MAIL), sender(settings), store, system_clock) + "\n")
    finally:
        store.close()
    return 0


def take(mail: bytes, known: Sender, store: Store, clock: Clock) -> str:
    """Do what a mail that came back asks for, once however often it comes; a sentence says what was done."""
    message = email.message_from_bytes(mail, policy=email.policy.default)
    number = next((found for one in _addresses(message) if (found := known.bounced(one)) is not None), None)
    if number is None:
        return "It came to no address of ours that is sealed; nothing was done."
    why = _hard(message)
    if not why:
        return "It does not say that the mail was given up; nothing was done."
    with store.transaction() as transaction:
        obligation = transaction.obligation(number)
        if obligation is None:
            return "The message that it is about is not known any more."
        return _again(transaction, obligation, why, clock())


def _addresses(message: EmailMessage) -> Iterator[str]:
    for name in _TO:
        for value in message.get_all(name, []):
            yield from _SEALED.findall(str(value))


def _hard(message: EmailMessage) -> str:
    """Give the report's own words where it says that the mail was given up for good (status 5)."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for fields in part.get_payload():
                status, action = (str(fields.get(name, "")) for name in ("Status", "Action"))  # type: ignore[union-attr]
                if status.strip().startswith("5") or (action.strip().lower() == "failed" and not status):
                    said = str(fields.get("Diagnostic-Code", "") or status)  # type: ignore[union-attr]
                    return " ".join(said.split())[:300]
    return ""


def _again(transaction: Transaction, obligation: Obligation, why: str, now: datetime) -> str:
    payload = dict(obligation.payload)
    rest = [one for one in payload.get("fallback", ()) if one.get("address")]
    if obligation.key.endswith(_MARK) or not rest:
        failed_to_owners(transaction, obligation, why, now)
        return "No other contact is known; the release owners are told."
    first, *others = rest
    payload |= {"channel": first["channel"], "address": first["address"], "fallback": others}
    new = NewObligation(
        f"{obligation.key}{_MARK}", obligation.kind, obligation.stream, obligation.recipient, now, payload
    )
    if not transaction.owe(new):
        return "This bounce was taken before."
    return f"The message goes to the next contact, by {first['channel']}."


_MARK = "/bounced"

"""The checks of `concordat doctor` on the channels: Slack and mail, where they are set. Neither sends anything."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.doctor.checks import CheckUp
from bot.doctor.values import Finding, broken, ok, skipped, warning
from notices.channels import email
from notices.channels.contract import PermanentError, TransientError
from rules.hosts import LOOPBACK

_SECONDS = 8


def slack(on: CheckUp) -> Iterator[Finding]:
    """Ask Slack whose token this is."""
    if on.settings.slack_token is None:
        yield skipped("SLACK_BOT_TOKEN is not set")
        return
    try:
        answer = WebClient(on.settings.slack_token, base_url=on.slack, timeout=_SECONDS).auth_test()
    except SlackApiError as error:
        said = error.response.get("error", "no reason")
        yield broken(
            f"Slack does not accept the token: {said}",
            "install the Slack app in its workspace again, and set SLACK_BOT_TOKEN to the token shown then",
        )
    else:
        yield ok(f"Slack knows it as {answer.get('user')} in {answer.get('team')}")


def mail(on: CheckUp) -> Iterator[Finding]:
    """Greet the mail server as a notice would, encrypt, sign in, and leave."""
    if on.settings.smtp_url is None:
        yield skipped("SMTP_URL is not set")
        return
    host = urlsplit(on.settings.smtp_url).hostname or ""
    try:
        with email.Post(on.settings.smtp_url, timeout=_SECONDS) as post:
            encrypted = post.encrypted
    except PermanentError as error:
        yield broken(str(error), "use smtps://, or a server that offers STARTTLS")
    except TransientError as error:
        yield broken(str(error), _mail_fix(error.__cause__))
    else:
        yield from _greeted(host, encrypted=encrypted)


def _mail_fix(cause: BaseException | None) -> str:
    if isinstance(cause, smtplib.SMTPAuthenticationError):
        return "mend user and password in SMTP_URL"
    if isinstance(cause, ssl.SSLError):
        return "give it a certificate that this machine trusts, for the host name that SMTP_URL has"
    return "see that SMTP_URL is right and reachable"


def _greeted(host: str, *, encrypted: bool) -> Iterator[Finding]:
    if encrypted or host in LOOPBACK:
        yield ok(f"{host} takes us{', encrypted' if encrypted else ''}")
    else:
        yield warning(f"{host} offers no encryption", "use smtps://, or a server that offers STARTTLS")

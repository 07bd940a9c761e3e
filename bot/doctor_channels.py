"""The checks of `concordat doctor` on the channels: Slack and mail, where they are set. Neither sends anything."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.doctor_checks import CheckUp
from bot.doctor_values import Finding, broken, ok, skipped, warning

_SECONDS = 8
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


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
    """Greet the mail server, encrypt, sign in, and leave."""
    if on.settings.smtp_url is None:
        yield skipped("SMTP_URL is not set")
        return
    url = urlsplit(on.settings.smtp_url)
    host = url.hostname or ""
    try:
        with _connected(url.scheme, host, url.port) as server:
            server.ehlo()
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            encrypted = isinstance(server.sock, ssl.SSLSocket)
            if url.username and (encrypted or host in _LOOPBACK):
                server.login(unquote(url.username), unquote(url.password or ""))
            server.noop()
    except smtplib.SMTPAuthenticationError as error:
        yield broken(f"{host} does not accept user and password ({error.smtp_code})", "mend them in SMTP_URL")
    except ssl.SSLError as error:
        yield broken(f"{host} cannot be trusted: {error.reason}", "give it a certificate that this machine knows")
    except (smtplib.SMTPException, OSError) as error:
        yield broken(f"{host} does not answer as a mail server: {error}", "see that SMTP_URL is right and reachable")
    else:
        yield from _greeted(host, encrypted=encrypted, signs_in=bool(url.username))


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port or 587, timeout=_SECONDS)


def _greeted(host: str, *, encrypted: bool, signs_in: bool) -> Iterator[Finding]:
    if encrypted or host in _LOOPBACK:
        yield ok(f"{host} takes us{', encrypted' if encrypted else ''}")
    elif signs_in:
        yield broken(
            f"{host} offers no encryption, so it was not shown the password", "use smtps://, or another server"
        )
    else:
        yield warning(f"{host} offers no encryption", "use smtps://, or a server that offers STARTTLS")

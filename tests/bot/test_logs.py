"""What the log looks like to a machine, to a person, and to somebody who looks for secrets."""

from __future__ import annotations

import io
import json
import logging
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import FORMATS, Formatter, bound, configure, secrets_of
from bot.settings import SignIn
from tests.bot.web.making import settings

KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    .decode()
)
SETTINGS = replace(
    settings("the-present-webhook-secret", "the-former-webhook-secret"),
    private_key=KEY,
    database_url="postgresql://concordat:p%40ss-of-database@db/concordat",
    metrics_token="token-of-the-metrics",
    sign_in=SignIn("client", "secret-of-the-client", ("key-that-seals-sessions-0123456789",)),
)
SECRETS = {
    "a webhook secret": "the-present-webhook-secret",
    "the former webhook secret": "the-former-webhook-secret",
    "the private key": KEY,
    "a line of the private key": KEY.splitlines()[3],
    "the database's password": "p@ss-of-database",
    "the database's address": SETTINGS.database_url,
    "the metrics token": "token-of-the-metrics",
    "the client secret": "secret-of-the-client",
    "a session key": "key-that-seals-sessions-0123456789",
    "a token of an installation": "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
    "a token of a person": "github_pat_11ABCDEFG0123456789_abcdefghijklmnop",
    "a statement of the App": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2lnbmVk",
    "a password in another address": "hunter2-of-the-proxy",
}


@contextmanager
def logging_to(stream: io.StringIO, form: str = "json") -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure(replace(SETTINGS, log_format=form), stream)
    try:
        yield logging.getLogger("bot.test")
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def fail(log: logging.Logger, message: str, error: Exception, **extra: object) -> None:
    try:
        raise error
    except type(error):
        log.exception(message, extra=extra)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_object_with_its_facts_and_those_that_are_bound() -> None:
    stream = io.StringIO()
    with logging_to(stream) as log:
        with bound(job=7, delivery="guid", lane=None), bound(pull_request=17):
            log.info("job %s", "begins", extra={"action": "begin"})
        log.warning("later")
    first, second = lines(stream)
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "info", "room": "bot.test", "message": "job begins", "job": 7, "delivery": "guid", "pull_request": 17,
        "action": "begin",
    }  # fmt: skip
    assert "job" not in second


def test_facts_are_bound_in_their_thread_alone() -> None:
    stream = io.StringIO()
    with logging_to(stream) as log, bound(job=7):
        thread = threading.Thread(target=log.info, args=("elsewhere",))
        thread.start()
        thread.join()
    assert "job" not in lines(stream)[0]


def test_a_traceback_stays_on_its_line() -> None:
    stream = io.StringIO()
    with logging_to(stream, "logfmt") as log:
        fail(log, "it broke", ValueError("seven\nis too many"))
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: seven" in line
    assert 'message="it broke"' in line


@given(st.text(), st.dictionaries(st.sampled_from(["stream", "event", "number"]), st.text() | st.integers()))
def test_no_text_from_outside_forges_a_line_or_a_fact(message: str, facts: dict[str, Any]) -> None:
    for name, write in FORMATS.items():
        record = logging.makeLogRecord(
            {"name": "bot.test", "msg": "%s", "args": (message,), "levelname": "INFO"} | facts
        )
        line = Formatter(write).format(record)
        assert line.isascii()
        assert len(line.splitlines()) == 1
        if name == "json":
            assert set(json.loads(line)) == {"time", "level", "room", "message", *facts}
        else:
            assert {word.partition("=")[0] for word in shlex.split(line)} >= {"time", "level", "room", "message"}


@pytest.mark.parametrize("what", SECRETS)
@pytest.mark.parametrize("form", FORMATS)
def test_a_secret_is_blotted_out_wherever_it_would_be_said(what: str, form: str) -> None:
    secret = SECRETS[what]
    said = f"http://user:{secret}@proxy" if "proxy" in secret else secret
    stream = io.StringIO()
    with logging_to(stream, form) as log, bound(bound_fact=said):
        fail(log, f"with {said} in it", RuntimeError(f"the request with {said} failed"), own={"nested": said})
    told = stream.getvalue()
    assert "[secret]" in told
    for part in [secret, *secret.splitlines()]:
        assert part.startswith("-----") or (part not in told and json.dumps(part)[1:-1] not in told)


def test_every_field_that_is_kept_out_of_a_repr_is_a_secret() -> None:
    known = secrets_of(SETTINGS)
    assert {KEY, "the-present-webhook-secret", "secret-of-the-client", "token-of-the-metrics"} <= set(known)
    assert "client" not in known
    assert secrets_of(replace(SETTINGS, metrics_token=None))


def test_a_text_without_end_is_cut() -> None:
    stream = io.StringIO()
    with logging_to(stream) as log:
        log.info("x" * 100_000)
    assert len(stream.getvalue()) < 10_000

"""Answers as they come over a real socket: packed, in pieces, cut off, too long."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.github import App, connection
from bot.github.errors import TooLarge, Unavailable
from tests.bot.github.making import PEM

SLUG = json.dumps({"slug": "concordat", "filler": "é" * 200_000}).encode()
PACKED = gzip.compress(SLUG)
Send = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    send: Send

    def do_GET(self) -> None:
        self.send_response(200)
        type(self).send(self)
        self.close_connection = True

    def head(self, **headers: Any) -> None:
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def asked() -> Iterator[Callable[..., str]]:
    servers = []

    def ask(send: Send, through: Callable[[str], None] | None = None) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Prepared", (Handler,), {"send": send}))
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        if through is not None:
            through(url)
        app = App(1, PEM, url if through is None else "http://github.example", timeout=10)
        try:
            return app.slug()
        finally:
            app.close()

    yield ask
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_packed_answer_is_unpacked(asked: Callable[..., str]) -> None:
    def send(handler: Handler) -> None:
        handler.head(Content_Encoding="gzip", Content_Length=len(PACKED))
        handler.wfile.write(PACKED)

    assert asked(send) == "concordat"


def test_a_packed_answer_in_pieces_of_one_byte_is_put_together(asked: Callable[..., str]) -> None:
    def send(handler: Handler) -> None:
        handler.head(Content_Encoding="gzip", Transfer_Encoding="chunked")
        for byte in PACKED:
            handler.wfile.write(b"1\r\n%c\r\n" % byte)
        handler.wfile.write(b"0\r\n\r\n")

    assert asked(send) == "concordat"


def test_an_answer_that_is_cut_off_is_no_answer(asked: Callable[..., str]) -> None:
    def send(handler: Handler) -> None:
        handler.head(Content_Length=len(SLUG))
        handler.wfile.write(SLUG[: len(SLUG) // 2])

    with pytest.raises(Unavailable):
        asked(send)


def test_an_answer_that_unpacks_to_more_than_the_limit_is_given_up(asked: Callable[..., str]) -> None:
    bomb = gzip.compress(b" " * (connection.MAX_BODY + 1))

    def send(handler: Handler) -> None:
        handler.head(Content_Encoding="gzip", Content_Length=len(bomb))
        handler.wfile.write(bomb)

    with pytest.raises(TooLarge, match="40 MB"):
        asked(send)


def test_an_answer_that_trickles_in_for_ever_is_given_up(
    asked: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_WHOLE_ANSWER", 0.01)
    over = threading.Event()

    def send(handler: Handler) -> None:
        handler.head(Transfer_Encoding="chunked")
        while not over.wait(0.02):
            handler.wfile.write(b"1\r\n \r\n")

    with pytest.raises(Unavailable, match="too long"):
        asked(send)
    over.set()


def test_a_server_that_says_nothing_is_given_up() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as silent:  # takes connections and never answers
        app = App(1, PEM, f"http://127.0.0.1:{silent.server_port}", timeout=0.2)
        with pytest.raises(Unavailable, match="took too long"):
            app.slug()
        app.close()


def test_the_proxy_that_the_environment_names_is_asked_and_the_servers_that_it_leaves_out_are_not(
    asked: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answered(handler: Handler) -> None:
        body = json.dumps({"slug": handler.path}).encode()
        handler.head(Content_Length=len(body))
        handler.wfile.write(body)

    def proxied(url: str) -> None:
        monkeypatch.setenv("http_proxy", url)

    assert asked(answered) == "/app"
    assert asked(answered, through=proxied) == "http://github.example/app"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert asked(answered) == "/app"

"""The page on this machine from which a browser takes the manifest to GitHub, and to which GitHub sends it back."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import notices.pages
from bot.errors import UsageError
from bot.github.registration import is_code

_SECONDS = 10.0
"""How long one request may take to arrive."""
_NOT_HERE = "There is nothing at this address. Open the one that concordat app-manifest printed."
_NOT_OURS = (
    "This is not the answer to the page that you opened here. Open the address that concordat app-manifest printed, "
    "and begin from there."
)


class Page:
    """A page and its callback on loopback; a context manager. `made` takes the code and gives a text, or UsageError.

    The first callback with the right state decides; `wait` gives its text or raises its error.
    """

    def __init__(self, name: str, form: str, made: Callable[[str], str], port: int = 0) -> None:
        self._name = name
        self._form = form
        self._made = made
        self._state = secrets.token_urlsafe(32)
        self._manifest = ""
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._told: str | UsageError | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def callback(self) -> str:
        """Where GitHub sends the browser back to."""
        return f"{self.url}/callback"

    def offer(self, manifest: str) -> None:
        """Set what the page takes to GitHub."""
        self._manifest = manifest

    def wait(self) -> str:
        """Wait for the callback; give its text or raise its UsageError."""
        self._done.wait()
        if isinstance(self._told, UsageError):
            raise self._told
        return self._told or ""

    def answer(self, host: str, path: str) -> tuple[int, str, bool]:
        """Give status and page for a request, and whether it was the last one that is waited for."""
        # Another name for this machine would be another site's, bound to it by its name server.
        if host != urlsplit(self.url).netloc:
            return 404, _message("Not found", _NOT_HERE), False
        parts = urlsplit(path)
        if parts.path == "/":
            return 200, self._offer(), False
        if parts.path == "/callback":
            return self._callback(parse_qs(parts.query))
        return 404, _message("Not found", _NOT_HERE), False

    def _offer(self) -> str:
        action = f"{self._form}?state={self._state}"
        return notices.pages.page("app_manifest", title=f"Make {self._name}", action=action, manifest=self._manifest)

    def _callback(self, query: dict[str, list[str]]) -> tuple[int, str, bool]:
        state, code = (query.get(name, [""])[0] for name in ("state", "code"))
        if not hmac.compare_digest(state.encode(), self._state.encode()) or not is_code(code):
            return 400, _message("Not the answer", _NOT_OURS), False
        with self._lock:
            if self._told is None:
                try:
                    self._told = self._made(code)
                except UsageError as error:
                    self._told = error
        failed = isinstance(self._told, UsageError)
        return 502 if failed else 200, _message("That failed" if failed else "Done", str(self._told)), True

    def headers(self, page: str) -> dict[str, str]:
        """Give what goes with a page: nothing is loaded, and forms go to GitHub alone, which sends them back here."""
        parts = urlsplit(self._form)
        policy = (
            f"default-src 'none'; style-src {notices.pages.STYLE_HASH}; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action {parts.scheme}://{parts.netloc} 'self'"  # browsers hold a redirect's end to it too
        )
        return {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(page.encode())),
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        }

    def finish(self) -> None:
        """Let `wait` return."""
        self._done.set()


def _handler(page: Page) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_GET(self) -> None:
            """Answer one request."""
            status, text, last = page.answer(self.headers.get("Host", ""), self.path)
            self.send_response(status)
            for name, value in page.headers(text).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())
            self.wfile.flush()
            if last:
                page.finish()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
            """Say nothing: the address of the callback has the code."""

    return Handler


def _message(title: str, sentence: str) -> str:
    return notices.pages.message(title, sentence)

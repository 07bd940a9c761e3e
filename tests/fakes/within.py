"""The way to the double without a socket: requests go to its WSGI application in the same thread.

For tests that make so many requests that the wire itself would be most of their time; others speak HTTP in earnest.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bot.github import App
from tests.fakes.github import GitHubDouble


def connect(app: App, github: GitHubDouble) -> None:
    """Let an App reach the double from within; its webhooks are not concerned."""
    app._wire._session.mount("http://", Within(github._application))


class _Socket:
    """What the double closes to lose an answer."""

    closed = False

    def shutdown(self, how: int) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True


class Within(BaseAdapter):
    """A transport of `requests` that calls a WSGI application."""

    def __init__(self, application: Any) -> None:
        super().__init__()
        self._application = application

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Make the request; `ConnectionError` where the answer is lost or cut short."""
        socket = _Socket()
        body = request.body or b""
        if not isinstance(body, str | bytes):
            raise TypeError("the App sends texts only")
        environ = EnvironBuilder(
            request.path_url.partition("?")[0],
            method=request.method or "GET",
            query_string=request.path_url.partition("?")[2],
            headers=[(name, str(value)) for name, value in request.headers.items()],
            data=body.encode() if isinstance(body, str) else body,
        ).get_environ()
        environ["werkzeug.socket"] = socket
        try:
            chunks, status, headers = run_wsgi_app(self._application, environ, buffered=True)
            told = b"".join(chunks)
        except OSError as lost:
            raise requests.ConnectionError(str(lost), request=request) from lost
        if socket.closed or len(told) < int(headers.get("Content-Length", len(told))):
            raise requests.ConnectionError("the answer is lost", request=request)
        return _response(request, int(status.split()[0]), dict(headers), told)

    def close(self) -> None:
        """Nothing is open."""


def _response(
    request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes
) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.headers = CaseInsensitiveDict(headers)
    made.url = request.url or ""
    made.request = request
    made.raw = urllib3.HTTPResponse(io.BytesIO(body), headers, status, preload_content=False)
    return made

"""GitHub as one caller sees it: requests under that caller's credentials, counted, and lists read to their end."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

from github.Auth import Auth
from requests.utils import parse_header_links

from bot import metrics
from bot.github.errors import Denied, TooLarge
from bot.github.shapes import required
from bot.github.wire import MEDIA_TYPE, Reply, Request, Wire
from rules.jsontext import JsonValue

PER_PAGE = 100
"""As many as GitHub gives at once."""
MAX_PAGES = 200
"""Twenty thousand items; a longer list is an error that says so."""

Params = Mapping[str, str | int]
_NOTHING: Params = MappingProxyType({})


class Credentials(Protocol):
    """Where a caller's authentication comes from."""

    def current(self) -> Auth:
        """Give what is valid now, renewed if it has to be."""
        ...

    def renew(self) -> bool:
        """Forget what GitHub has just refused; false where there is nothing else to try."""
        ...


class Client:
    """Requests of one caller. `requests` counts those that were sent, answered or not."""

    def __init__(self, wire: Wire, credentials: Credentials) -> None:
        self._wire = wire
        self._credentials = credentials
        self._lock = threading.Lock()
        self._count = 0

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        with self._lock:
            return self._count

    def get(self, path: str, params: Params = _NOTHING, *, accept: str = MEDIA_TYPE) -> JsonValue:
        """Read one answer."""
        return self._send(Request("GET", path, params=params, accept=accept)).data

    def pages(self, path: str, params: Params = _NOTHING, *, within: str | None = None) -> Iterator[JsonValue]:
        """Read a list to its end, following GitHub's `Link` header; `within` names the list where it has an object.

        A full page without any such header is followed by the next number: not every server writes the header.
        """
        wanted = {**params, "per_page": PER_PAGE}
        request = Request("GET", path, params=wanted)
        before: JsonValue = None
        for page in range(2, MAX_PAGES + 2):
            reply = self._send(request)
            found = required(reply.data, list, *([within] if within else []))
            if "link" not in reply.headers and found == before:
                return  # a server that knows no pages gives all there is, again and again
            yield from found
            following = _following(reply, len(found), Request("GET", path, params=wanted | {"page": page}))
            if following is None:
                return
            before, request = found, following
        raise TooLarge(f"the list is longer than {MAX_PAGES * PER_PAGE} items", request=f"GET {path}")

    def write(self, verb: str, path: str, body: JsonValue = None) -> JsonValue:
        """Write once. Unavailable means that nobody knows whether it was done; it is not tried again here."""
        return self._send(Request(verb, path, body=body)).data

    def _send(self, request: Request) -> Reply:
        try:
            return self._count_and_send(request)
        except Denied as denied:
            # 401: a token may be revoked before its time. The request was refused, so nothing was done by it.
            if denied.status != 401 or not self._credentials.renew():
                raise
            return self._count_and_send(request)

    def _count_and_send(self, request: Request) -> Reply:
        auth = self._credentials.current()
        with self._lock:
            self._count += 1
        reply = self._wire.send(auth, request)
        left = reply.headers.get("x-ratelimit-remaining", "")
        if left.isascii() and left.isdigit():
            metrics.github_allows(getattr(self._credentials, "installation_id", None), int(left))
        return reply


def _following(reply: Reply, count: int, numbered: Request) -> Request | None:
    if "link" not in reply.headers:
        return numbered if count == PER_PAGE else None
    links = parse_header_links(reply.headers.get("link", ""))
    found = (link["url"] for link in links if link.get("rel") == "next" and "url" in link)
    return next((Request("GET", address) for address in found), None)

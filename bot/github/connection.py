"""One request over HTTP and its answer, in the shape that PyGithub's requester wants a connection to have.

PyGithub's own connection reads bodies of any size, keeps the request in fields that threads share, and its requester
sleeps on 202 and follows 301 without the query (so that a renamed repository would be read at another ref). This one
is made for a single exchange, reads a bounded body within a bounded time, and lets no redirect through.
"""

from __future__ import annotations

import time
from collections.abc import ItemsView, Mapping
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
import urllib3
from github.Requester import HTTPSRequestsConnectionClass, Requester, RequestsResponse

from bot.github.errors import TooLarge, Unavailable

MAX_BODY = 40 * 1024 * 1024
"""Bytes of one answer: a file of 20 MB in base64 with its line ends, and room for the rest."""

_CHUNK = 64 * 1024
_CONNECT_SECONDS = 10.0
_WHOLE_ANSWER = 4
"""An answer may trickle in for this many time-outs altogether, so that no server can hold a worker for ever."""
_POOL = 32
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


_SILENCES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((requests.exceptions.SSLError, urllib3.exceptions.SSLError), "its certificate is not trusted here"),
    ((requests.exceptions.ProxyError, urllib3.exceptions.ProxyError), "the proxy does not let us through"),
    ((requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError), "it took too long"),
    (
        (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError),
        "the connection broke off",
    ),
    ((requests.ConnectionError, OSError), "no connection could be made"),
)


def silence(error: Exception) -> str:
    """Say in words why no answer came, without what the error quotes."""
    return next((words for kinds, words in _SILENCES if isinstance(error, kinds)), "the exchange failed")


class Moved(Exception):  # noqa: N818 not an error: where to ask instead
    """GitHub answered with a redirect: nothing was done, and `location` is where to ask."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Answer(RequestsResponse):
    """Status, headers and text of an answer that has been read whole."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status = status
        self.headers = requests.structures.CaseInsensitiveDict(headers)
        self.text = text

    def getheaders(self) -> ItemsView[str, str]:
        """List the headers."""
        return self.headers.items()

    def read(self) -> str:
        """Give the body."""
        return self.text


class Connection(HTTPSRequestsConnectionClass):
    """One exchange with the server at `origin` ("https://api.github.com"), within `timeout` seconds of silence.

    The session is shared between threads: urllib3's pool allows that, and cookies are switched off.
    """

    def __init__(self, session: requests.Session, origin: str, timeout: float) -> None:
        self.session = session
        self.origin = origin
        self.read_timeout = timeout

    def getresponse(self) -> Answer:
        """Send what `request` was given; raises Moved, Unavailable, TooLarge."""
        deadline = time.monotonic() + self.read_timeout * _WHOLE_ANSWER
        try:
            with self.session.request(
                self.verb,
                self.origin + self.url,
                headers=self.headers,
                data=self.input,
                timeout=(min(_CONNECT_SECONDS, self.read_timeout), self.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._answer(response, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # The exception's text may hold an address with credentials of a proxy; its kind says enough.
            raise Unavailable(f"no answer from GitHub: {silence(error)}", request=self.name()) from None

    def name(self) -> str:
        """Name the request, `GET /repos/o/r`, without its query."""
        return f"{self.verb} {urlsplit(self.url).path}"

    def _answer(self, response: requests.Response, deadline: float) -> Answer:
        if response.status_code in _REDIRECTS and "location" in response.headers:
            raise Moved(response.headers["location"])
        if response.status_code == 202:
            raise Unavailable("GitHub is still making the answer", request=self.name(), status=202)
        body = self._read(response.raw, deadline)
        return Answer(response.status_code, response.headers, body.decode("utf-8", "replace"))

    def _read(self, raw: urllib3.HTTPResponse, deadline: float) -> bytes:
        body = bytearray()
        while chunk := raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > MAX_BODY:
                raise TooLarge(f"GitHub's answer is larger than {MAX_BODY // 1024 // 1024} MB", request=self.name())
            if time.monotonic() > deadline:
                raise Unavailable("GitHub's answer took too long to arrive", request=self.name())
        return bytes(body)


def session(origin: str) -> requests.Session:
    """Make a session with one server, which keeps connections open, never retries by itself and stores no cookie.

    Proxies and certificates are those that the environment names for the server now: requests would read the whole
    environment again for each request.
    """
    made = requests.Session()
    found = made.merge_environment_settings(origin, {}, None, None, None)
    made.proxies, made.verify, made.trust_env = found["proxies"], found["verify"], False
    made.auth = Requester.noopAuth  # else requests would look for a .netrc
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = requests.adapters.HTTPAdapter(max_retries=0, pool_connections=4, pool_maxsize=_POOL)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made

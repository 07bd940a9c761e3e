"""The double over real HTTP: finds the route, the caller and the repository, applies limits and faults, keeps a log."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.fakes.github import (
    limits,
    routes_actions,
    routes_app,
    routes_branches,
    routes_checks,
    routes_git,
    routes_hook,
    routes_issues,
    routes_manifest,
    routes_oauth,
    routes_pulls,
)
from tests.fakes.github.access import verify_app, verify_permission, verify_token
from tests.fakes.github.exchange import Exchange, Watcher
from tests.fakes.github.faults import COMMITS, Fault, Faults
from tests.fakes.github.http import Answer, Call, HttpError, Route, not_found
from tests.fakes.github.limits import RateLimits
from tests.fakes.github.oauth import OAuth
from tests.fakes.github.shapes import Urls
from tests.fakes.github.site import Site
from tests.fakes.github.state import Installation, Repository, Token

Page = Callable[[str], str | None]
Matched = tuple[Route, Mapping[str, Any]]
ENTERPRISE_PREFIX = "/api/v3"
READS = frozenset({"GET", "HEAD"})
_LONGEST_HANG = 120.0
_TOKENS = "/access_tokens"


@dataclass(frozen=True)
class Seen:
    """One request that came in; `status` is what was, or would have been, answered, `fault` what spoiled it."""

    method: str
    path: str
    query: str
    status: int
    at: datetime
    fault: str | None = None

    @property
    def reads(self) -> bool:
        """Say whether the request asks for something."""
        return self.method in READS

    @property
    def writes(self) -> bool:
        """Say whether the request changes something that people see; asking for a token does not."""
        return not self.reads and not self.path.endswith(_TOKENS)


def rate_limit(call: Call) -> Answer:
    """Stand for `GET /rate_limit`, which the server answers itself."""
    del call
    return Answer()


_RATE_LIMIT = Route("GET", "/rate_limit", rate_limit)
ROUTES = (
    *routes_app.ROUTES,
    *routes_hook.ROUTES,
    *routes_manifest.ROUTES,
    *routes_git.ROUTES,
    *routes_branches.ROUTES,
    *routes_pulls.ROUTES,
    *routes_issues.ROUTES,
    *routes_checks.ROUTES,
    *routes_actions.ROUTES,
    _RATE_LIMIT,
)
_MAP = Map([Rule(one.rule, methods=[one.method], endpoint=one) for one in ROUTES], strict_slashes=False)

_NO_ANSWER = frozenset({"timeout", "502_html"})
"""The faults after which there is nothing that GitHub describes."""
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)
_UNICORN = "<!DOCTYPE html><html><head><title>Unicorn!</title></head><body><p>We had issues producing the response.</p>"


def _error(error: HttpError, headers: dict[str, str] | None = None) -> Answer:
    return Answer(error.body(), error.status, headers or {})


def _exhausted() -> Answer:
    return _error(HttpError(403, "API rate limit exceeded for installation."))


_FAULTY: dict[str, Callable[[], Answer]] = {
    "500": lambda: Answer({"message": "Server Error"}, 500),
    "502_html": lambda: Answer(_UNICORN.encode(), 502, {"Content-Type": "text/html; charset=utf-8"}),
    "404": lambda: _error(not_found()),
    "422": lambda: _error(HttpError(422, "Validation Failed")),
    "403": lambda: _error(HttpError(403, "Resource not accessible by integration")),
    "403_rate_limit": _exhausted,
    "403_secondary": lambda: _error(HttpError(403, _SECONDARY), {"Retry-After": "60"}),
    "429": lambda: _error(HttpError(429, _SECONDARY), {"Retry-After": "60"}),
}


class Application:
    """The WSGI application; the lock of the world is held while a route runs, and never while a webhook is sent."""

    def __init__(self, site: Site, allowances: RateLimits, page: Page, watcher: Watcher | None = None) -> None:
        self.site = site
        self.limits = allowances
        self.faults = Faults()
        self.log: list[Seen] = []
        self.deviations: list[str] = []
        self.oauth = OAuth(site)
        self.stopping = threading.Event()
        self._page = page
        self._watcher = watcher

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        path, prefix = _split(request.path)
        matched = _matched(request.method, path)
        fault = self.faults.strike(request.method, path)
        spoiled = fault is not None and fault.how not in COMMITS
        answer = self._spoiled(fault) if fault and spoiled else self._answer(request, path, prefix, matched)
        if fault and fault.how == "slow":
            self.stopping.wait(fault.seconds)
        now = self.site.world.now()
        how = fault.how if fault else None
        self.log.append(Seen(request.method, path, request.query_string.decode(), answer.status, now, how))
        if fault and fault.how in ("lost_answer", "timeout"):
            _drop(environ)
        response = _response(answer, request, now)
        rule = matched[0].rule if matched else routes_oauth.rule(request.method, path)
        if rule and self._watcher and (fault is None or fault.how not in _NO_ANSWER):
            self.deviations += self._watcher.exchange(_exchange(request, path, prefix, rule, response))
        if fault and fault.how == "half_answer":
            start_response(response.status, response.get_wsgi_headers(environ).to_wsgi_list())
            return [response.get_data()[: max(1, len(response.get_data()) // 2)]]
        return response(environ, start_response)

    def _spoiled(self, fault: Fault) -> Answer:
        if fault.how == "timeout":
            self.stopping.wait(_LONGEST_HANG)
            return Answer(status=504)
        answer = _FAULTY[fault.how]()
        if fault.how == "403_rate_limit":
            reset = self.site.world.now() + limits.WINDOW
            spent = limits.Allowance(self.limits.limit, reset, self.limits.limit)
            return Answer(answer.body, answer.status, spent.headers())
        return answer

    def _answer(self, request: Request, path: str, prefix: str, matched: Matched | None) -> Answer:
        personal = routes_oauth.answer(self.oauth, request, path, prefix)
        if personal is None:
            personal = routes_manifest.answer(self.site, request, path)
        if personal is not None:
            return personal
        if matched is None:
            return self._page_or_nothing(request, path)
        try:
            return self._limited(request, path, prefix, *matched)
        except HttpError as error:
            return _error(error)
        finally:
            self.site.webhooks.flush()

    def _page_or_nothing(self, request: Request, path: str) -> Answer:
        html = None
        if request.method in READS:
            with self.site.world.lock:
                html = self._page(path)
        if html is None:
            return _error(not_found())
        return Answer(html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})

    def _limited(self, request: Request, path: str, prefix: str, route: Route, arguments: Mapping[str, Any]) -> Answer:
        with self.site.world.lock:
            token, installation = self._caller(route, request.headers.get("Authorization", ""))
            who = str(installation.id) if installation else "app"
            if route is _RATE_LIMIT:
                return Answer(self.limits.overview(who), headers=self.limits.of(who).headers())
            allowance = self.limits.of(who)
            if not allowance.remaining:
                spent = _exhausted()
                return Answer(spent.body, spent.status, allowance.headers())
            answer = self._routed(
                request, self.site.root + prefix + path, prefix, (route, arguments), token, installation
            )
            # an answer that the client has already costs it nothing
            allowance.used += not request.if_none_match.contains_weak(_etag(_data(answer)))
            return Answer(answer.body, answer.status, {**allowance.headers(), **answer.headers})

    def _caller(self, route: Route, authorization: str) -> tuple[Token | None, Installation | None]:
        if route.caller == "app":
            verify_app(authorization, self.site.app, self.site.world)
            return None, None
        if route.caller == "anyone" and not authorization:
            return None, None
        return verify_token(authorization, self.site.world)

    def _routed(
        self,
        request: Request,
        url: str,
        prefix: str,
        matched: Matched,
        token: Token | None,
        installation: Installation | None,
    ) -> Answer:
        route, arguments = matched
        urls: Urls = self.site.urls_under(prefix)
        try:
            found = self._repository(arguments, token, installation)
            if token is not None:
                verify_permission(route, token)
            accept = request.headers.get("Accept", "")
            call = Call(
                self.site, urls, url, request.args.to_dict(), accept, _json(request), token, installation, found
            )
            return route.handler(call, **{name: value for name, value in arguments.items() if name not in _ADDRESS})
        except HttpError as error:
            # an error costs a request too, so it is answered here, with the limit's headers
            return _error(error)

    def _repository(
        self, arguments: Mapping[str, Any], token: Token | None, installation: Installation | None
    ) -> Repository | None:
        """Find the repository of the path; whatever is outside the installation is not found."""
        if "repo" not in arguments:
            return None
        found = self.site.world.find(arguments["owner"], arguments["repo"])
        if found is None:
            raise not_found()
        if token is not None and installation is not None:
            seen = installation.repositories if token.repositories is None else token.repositories
            if found.id not in seen & installation.repositories:
                raise not_found()
        return found


_ADDRESS = frozenset({"owner", "repo"})


def _matched(method: str, path: str) -> Matched | None:
    try:
        route, arguments = _MAP.bind("double").match(path, method=method)
    except HTTPException:
        return None
    return route, arguments


def _exchange(request: Request, path: str, prefix: str, rule: str, response: Response) -> Exchange:
    """Gather what went over the wire."""
    try:
        sent = json.loads(request.get_data() or b"null")
    except ValueError:
        sent = None
    raw = not (response.content_type or "").startswith("application/json")
    return Exchange(
        request.method, path, rule, prefix, request.args.to_dict(), sent,
        response.status_code, dict(response.headers), response.get_data(), raw,
    )  # fmt: skip


def _split(path: str) -> tuple[str, str]:
    """Take off the prefix that GitHub Enterprise Server has its API under."""
    if path.startswith(ENTERPRISE_PREFIX + "/"):
        return path.removeprefix(ENTERPRISE_PREFIX), ENTERPRISE_PREFIX
    return path, ""


def _json(request: Request) -> dict[str, Any]:
    if request.method in READS or not request.get_data():
        return {}
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise HttpError(400, "Problems parsing JSON") from error
    if not isinstance(body, dict):
        raise HttpError(400, "Body should be a JSON object")
    return body


def _data(answer: Answer) -> bytes:
    if isinstance(answer.body, bytes):
        return answer.body
    return b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _response(answer: Answer, request: Request, now: datetime) -> Response:
    data = _data(answer)
    response = Response(data, answer.status, dict(answer.headers))
    if not isinstance(answer.body, bytes):
        response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.headers["Date"] = http_date(now)
    response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
    response.headers["X-GitHub-Request-Id"] = uuid.uuid4().hex[:20].upper()
    if request.method in READS and answer.status == HTTPStatus.OK:
        response.set_etag(_etag(data), weak=True)
        response.make_conditional(request)
    return response


def _drop(environ: WSGIEnvironment) -> None:
    """Close the connection under the answer, so that the client never learns what happened."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


class _Quiet(WSGIRequestHandler):
    """A handler that does not write a line for each request; errors are still logged.

    Connections stay open, as GitHub's do.
    """

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the double keeps its own log."""


class Listener:
    """A threaded HTTP server for an application, on loopback; port 0 takes a free one."""

    def __init__(self, application: Application, port: int = 0) -> None:
        self._application = application
        self._server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_Quiet)
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="github", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Let hanging requests go, and close the port."""
        self._application.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

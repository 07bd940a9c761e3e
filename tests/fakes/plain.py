"""A GitHub written by hand with as little as possible: no links, no limits, no times, no field that is not asked for.

It stands beside the double, which answers like GitHub to the letter: whoever tests an App against a counterpart of
their own, or runs it before a server that only speaks like GitHub, leaves out what nothing seems to need.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

Json = Any
SECRET = "a-plain-webhook-secret"
NAME = "octo/plain"
REPOSITORY, INSTALLATION = 71, 5


def sha_of(text: str) -> str:
    """Give the id that git gives to a file's text."""
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class Plain:
    """What this GitHub knows of its one repository; `requests` are (method, path) as they came."""

    url: str = ""
    commits: dict[str, dict[str, str]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)
    count: int = 100

    def commit(self, branch: str, files: Mapping[str, str]) -> str:
        """Put files on a branch, which begins where main is."""
        self.count += 1
        before = self.commits.get(self.branches.get(branch, self.branches.get("main", "")), {})
        sha = hashlib.sha1(f"commit {self.count}".encode()).hexdigest()
        self.commits[sha] = {**before, **files}
        self.branches[branch] = sha
        return sha

    def pull(self, number: int, branch: str) -> dict[str, Any]:
        """Open a pull request from a branch to main."""
        self.pulls[number] = {"number": number, "branch": branch, "state": "open"}
        return self.pulls[number]

    def shown(self, number: int) -> Json:
        """Show a pull request."""
        pull = self.pulls[number]
        return {
            "number": number,
            "state": pull["state"],
            "title": "A change",
            "user": {"login": "ana", "id": 11},
            "head": {"ref": pull["branch"], "sha": self.branches[pull["branch"]]},
            "base": {"ref": "main", "sha": self.branches["main"]},
        }

    def send(self, app: str, event: str, payload: Json) -> int:
        """Send a delivery to the App at an address; the status that it answers."""
        body = json.dumps(payload).encode()
        made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(uuid4()),
            "X-Hub-Signature-256": f"sha256={made}",
        }
        request = urllib.request.Request(f"{app}/webhook", body, headers)
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Json) -> tuple[int, Json]:
        """Answer one request."""
        self.requests.append((method, path))
        for verb, pattern, give in _ROUTES:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                return give(self, [unquote(one) for one in found.groups()], query, body)
        self.unknown.append(f"{method} {path}")
        return 404, {"message": "Not Found"}

    def files(self, ref: str) -> Mapping[str, str]:
        """Give the files at a commit or a branch."""
        return self.commits.get(self.branches.get(ref, ref), {})


Give = Callable[[Plain, list[str], Mapping[str, str], Json], tuple[int, Json]]
_REPO = f"/repos/{NAME}"


def _token(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 201, {"token": "plain-token"}


def _app(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 200, {"id": 1, "slug": "concordat"}


def _installation(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 200, {"id": INSTALLATION}


def _installations(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 200, [{"id": INSTALLATION}]


def _repositories(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 200, {"repositories": [{"id": REPOSITORY, "full_name": NAME}]}


def _repository(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 200, {"id": REPOSITORY, "full_name": NAME}


def _pull(on: Plain, given: list[str], _: Mapping[str, str], __: Json) -> tuple[int, Json]:
    number = int(given[0])
    return (200, on.shown(number)) if number in on.pulls else (404, {"message": "Not Found"})


def _pulls(on: Plain, _: list[str], __: Mapping[str, str], ___: Json) -> tuple[int, Json]:
    return 200, [on.shown(number) for number, pull in on.pulls.items() if pull["state"] == "open"]


def _compare(on: Plain, given: list[str], _: Mapping[str, str], __: Json) -> tuple[int, Json]:
    base, head = (on.branches.get(one, one) for one in given)
    old, new = on.files(base), on.files(head)
    files = [
        {"filename": path, "status": "added" if path not in old else "removed" if path not in new else "modified"}
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]
    return 200, {"base_commit": {"sha": base}, "merge_base_commit": {"sha": base}, "files": files}


def _contents(on: Plain, given: list[str], query: Mapping[str, str], _: Json) -> tuple[int, Json]:
    text = on.files(query.get("ref", "main")).get(given[0])
    if text is None:
        return 404, {"message": "Not Found"}
    data = base64.b64encode(text.encode()).decode()
    return 200, {"type": "file", "path": given[0], "sha": sha_of(text), "encoding": "base64", "content": data}


def _tree(on: Plain, given: list[str], _: Mapping[str, str], __: Json) -> tuple[int, Json]:
    found = on.files(given[0])
    return 200, {"tree": [{"path": path, "type": "blob", "sha": sha_of(text)} for path, text in found.items()]}


def _comments(on: Plain, given: list[str], query: Mapping[str, str], _: Json) -> tuple[int, Json]:
    found = [one for one in on.comments.values() if one["pull"] == int(given[0])]
    each, page = int(query.get("per_page", 30)), int(query.get("page", 1))
    return 200, found[each * (page - 1) : each * page]


def _write_comment(on: Plain, given: list[str], _: Mapping[str, str], body: Json) -> tuple[int, Json]:
    on.count += 1
    made = {"id": on.count, "pull": int(given[0]), "body": body["body"], "user": {"login": "concordat[bot]"}}
    on.comments[on.count] = made
    return 201, made


def _comment(on: Plain, given: list[str], _: Mapping[str, str], __: Json) -> tuple[int, Json]:
    found = on.comments.get(int(given[0]))
    return (200, found) if found else (404, {"message": "Not Found"})


def _change_comment(on: Plain, given: list[str], _: Mapping[str, str], body: Json) -> tuple[int, Json]:
    on.comments[int(given[0])]["body"] = body["body"]
    return 200, on.comments[int(given[0])]


def _checks(on: Plain, given: list[str], _: Mapping[str, str], __: Json) -> tuple[int, Json]:
    found = [one for one in on.checks if one["head_sha"] == given[0]]
    return 200, {"total_count": len(found), "check_runs": found}


def _write_check(on: Plain, _: list[str], __: Mapping[str, str], body: Json) -> tuple[int, Json]:
    on.count += 1
    on.checks.append({**body, "id": on.count})
    return 201, {"id": on.count}


def _change_check(on: Plain, given: list[str], _: Mapping[str, str], body: Json) -> tuple[int, Json]:
    next(one for one in on.checks if one["id"] == int(given[0])).update(body)
    return 200, {"id": int(given[0])}


def _none(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 200, []


def _commit(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 200, {}


def _asked(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 201, {}


def _role(_: Plain, given: list[str], __: Mapping[str, str], ___: Json) -> tuple[int, Json]:
    return 200, {"permission": "write", "user": {"login": given[0], "id": 12}}


def _member(_: Plain, __: list[str], ___: Mapping[str, str], ____: Json) -> tuple[int, Json]:
    return 200, {"state": "active"}


_ROUTES: tuple[tuple[str, str, Give], ...] = (
    ("POST", r"/app/installations/\d+/access_tokens", _token),
    ("GET", "/app", _app),
    ("GET", "/app/hook/deliveries", _none),
    ("GET", "/app/installations", _installations),
    ("GET", "/installation/repositories", _repositories),
    ("GET", f"{_REPO}/installation", _installation),
    ("GET", _REPO, _repository),
    ("GET", f"{_REPO}/pulls", _pulls),
    ("GET", rf"{_REPO}/pulls/(\d+)", _pull),
    ("GET", rf"{_REPO}/pulls/\d+/reviews", _none),
    ("POST", rf"{_REPO}/pulls/\d+/requested_reviewers", _asked),
    ("GET", rf"{_REPO}/compare/(.+)\.\.\.(.+)", _compare),
    ("GET", f"{_REPO}/contents/(.+)", _contents),
    ("GET", f"{_REPO}/git/trees/(.+)", _tree),
    ("GET", rf"{_REPO}/issues/(\d+)/comments", _comments),
    ("POST", rf"{_REPO}/issues/(\d+)/comments", _write_comment),
    ("GET", rf"{_REPO}/issues/comments/(\d+)", _comment),
    ("PATCH", rf"{_REPO}/issues/comments/(\d+)", _change_comment),
    ("POST", rf"{_REPO}/issues/comments/\d+/reactions", _asked),
    ("GET", f"{_REPO}/commits/[0-9a-f]+", _commit),
    ("GET", f"{_REPO}/commits/([0-9a-f]+)/check-runs", _checks),
    ("POST", f"{_REPO}/check-runs", _write_check),
    ("PATCH", rf"{_REPO}/check-runs/(\d+)", _change_check),
    ("GET", f"{_REPO}/collaborators/([^/]+)/permission", _role),
    ("GET", "/orgs/octo/teams/[^/]+/memberships/[^/]+", _member),
)


class _Handler(BaseHTTPRequestHandler):
    plain: ClassVar[Plain]
    protocol_version = "HTTP/1.1"

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        with self.plain.lock:
            status, data = self.plain.answer(self.command, address.path, query, json.loads(body or b"null"))
        text = json.dumps(data).encode()
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _do  # noqa: N815 as the library calls them

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 as the library calls it
        """Keep silent."""


@contextmanager
def plain() -> Iterator[Plain]:
    """Serve it on loopback."""
    made = Plain()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"plain": made}))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

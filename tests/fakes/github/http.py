"""What a route is given and gives back: a call, an answer, GitHub's errors, pages of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from tests.fakes.github.shapes import Urls
from tests.fakes.github.site import Site
from tests.fakes.github.state import Installation, Repository, Token, World

DOCUMENTATION = "https://docs.github.com/rest"
Caller = Literal["app", "installation", "anyone"]
Handler = Callable[..., "Answer"]
_PER_PAGE, _MOST_PER_PAGE = 30, 100


class HttpError(Exception):
    """An error as GitHub words it; `errors` are those of a 422, one object for each field."""

    def __init__(self, status: int, message: str, errors: Sequence[Mapping[str, Any] | str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        shape = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        return {**shape, "errors": list(self.errors)} if self.errors else shape


def not_found() -> HttpError:
    """What GitHub says both of what is not there and of what the token may not see."""
    return HttpError(404, "Not Found")


def invalid(resource: str, name: str, code: str, message: str | None = None) -> HttpError:
    """Refuse one field of a body."""
    error = {"resource": resource, "field": name, "code": code} | ({"message": message} if message else {})
    return HttpError(422, "Validation Failed" if not message else f"Validation Failed: {message}", [error])


@dataclass(frozen=True)
class Answer:
    """What a route answers: JSON, or bytes with their media type in the headers."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """One operation; `needs` are alternatives of (permission, "read" or "write"), any of which suffices."""

    method: str
    rule: str
    handler: Handler
    caller: Caller = "installation"
    needs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Call:
    """One request, with whoever makes it found out and the repository of its path looked up."""

    site: Site
    urls: Urls
    url: str
    query: Mapping[str, str]
    accept: str
    body: dict[str, Any]
    token: Token | None = None
    installation: Installation | None = None
    found: Repository | None = None

    @property
    def world(self) -> World:
        """Everything that GitHub knows."""
        return self.site.world

    @property
    def repository(self) -> Repository:
        """The repository of the path, which the token may see."""
        if self.found is None:
            raise not_found()
        return self.found

    def asks_for(self, media: str) -> bool:
        """Say whether the client wants this media type ("raw", "object") of GitHub's."""
        versions = ("application/vnd.github.", "application/vnd.github.v3.")
        wanted = {part.split(";")[0].strip().removesuffix("+json") for part in self.accept.split(",")}
        return any(version + media in wanted for version in versions)

    def text(self, name: str, resource: str, *, most: int | None = None) -> str:
        """Take a required string of the body."""
        value = self.body.get(name)
        if not isinstance(value, str):
            raise invalid(resource, name, "missing_field" if value is None else "invalid")
        if most is not None and len(value) > most:
            raise invalid(resource, name, "custom", f"{name} is too long (maximum is {most} characters)")
        return value

    def number(self, name: str, default: int, most: int) -> int:
        """Take a whole number of the query; GitHub quietly corrects what is out of range."""
        value = self.query.get(name, "")
        return min(max(int(value), 1), most) if value.isdigit() else default

    def paged(
        self, items: Sequence[Any], *, default: int = _PER_PAGE, wrap: Callable[[list[Any]], Any] = list
    ) -> Answer:
        """Answer one page of a list, with GitHub's `Link` header; `wrap` puts the page into its object."""
        per_page = self.number("per_page", default, max(_MOST_PER_PAGE, default))
        page = self.number("page", 1, 10**9)
        last = max(1, -(-len(items) // per_page))
        start = (page - 1) * per_page
        return Answer(wrap(list(items[start : start + per_page])), headers=self._links(page, last))

    def _links(self, page: int, last: int) -> dict[str, str]:
        wanted = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page <= 1:
            del wanted["prev"], wanted["first"]
        if page >= last:
            del wanted["next"], wanted["last"]
        links = [
            f'<{self.url}?{urlencode({**self.query, "page": number})}>; rel="{rel}"' for rel, number in wanted.items()
        ]
        return {"Link": ", ".join(links)} if links else {}

"""Everything that can go wrong between us and GitHub, and what each means for who called.

GitHubError
├── NotFound       not there, or not for us to see: GitHub tells no difference
│   └── Unrelated  two commits share no history, so there is nothing to compare
├── Denied         GitHub refuses us: a permission is missing, the key is not the App's
│   └── Suspended  the installation is suspended: its owner wants us to be quiet
├── RateLimited    asked too much; nothing was done, and `retry_at` says when to come back
├── Rejected       what was asked cannot be done as asked (422 and the like); asking again changes nothing
├── TooLarge       the answer is larger than what we are willing to read
├── Unavailable    no usable answer came (5xx, connection, time-out): a write may have been done or not
└── BadAnswer      an answer came whose shape is not the documented one

Every error carries the request it belongs to (`GET /repos/o/r/pulls/7`), GitHub's status and its request id, which is
what GitHub's support asks for. None carries a header or a body that we sent, so that no token can be in a log.
"""

from __future__ import annotations

from datetime import datetime


class GitHubError(Exception):
    """GitHub could not be read or written; `request` is the method and path, `status` the HTTP status if any."""

    def __init__(
        self, sentence: str, *, request: str = "", status: int | None = None, request_id: str | None = None
    ) -> None:
        details = [str(part) for part in (request, status, request_id and f"request id {request_id}") if part]
        super().__init__(f"{sentence} ({', '.join(details)})" if details else sentence)
        self.sentence = sentence
        self.request = request
        self.status = status
        self.request_id = request_id


class NotFound(GitHubError):  # noqa: N818 the tree's names are the words of the callers, "except NotFound"
    """What was asked for is not there, or the App may not see it."""


class Unrelated(NotFound):
    """Two commits have no common ancestor."""


class Denied(GitHubError):  # noqa: N818 as above
    """GitHub refuses the App or what it asks for; an operator has to change something."""


class Suspended(Denied):
    """The App is suspended on this account; nothing is to be done until its owner takes that back."""


class RateLimited(GitHubError):  # noqa: N818 as above
    """GitHub wants us to wait until `retry_at` (aware, UTC); the request was not carried out."""

    def __init__(
        self,
        sentence: str,
        *,
        retry_at: datetime,
        request: str = "",
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(sentence, request=request, status=status, request_id=request_id)
        self.retry_at = retry_at


class Rejected(GitHubError):  # noqa: N818 as above
    """GitHub understood the request and will never do it as it stands."""


class TooLarge(GitHubError):  # noqa: N818 as above
    """What was asked for exceeds a limit of ours, named in the message."""


class Unavailable(GitHubError):  # noqa: N818 as above
    """No usable answer came; after a write nobody knows whether it was done, so look before writing again."""


class BadAnswer(GitHubError):  # noqa: N818 as above
    """The answer does not have the documented shape."""

"""What `concordat doctor` says where GitHub itself does not answer as it should: what that means, and what to do."""

from __future__ import annotations

from bot.doctor.values import Finding, broken
from bot.github.errors import BadAnswer, Denied, GitHubError, NotFound, RateLimited, Suspended, Unavailable

_REACH = "see that this machine reaches GITHUB_API_URL, through its proxy and firewall, and try again"
ADDRESS = (
    "see that GITHUB_API_URL is the address of the API: https://api.github.com, or https://HOST/api/v3 of an "
    "Enterprise Server"
)
_KEY = "see what the check `app` says of the App's number and its key"
_THEIRS = (
    "nothing is to be done here: wait and try again; www.githubstatus.com, or who runs the Enterprise Server, "
    "tells more"
)
_OTHERWISE = "try again; if it stays so, ask GitHub's support with the request id"

_ADVICE: tuple[tuple[type[GitHubError], str], ...] = (
    (Suspended, "an owner of the account unsuspends the App on its installation's page"),
    (Denied, _KEY),
    (NotFound, f"{ADDRESS}; {_KEY}"),
    (BadAnswer, f"{ADDRESS}, and that nothing between here and there answers in its place"),
)


def of_github(error: GitHubError) -> Finding:
    """Say what GitHub's refusal, or its silence, means for who set the App up."""
    return broken(str(error), advice(error))


def advice(error: GitHubError) -> str:
    """Say what to do about it."""
    if isinstance(error, RateLimited):
        return f"try again after {error.retry_at:%H:%M} UTC; nothing is wrong with the settings"
    if isinstance(error, Unavailable):
        return _REACH if error.status is None else _THEIRS
    return next((text for kind, text in _ADVICE if isinstance(error, kind)), _OTHERWISE)

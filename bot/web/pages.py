"""Pages as answers: what they say to browsers about what is allowed (W3C, Content Security Policy Level 3)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

import notices.pages
from bot.web.links import REPORTS
from notices.pages import Looker

_POLICY = "default-src 'none'; base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    # The address of a report is its permission where nobody signs in: it goes to no other site, into no index and into
    # no shared cache.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SENTENCES: Mapping[int, str] = {
    403: "This form is no longer valid: it was opened under another sign-in. Go back, reload the page and try again.",
    404: "There is nothing at this address.",
    405: "This address is not for that.",
    413: "This is more than the server takes.",
}
_NOT_FOR_YOU = (
    "There is nothing at this address for you. Either it does not exist, or it belongs to a repository that you cannot "
    "see on GitHub; then somebody who administers it there can give you access."
)
_NO_REPORT = (
    "A link to a report stops working when the report is no longer kept; the pull request's comment has the present "
    "link."
)
_FAILURE = "Something failed on this server. Its operator finds the cause in the log; try again in a while."
_NO_ANSWER = (
    "GitHub does not answer at the moment, so it cannot be told what you may see. Nothing is shown until it does; try "
    "again in a minute."
)

_NO_DATABASE = (
    "This server's database does not answer, so nothing can be shown or done. Nothing is lost: try again in a minute. "
    "Its operator sees what is missing at /readyz and in the log."
)


def page(html: str, status: int = 200, *, forms: bool = False) -> Response:
    """Answer with a page; nothing runs in it, nothing is loaded into it, no frame holds it.

    `forms` lets the forms of a page be sent whose reader is not signed in. Who looks is known from the request; a page
    that others must not see in a cache says so.
    """
    looker: Looker | None = g.get("looker")
    html = notices.pages.framed(html, looker, sign_in=g.get("sign_in"))
    headers = {**_HEADERS, "Content-Security-Policy": policy(html, forms=forms or looker is not None)}
    if looker is not None:
        headers["Cache-Control"] = "private, no-store"  # after sign-out the way back shows nothing
    return Response(html, status, headers, mimetype="text/html")


def policy(html: str, *, forms: bool = False) -> str:
    """Make a page's content security policy: the style sheet in its head applies, by its hash, and no other.

    The head comes before anything that was quoted from elsewhere, so its first style sheet is the template's own.
    `forms` lets its forms be sent, to this server alone.
    """
    rules = _POLICY.format(forms="'self'" if forms else "'none'")
    found = _STYLE.search(html.partition("<body")[0])
    if found is None:
        return rules
    # Browsers hash the text with LF as line end (HTML, "normalize newlines").
    style = found[1].replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"{rules}; style-src 'sha256-{digest}'"


def message(title: str, sentence: str, status: int, *, way_out: tuple[str, str] | None = None) -> Response:
    """Answer with a page of one sentence."""
    return page(notices.pages.message(title, sentence, way_out), status)


def failure(error: HTTPException) -> Response:
    """Say in a sentence what is wrong; nothing of the request is quoted."""
    status = error.code or 500
    sentence = _SENTENCES.get(status, _FAILURE if status >= 500 else "This request cannot be answered.")
    if status == HTTPStatus.NOT_FOUND:
        return _not_found(sentence if g.get("looker") is None else _NOT_FOR_YOU)
    return message(HTTPStatus(status).phrase, sentence, status)


def _not_found(sentence: str) -> Response:
    if request.path.startswith(REPORTS):
        sentence = f"{sentence} {_NO_REPORT}"
    return message(HTTPStatus.NOT_FOUND.phrase, sentence, 404, way_out=("To the start page", "/"))


def no_answer() -> Response:
    """Say that GitHub does not answer, so that nothing is shown."""
    answer = message("GitHub does not answer", _NO_ANSWER, 503)
    answer.headers["Retry-After"] = "60"
    return answer


def no_database() -> Response:
    """Say that nothing can be shown until the database answers."""
    answer = message("Not available at the moment", _NO_DATABASE, 503)
    answer.headers["Retry-After"] = "60"
    return answer


def too_many(seconds: int) -> Response:
    """Ask for patience."""
    sentence = f"That was a lot at once. Try again in {seconds} second{'' if seconds == 1 else 's'}."
    answer = message("Too many requests", sentence, 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer

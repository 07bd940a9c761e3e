"""Pages as answers: what they say to browsers about what is allowed (W3C, Content Security Policy Level 3)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response
from werkzeug.exceptions import HTTPException

from notices.pages import STYLE

_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    # The address of a report is its permission: it goes to no other site, into no index and into no shared cache.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SENTENCES: Mapping[int, str] = {
    404: "There is nothing at this address. A link to a report stops working when the report is no longer kept; "
    "the pull request's comment has the present link.",
    405: "This address is not for that.",
    413: "This is more than the server takes.",
}
_FAILURE = "Something failed on this server. Its operator finds the cause in the log; try again in a while."


def page(html: str, status: int = 200) -> Response:
    """Answer with a page; nothing runs in it, nothing is loaded into it, no frame holds it."""
    headers = {**_HEADERS, "Content-Security-Policy": policy(html)}
    return Response(html, status, headers, mimetype="text/html")


def policy(html: str) -> str:
    """Make a page's content security policy: the style sheet in its head applies, by its hash, and no other.

    The head comes before anything that was quoted from elsewhere, so its first style sheet is the template's own.
    """
    found = _STYLE.search(html.partition("<body")[0])
    if found is None:
        return _POLICY
    # Browsers hash the text with LF as line end (HTML, "normalize newlines").
    style = found[1].replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"{_POLICY}; style-src 'sha256-{digest}'"


def failure(error: HTTPException) -> Response:
    """Say in a sentence what is wrong; nothing of the request is quoted."""
    status = error.code or 500
    title = HTTPStatus(status).phrase
    sentence = _SENTENCES.get(status, _FAILURE if status >= 500 else "This request cannot be answered.")
    return page(
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title} – Concordat</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body><main><h1>{title}</h1>\n<p>{sentence}</p></main></body>\n</html>\n",
        status,
    )

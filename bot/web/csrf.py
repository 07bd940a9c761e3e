"""Requests that change something come from our own pages: each form carries a token of its session.

Whoever sends no session cookie has nothing that a foreign page could misuse, so signed requests of machines pass.
Source: OWASP, "Cross-Site Request Forgery Prevention" (HMAC-based token pattern).
"""

from __future__ import annotations

from flask import Flask, abort, request

from bot.web.session import Sessions

FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def guard(app: Flask, sessions: Sessions) -> None:
    """Refuse every changing request that comes with a session and without its token."""

    @app.before_request
    def check() -> None:
        if request.method in _SAFE or sessions.cookie not in request.cookies:
            return
        visitor = sessions.current()
        # Where the session has ended, the route itself asks for another sign-in.
        if visitor is not None and not sessions.csrf_holds(visitor, request.form.get(FIELD, "")):
            abort(403)

"""The Flask application: its routes and its limits."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from werkzeug.exceptions import HTTPException

from bot.clock import Clock
from bot.settings import Settings
from bot.store import Store
from bot.web import pages, probes, reports, webhook


def create_app(settings: Settings, store: Store, clock: Clock, *, wake: Callable[[], None] = lambda: None) -> Flask:
    """Make the web application; `wake` is called after each new delivery has been kept."""
    app = Flask("concordat", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = webhook.MAX_BODY
    app.register_blueprint(webhook.blueprint(settings.webhook_secrets, store, clock, wake))
    app.register_blueprint(reports.blueprint(settings, store))
    app.register_blueprint(probes.blueprint(settings, store, clock))
    app.register_error_handler(HTTPException, pages.failure)
    return app

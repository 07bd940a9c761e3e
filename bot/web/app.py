"""The Flask application: its routes and its limits."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from bot.clock import Clock
from bot.github import App
from bot.settings import Settings
from bot.store import Store
from bot.web import calendars, people, probes, slack, stop, webhook


def create_app(
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    wake: Callable[[], None] = lambda: None,
    github: App | None = None,
) -> Flask:
    """Make the web application.

    `wake` is called after each new delivery has been kept. `github` is the App that this process has; where people
    sign in and none is given, the pages get one of their own.
    """
    app = Flask("concordat", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = webhook.MAX_BODY
    app.register_blueprint(probes.blueprint(settings, store, clock))
    app.register_blueprint(calendars.blueprint(settings, store, clock))
    app.register_blueprint(stop.blueprint(settings, store, clock))
    if settings.slack_signing_secret is not None:
        app.register_blueprint(slack.blueprint(settings.slack_signing_secret, store, clock, wake))
    people.install(app, settings, store, clock, github=github, wake=wake)
    inner = app.wsgi_app
    app.wsgi_app = webhook.Webhook(inner, settings.webhook_secrets, store, clock, wake)  # type: ignore[method-assign] # as Flask's documentation does
    return app

"""The thin web room: verify, keep, answer; and show what was kept."""

from __future__ import annotations

from bot.web.app import create_app
from bot.web.links import migration_url, release_url, report_token, report_url
from bot.web.probes import create_probes

__all__ = ["create_app", "create_probes", "migration_url", "release_url", "report_token", "report_url"]

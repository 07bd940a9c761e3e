"""The thin web room: verify, keep, answer; and show what was kept."""

from __future__ import annotations

from bot.web.app import create_app
from bot.web.links import report_token, report_url

__all__ = ["create_app", "report_token", "report_url"]

"""The only room that talks to GitHub: values in, values out, errors as one small tree."""

from __future__ import annotations

from bot.github.app import App
from bot.github.repository import Repository

__all__ = ["App", "Repository"]

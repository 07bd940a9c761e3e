"""The server's settings: read from the environment once, checked at start, never printed where they are secret.

`table.TABLE` is the one place that names them. `.env.example` and docs/settings.md are made from it
(`python -m bot.settings env`, `python -m bot.settings docs`), and a test holds them to it.
"""

from bot.settings.environment import Settings, SettingsError, SignIn

__all__ = ["Settings", "SettingsError", "SignIn"]

"""Slash commands: one parser, one registry; handlers return events or intents and write nothing themselves."""

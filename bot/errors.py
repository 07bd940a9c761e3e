"""Errors of the command line, for the person at the keyboard.

Exception
└── UsageError    the message says what is wrong, where, and what to do next; exit code 2
"""

from __future__ import annotations


class UsageError(Exception):
    """What was asked for cannot be done as it was asked; the message is one sentence for the person who asked."""

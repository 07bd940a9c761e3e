"""Code spans in the sentences of findings: whatever comes from a document stands in one that it cannot leave.

Back-ticks and control characters are replaced and long values cut, so that no name or value can pass for our own words,
a mention or a link.
"""

from __future__ import annotations

from rules.jsontext import JsonValue, dumps

MAX_VALUE = 80
"""Characters of a value or name shown in a sentence."""


def code(value: JsonValue) -> str:
    """Write a value as JSON in a code span, cut and made harmless."""
    return span(dumps(value))


def span(text: str) -> str:
    """Put text in a code span that it cannot leave."""
    clean = "".join(
        "\N{MODIFIER LETTER GRAVE ACCENT}" if c == "`" else c if c.isprintable() else "\ufffd" for c in text
    )
    return f"`{clean if len(clean) <= MAX_VALUE else clean[: MAX_VALUE - 1] + '…'}`"

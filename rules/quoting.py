"""Names, paths and commands inside sentences: between back-ticks, exactly as they are.

A text that holds back-ticks itself stands between more of them, as CommonMark (§6.1) has it, so that whoever shows the
sentence finds it again whole (`spans`).
"""

from __future__ import annotations

import re
import shlex

_TICKS = re.compile(r"`+")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_SPAN_OR_GAP = re.compile(rf"{_SPAN.pattern}|\s+", re.DOTALL)


def code(text: str) -> str:
    """Put a name or path between back-ticks; an empty one is written as two quotation marks."""
    shown = text or '""'
    ticks = "`" * (1 + max(map(len, _TICKS.findall(shown)), default=0))
    # CommonMark takes one blank away at each end where both have one and something stands between.
    both = shown[0] == shown[-1] == " " and shown.strip(" ")
    pad = " " if shown[0] == "`" or shown[-1] == "`" or both else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def command(*words: str) -> str:
    """Write a command as a shell takes it, between back-ticks."""
    return code(shlex.join(words))


def spans(text: str) -> list[str]:
    """Take a sentence apart: what stands outside of back-ticks at even indices, what stands between them at odd."""
    parts = _SPAN.split(text)
    return [_unpadded(part) if at % 3 else part for at, part in enumerate(parts) if at % 3 != 1]


def one_line(text: str) -> str:
    """Make each run of white space one blank, save between back-ticks, where it belongs to a name."""
    return _SPAN_OR_GAP.sub(lambda found: found[0] if found[1] else " ", text).strip()


def glue(text: str, blank: str) -> str:
    """Put another character for each blank between back-ticks, for whoever breaks the sentence into lines."""
    return _SPAN.sub(lambda found: found[0].replace(" ", blank), text)


def _unpadded(text: str) -> str:
    padded = len(text) > 1 and text[0] == text[-1] == " " and text.strip(" ")
    return text[1:-1] if padded else text

"""`concordat notices preview`: any kind of notice, as its recipient would read it, with the facts of an example."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from typing import TextIO

from bot.errors import UsageError
from notices.catalogue import CATALOGUE
from notices.examples import HOUSE, facts
from notices.letter import Letter, write
from notices.notice import make

FORMS: Mapping[str, Callable[[Letter], str]] = {
    "text": lambda letter: f"Subject: {letter.subject}\n\n{letter.text}",
    "html": lambda letter: letter.html,
    "slack": lambda letter: json.dumps({"text": letter.fallback, "blocks": letter.blocks}, indent=2) + "\n",
    "markdown": lambda letter: letter.markdown,
}
"""How each form is printed; that of Slack can be pasted into its Block Kit Builder."""


def preview(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print one kind of notice, or the list of all kinds."""
    if arguments.kind is None:
        width = max(map(len, CATALOGUE))
        out.writelines(
            f"{kind:{width}}  {entry.audience}: {make(kind, facts(kind), HOUSE).subject}\n"
            for kind, entry in CATALOGUE.items()
        )
        return 0
    if arguments.kind not in CATALOGUE:
        raise UsageError(f"there is no notice {arguments.kind!r}; concordat notices preview lists all of them")
    out.write(FORMS[arguments.format](write(make(arguments.kind, facts(arguments.kind), HOUSE))))
    return 0

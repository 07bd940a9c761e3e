"""The issue about reports of violations that could not be taken in, for whoever runs the monitoring that sends them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notices.escape import code, prose
from rules.clock import show
from rules.violations import LONGEST, MOST_FIELDS, TYPES, Refusal

MARKER = "<!-- concordat:refused-reports -->"
"""The first line of the issue, by which the App knows it again."""
TITLE = "Concordat cannot take in reports of violations"
_MOST = 20
_EXAMPLE = """\
```
gh api repos/OWNER/NAME/dispatches --input - <<'END'
{"event_type": "schema-violation",
 "client_payload": {"contract": "orders", "partner": "dialer", "type": "type_mismatch",
                    "fields": ["total"], "schemaVersion": "2.0", "count": 12, "checked": 4000}}
END
```"""


def body(told: Sequence[Refusal]) -> str:
    """Write the issue: what is wrong with the reports, when they came and from whom, and how a right one looks."""
    reasons, types = "\n".join(_lines(told)), ", ".join(f"`{one}`" for one in TYPES)
    return f"""\
{MARKER}
Monitoring reported production data that breaks a contract (`schema-violation`), and Concordat could make nothing of \
the report. **No violation was opened, and nobody else was told.**

{reasons}

**To do, now:**

1. Look at the production data that was meant: it may break its contract, and this is the only word of it.
2. Mend what sends these reports, so that they look like the one below.
3. Send the report again, and close this issue once it is taken in. A report that fails after that opens another issue.

{_EXAMPLE}

`contract` is a name from the configuration; `type` is one of {types}. \
`fields` has at most {MOST_FIELDS} names, each text at most {LONGEST} characters; `count` is a whole number from 1 up, \
and no more than `checked`. In place of `type` and `fields` a report may say `missing`, the names of the missing fields.

**Why you read this:** whoever may write in this repository may report violations, and GitHub tells no sender what \
became of a report.
"""


def _lines(told: Sequence[Refusal]) -> Iterator[str]:
    for one in told[:_MOST]:
        times = "once" if one.count == 1 else f"{one.count} times, first {show(one.first)}"
        whose = f", sent by {code(one.login)}" if one.login else ""
        yield f"- {prose(one.reason)} ({times}; last {show(one.last)}{whose})"
    if len(told) > _MOST:
        yield f"- … and {len(told) - _MOST} more reasons."

"""The figures of the reviews, for people at a terminal and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from notices.escape import line
from rules.jsontext import JsonValue, dumps
from rules.statistics import Figures, Request, by_team_and_month, figures

FORMAT_VERSION = 1
"""Raised when a program that reads the figures could break."""

_HEAD = ("month", "team", "asked", "approved", "rejected", "pending", "closed", "average h", "p90 h", "breaches")


def people(found: Sequence[Request]) -> str:
    """Write a line for each month and team, then all of it."""
    if not found:
        return "No review was asked for yet.\n"
    rows = [_HEAD, *((month, line(team), *_cells(one)) for month, team, one in by_team_and_month(found))]
    rows.append(("all", "", *_cells(figures(found))))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines) + f"\n\n{_LEGEND}\n"


_LEGEND = (
    "Asked: one contract of one pull request, from MINOR up, in the month (UTC) in which it was first ready.\n"
    "Times are hours of elapsed time until the approval, pauses included; within the p90 nine of ten were approved.\n"
    "A breach is a team's review time that ran out without an answer."
)


def _cells(one: Figures) -> tuple[str, ...]:
    counts = (one.requests, one.approved, one.rejected, one.pending, one.closed)
    hours = ("–" if value is None else f"{value:.1f}" for value in (one.average_hours, one.p90_hours))
    return (*map(str, counts), *hours, str(one.breaches))


def data(found: Sequence[Request]) -> str:
    """Write the figures as JSON text."""
    report: JsonValue = {
        "format": "concordat-stats",
        "format_version": FORMAT_VERSION,
        "all": asdict(figures(found)),
        "by_team_and_month": [
            {"month": month, "team": team, **asdict(one)} for month, team, one in by_team_and_month(found)
        ],
    }
    return dumps(report, indent=2) + "\n"

"""Read the arguments of commands: one function for each shape that a usage line has."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.commands.parser import words
from bot.commands.values import Arguments, Refused
from rules.verdict import Verdict

MAX_REASON = 2_000
_LOGIN = re.compile(r"@([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))")
MAX_PHASES = 20
_VERSION = re.compile(r"v?[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")
_RULE = re.compile(r"[a-z][a-z_]{0,59}")


def nothing(rest: str, zone: str) -> Arguments:
    """Read no argument; what follows is somebody's remark."""
    del rest, zone
    return {}


def reason(rest: str, zone: str) -> Arguments:
    """Read REASON: all that follows."""
    del zone
    return {"reason": _text(rest, "Say why")}


def names_if(rest: str, zone: str) -> Arguments:
    """Read [CONTRACT…] [if CONDITION…]: each condition is one word, or one quoted text."""
    del zone
    found = words(rest)
    cut = next((n for n, word in enumerate(found) if word.casefold() == "if"), len(found))
    conditions = found[cut + 1 :]
    if cut < len(found) and not conditions:
        raise Refused('Say after `if` what has to be done, each between quotes: `/approve if "fix the 47 records"`.')
    if len(conditions) > 1 and '"' not in rest and "“" not in rest and "'" not in rest:
        conditions = (" ".join(conditions),)
    return {"contracts": found[:cut], "conditions": tuple(_text(one, "Say the condition") for one in conditions)}


def condition(rest: str, zone: str) -> Arguments:
    """Read add TEXT [before merge|migration] [for @LOGIN] [by DATE], done NUMBER, or drop NUMBER."""
    action, _, more = rest.partition(" ")
    if action in ("done", "drop"):
        number = more.strip().lstrip("#")
        if not number.isascii() or not number.isdigit() or len(number) > 6:
            raise Refused(f"Say which condition by its number: `/condition {action} 1`. `/status` lists them.")
        return {"action": action, "number": int(number)}
    if action != "add":
        raise Refused('Say `add`, `done` or `drop` first: `/condition add "fix the records" before migration`.')
    return {"action": "add", **_added(list(words(more)), zone)}


def _added(found: list[str], zone: str) -> Arguments:
    said: dict[str, object] = {"guards": "merge", "assignee": "", "until": None}
    while len(found) > 2:
        key, value = found[-2].casefold(), found[-1]
        if key == "before" and value.casefold() in ("merge", "migration"):
            said["guards"] = value.casefold()
        elif key == "for" and (login := _LOGIN.fullmatch(value)):
            said["assignee"] = login[1]
        elif key == "by":
            said["until"] = moment(value, zone)
        else:
            break
        del found[-2:]
    return said | {"text": _text(" ".join(found), "Say what has to be done")}


def hold(rest: str, zone: str) -> Arguments:
    """Read REASON [until DATE]."""
    text, until = rest, None
    found = re.fullmatch(r"(.*\S)\s+until\s+(\S+)", rest)
    if found and re.match(r"[0-9]{4}-", found[2]):
        text, until = found[1], moment(found[2], zone)
    return {"reason": _text(text, "Say why the review is held"), "until": until}


def meeting(rest: str, zone: str) -> Arguments:
    """Read DATE [LINK], or held [DATE]."""
    found = words(rest)
    if not found:
        raise Refused("Say when the meeting is: `/meeting 2026-12-01`, and `/meeting held 2026-12-01` afterwards.")
    held = found[0].casefold() == "held"
    more = found[1:] if held else found
    when = moment(more[0], zone) if more else None
    address = link(more[1], zone)["link"] if len(more) > 1 else ""
    return {"held": held, "date": when, "link": address}


def rule_reason(rest: str, zone: str) -> Arguments:
    """Read RULE REASON; a rule is the code of a to-do, or `objection`."""
    name, _, more = rest.partition(" ")
    if not _RULE.fullmatch(name):
        raise Refused("Name the rule first, by the code that the to-do list shows: `/waive change_log_missing …`.")
    return {"rule": name, **reason(more, zone)}


def verdict_reason(rest: str, zone: str) -> Arguments:
    """Read VERDICT REASON."""
    name, _, more = rest.partition(" ")
    if name.upper() not in Verdict.__members__:
        raise Refused(f"The first word is to be one of {', '.join(Verdict.__members__)}: `/override MINOR …`.")
    return {"verdict": name.upper(), **reason(more, zone)}


def link(rest: str, zone: str) -> Arguments:
    """Read LINK: an https address."""
    del zone
    found = words(rest)
    address = found[0].strip("<>") if found else ""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.hostname or len(address) > 2_000 or not address.isprintable():
        raise Refused("Give the whole address, as in `https://example.com/incidents/7`.")
    return {"link": address}


def release(rest: str, zone: str) -> Arguments:
    """Read VERSION DATE [phase DATE SCOPE]…: each scope is one word, or one quoted text."""
    found = words(rest)
    if len(found) < 2:
        raise Refused("Name the version and the day on which it goes live: `/release 2.0.0 2027-01-20`.")
    if not _VERSION.fullmatch(found[0]):
        raise Refused(f"`{found[0][:60]}` is no version. Write it as the documents do, as in `2.0.0`.")
    day, at = local_day(found[1], zone)
    return {"version": found[0].removeprefix("v"), "day": day, "at": at, "phases": _phases(found[2:], zone)}


def _phases(more: tuple[str, ...], zone: str) -> tuple[tuple[date, str], ...]:
    chunks = [more[at : at + 3] for at in range(0, len(more), 3)]
    if any(len(one) != 3 or one[0].casefold() != "phase" for one in chunks):
        raise Refused('Write each further step as `phase 2027-02-10 "probate and tax lien"`.')
    if len(chunks) > MAX_PHASES:
        raise Refused(f"These are more than {MAX_PHASES} phases.")
    return tuple((local_day(one[1], zone)[0], _text(one[2], "Say what the phase covers")) for one in chunks)


def date_reason(rest: str, zone: str) -> Arguments:
    """Read DATE REASON."""
    found, _, more = rest.strip().partition(" ")
    day, at = local_day(found, zone)
    return {"day": day, "at": at, **reason(more, zone)}


def local_day(text: str, zone: str) -> tuple[date, time | None]:
    """Read a day of the contract's zone, with the time of day where one is given; `Refused` for anything else."""
    instant = moment(text, zone).astimezone(_zone(zone))
    return instant.date(), None if len(text) == 10 else instant.time().replace(second=0, microsecond=0)


def subject(rest: str, zone: str) -> Arguments:
    """Read POINTER or RULE, one word; nothing asks for everything."""
    del zone
    found = words(rest)
    return {"subject": found[0][:500] if found else ""}


def moment(text: str, zone: str) -> datetime:
    """Read a date (its first moment in the contract's zone) or an instant; `Refused` for anything else."""
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(), _zone(zone)).astimezone(UTC)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=_zone(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("Write the date as year-month-day: `2026-12-01`, or `2026-12-01T10:00`.") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _text(rest: str, ask: str) -> str:
    text = rest.strip()
    if len(text) > 1 and (text[0], text[-1]) in {('"', '"'), ("'", "'"), ("“", "”")}:
        text = text[1:-1].strip()
    if not text:
        raise Refused(f"{ask}; nobody can act on it otherwise.")
    if len(text) > MAX_REASON:
        raise Refused(f"That is longer than {MAX_REASON} characters. Say it shorter, and link to the rest.")
    return text

"""The breaking change goes live: partners hear of it for sixty days, say that they are ready, and the owner decides."""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.release_plan import CHECKLIST
from tests.demo.stage import Stage, expect
from tests.demo.telling import Teller, readable
from tests.fakes.github import Pull, Repository
from tests.fakes.github.state import Issue
from tests.fakes.mail import Mail

PARTNERS = """\
version: 1
partners:
  laboratory:
    title: The laboratory
    criticality: critical
    contacts: {email: interfaces@laboratory.example}
    zone: Europe/Berlin
    fields: {patient-record: [/admission_date]}
  insurance-desk:
    title: The insurance desk
    contacts: {slack: C0PARTNERS}
    zone: Europe/London
"""
_LINES = 24
"""So many lines of a message are shown; the rest is told as a number."""


def play(on: Stage, tell: Teller, contracts: Repository, pull: Pull) -> None:
    """Announce version 2.0.0 of the patient record, wait, remind, merge, decide, and go live."""
    contracts.push("main", {".github/partners.yml": PARTNERS}, "Say where our partners are reached", author="rita")
    on.settle()
    live = _monday(on.clock().date() + timedelta(days=63))
    tell.does("rita says where the partners are reached (.github/partners.yml):")
    tell.shows(PARTNERS)
    _refuse_a_day(on, tell, pull)
    _announce(on, tell, pull, live)
    _wait(on, tell, live, 45, "the partners are asked how far they are")
    _wait(on, tell, live, 30, "the target for finished testing")
    _be_ready(on, tell)
    _wait(on, tell, live, 15, "the last day of testing; the laboratory has confirmed already")
    _wait(on, tell, live, 14, "everybody is asked for the final confirmation")
    _wait(on, tell, live, 10, "who has not answered is reminded")
    pull.merge()
    on.settle()
    tell.does("ana merges the pull request; nothing goes live by that.")
    _wait(on, tell, live, 7, "the confirmation closes, and the release's owner decides")
    _decide(on, tell, contracts)
    _wait(on, tell, live, 0, "the version goes live")
    board = _board(contracts)
    expect("is live since" in board.body, "the release's issue says that it is live")
    tell.does(f"rita sees the issue of the release: {board.title}")
    tell.shows("\n".join(readable(board).splitlines()[:3]))


def _refuse_a_day(on: Stage, tell: Teller, pull: Pull) -> None:
    early = on.clock().date() + timedelta(days=20)
    pull.comment_as("rita", f"/release 2.0.0 {early}")
    on.settle()
    tell.does(f"rita comments: /release 2.0.0 {early}, which is in twenty days.")
    expect("is too early" in pull.app_comments[-1].body, "a day too near is refused, with the earliest that may be")
    tell.comment("rita", "the pull request", pull.app_comments[-1])


def _announce(on: Stage, tell: Teller, pull: Pull, live: date) -> None:
    pull.comment_as("rita", f"/release 2.0.0 {live}")
    on.later(timedelta(hours=1))
    tell.does(f"rita comments: /release 2.0.0 {live}")
    mails = _mails(on)
    expect(len(mails) == 1, f"the laboratory has one mail about the release ({len(mails)})")
    tell.does(f"The laboratory has a mail: {_subject(mails[0])}")
    tell.shows(_beginning(mails[0]))
    posts = [one for one in on.slack.posts if one.channel == "C0PARTNERS"]
    expect(len(posts) == 1, f"the insurance desk has one message on Slack ({len(posts)})")
    tell.does(f"The insurance desk has a message on Slack: {posts[0].text.splitlines()[0]}")


def _wait(on: Stage, tell: Teller, live: date, days: int, what: str) -> None:
    mails, posts = len(on.mail.mails), len(on.slack.posts)
    on.until(datetime.combine(live - timedelta(days=days), time(10, 5), ZoneInfo("Europe/Berlin")))
    tell.does(f"It is {on.clock():%A %d %B %Y}, {f'{days} days before' if days else 'the day'}: {what}.")
    for mail in on.mail.mails[mails:]:
        tell.does(f"  Mail to {', '.join(mail.recipients)}: {_subject(mail)}")
    for post in on.slack.posts[posts:]:
        tell.does(f"  Slack, {post.channel}: {post.text.splitlines()[0]}")


def _be_ready(on: Stage, tell: Teller) -> None:
    """Open the laboratory's page by the link in its mail, tick what is done, and confirm."""
    pages = re.findall(r"http://\S+/readiness/\S+", _text(_mails(on)[-1]))
    expect(pages, "the mail has the laboratory's own link")
    _send(pages[0], "checklist", [("item", one) for one in CHECKLIST])
    page = _send(pages[0], "ready", [("ready", "yes"), ("by", "Lena")])
    on.settle()
    expect("ready" in page, "the page says what was answered")
    tell.does(
        "Lena, of the laboratory, opens the link in the mail, ticks the checklist, and confirms that they are ready."
    )


def _send(page: str, what: str, fields: list[tuple[str, str]]) -> str:
    with urllib.request.urlopen(page) as shown:
        hidden = re.findall(r'type="hidden" name="(version|nonce)" value="([^"]*)"', shown.read().decode())
    data = urllib.parse.urlencode([*hidden, *fields]).encode()
    with urllib.request.urlopen(f"{page}?what={what}", data=data) as answered:
        text: str = answered.read().decode()
    return text


def _decide(on: Stage, tell: Teller, contracts: Repository) -> None:
    board = _board(contracts)
    text = readable(board)
    expect("### Recommendation" in text, "the release's issue recommends something, with its reasons")
    tell.does(f"rita sees the issue of the release: {board.title}")
    tell.shows(text[text.index("### Partners") :])
    contracts.comment_on_issue_as("rita", board.number, "/go")
    on.settle()
    tell.does("rita comments there: /go")


def _board(contracts: Repository) -> Issue:
    found = [one for one in contracts.state.issues.values() if one.title.startswith("Release")]
    expect(len(found) == 1, f"the release has one issue ({[one.title for one in found]})")
    return found[0]


def _mails(on: Stage) -> list[Mail]:
    return [one for one in on.mail.mails if "interfaces@laboratory.example" in one.recipients]


def _subject(mail: Mail) -> str:
    return str(mail.message["Subject"])


def _text(mail: Mail) -> str:
    part = mail.message.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def _beginning(mail: Mail) -> str:
    lines = _text(mail).strip().splitlines()
    rest = len(lines) - _LINES
    return "\n".join([*lines[:_LINES], *([f"… and {rest} lines more"] if rest > 0 else [])])


def _monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)

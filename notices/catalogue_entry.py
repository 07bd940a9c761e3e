"""What one kind of notice says, as a row of the catalogue: to whom, what to do, by when, and why.

Sentences are templates over the facts of an obligation: `{contract}` stands for a fact, and what is quoted from outside
stands between back-ticks. A line may depend on a fact: `when="major"` needs it to say something, `"!major"` not to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Audience = Literal["partner", "release owner", "team", "everybody"]


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that is written only where a fact says something, or with `!` before its name, where it does not."""

    text: str
    when: str = ""


Text = str | Line


@dataclass(frozen=True, slots=True)
class Button:
    """One answer that can be given by a click, with the authority of its command; `asks` is confirmed before it counts.

    `action` is the word of the command. One that `opens` a place leads there instead: a partner's own page. `takes`
    names what is filled in beside it: "day", "reason". `among` names the fact that lists what can be asked now; where
    it does not list the action, the button is not drawn.
    """

    action: str
    label: str
    asks: str = ""
    opens: str = ""
    takes: tuple[str, ...] = ()
    among: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of notice.

    `by` has alternatives, of which the first that applies is written. `details` are pairs of a label and a sentence,
    `lists` pairs of a title and a fact of several lines; both are left out where their facts say nothing. `links` name
    addresses. A notice that is not `contractual` offers to stop; an `urgent` one waits behind nothing else. `calendar`
    says what it does to the entry of the go-live: "put" or "cancel".
    """

    kind: str
    audience: Audience
    subject: str
    says: str
    do: tuple[Text, ...]
    by: tuple[Text, ...]
    why: str
    details: tuple[tuple[str, Text], ...] = ()
    lists: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    contractual: bool = True
    urgent: bool = False
    calendar: Literal["", "put", "cancel"] = ""

"""Plan: desired minus actual. Pure: (observation, reviews) → frozen actions with their finished text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.github.values import CheckDraft, CheckRun
from bot.steward.buttons import buttons
from bot.steward.signature import Signature, read
from bot.steward.values import (
    CHECK_NAME,
    Action,
    CreateCheck,
    CreateComment,
    DeleteComment,
    Observation,
    UpdateCheck,
    UpdateComment,
)
from notices import check, comment
from notices.values import Context
from rules.jsontext import dumps
from rules.policy import strictest
from rules.review import Conclusion, Review

_HEAD_IN_LINK = re.compile(r"/blob/[0-9a-f]{40,64}/")


def plan(observation: Observation, reviews: Sequence[Review], context: Context) -> tuple[Action, ...]:
    """List the writes that make GitHub show what the reviews say; empty when it does already."""
    if not observation.configured:
        return ()
    return (*_comment(observation, reviews, context), *_check(observation, reviews, context))


def _comment(observation: Observation, reviews: Sequence[Review], context: Context) -> Iterator[Action]:
    number, shown = current_comment(observation)
    if number is None and not comment.wanted(reviews, context):
        return
    body = comment.render(reviews, context)
    if number is None:
        yield CreateComment(body)
    elif shown != says(body):
        yield UpdateComment(number, body)
    yield from (DeleteComment(extra.id) for extra in observation.comments[1:])


def current_comment(observation: Observation) -> tuple[int | None, str | None]:
    """Give our comment's id and a key of what it says, as read or as remembered; (None, None) where there is none."""
    if observation.remembered is not None:
        return observation.remembered.comment, observation.remembered.says
    if not observation.comments:
        return None, None
    return observation.comments[0].id, says(observation.comments[0].body)


def says(body: str) -> str:
    """Make a key of what a comment's text says, equal for texts that need no rewriting."""
    return texts_key(_seen(body))


def _seen(body: str) -> str:
    # GitHub stores a body with its own line ends and without the white space around it. Links name the head at which
    # the comment was written; a push that leaves the contract alone leaves what they show alone, too.
    return _HEAD_IN_LINK.sub("/blob/", body.replace("\r\n", "\n").strip())


def _check(observation: Observation, reviews: Sequence[Review], context: Context) -> Iterator[Action]:
    yield from shown(check_draft(observation, reviews, context), observation.checks, observation.pull.number)


def shown(draft: CheckDraft, checks: Sequence[CheckRun], number: int) -> Iterator[Action]:
    """Give what makes the head show a pull request's draft; `checks` are the head's runs of ours, oldest first.

    The runs of other pull requests with the same head are theirs and stay as they are.
    """
    mine = [run for run in checks if _is_of(run, number)]
    if not mine or _annotations_key(mine[-1]) != _annotations_key(draft):
        # GitHub adds annotations to those a run has; other annotations therefore need another run of the same name,
        # which takes the place of the first wherever checks are shown.
        yield CreateCheck(draft)
    elif mine[-1].external_id != draft.external_id or mine[-1].conclusion != draft.conclusion:
        # "Re-run" takes the conclusion of a run away and waits for another.
        newest = mine[-1] is checks[-1]
        yield UpdateCheck(mine[-1].id, replace(draft, annotations=())) if newest else CreateCheck(draft)


def _is_of(run: CheckRun, number: int) -> bool:
    signature = read(run.external_id)
    return signature is None or signature.pull == number


def check_draft(observation: Observation, reviews: Sequence[Review], context: Context) -> CheckDraft:
    """Make the check run of this head; its `external_id` is a key of what it says, so that equal runs are seen.

    Where other open pull requests have the same head, the strictest conclusion counts: the commit has one check, and a
    pull request to a branch that nobody guards must not open the way into another.
    """
    text = check.render(reviews, context)
    conclusion, remark = beside(text.conclusion, observation.pull.number, observation.sharing)
    summary = text.summary + remark
    annotations = texts_key([vars_of(annotation) for annotation in text.annotations])
    pressable = buttons(reviews)
    told = [conclusion, text.title, summary, text.text, context.report_url]
    says = texts_key([*told, *(one.identifier for one in pressable)])
    return CheckDraft(
        name=CHECK_NAME,
        head_sha=observation.pull.head_sha,
        conclusion=conclusion,
        title=text.title,
        summary=summary,
        text=text.text,
        annotations=text.annotations,
        external_id=str(Signature(annotations, says, observation.pull.number, text.conclusion)),
        details_url=context.report_url,
        buttons=pressable,
    )


def beside(own: Conclusion, number: int, others: Sequence[Signature]) -> tuple[Conclusion, str]:
    """Weigh a conclusion with those of the pull requests that have the same head; the text says so, "" where alone."""
    if not others:
        return own, ""
    stricter = [other for other in others if strictest((own, other.own)) != own]
    remark = f"\n\nThese words are about #{number}. This commit is also the head of {_numbers(others)}"
    if stricter:
        whose = f"{_numbers(stricter)}: what holds it up stands in the comment there"
        remark += f", and a commit has one check. The strictest counts, and that is the one of {whose}"
    return strictest((own, *(other.own for other in others))), f"{remark}."


def _numbers(others: Sequence[Signature]) -> str:
    return ", ".join(f"#{other.pull}" for other in others)


def vars_of(annotation: check.Annotation) -> dict[str, object]:
    """Give an annotation's fields by name, for hashing."""
    return {name: getattr(annotation, name) for name in annotation.__dataclass_fields__}


def _annotations_key(run: CheckRun | CheckDraft) -> str:
    return run.external_id.partition(".")[0]


def texts_key(value: object) -> str:
    """Make a short key of texts that we wrote, to know them again by."""
    return hashlib.sha256(dumps(value, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]

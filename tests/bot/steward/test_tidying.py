"""After a merge the App opens one pull request that archives old versions and brings the record up to date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.steward import sweep
from bot.store.values import NewEvent
from rules.change import Change
from rules.contract import Contract
from rules.documents import parse
from tests.bot.steward.room import Room, room
from tests.fakes.github.people import Pull
from tests.notices import golden

CONFIG = """\
version: 1
contracts:
  podio:
    files: docs/podio-v*.json
    version: semver-file
    change-log: docs/README.md
    owners: {teams: [octo/data]}
"""
LOG = """\
| Version | File            | Status | Date Added |
|---------|-----------------|--------|------------|
| 1.0     | podio-v1.0.json | Active | 2025-01-01 |

## Contract Change Log

### v1.1 More fields

**Status:** Pending
"""
V10 = json.dumps({"type": "object", "properties": {"a": {"type": "string"}}})
V11 = json.dumps({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}})


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path, config=CONFIG, wired=False) as found:
        found.repository.commit("main", {"docs/podio-v1.0.json": V10, "docs/README.md": LOG}, message="Begin")
        found.hear()
        yield found


def approve(on: Room, number: int = 3, *, grade: str = "MINOR", by: str = "people", new: str = V11) -> None:
    """Let the log hold an approval of exactly these documents."""
    base, head = parse("docs/podio-v1.0.json", V10), parse("docs/podio-v1.1.json", new)
    digest = Change(Contract("podio", ("docs/podio-v*.json",)), base, head).digest
    held = {"teams": ["octo/data"], "grade": grade}
    on.github.team("octo/data", "mona", "lisa")
    said: list[tuple[str, dict[str, object]]] = [
        ("judged", {"grade": grade}), ("approved", {"login": "mona", **held}), ("approved", {"login": "lisa", **held}),
        ("approved_at_last", {"by": by}),
    ]  # fmt: skip
    events = [
        NewEvent(
            f"review.{kind}",
            f"{index}",
            on.now,
            {"contract": "podio", "digest": digest, **body},
            on.github.account(str(body.get("login", "mona"))).id,
        )
        for index, (kind, body) in enumerate(said)
    ]
    with on.store.transaction() as transaction:
        transaction.append(f"pull:{on.repository.state.id}:{number}", events)


def merge(on: Room) -> None:
    on.clock.advance(timedelta(minutes=1))
    on.repository.push("main", {"docs/podio-v1.1.json": V11})
    on.hear()


def ours(on: Room) -> list[Pull]:
    return [one for one in on.repository.pulls if one.state.head_ref.startswith("concordat/tidy-")]


def look(on: Room, days: float = 0) -> None:
    on.clock.advance(timedelta(days=days))
    sweep.begin(on.store)
    on.work()


def test_the_merge_of_an_approved_version_is_tidied_up_after(made: Room) -> None:
    approve(made)
    merge(made)
    (pull,) = ours(made)
    assert pull.state.author is not None
    assert pull.state.author.login == made.github.site.app.bot.login
    assert (pull.state.title, pull.state.base_ref) == ("Tidy up after the merge: podio", "main")
    day = str(made.now.date())
    golden.check("tidy-pull.md", (pull.state.body or "").replace(day, "DATE"))
    files = {path: made.repository.read(path, pull.head_sha) for path in ("docs/README.md", "docs/podio-v1.0.json")}
    assert files["docs/podio-v1.0.json"] is None
    assert made.repository.read("docs/archive/podio-v1.0.json", pull.head_sha) == V10.encode()
    golden.check("tidy-record.md", (files["docs/README.md"] or b"").decode().replace(day, "DATE"))


def test_what_was_tidied_up_and_merged_asks_for_nothing_more(made: Room) -> None:
    approve(made)
    merge(made)
    ours(made)[0].merge()
    made.hear()
    look(made, days=40)
    assert len(ours(made)) == 1


def test_while_it_is_open_no_other_is_opened(made: Room) -> None:
    approve(made)
    merge(made)
    made.repository.push("main", {"docs/README.md": LOG + "\nMore.\n"})
    made.hear()
    look(made, days=1)
    assert len(ours(made)) == 1


def test_what_people_closed_is_not_proposed_again(made: Room) -> None:
    approve(made)
    merge(made)
    ours(made)[0].close()
    look(made, days=1)
    assert len(ours(made)) == 1


def test_after_a_major_step_the_old_version_waits_for_the_grace_period(made: Room) -> None:
    approve(made, grade="MAJOR")
    merge(made)
    (first,) = ours(made)
    assert made.repository.read("docs/podio-v1.0.json", first.head_sha) is not None
    first.merge()
    made.hear()
    look(made, days=29)
    assert len(ours(made)) == 1
    look(made, days=1)
    (_, second) = ours(made)
    assert made.repository.read("docs/podio-v1.0.json", second.head_sha) is None


def test_silence_is_on_the_record(made: Room) -> None:
    approve(made, by="silence")
    merge(made)
    text = (made.repository.read("docs/README.md", ours(made)[0].head_sha) or b"").decode()
    assert "**Approved by:** silence: nobody objected in time" in text


def test_what_was_merged_with_other_documents_was_not_approved(made: Room) -> None:
    approve(made, new=V10)
    merge(made)
    assert ours(made) == []


def test_without_any_approval_nothing_is_even_read(made: Room) -> None:
    made.github.forget_requests()
    merge(made)
    assert not [one for one in made.github.requests if "/commits/" in one.path]


@pytest.mark.parametrize("path", ["/git/trees$", "/git/commits$", "/git/refs$", "/pulls$"])
@pytest.mark.parametrize("how", ["lost_answer", "500"])
def test_an_answer_that_was_lost_or_failed_leads_to_one_pull_request(made: Room, path: str, how: str) -> None:
    approve(made)
    fault = made.github.fail(how=how, method="POST", path=path)  # type: ignore[arg-type] # one of the ways to fail
    merge(made)
    for _ in range(3):
        made.clock.advance(timedelta(hours=1))
        made.work()
    assert fault.hits == 1
    assert len(ours(made)) == 1
    assert (made.waiting, made.dead) == ((), ())


@pytest.mark.parametrize("files", [{".github/contracts.yml": "version: 2\n"}, {".github/contracts.yml": None},
                                   {"docs/podio-v1.1.json": "{"}])  # fmt: skip
def test_what_cannot_be_read_is_left_alone(made: Room, files: dict[str, str | None]) -> None:
    approve(made)
    made.repository.push("main", {"docs/podio-v1.1.json": V11, **files})
    made.hear()
    assert (ours(made), made.dead) == ([], ())


def test_a_version_that_its_owners_approved_on_the_pull_request_is_tidied_up_after(made: Room) -> None:
    made.github.team("octo/data", "mona")
    made.repository.push("main", {".github/contracts.yml": f"{CONFIG}    policy: {{accompany: []}}\n"})
    made.hear()
    pull = made.pull({"docs/podio-v1.1.json": V11, "docs/README.md": f"{LOG}\n### v1.1\n"})
    made.hear()
    made.clock.advance(timedelta(seconds=5))
    pull.comment_as("mona", "/approve")
    made.hear()
    pull.merge()
    made.hear()
    (tidy,) = ours(made)
    assert (
        f"| 1.1 | podio-v1.1.json | Active | {made.now.date()} |"
        in (made.repository.read("docs/README.md", tidy.head_sha) or b"").decode()
    )
    made.hear()
    assert [one.conclusion for one in tidy.checks] == ["success"]


PROPOSED = {"docs/proposals/podio-v1.1.json": V11}


def test_a_proposal_is_judged_as_what_it_is_to_become(made: Room) -> None:
    pull = made.pull(PROPOSED)
    made.hear()
    assert "MINOR change of `podio`" in pull.app_comments[0].body


def test_an_approved_proposal_is_moved_to_its_place_and_its_approval_with_it(made: Room) -> None:
    first = made.pull(PROPOSED)
    made.hear()
    approve(made, first.number)
    first.merge()
    made.hear()
    (pull,) = ours(made)
    assert made.repository.read("docs/podio-v1.1.json", pull.head_sha) == V11.encode()
    assert made.repository.read("docs/proposals/podio-v1.1.json", pull.head_sha) is None
    assert "`docs/proposals/podio-v1.1.json` moves to `docs/podio-v1.1.json`" in (pull.state.body or "")
    made.hear()
    assert [one.conclusion for one in pull.checks] == ["success"]
    assert "mona" in pull.app_comments[0].body


def test_an_approval_does_not_come_along_to_other_documents(made: Room) -> None:
    first = made.pull(PROPOSED)
    made.hear()
    approve(made, first.number)
    first.merge()
    made.hear()
    (pull,) = ours(made)
    pull.push({"docs/podio-v1.1.json": V11.replace("b", "c")})
    made.hear()
    assert [one.conclusion for one in pull.checks] == ["neutral"]
    assert "mona" not in pull.app_comments[0].body


def test_whoever_takes_our_branch_name_takes_no_approval(made: Room) -> None:
    first = made.pull(PROPOSED)
    made.hear()
    approve(made, first.number)
    theirs = made.pull({"docs/podio-v1.1.json": V11}, name="concordat/tidy-by-hand")
    made.hear()
    assert [one.conclusion for one in theirs.checks] == ["neutral"]
    assert "mona" not in theirs.app_comments[0].body


def test_a_proposal_that_nobody_approved_stays_where_it_is(made: Room) -> None:
    made.pull(PROPOSED).merge()
    made.hear()
    assert ours(made) == []


def test_what_people_closed_stays_closed_whatever_they_write_afterwards(made: Room) -> None:
    approve(made)
    merge(made)
    ours(made)[0].close()
    made.repository.push("main", {"docs/README.md": LOG.replace("Active", "In use") + "\nMore.\n"})
    made.hear()
    look(made, days=1)
    assert len(ours(made)) == 1


def test_what_people_corrected_before_they_merged_it_stays_as_they_had_it(made: Room) -> None:
    approve(made)
    merge(made)
    (pull,) = ours(made)
    record = (made.repository.read("docs/README.md", pull.head_sha) or b"").decode()
    pull.push({"docs/podio-v1.0.json": V10, "docs/archive/podio-v1.0.json": None,
               "docs/README.md": record.replace("Archived", "Kept for the auditors")})  # fmt: skip
    pull.merge()
    made.hear()
    look(made, days=40)
    assert len(ours(made)) == 1


def test_what_is_approved_later_is_proposed_without_what_was_turned_down(made: Room) -> None:
    approve(made)
    merge(made)
    ours(made)[0].close()
    v12 = json.dumps({**json.loads(V11), "title": "Podio"})
    base, head = parse("docs/podio-v1.1.json", V11), parse("docs/podio-v1.2.json", v12)
    digest = Change(Contract("podio", ("docs/podio-v*.json",)), base, head).digest
    said = {"contract": "podio", "digest": digest}
    facts = [("judged", {**said, "grade": "MINOR"}), ("approved_at_last", {**said, "by": "silence"})]
    events = [NewEvent(f"review.{kind}", kind, made.now, body) for kind, body in facts]
    with made.store.transaction() as transaction:
        transaction.append(f"pull:{made.repository.state.id}:9", events)
    made.clock.advance(timedelta(minutes=1))
    made.repository.push("main", {"docs/podio-v1.2.json": v12})
    made.hear()
    (_, second) = ours(made)
    assert made.repository.read("docs/podio-v1.0.json", second.head_sha) == V10.encode()
    assert made.repository.read("docs/archive/podio-v1.1.json", second.head_sha) == V11.encode()


def test_a_patch_that_nobody_had_to_approve_is_on_the_record_too(made: Room) -> None:
    text = json.dumps({**json.loads(V10), "description": "What the dialer reads."})
    pull = made.pull({"docs/podio-v1.0.1.json": text})
    made.hear()
    pull.merge()
    made.hear()
    (tidy,) = ours(made)
    assert made.repository.read("docs/podio-v1.0.json", tidy.head_sha) is None
    assert "| 1.0.1 |" in (made.repository.read("docs/README.md", tidy.head_sha) or b"").decode()


def test_killed_before_its_pull_request_it_is_proposed_once(made: Room) -> None:
    approve(made)
    fault = made.github.fail(how="500", method="POST", path="/pulls$")
    merge(made)
    assert (fault.hits, ours(made)) == (1, [])
    made.repository.push("main", {"docs/README.md": LOG + "\nMore.\n"})
    made.hear()
    made.clock.advance(timedelta(hours=1))
    made.work()
    look(made, days=1)
    (pull,) = ours(made)
    assert b"\nMore.\n" in (made.repository.read("docs/README.md", pull.head_sha) or b"")
    pull.close()
    look(made, days=1)
    assert len(ours(made)) == 1

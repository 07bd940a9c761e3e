"""The pages of migrations: for who sees the repository, rows for who may write, actions for maintainers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.steward.migrations.plans import FAILING, PLAN
from bot.steward.migrations.progress import PROGRESS
from bot.store.values import NewEvent
from notices import migration_pages
from notices.migration import Progress
from notices.migration_pages import Broken
from notices.migration_values import Planned
from rules.jsontext import dumps
from rules.migration_state import Migration, fold
from tests.bot.web.visiting import BASE, Browser, Room, room

PLANNED = Planned(
    "order", "1.0.0", "2.0.0", "migrations/order/1.0.0-2.0.0.yml", "order", "k", rows=1000, failing=1000, seconds=300,
    rate=14_000, tested=1000, risk="MODERATE", reasons=("47 rows <b>cannot</b> be migrated",), complexity="SIMPLE",
    transform=("read /total as number",), unmovable=2,
)  # fmt: skip
BROKEN = (
    Broken(("17",), "/total", "minimum", "the value at /total fails `minimum`", '{"total": "-5"}'),
    Broken(("=cmd()",), "/total", "type", "not a number"),
)


@dataclass
class Desk:
    """The web room with one migration."""

    room: Room

    @property
    def name(self) -> str:
        return f"{self.room.github.repository('octo/orders').state.id}:order:2.0.0"

    def tell(self, kind: str, **body: Any) -> None:
        state = self.room.github.repository("octo/orders").state
        place = {"installation": 1, "repository_id": state.id, "repository": "octo/orders"}
        planned = {
            "place": place, "contract": "order", "from": "1.0.0", "to": "2.0.0", "pull": 7, "path": PLANNED.path,
            "target": "order", "rows": 1000, "maintainers": ["rosa"],
        }  # fmt: skip
        self.room.later(seconds=1)
        fact = NewEvent(f"migration.{kind}", f"{kind}:{self.room.clock()}", self.room.clock(), {**planned, **body})
        with self.room.store.transaction() as transaction:
            transaction.append(f"migration:{self.name}", [fact])

    @property
    def found(self) -> Migration:
        with self.room.store.reading() as transaction:
            found = fold(transaction.events(f"migration:{self.name}"))
        assert found is not None
        return found

    def visitor(self, login: str = "ana", role: str | None = "admin") -> Browser:
        return self.room.signed_in(login, role)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with room(tmp_path) as found:
        made = Desk(found)
        made.tell("planned")
        made.tell("created")
        key = f"pull:{made.name.split(':', maxsplit=1)[0]}:7:order"
        with found.store.transaction() as transaction:
            transaction.remember(PLAN, key, PLANNED.text(), found.clock())
            transaction.remember(FAILING, key, migration_pages.write(BROKEN), found.clock())
        yield made


def test_the_page_shows_plan_rows_and_what_can_be_done(desk: Desk) -> None:
    page = desk.visitor().get(f"/migrations/{desk.name}").text
    assert "Migration of order 1.0.0 → 2.0.0" in page
    assert "47 rows &lt;b&gt;cannot&lt;/b&gt; be migrated" in page
    assert "{&#34;total&#34;: &#34;-5&#34;}" in page
    assert "Start now" in page
    assert "Pause" not in page


def test_the_progress_of_a_run_is_said_in_words_and_a_bar(desk: Desk) -> None:
    desk.tell("begun", run="a1")
    desk.tell("stood", run="a1", state="running", step="copy")
    with desk.room.store.transaction() as transaction:
        made = Progress(82.0, "running", "copy", 124, 1_240_000, 1_500_000, 14_183.0, 0, 78.0, at=1.0, began=1.0)
        transaction.remember(PROGRESS, f"migration:{desk.name}", dumps(asdict(made)), desk.room.clock())
    answer = desk.visitor().get(f"/migrations/{desk.name}?live=1")
    assert answer.headers["Refresh"] == "10"
    assert "[████████████████░░░░] 82 %" in answer.text
    assert "1,240,000 of 1,500,000" in answer.text
    assert 'aria-current="step"' in answer.text
    assert "Pause" in answer.text
    assert "Refresh" not in desk.visitor().get(f"/migrations/{desk.name}").headers


def test_an_action_is_the_command_that_it_stands_for(desk: Desk) -> None:
    browser = desk.visitor()
    sent = browser.client.post(
        f"/migrations/{desk.name}?what=start", base_url=BASE,
        data={"csrf": browser.csrf(), "drawn": desk.found.drawn},
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    assert desk.found.started_by == "ana"


def test_a_rollback_is_confirmed_and_an_old_page_is_refused(desk: Desk) -> None:
    desk.tell("begun", run="a1")
    desk.tell("stood", run="a1", state="cut-over", step="watch")
    browser = desk.visitor()
    address = f"/migrations/{desk.name}?what=rollback"
    form = {"csrf": browser.csrf(), "drawn": desk.found.drawn}
    assert "sure" in browser.client.post(address, base_url=BASE, data=form).text
    old = {**form, "sure": "yes", "drawn": "running-a1"}
    assert browser.client.post(address, base_url=BASE, data=old).status_code == 409
    assert browser.client.post(address, base_url=BASE, data={**form, "sure": "yes"}).status_code == 303
    assert [one.what for one in desk.found.asks] == ["rollback"]


def test_keys_of_failing_rows_come_as_csv_that_no_spreadsheet_computes(desk: Desk) -> None:
    answer = desk.visitor().get(f"/migrations/{desk.name}/failing.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["key", "place", "rule", "why"]
    assert [row[0] for row in rows[1:]] == ["17", "'=cmd()"]


def test_the_list_leads_to_each(desk: Desk) -> None:
    page = desk.visitor().get("/migrations/").text
    assert f'href="/migrations/{desk.name}"' in page
    assert "waits for its start" in page


def test_who_does_not_see_the_repository_sees_nothing(desk: Desk) -> None:
    stranger = desk.visitor("stranger", None)
    assert stranger.get(f"/migrations/{desk.name}").status_code == 404
    assert stranger.get(f"/migrations/{desk.name}/failing.csv").status_code == 404
    assert "waits for its start" not in stranger.get("/migrations/").text


def test_nobody_sees_it_without_sign_in(desk: Desk) -> None:
    assert desk.room.browser().get(f"/migrations/{desk.name}").status_code == 303

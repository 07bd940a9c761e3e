"""Pages behind sign-in, as people with a real browser meet them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it carries no types

from bot.store.values import NewJob
from tests.browser import Visit
from tests.e2e.stage import Stage, schema, stage
from tests.e2e.test_pages import DATE_TIME, DESKTOP, PHONE, painted

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PAGES = ("welcome", "home", "report", "why", "operator", "nowhere")
REACHED = "a[href], button, summary, [tabindex='0']"


@dataclass(frozen=True)
class House:
    """An App that people sign in to, and the addresses of its pages."""

    on: Stage
    addresses: dict[str, str]
    cookies: list[Any] = field(default_factory=list)

    def open(self, name: str, visit: Visit) -> int:
        """Go to a page, signed in as its operator where that matters."""
        if name != "welcome":
            visit.page.context.add_cookies(self.cookies)
        return visit.open(self.addresses[name])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[House]:
    """An App with a breaking pull request, one that adds, and a job that gave up."""
    with stage(tmp_path_factory.mktemp("app"), reachable=True, operators="ana") as on:
        on.github.oauth.grant("ana", "octo/orders", "write")
        number = on.topic("date-time", {"schemas/order.json": schema("1.1.0", placed=DATE_TIME)})
        on.topic("channel", {"schemas/order.json": schema("1.1.0", channel={"type": "string"})})
        on.settle()
        give_up(on)
        (check,) = on.repository.pull(number).checks
        base, report = on.server.settings.base_url, str(check.details_url)
        addresses = {"welcome": base, "home": base, "report": report, "why": f"{report}/why"}
        made = House(on, {**addresses, "operator": f"{base}/operator", "nowhere": f"{base}/nowhere"})
        made.cookies.extend(signed_in(on, chromium))
        yield made


def signed_in(on: Stage, chromium: Browser) -> list[Any]:
    """Sign in once for all tests; the browser's cookies."""
    on.github.oauth.visitor = "ana"
    context = chromium.new_context()
    Visit(context.new_page()).open(f"{on.server.settings.base_url}/sign-in")
    cookies: list[Any] = list(context.cookies())
    context.close()
    return cookies


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Somebody with a fresh browser at a desk."""
    context = chromium.new_context()
    yield Visit(context.new_page())
    context.close()


@pytest.fixture(params=[("light", PHONE), ("dark", DESKTOP)], ids=["phone", "desk"])
def look(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Visit]:
    """Somebody with a phone by day, then one at a desk by night."""
    scheme, (width, height) = request.param
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
    yield Visit(context.new_page())
    context.close()


def give_up(on: Stage) -> None:
    job = NewJob(kind="pull", payload={"repository": "octo/orders", "number": 12}, key="dead", pool="nowhere")
    with on.server.store.transaction() as transaction:
        transaction.enqueue(job)
        lease = transaction.claim(on.clock(), lease=timedelta(minutes=1), pools=["nowhere"])
        assert lease is not None
        transaction.fail(lease, on.clock(), "GitHub does not allow this: " + "no " * 100, None)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_its_window_and_gives_the_browser_nothing_to_complain_of(
    house: House, look: Visit, name: str
) -> None:
    assert house.open(name, look) == (404 if name == "nowhere" else 200)
    assert not look.scrolls_sideways()
    assert painted(look)
    assert [address.rstrip("/") for address in look.requests] == [house.addresses[name]]
    assert [one for one in look.complaints if "404" not in one] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_that_keeps_people_out(house: House, look: Visit, name: str) -> None:
    house.open(name, look)
    found = Axe().run(look.page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", ["home", "why", "operator"])
def test_the_keyboard_reaches_everything_in_reading_order_and_shows_where_it_is(
    house: House, visit: Visit, name: str
) -> None:
    house.open(name, visit)
    count = visit.page.locator(REACHED).count()
    reached = []
    for _ in range(count):
        visit.page.keyboard.press("Tab")
        reached.append(visit.page.evaluate(_FOCUSED, REACHED))
    assert [number for number, _ in reached] == list(range(count))
    assert all(outline == "solid" for _, outline in reached)


def test_somebody_signs_in_and_out_with_a_few_clicks(house: House, visit: Visit) -> None:
    page = visit.page
    visit.open(house.addresses["welcome"])
    house.on.github.oauth.grant("cleo", "octo/orders", "read")
    house.on.github.oauth.visitor = None
    page.get_by_role("link", name="Sign in with GitHub").last.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Who are you?"
    page.get_by_role("link", name="Sign in as cleo").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Open reviews"
    page.get_by_role("link", name="Why octo/orders #1 is judged so").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Why: MAJOR change of order"
    page.get_by_role("link", name="The full report").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Concordat: MAJOR change of order"
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Concordat"
    # GitHub's own page, which has no icon, is not ours to judge.
    assert [one for one in visit.complaints if "404" not in one] == []


def test_a_link_in_a_comment_leads_through_sign_in_to_the_report(house: House, visit: Visit) -> None:
    house.on.github.oauth.visitor = "bo"
    house.on.github.oauth.grant("bo", "octo/orders", "read")
    assert visit.open(house.addresses["report"]) == 200
    assert visit.page.url == house.addresses["report"]
    assert visit.page.get_by_text("placed must now be an RFC 3339 date-time").is_visible()


def test_whoever_cannot_see_the_repository_finds_nothing_behind_the_link(house: House, chromium: Browser) -> None:
    context = chromium.new_context()
    stranger = Visit(context.new_page())
    house.on.github.oauth.visitor = "mallory"
    assert stranger.open(house.addresses["report"]) == 404
    assert stranger.page.get_by_text("There is nothing at this address for you.").is_visible()
    assert stranger.page.get_by_text("order").count() == 0
    context.close()


def test_a_declined_sign_in_keeps_nothing_and_offers_the_way_back(house: House, visit: Visit) -> None:
    house.on.github.oauth.visitor = None
    visit.open(f"{house.on.server.settings.base_url}/sign-in")
    visit.page.get_by_role("link", name="Cancel").click()
    assert visit.page.get_by_role("heading", level=1).inner_text() == "You are not signed in"
    assert visit.page.get_by_role("link", name="Sign in with GitHub").count() == 2


def test_an_operator_retries_what_gave_up(house: House, visit: Visit) -> None:
    house.open("operator", visit)
    visit.page.get_by_role("button", name="Retry").first.press("Enter")
    told = visit.page.get_by_role("status").inner_text()
    assert told == "The job will run again now."
    give_up_again(house.on)


def give_up_again(on: Stage) -> None:
    with on.server.store.transaction() as transaction:
        lease = transaction.claim(on.clock(), lease=timedelta(minutes=1), pools=["nowhere"])
        assert lease is not None
        transaction.fail(lease, on.clock(), "again", None)


def test_on_paper_there_are_no_buttons_and_the_text_is_dark(house: House, visit: Visit) -> None:
    house.open("why", visit)
    visit.page.emulate_media(media="print")
    assert visit.page.get_by_role("button", name="Sign out").count() == 0
    assert visit.page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"


_FOCUSED = """(every) => {
  const one = document.activeElement;
  return [[...document.querySelectorAll(every)].indexOf(one), getComputedStyle(one).outlineStyle];
}"""

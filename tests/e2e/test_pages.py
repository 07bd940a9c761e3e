from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it carries no types

from tests.browser import Visit
from tests.e2e.stage import schema, stage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

DATE_TIME = {"type": "string", "format": "date-time", "description": "When it was placed. " * 20}
DESKTOP, PHONE = (1280, 900), (360, 740)
SCHEMES = ("light", "dark")
LINKS_AND_AREAS = "a[href], summary, [tabindex='0']"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the report on a breaking pull request, as its check has it; the App stays up."""
    with stage(tmp_path_factory.mktemp("app"), reachable=True) as on:
        number = on.topic("date-time", {"schemas/order.json": schema("1.1.0", placed=DATE_TIME)})
        on.settle()
        (check,) = on.repository.pull(number).checks
        yield str(check.details_url)


@pytest.fixture(params=SCHEMES)
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Visit]:
    """Somebody at a desk, who prefers light, then one who prefers dark."""
    context = chromium.new_context(color_scheme=request.param, viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    yield Visit(context.new_page())
    context.close()


def test_the_checks_details_lead_to_the_verdict_and_its_proof(report: str, visit: Visit) -> None:
    assert visit.open(report) == 200
    page = visit.page
    assert page.get_by_role("heading", level=1).inner_text() == "Concordat: MAJOR change of order"
    assert page.get_by_text("placed must now be an RFC 3339 date-time").is_visible()
    assert page.get_by_label("Document 1").get_by_text('"2025-01-15"').is_visible()


def test_old_and_new_stand_side_by_side_and_are_seen(report: str, visit: Visit) -> None:
    visit.open(report)
    finding = visit.page.locator("article").first
    old, new = finding.get_by_label("Old", exact=True), finding.get_by_label("New", exact=True)
    assert '"pattern"' in old.inner_text()
    assert '"date-time"' in new.inner_text()
    left, right = old.bounding_box(), new.bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]


def test_the_page_loads_nothing_else_and_the_browser_has_nothing_to_complain_of(report: str, visit: Visit) -> None:
    visit.open(report)
    assert visit.requests == [report]
    assert visit.complaints == []


def painted(visit: Visit) -> bool:
    """Say whether the page has the ground that its reader prefers."""
    dark = visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    ground: str = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return ground == ("rgb(21, 24, 28)" if dark else "rgb(255, 255, 255)")


def test_the_style_sheet_applies_in_light_and_dark(report: str, visit: Visit) -> None:
    visit.open(report)
    assert painted(visit)


@pytest.mark.parametrize("width", [PHONE[0], 768, DESKTOP[0]])
def test_no_window_has_to_be_scrolled_sideways(report: str, visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": PHONE[1]})
    visit.open(report)
    assert not visit.scrolls_sideways()


def test_the_keyboard_reaches_every_link_and_everything_that_scrolls_in_reading_order(
    report: str, visit: Visit
) -> None:
    visit.open(report)
    count = visit.page.locator(LINKS_AND_AREAS).count()
    reached = []
    for _ in range(count):
        visit.page.keyboard.press("Tab")
        reached.append(visit.page.evaluate(_FOCUSED, LINKS_AND_AREAS))
    assert count > 5
    assert [number for number, _ in reached] == list(range(count))
    assert all(outline != "none" for _, outline in reached)


def test_the_first_tab_offers_to_skip_to_the_report(report: str, visit: Visit) -> None:
    visit.open(report)
    visit.page.keyboard.press("Tab")
    skip = visit.page.get_by_role("link", name="Skip to the report")
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    visit.page.keyboard.press("Enter")
    assert visit.page.url == f"{report}#report"


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_axe_finds_nothing_that_keeps_people_out(report: str, visit: Visit, size: tuple[int, int]) -> None:
    visit.page.set_viewport_size({"width": size[0], "height": size[1]})
    visit.open(report)
    found = Axe().run(visit.page)
    assert found.violations_count == 0, found.generate_report()


def test_a_link_that_somebody_changed_leads_nowhere(report: str, visit: Visit) -> None:
    middle = len(report) - 20
    changed = f"{report[:middle]}{'A' if report[middle] != 'A' else 'B'}{report[middle + 1 :]}"
    assert visit.open(changed) == 404
    page = visit.page
    assert page.get_by_role("heading", level=1).inner_text() == "Not Found"
    assert page.get_by_text("There is nothing at this address.").is_visible()
    assert page.get_by_text("order").count() == 0
    assert painted(visit)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


_FOCUSED = """(every) => {
  const one = document.activeElement;
  return [[...document.querySelectorAll(every)].indexOf(one), getComputedStyle(one).outlineStyle];
}"""

"""Web workers live while somebody looks at their model, and one that failed is forgotten; in real headless Chromium."""

import shutil
from collections.abc import Iterator

import pytest
from chromium import MARKS, SHIPPED, Server, Watched, decoded, painted, visit, wait_for
from playwright.sync_api import Page, Route, expect

pytestmark = MARKS

MOST = 2  # the present model's, and perhaps one that is just being ended
AWAY_SECONDS = 8


@pytest.fixture(scope="module")
def six(server: Server) -> Iterator[list[str]]:
    """Six models, one of them a copy: another name is another model to a browser."""
    shutil.copytree(server.models / "mnist-2d", server.models / "mnist-2d-copy")
    yield [*SHIPPED, "mnist-2d-copy"]
    shutil.rmtree(server.models / "mnist-2d-copy")


def choose(page: Page, model: str) -> None:
    """Another model in the sidebar, without a reload."""
    box = page.get_by_test_id("stSidebar").get_by_test_id("stSelectbox").locator("input")
    box.fill(model)
    box.press("Enter")
    wait_for(lambda: f"model={model}" in page.evaluate("location.search"), 10)


def films(page: Page) -> None:
    """The strips of the first dimension, which a worker decodes."""
    strip = page.locator(".film").first.locator("canvas")
    expect(strip.first).to_be_visible(timeout=20_000)
    wait_for(lambda: all(painted(canvas) > 3 for canvas in strip.all()), 20)


def hear(page: Page) -> None:
    """Playwright hears of what has happened only while it speaks with the page."""
    page.evaluate("0")


def workers(page: Page) -> list[str]:
    hear(page)
    return [worker.url.rpartition("/")[2] for worker in page.workers]


def test_at_most_two_workers_live_whatever_is_visited(tab: Watched, server: Server, six: list[str]) -> None:
    page = visit(tab, server, f"explore?model={six[0]}")
    decoded(page)
    films(page)
    for model in [*six[1:], six[0]]:
        choose(page, model)
        films(page)
        assert len(workers(page)) <= MOST, workers(page)
    wait_for(lambda: workers(page) == ["decoding.worker.js"], AWAY_SECONDS)


def test_they_end_when_the_page_is_left_and_are_made_anew(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-2d")
    films(page)
    page.get_by_role("link", name="Records").click()
    wait_for(lambda: not workers(page), AWAY_SECONDS)
    page.get_by_role("link", name="Explore").click()
    films(page)
    assert workers(page) == ["decoding.worker.js"]


def leave_and_return(page: Page) -> None:
    page.get_by_role("link", name="Records").click()
    expect(page.get_by_role("heading", name="Records", exact=True)).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Explore").click()


@pytest.mark.parametrize("file", ["sliders.js", "store.js", "decoding.worker.js", "kit.css", "codes.safetensors"])
def test_what_failed_once_works_at_the_next_visit(file: str, tab: Watched, server: Server) -> None:
    failed: list[str] = []

    def fail_once(route: Route) -> None:
        if failed:
            route.continue_()
        else:
            failed.append(route.request.url)
            route.abort()

    tab.page.context.route(f"**/{file}", fail_once)
    page = visit(tab, server, "explore?model=mnist-2d")
    wait_for(lambda: hear(page) or bool(failed), 20)
    leave_and_return(page)
    films(page)
    # Chromium says that the one request failed, and nothing else is wrong.
    assert all(file in complaint for complaint in tab.complaints)
    tab.complaints.clear()

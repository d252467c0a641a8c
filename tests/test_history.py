"""The browser's Back button: one step per visit and per deed, and it works at once."""

from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

from chromium import MARKS, Server, Watched, address_of, decoded, settled, visit, wait_for
from playwright.sync_api import Page, expect

pytestmark = MARKS


def steps(page: Page) -> int:
    return page.evaluate("history.length")


def z_of(page: Page) -> str | None:
    return dict(parse_qsl(urlsplit(address_of(page)).query)).get("z")


def sampled(page: Page, before: str | None) -> str:
    page.get_by_role("button", name="Sample from the prior").click()
    wait_for(lambda: z_of(page) not in (None, before), 10)
    return z_of(page)


def follow(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    settled(page)


def test_a_visit_is_one_step(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-20d")
    decoded(page)
    sampled(page, None)
    visited = ["Latent map", "Curves", "Draw", "Reparameterization", "Explore"]
    counted = [steps(page)]
    for title in visited:
        follow(page, title)
        wait_for(lambda: "model=mnist-20d" in address_of(page), 10)
        counted.append(steps(page))
    assert [after - before for before, after in pairwise(counted)] == [1] * len(visited)
    page.go_back()
    expect(page.get_by_role("heading", name="Reparameterization", exact=True)).to_be_visible()


def test_an_address_typed_without_a_model_is_no_step_more(tab: Watched, server: Server) -> None:
    tab.page.goto(f"{server.url}/_stcore/health")
    before = steps(tab.page)
    page = visit(tab, server, "explore")
    decoded(page)
    settled(page)
    assert steps(page) == before + 1


def test_back_undoes_what_was_done_a_moment_ago(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-2d")
    decoded(page)
    first = sampled(page, None)
    second = sampled(page, first)
    slider = page.locator("input[type=range]").first
    shown = slider.input_value()
    page.go_back()
    wait_for(lambda: slider.input_value() != shown, 5)
    settled(page)
    assert z_of(page) == first != second
    assert abs(float(slider.input_value()) - float(first.split(",")[0])) < 0.06  # a step of the slider
    page.go_back()
    wait_for(lambda: float(slider.input_value()) == 0, 5)


def test_back_returns_to_the_model_before_at_once(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-2d")
    decoded(page)
    box = page.get_by_test_id("stSidebar").get_by_role("combobox")
    box.click()
    page.get_by_role("option", name="digits-2d").click()
    wait_for(lambda: "model=digits-2d" in address_of(page), 10)
    page.go_back()
    expect(box).to_have_value("mnist-2d", timeout=5_000)
    settled(page)
    assert "model=mnist-2d" in address_of(page)

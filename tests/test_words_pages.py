"""Words on the pages, in headless Chromium: letters are shown where images were, and a word is typed, not drawn."""

import re

from chromium import MARKS, Server, Watched, code_of, painted, visit, wait_for
from playwright.sync_api import Page, expect

pytestmark = MARKS
MODEL = "names-2d"
LETTERS = re.compile(r"^[a-z]+$")


def word(page: Page, place: str) -> str:
    """What the canvas there says, once it says something."""
    canvas = page.locator(place).first
    expect(canvas).to_have_attribute("title", LETTERS, timeout=20_000)
    assert painted(canvas) > 3
    return canvas.get_attribute("title") or ""


def test_a_slider_changes_the_word(tab: Watched, server: Server) -> None:
    page = visit(tab, server, f"explore?model={MODEL}&z=2,0")
    first = word(page, ".decoded canvas")
    page.locator("input[type=range]").first.focus()
    page.keyboard.press("End")
    page.locator("input[type=range]").nth(1).focus()
    page.keyboard.press("Home")
    wait_for(lambda: word(page, ".decoded canvas") != first, 10)
    word(page, ".film canvas")
    word(page, ".tests canvas")
    expect(page.get_by_text("each letter is drawn on its own")).to_be_visible()


def test_the_map_is_of_words(tab: Watched, server: Server) -> None:
    page = visit(tab, server, f"latent_map?model={MODEL}&pins=1,1_-1,-1")
    word(page, ".inset canvas")
    expect(page.locator(".plot canvas").last).to_have_attribute("data-tiles", "complete", timeout=30_000)
    assert painted(page.locator(".plot canvas").first) > 20
    for place in (".reel canvas", ".paths figure canvas, .paths button canvas"):
        word(page, place)
    expect(page.get_by_role("button", name="Indonesian")).to_be_visible()


def test_a_word_is_typed_encoded_and_costs_nats(tab: Watched, server: Server) -> None:
    page = visit(tab, server, f"draw?model={MODEL}")
    field = page.get_by_label("A word for the model")
    field.fill("Zoë")
    wait_for(lambda: word(page, ".writer canvas") == "zoe", 20)
    field.press("Enter")
    word(page, ".writer figure + figure canvas")
    expect(page.locator(".meter .terms")).to_contain_text("negative ELBO")
    wait_for(lambda: any(code_of(page)), 10)
    expect(page.locator(".inset")).to_contain_text("posterior of “zoe”")
    before = code_of(page)
    field.fill("zo3")
    expect(page.locator(".writer p.problem")).to_contain_text("never seen “3”")
    field.fill("annabellamaria")
    expect(page.locator(".writer p.problem")).to_contain_text("at most 12 letters")
    assert code_of(page) == before
    page.get_by_role("button", name="Take a test word").click()
    expect(page.locator(".writer p.problem")).to_have_count(0)
    wait_for(lambda: field.input_value() not in ("", "annabellamaria"), 10)


def test_nothing_is_drawn_on_a_word(tab: Watched, server: Server) -> None:
    page = visit(tab, server, f"elbo?model={MODEL}")
    word(page, ".subject figure canvas")
    assert page.locator(".subject [role=application]").count() == 0
    expect(page.locator(".subject").get_by_role("button", name="Clear")).to_have_count(0)
    page.locator(".ten button").nth(2).click()
    expect(page.locator(".subject figcaption").first).to_contain_text("test word")

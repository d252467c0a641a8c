"""What a person does, in real headless Chromium against the real server: pixels change, values show, nothing breaks."""

import re
import shutil
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from chromium import (
    MARKS,
    PAGES,
    SHIPPED,
    Server,
    Watched,
    address_of,
    code_of,
    decoded,
    frames,
    painted,
    pixels,
    serving,
    settled,
    visit,
    wait_for,
)
from playwright.sync_api import Browser, Page, expect

pytestmark = MARKS


@pytest.mark.parametrize("address", PAGES)
def test_a_cold_server_opens_every_deep_link(address: str, browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path / "models", tmp_path / "data") as cold, closing(browser.new_page()) as page:
        watched = Watched(page)
        watched.watch(cold.url)
        visit(watched, cold, address)
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(len(PAGES))
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert watched.complaints == []


def test_the_home_page_sends_a_real_image_through_the_model(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "")
    wait_for(lambda: page.locator("canvas").count() >= 2 and painted(page.locator("canvas").nth(1)) > 20, 20)
    expect(page.get_by_text("negative ELBO").first).to_be_visible()


@pytest.mark.parametrize("model", SHIPPED)
def test_moving_a_latent_changes_the_image_without_a_word_to_the_server(
    model: str, tab: Watched, server: Server
) -> None:
    page = visit(tab, server, f"explore?model={model}")
    image = decoded(page)
    slider = page.locator("input[type=range]").first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    settled(page)
    sent, seen = len(tab.frames), set()
    for step in range(12):
        page.mouse.move(box["x"] + box["width"] * (0.5 + step / 30), y)
        frames(page, 1)
        seen.add(pixels(image))
    assert len(seen) >= 8
    assert len(tab.frames) == sent
    page.mouse.up()
    wait_for(lambda: "z=" in address_of(page), 10)
    assert len(tab.frames) > sent


def test_nothing_that_a_hand_did_is_undone(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-10d")
    image = decoded(page)
    page.get_by_role("button", name="Sample from the prior").click()
    wait_for(lambda: any(code_of(page)), 10)
    settled(page)
    slider = page.locator("input[type=range]").first
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    held = slider.input_value()
    frames(page)
    shown = pixels(image)
    wait_for(lambda: any(abs(part - float(held)) < 1e-3 for part in code_of(page)), 10)
    settled(page)
    assert (slider.input_value(), pixels(image)) == (held, shown)
    page.get_by_role("button", name="Reset to 0").click()
    wait_for(lambda: not any(code_of(page)), 10)
    settled(page)
    assert float(slider.input_value()) == 0


def test_a_model_from_a_link_is_kept_when_the_page_changes(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-20d")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Latent map").click()
    expect(page.get_by_role("heading", name="Latent map", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_role("combobox")).to_have_value("mnist-20d")
    wait_for(lambda: "model=mnist-20d" in address_of(page), 10)


def test_the_address_restores_the_image(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-2d&z=1.50,-0.75")
    first = pixels(decoded(page))
    page.reload()
    assert pixels(decoded(page)) == first
    visit(tab, server, "explore?model=mnist-2d")
    assert pixels(decoded(page)) != first


def test_keyboard_moves_a_latent(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-2d")
    before = pixels(decoded(page))
    page.locator("input[type=range]").first.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    wait_for(lambda: pixels(page.locator("canvas").first) != before, 5)


@pytest.mark.parametrize(
    ("address", "colours"), [("latent_map?model=mnist-2d", 60), ("projection?model=mnist-20d", 60)]
)
def test_a_map_shows_the_codes_in_the_colours_of_their_classes(
    address: str, colours: int, tab: Watched, server: Server
) -> None:
    page = visit(tab, server, address)
    canvases = page.locator("canvas")
    wait_for(
        lambda: canvases.count() > 0 and max(painted(canvases.nth(i)) for i in range(canvases.count())) > colours, 20
    )


def test_the_manifold_is_decoded(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d")
    page.get_by_text("Manifold", exact=True).click()
    wait_for(lambda: painted(page.locator("canvas").first) > 150, 20)


def test_an_unknown_model_is_a_sentence_and_the_app_goes_on(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=no-such-model")
    expect(page.get_by_text("There is no model named no-such-model")).to_be_visible()
    decoded(page)


def test_curves_are_drawn_for_two_runs(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "curves?runs=mnist-2d,mnist-20d")
    expect(page.locator("path.js-line").first).to_be_attached(timeout=30_000)
    for name in ("mnist-2d test", "mnist-20d test"):
        expect(page.locator(".legendtext", has_text=re.compile(f"^{name}$")).first).to_be_visible()


def test_the_records_show_ours_beside_the_published(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "records")
    expect(page.get_by_test_id("stMetricDelta").first).to_contain_text("to the published 137.08")
    expect(page.get_by_text("dynamic binarisation").first).to_be_visible()
    expect(page.locator("path.js-line").first).to_be_attached(timeout=30_000)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=False).first.click()
    page.get_by_role("option", name=option).click()


def start_on_digits(tab: Watched, server: Server, epochs: int) -> Page:
    page = visit(tab, server, "train?dataset=digits")
    page.get_by_role("button", name="Settings").click()
    field = page.get_by_label("Epochs", exact=True)
    expect(field).to_have_value("100", timeout=20_000)
    field.fill(str(epochs))
    field.press("Enter")
    expect(page.get_by_text(f"{epochs:,} epochs of batches")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Start training").click()
    wait_for(lambda: "run=" in address_of(page), 20)
    return page


def test_a_card_on_the_home_page_opens_its_page_with_the_model(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "?model=digits-2d")
    page.get_by_test_id("stMain").get_by_role("link", name="Curves").click()
    expect(page.get_by_role("heading", name="Curves", exact=True)).to_be_visible()
    wait_for(lambda: "model=digits-2d" in address_of(page), 10)
    expect(page.get_by_test_id("stSidebar").get_by_role("combobox")).to_have_value("digits-2d")


def test_training_on_digits_ends_with_a_curve_and_a_new_model(tab: Watched, server: Server) -> None:
    page = start_on_digits(tab, server, 60)
    name = re.search(r"run=([a-z0-9-]+)", address_of(page)).group(1)
    expect(page.locator(".doing")).to_have_text("trained", timeout=90_000)
    page.get_by_role("link", name=f"Explore {name}").click()
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    decoded(page)
    expect(page.get_by_test_id("stSidebar").get_by_role("combobox")).to_have_value(name)


def test_a_deleted_run_is_taken_back_even_after_a_reload(tab: Watched, server: Server) -> None:
    for name in ("first", "second"):
        shutil.copytree(server.models / "digits-2d", server.models / name)
        (server.models / name / "train.job.json").touch()
    page = visit(tab, server, "train?run=first")
    page.get_by_role("button", name="Keep this run").click()
    page.get_by_role("button", name="Delete this run").click()
    expect(page.get_by_role("link", name="Explore first")).to_have_count(0)
    page = visit(tab, server, "train")
    page.get_by_role("button", name="Deleted runs").click()
    page.get_by_role("button", name="Take back first").click()
    expect(page.get_by_role("link", name="Explore first")).to_be_visible()
    for name in ("first", "second"):
        shutil.rmtree(server.models / name)
    # The stage of a run that has just been deleted may ask once more, and the console says so.
    tab.complaints[:] = [words for words in tab.complaints if "/watch/" not in words]


# Those below what is seen may come when somebody is near.
STARTED = "labs => labs.every((lab) => lab.childElementCount || lab.getBoundingClientRect().top > innerHeight)"


def everything_is_there(page: Page) -> bool:
    loading = page.get_by_text("Loading…", exact=True).count()
    return page.locator(".lab").evaluate_all(STARTED) and not loading


def test_the_server_never_loads_what_only_workers_need(tab: Watched, server: Server) -> None:
    for address in PAGES:
        page = visit(tab, server, address)
        settled(page)
        wait_for(lambda page=page: everything_is_there(page), 20)
    process = psutil.Process(server.process.pid)
    mapped = " ".join(region.path for region in process.memory_maps())
    assert not re.findall(r"/(torch|torchvision|numba|llvmlite|sklearn|umap)/", mapped)
    assert process.memory_info().rss <= 180 * 2**20

"""A zip of pictures is dropped, shown, kept, trained on and explored, in real headless Chromium."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from chromium import MARKS, Server, Watched, address_of, decoded, settled, visit, wait_for
from PIL import Image
from playwright.sync_api import expect

pytestmark = MARKS


@pytest.fixture(scope="module")
def archive(digits, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scikit-learn's digits as PNGs in folders, two of which have names that would be markup."""
    path = tmp_path_factory.mktemp("brought") / "hands.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for i, (image, label) in enumerate(zip(digits.train[:600], digits.train_labels, strict=False)):
            content = io.BytesIO()
            Image.fromarray(image[0]).save(content, "PNG")
            name = {0: "<b>zero", 1: "*one* $x$"}.get(int(label), str(label))
            packed.writestr(f"hands/{name}/{i}.png", content.getvalue())
    return path


def test_own_pictures_from_the_drop_to_the_latent_space(archive: Path, tab: Watched, server: Server) -> None:
    page = visit(tab, server, "data")
    page.locator("input[type=file]").first.set_input_files(archive)
    tiles = page.locator(".lab-tiles img")
    expect(tiles).to_have_count(12, timeout=30_000)
    assert tiles.first.evaluate("image => image.naturalWidth") == 8
    expect(page.locator(".lab-tiles figcaption", has_text="<b>zero").first).to_be_visible()
    page.get_by_label("Size (pixels)").click()
    page.get_by_role("option", name="16", exact=True).click()
    wait_for(lambda: tiles.first.evaluate("image => image.naturalWidth") == 16, 30)
    page.get_by_label("Name").fill("Our hands")
    page.get_by_label("Name").press("Enter")
    settled(page)
    page.get_by_role("button", name="Keep this set").click()
    expect(page.get_by_text("Kept as own-our-hands")).to_be_visible(timeout=60_000)
    page.get_by_text("What is in it").click()
    expect(page.locator(".lab-sheet span", has_text="*one* $x$")).to_be_visible()
    expect(page.locator(".lab-sheet span")).to_have_count(10)
    page.get_by_role("link", name="Train on own-our-hands").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    wait_for(lambda: "dataset=own-our-hands" in address_of(page), 20)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Epochs", exact=True).fill("3")
    page.get_by_label("Epochs", exact=True).press("Enter")
    page.keyboard.press("Escape")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    wait_for(lambda: "run=" in address_of(page), 20)
    expect(page.locator(".doing")).to_have_text("trained", timeout=120_000)
    name = re.search(r"run=(own-our-hands[a-z0-9-]+)", address_of(page)).group(1)
    page.get_by_role("link", name=f"Explore {name}").click()
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    assert decoded(page).evaluate("canvas => [canvas.width, canvas.height]") == [16, 16]
    expect(page.locator(".lab").get_by_text("<b>zero").first).to_be_visible()

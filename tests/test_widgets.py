"""The lab's widgets under a hand: mouse, finger and keys, in real headless Chromium."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from chromium import (
    MARKS,
    ROOT,
    SHIPPED,
    Server,
    Watched,
    address_of,
    code_of,
    decoded,
    frames,
    painted,
    pixels,
    query,
    settled,
    visit,
    wait_for,
)
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from ui.plots import SYMBOL_COLOURS
from vae_core import runs

pytestmark = MARKS


def pad(page: Page) -> Locator:
    """The pad's top canvas, once the map behind it is drawn."""
    canvas = page.get_by_role("application", name="Latent pad")
    expect(canvas).to_be_visible(timeout=20_000)
    wait_for(lambda: painted(canvas) > 3, 20)
    canvas.scroll_into_view_if_needed()
    return canvas


def image(page: Page) -> Locator:
    return page.get_by_role("img", name=re.compile("The (image|word) decoded from z")).last


def at(canvas: Locator, across: float, down: float) -> tuple[float, float]:
    """A place on the page, in shares of a canvas."""
    box = canvas.bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def words(page: Page) -> str:
    return page.locator(".inset output").inner_text()


def moves(canvas: Locator, count: int) -> bool:
    """Whether a canvas shows that many different pictures, looked at once in an animation frame."""
    seen: set[str] = set()
    for _ in range(5 * count):
        seen.add(pixels(canvas))
        if len(seen) == count:
            return True
        frames(canvas.page, 1)
    return False


@pytest.mark.parametrize("model", SHIPPED)
def test_hovering_decodes_and_leaving_restores(model: str, tab: Watched, server: Server) -> None:
    page = visit(tab, server, f"latent_map?model={model}")
    canvas, before, sent, seen = pad(page), pixels(image(page)), len(tab.frames), set()
    for step in range(12):
        page.mouse.move(*at(canvas, 0.2 + step / 20, 0.3))
        frames(page, 1)
        seen.add(pixels(image(page)))
    assert len(seen) >= 8
    page.mouse.move(5, 5)
    wait_for(lambda: pixels(image(page)) == before, 5)
    assert len(tab.frames) == sent


def test_a_click_keeps_z_and_shows_the_posterior_there(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&show=dots")
    canvas = pad(page)
    page.mouse.click(*at(canvas, 0.5, 0.5))
    expect(page.locator(".inset output")).to_contain_text("ellipse: posterior of test image")
    wait_for(lambda: len(code_of(page)) == 2, 10)
    kept = pixels(image(page))
    page.mouse.move(5, 5)
    settled(page)
    assert pixels(image(page)) == kept
    page.reload()
    pad(page)
    wait_for(lambda: pixels(image(page)) == kept, 10)


def test_the_nearest_test_image_is_the_right_one(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&z=0.4581,-1.49")
    pad(page)
    latents = runs.open_run(server.models / "mnist-2d").read(runs.LATENTS)
    distances = np.linalg.norm(latents["mu"] - [0.4581, -1.49], axis=1)
    label = latents["labels"][distances.argmin()]
    assert f"nearest: {label}, {distances.min():.2f} σ away" in words(page)


def test_far_from_all_data_the_pad_says_so(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&z=-4.4,3")
    pad(page)
    wait_for(lambda: "the decoder makes this up" in words(page), 10)


PART = """([canvas, left, top, width, height]) => {
  const ratio = canvas.width / canvas.clientWidth;
  const box = [left, top, width, height].map((length) => Math.round(ratio * length));
  return Array.from(canvas.getContext('2d').getImageData(...box).data);
}"""


def ink(canvas: Locator, left: float, top: float, width: float, height: float) -> np.ndarray:
    """The colours of what is painted in a part of a canvas, in pixels of the page."""
    data = canvas.page.evaluate(PART, [canvas.element_handle(), left, top, width, height])
    colours = np.array(data).reshape(-1, 4)
    return colours[colours[:, 3] == 255, :3]


def top_canvas(page: Page) -> Locator:
    canvas = page.get_by_role("application", name="Latent pad")
    expect(canvas).to_be_visible(timeout=20_000)
    return canvas


def test_the_lens_of_a_narrow_posterior_is_whole(tab: Watched, server: Server) -> None:
    shutil.copytree(ROOT / "models" / "beta-0", server.models / "beta-0")
    page = visit(tab, server, "latent_map?model=beta-0&show=dots")
    canvas = pad(page)
    page.mouse.click(*at(canvas, 0.5, 0.5))
    expect(page.locator(".inset output")).to_contain_text("ellipse: posterior of test image")
    height = canvas.bounding_box()["height"]
    wait_for(lambda: len(ink(canvas, 20, 0, 160, height)) > 2000, 10)
    assert len(ink(canvas, 0, 0, 3, height)) == 0


def test_an_arrow_points_to_z_outside_the_view(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&show=dots&z=2,2&view=-2,-2,6")
    canvas = top_canvas(page)
    width = canvas.bounding_box()["width"]
    wait_for(lambda: len(ink(canvas, width - 50, 0, 50, 50)) > 100, 10)


def test_an_arrow_points_to_a_posterior_outside_the_view(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&show=dots")
    canvas, sigma = pad(page), [int(SYMBOL_COLOURS["sigma"][i : i + 2], 16) for i in (1, 3, 5)]
    page.mouse.click(*at(canvas, 0.5, 0.5))
    expect(page.locator(".inset output")).to_contain_text("ellipse: posterior of test image")
    canvas.focus()
    middle = canvas.bounding_box()["height"] / 2

    def pointed_at() -> bool:
        return (ink(canvas, 0, middle - 60, 60, 120) == sigma).all(axis=1).sum() > 40

    assert not pointed_at()
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.move(*at(canvas, -0.2, 0.5), steps=5)
    page.mouse.up()
    page.keyboard.up("Shift")
    wait_for(pointed_at, 10)


def test_the_wheel_zooms_and_the_address_restores_the_view(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&show=dots")
    canvas, dots = pad(page), page.locator(".plot canvas").nth(1)
    before = pixels(dots)
    page.mouse.move(*at(canvas, 0.6, 0.4))
    for _ in range(5):
        page.mouse.wheel(0, -200)
    wait_for(lambda: "view=" in address_of(page), 10)
    zoomed = pixels(dots)
    assert zoomed != before
    page.reload()
    pad(page)
    wait_for(lambda: pixels(dots) == zoomed, 10)
    page.get_by_role("button", name="Show all").click()
    wait_for(lambda: pixels(dots) == before, 5)


def test_shift_and_drag_moves_the_view_and_not_z(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&show=dots")
    canvas, dots = pad(page), page.locator(".plot canvas").nth(1)
    before = pixels(dots)
    page.mouse.move(*at(canvas, 0.5, 0.5))
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.move(*at(canvas, 0.3, 0.4), steps=5)
    page.mouse.up()
    page.keyboard.up("Shift")
    wait_for(lambda: pixels(dots) != before and "view=" in address_of(page), 10)
    assert "z=" not in address_of(page) or code_of(page) == [0, 0]


def test_keys_move_z_zoom_and_keep(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-20d&show=dots")
    canvas = pad(page)
    before = pixels(image(page))
    canvas.focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowUp", "k", "+"):
        page.keyboard.press(key)
    wait_for(lambda: all(key in address_of(page) for key in ("z=", "pins=", "view=")), 10)
    assert pixels(image(page)) != before
    assert sum(value != 0 for value in code_of(page)) == 2


def test_the_manifold_is_refined_until_it_is_complete(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d-conv&show=dots")
    canvas = pad(page)
    page.get_by_text("Manifold", exact=True).click()
    wait_for(lambda: canvas.get_attribute("data-tiles") == "complete", 30)
    assert painted(page.locator(".plot canvas").first) > 150
    wait_for(lambda: "show=manifold" in address_of(page), 10)


@pytest.mark.parametrize("plane", ["pca", "z3-z7"])
def test_another_plane_comes_from_the_list_and_from_the_address(plane: str, tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-20d&show=dots")
    pad(page)
    dots = page.locator(".plot canvas").nth(1)
    before = pixels(dots)
    if plane == "pca":
        page.get_by_label("Plane").select_option("pca")
    else:
        page.get_by_label("Across").select_option("z3")
        page.get_by_label("Up").select_option("z7")
    wait_for(lambda: f"plane={plane}" in address_of(page), 10)
    chosen = pixels(dots)
    assert chosen != before
    page.reload()
    pad(page)
    wait_for(lambda: pixels(dots) == chosen, 10)


def test_a_plane_through_three_kept_codes(tab: Watched, server: Server) -> None:
    codes = ["_".join(",".join([str(k * (i + 1) % 3 - 1) for i in range(10)]) for k in (1, 2, 3))]
    page = visit(tab, server, f"latent_map?model=mnist-10d&show=dots&pins={codes[0]}")
    canvas = pad(page)
    page.get_by_label("Plane").select_option("pins")
    wait_for(lambda: "plane=pins" in address_of(page), 10)
    page.mouse.click(*at(canvas, 0.5, 0.4))
    basis = np.array([[float(part) for part in code.split(",")] for code in codes[0].split("_")])
    matrix = np.array([basis[1] - basis[0], basis[2] - basis[0]]).T

    def off_the_plane() -> float:
        code = code_of(page)
        inside = np.array(code or [9] * 10) - basis[0]
        solution, *_ = np.linalg.lstsq(matrix, inside, rcond=None)
        return np.abs(matrix @ solution - inside).max()

    wait_for(lambda: off_the_plane() < 1e-3, 10)


MOVED_TOGETHER = """slider => {
  const pad = [...document.querySelectorAll('*')].map(node => node.shadowRoot?.querySelector('.plot canvas:last-child')).find(Boolean);
  const before = pad.toDataURL();
  slider.value = 1.5;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  return pad.toDataURL() !== before;
}"""  # noqa: E501


def test_a_slider_moves_the_crosshair_in_the_same_frame(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-2d")
    decoded(page)
    pad(page)
    settled(page)
    assert page.locator("input[type=range]").first.evaluate(MOVED_TOGETHER)


def test_z_goes_along_to_another_page(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&show=dots")
    canvas = pad(page)
    page.mouse.click(*at(canvas, 0.3, 0.3))
    wait_for(lambda: len(code_of(page)) == 2, 10)
    kept = code_of(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Explore").click()
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    slider = page.locator("input[type=range]").first
    expect(slider).to_be_visible(timeout=20_000)
    wait_for(lambda: abs(float(slider.input_value()) - kept[0]) < 0.02, 10)
    wait_for(lambda: code_of(page) == kept, 10)


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Watched]:
    with closing(
        browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    ) as context:
        watched = Watched(context.new_page())
        watched.watch(server.url)
        yield watched
        assert watched.complaints == []


def fingers(page: Page):
    """A function that sends one touch event: its kind and where the fingers are."""
    client = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    return touch


def test_a_finger_drags_z_and_two_fingers_zoom(phone: Watched, server: Server) -> None:
    page = visit(phone, server, "latent_map?model=mnist-2d&show=dots")
    canvas, touch = pad(page), fingers(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before = pixels(image(page))
    touch("touchStart", at(canvas, 0.4, 0.4))
    for step in range(8):
        touch("touchMove", at(canvas, 0.4 + step / 30, 0.4))
    dragged = pixels(image(page))
    assert dragged != before
    touch("touchEnd")
    wait_for(lambda: len(code_of(page)) == 2, 10)
    dots = page.locator(".plot canvas").nth(1)
    shown = pixels(dots)
    touch("touchStart", at(canvas, 0.4, 0.5), at(canvas, 0.6, 0.5))
    touch("touchMove", at(canvas, 0.3, 0.5), at(canvas, 0.7, 0.5))
    touch("touchMove", at(canvas, 0.2, 0.5), at(canvas, 0.8, 0.5))
    touch("touchEnd")
    wait_for(lambda: pixels(dots) != shown and "view=" in address_of(page), 10)


def test_kept_codes_are_walked_blended_and_saved(tab: Watched, server: Server, tmp_path: Path) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&show=dots")
    canvas, keep = pad(page), page.get_by_role("button", name="Keep this one")
    expect(page.get_by_text("Keep two codes, then walk between them.")).to_be_visible()
    for place in ((0.3, 0.3), (0.7, 0.35), (0.35, 0.7), (0.65, 0.7)):
        canvas.scroll_into_view_if_needed()
        page.mouse.click(*at(canvas, *place))
        page.mouse.move(5, 5)
        keep.click()
    reel = page.locator(".reel canvas")
    expect(reel).to_have_count(9)
    wait_for(lambda: painted(reel.nth(4)) > 20, 10)
    before = pixels(image(page))
    page.get_by_role("slider", name="Place on the way").fill("0.25")
    wait_for(lambda: pixels(image(page)) != before, 5)
    page.get_by_role("button", name="Play").click()
    assert moves(image(page), 24)
    page.get_by_role("button", name="Pause").click()
    blend = page.get_by_role("slider", name="Blend of A, B, C and D")
    blend.focus()
    shown = pixels(image(page))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    wait_for(lambda: pixels(image(page)) != shown, 5)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save GIF").click()
    download.value.save_as(tmp_path / "path.gif")
    with Image.open(tmp_path / "path.gif") as gif:
        assert gif.n_frames == 40 and gif.size == (224, 224)
    wait_for(lambda: len(set(query(page).get("pins", "").split("_"))) == 4, 10)


def test_a_path_drawn_on_the_pad_can_be_played(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "latent_map?model=mnist-2d&show=dots")
    canvas = pad(page)
    page.get_by_role("button", name="Draw a path").click()
    expect(page.get_by_role("button", name="Stop drawing")).to_be_attached()
    expect(canvas).to_be_in_viewport()
    canvas.hover(trial=True)  # scrolled, it stands still
    page.mouse.move(*at(canvas, 0.2, 0.5))
    page.mouse.down()
    for step in range(12):
        page.mouse.move(*at(canvas, 0.2 + step / 20, 0.5 - step * (11 - step) / 200))
    page.mouse.up()
    expect(page.get_by_label("Way", exact=True)).to_have_value("Drawn path", timeout=10_000)
    page.get_by_role("button", name="Play").click()
    assert moves(image(page), 24)


def test_a_dimension_can_be_switched_off_and_on(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-20d&z=" + ",".join(["2"] * 20))
    picture, switch = decoded(page), page.get_by_role("button", name="Use dimension").first
    before = pixels(picture)
    switch.click()
    wait_for(lambda: pixels(picture) != before and "off=" in address_of(page), 10)
    expect(switch).to_have_attribute("aria-pressed", "false")
    without = pixels(picture)
    page.reload()
    wait_for(lambda: pixels(decoded(page)) == without, 10)
    switch.click()
    wait_for(lambda: pixels(picture) == before and "off=" not in address_of(page), 10)


def test_a_film_strip_shows_what_a_dimension_does(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-2d")
    decoded(page)
    strips = page.locator(".strip canvas, .film canvas, .reel canvas")
    wait_for(lambda: len({pixels(strips.nth(i)) for i in range(strips.count())}) > 5, 20)


def test_a_walk_goes_on_until_it_is_stopped(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?model=mnist-2d")
    picture, walk, sent = decoded(page), page.get_by_role("button", name="Walk"), len(tab.frames)
    walk.click()
    assert moves(picture, 120)  # longer than the way from one draw to the next
    assert len(tab.frames) == sent
    page.locator("button", has_text=re.compile("Stop|Walk")).first.click()
    wait_for(lambda: len(code_of(page)) == 2, 10)
    rested = pixels(picture)
    settled(page)
    frames(page, 10)
    assert pixels(picture) == rested


def board(page: Page) -> Locator:
    paper = page.get_by_role("application", name="Drawing board")
    expect(paper).to_be_visible(timeout=20_000)
    return paper


INK = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: canvas.width * canvas.height }, (_, i) => data[4 * i]);
}"""


def test_a_fast_stroke_is_one_line_and_its_code_follows(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "draw?model=mnist-2d&show=dots")
    canvas, paper = pad(page), board(page)
    paper.hover()
    expect(page.get_by_text("Of this one image.")).to_be_visible(timeout=20_000)  # the encoder has come
    settled(page)
    before, sent = pixels(image(page)), len(tab.frames)
    page.mouse.move(*at(paper, 0.5, 0.15))
    page.mouse.down()
    page.mouse.move(*at(paper, 0.5, 0.85))
    page.mouse.move(*at(paper, 0.48, 0.2))
    assert len(tab.frames) == sent
    column = np.array(paper.evaluate(INK)).reshape(28, 28)[:, 13:15].max(axis=1)
    assert (column[5:23] > 100).all()
    page.mouse.up()
    wait_for(lambda: pixels(image(page)) != before, 5)
    expect(page.locator(".inset output")).to_contain_text("ellipse: posterior of your drawing")
    assert "class 1" in words(page) or "nearest: 1" in words(page)
    expect(page.get_by_text("negative ELBO").first).to_be_visible()
    wait_for(lambda: len(code_of(page)) == 2, 10)
    assert painted(canvas) > 3


def test_the_board_draws_by_keys_and_undoes(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "draw?model=mnist-2d&show=dots")
    paper = board(page)
    paper.focus()
    page.keyboard.press("Space")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert sum(value > 100 for value in paper.evaluate(INK)) >= 6
    page.get_by_role("button", name="Undo").click()
    assert max(paper.evaluate(INK)) == 0


def test_the_name_of_the_drawing_stands_below_it(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "draw?model=mnist-2d&show=dots")
    paper, name = board(page).bounding_box(), page.get_by_text("your drawing", exact=True).bounding_box()
    assert name["y"] >= paper["y"] + paper["height"]


def test_a_picture_is_opened_as_an_image_like_the_data(tab: Watched, server: Server, tmp_path: Path) -> None:
    photo = Image.new("L", (300, 200), 235)
    photo.paste(30, (140, 40, 160, 170))
    photo.save(tmp_path / "one.png")
    (tmp_path / "no.png").write_bytes(b"no picture")
    page = visit(tab, server, "draw?model=mnist-2d&show=dots")
    paper, chooser = board(page), page.locator(".board input[type=file]")
    chooser.set_input_files(tmp_path / "one.png")
    wait_for(lambda: max(paper.evaluate(INK)) > 200, 10)
    ink = np.array(paper.evaluate(INK)).reshape(28, 28)
    assert ink[0].max() == 0 and ink[14].argmax() in range(12, 17)
    chooser.set_input_files(tmp_path / "no.png")
    expect(page.get_by_text("No ink found")).to_be_visible()
    assert np.array_equal(np.array(paper.evaluate(INK)).reshape(28, 28), ink)


def test_a_finger_draws_on_a_phone(phone: Watched, server: Server) -> None:
    page = visit(phone, server, "draw?model=digits-2d&show=dots")
    paper, touch = board(page), fingers(page)
    paper.scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    touch("touchStart", at(paper, 0.3, 0.2))
    for step in range(6):
        touch("touchMove", at(paper, 0.3 + step / 15, 0.2 + step / 10))
    touch("touchEnd")
    assert sum(value > 100 for value in paper.evaluate(INK)) >= 5
    wait_for(lambda: len(code_of(page)) == 2, 10)


def damaged(server: Server, name: str, change) -> str:
    """A model whose weights were changed by hand; its address."""
    source, path = server.models / "digits-2d", server.models / name
    path.mkdir()
    for file in source.iterdir():
        if file.suffix != ".json" or file.name in ("config.json", "card.json"):
            (path / file.name).write_bytes(file.read_bytes())
    weights = path / "model.safetensors"
    content = bytearray(weights.read_bytes())
    weights.write_bytes(change(content))
    return f"model={name}"


def all_nan(content: bytearray) -> bytes:
    start = 8 + int.from_bytes(content[:8], "little")
    return bytes(content[:start]) + b"\x00\x7e" * ((len(content) - start) // 2)


def infinite_means(content: bytes) -> bytes:
    start = 8 + int.from_bytes(content[:8], "little")
    first, last = json.loads(content[8:start])["mu"]["data_offsets"]
    return content[: start + first] + b"\x00\x7c" * ((last - first) // 2) + content[start + last :]


def without_encoder(content: bytearray) -> bytes:
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    renamed = json.dumps({name.replace("encoder", "removed"): entry for name, entry in header.items()}).encode()
    return len(renamed).to_bytes(8, "little") + renamed + bytes(content[8 + length :])


def test_weights_that_are_not_numbers_are_a_sentence_and_the_page_lives(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "explore?" + damaged(server, "nan-weights", all_nan))
    expect(page.get_by_role("alert").first).to_contain_text("NaN or infinity", timeout=20_000)
    expect(page.get_by_text("Model card")).to_be_visible()


def test_codes_that_are_infinite_are_a_sentence_without_infinity(tab: Watched, server: Server) -> None:
    address = damaged(server, "infinite-codes", bytes)
    latents = server.models / "infinite-codes" / "latents.safetensors"
    latents.write_bytes(infinite_means(latents.read_bytes()))
    page = visit(tab, server, f"latent_map?{address}&show=dots")
    refused = page.get_by_text("The table of codes holds NaN or infinity; measure this model again.").first
    expect(refused).to_be_visible(timeout=20_000)
    assert not re.search("Infinity|undefined", page.locator("body").inner_text())
    assert all("404" in complaint for complaint in tab.complaints)
    tab.complaints.clear()  # the console's own line of the refused table


def test_a_model_without_an_encoder_still_decodes(tab: Watched, server: Server) -> None:
    address = damaged(server, "no-encoder", without_encoder)
    page = visit(tab, server, f"latent_map?{address}&show=dots")
    canvas = pad(page)
    before = pixels(image(page))
    page.mouse.move(*at(canvas, 0.3, 0.3))
    wait_for(lambda: pixels(image(page)) != before, 5)
    page = visit(tab, server, f"draw?{address}&show=dots")
    board(page).hover()
    expect(page.get_by_text("lack the tensor encoder").first).to_be_visible(timeout=10_000)

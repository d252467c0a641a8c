"""The page Reparameterization: its numbers are torch's, ε follows the hand, the race is run once."""

import math
import re
import shutil
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from chromium import (
    CHROMIUM,
    MARKS,
    Server,
    Watched,
    address_of,
    frames,
    let_timers_run,
    painted,
    pixels,
    settled,
    visit,
    wait_for,
)
from playwright.sync_api import Browser, Locator, Page, expect
from streamlit.testing.v1 import AppTest

from ui import lesson
from ui.training import experiments
from vae_core import gradients, jobs, objective, runs
from vae_core.jobs import evaluate
from vae_core.model import VAE, reparameterize
from vae_core.prior import STANDARD_NORMAL

RACE = experiments.EXPERIMENTS["race"]
ROOT = Path(__file__).parent.parent
PARTS = ("question", "trick", "gradient", "estimators", "race", "code")
IMAGE, EPS = 12, (0.8, -1.25)
LINK = f"reparameterization?model=digits-2d&image={IMAGE}&eps={EPS[0]},{EPS[1]}"


# The page as Streamlit runs it.


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("mnist-2d", "digits-2d"):
        shutil.copytree(ROOT / "models" / name, tmp_path / name)
    monkeypatch.setenv("VAE_LAB_MODELS", str(tmp_path))
    return tmp_path


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=30)
    app.switch_page("../pages/reparameterization.py")
    app.query_params.update(query)
    return app.run()


def seen(app: AppTest) -> set[str]:
    """The parts of the page that are there."""
    widgets = [re.search(r"vae-lab-(\w+)", str(widget.proto)) for widget in app.get("bidi_component")]
    found = {match.group(1) for match in widgets if match} & set(PARTS)
    found |= {"question"} if app.radio else set()
    found |= {"race"} if any("race" in header.value for header in app.subheader) else set()
    return found | ({"code"} if app.code else set())


@pytest.mark.parametrize("hidden", [(), *((part,) for part in PARTS), PARTS, ("trick", "gradient")])
def test_a_link_hides_parts(hidden: tuple[str, ...], shipped: Path) -> None:
    app = opened(hide=",".join(hidden))
    assert not app.exception and not app.error
    assert seen(app) == set(PARTS) - set(hidden)


def test_the_code_is_what_runs(shipped: Path) -> None:
    shown = "\n".join(block.value for block in opened().code)
    for module, function in (("model", "reparameterize"), ("gradients", "pathwise"), ("gradients", "score_function")):
        assert lesson.code(module, function) in shown
    assert "return mu + torch.exp(0.5 * logvar) * eps" in shown


def test_the_question_is_answered_after_a_guess(shipped: Path) -> None:
    app = opened()
    assert not any("Not quite" in text.value for text in app.markdown)
    app.radio[0].set_value(app.radio[0].options[0]).run()
    assert any("Not quite: It stops there." in text.value for text in app.markdown)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[runs.Run]:
    """The runs that the page starts; none is really trained."""
    found: list[runs.Run] = []
    monkeypatch.setattr(jobs, "start", lambda run, kind: found.append(run))
    return found


def finish(run: runs.Run) -> None:
    shutil.copy(ROOT / "models" / "digits-2d" / runs.CARD, run.path)
    progress = {"step": 1, "epoch": run.train.epochs, "seconds": 1.0, "images_per_second": 1.0}
    run.append_metrics(progress | {"test_rate": 1.0, "test_distortion": 2.0})


def test_the_race_trains_with_each_gradient_and_never_twice(shipped: Path, started: list[runs.Run]) -> None:
    app = opened(hide="trick,gradient,estimators")
    app.button(key="race-start").click().run()
    assert not app.exception
    assert [(run.name, run.train.gradient) for run in started] == [
        ("race-pathwise-1", "pathwise"), ("race-score-1", "score"), ("race-score-baseline-1", "score-baseline"),
    ]  # fmt: skip
    assert {(run.model, replace(run.train, gradient="pathwise")) for run in started} == {
        (RACE.model, RACE.entrants[0].train)
    }
    for run in started:
        finish(run)
    app = opened(hide="trick,gradient,estimators")
    assert not app.exception and not app.button
    assert len(app.metric) == 3
    experiments.start(RACE)
    assert len(started) == 3


def test_a_race_that_was_broken_off_can_be_run_again(shipped: Path, started: list[runs.Run]) -> None:
    experiments.start(RACE)
    for run in started[:2]:
        finish(run)
    app = opened(hide="trick,gradient,estimators")
    app.button(key="race-start").click().run()
    assert not app.exception
    assert [run.name for run in started[3:]] == ["race-score-baseline-2"]


def test_a_full_disk_is_a_sentence(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_experiment: experiments.Experiment) -> None:
        raise OSError(28, "The disk is full: 3 MiB are left.")

    monkeypatch.setattr(experiments, "start", refuse)
    app = opened(hide="trick,gradient,estimators")
    app.button(key="race-start").click().run()
    assert not app.exception and "The disk is full" in app.error[0].value


# The page in a browser. The marks of the browser tests are on each, because those above need none.


def in_browser(test):
    for mark in MARKS:
        test = mark(test)
    return test


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "").replace("×", "").strip())


def box(page: Page, kind: str) -> list[float]:
    return [number(text) for text in page.locator(f".box.{kind} td").all_inner_texts()]


def rows(page: Page) -> list[list[float]]:
    """The norms in the table of gradients, as they arrive: decoder, z, μ, log σ², encoder."""
    words = page.locator(".backward tr").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('.number')].map(node => node.textContent))"
    )
    return [[number(text) for text in row] for row in words if row]


def loss(page: Page) -> list[float]:
    return [number(text) for text in page.locator(".backward .terms .number").all_inner_texts()]


def ready(page: Page) -> Page:
    """The page, on a screen so high that all parts but the last are seen: what nobody sees is not computed."""
    page.set_viewport_size({"width": page.viewport_size["width"], "height": 2800})
    wait_for(lambda: page.locator(".backward[data-ready]").count() == 1 and box(page, "z"), 20)
    return page


def field(page: Page) -> Locator:
    canvas = page.locator("canvas.field")
    canvas.scroll_into_view_if_needed()
    wait_for(lambda: painted(canvas) > 20, 10)
    return canvas


def answer(page: Page) -> Locator:
    return page.locator(".trick").get_by_role("img", name="The image decoded from z")


def model_and_image(server: Server) -> tuple[VAE, torch.Tensor]:
    run = runs.open_run(server.models / "digits-2d")
    pixels_of = torch.from_numpy(run.read(runs.EXAMPLES)["images"][IMAGE : IMAGE + 1])
    return evaluate.load_model(run).cpu().double(), pixels_of.double() / 255


def norms(value: torch.Tensor, part: torch.nn.Sequential) -> list[float]:
    """The length of a gradient over each layer's parameters, from the output back."""
    layers = [list(module.parameters()) for module in part if list(module.parameters())]
    found = []
    for parameters in reversed(layers):
        slopes = torch.autograd.grad(value, parameters, retain_graph=True, allow_unused=True)
        found.append(math.sqrt(sum(0.0 if slope is None else slope.square().sum().item() for slope in slopes)))
    return found


@in_browser
@pytest.mark.parametrize(("share", "blocked"), [(1.0, False), (0.6, False), (1.0, True), (0.0, False)])
def test_every_number_is_the_one_that_torch_finds(share: float, blocked: bool, tab: Watched, server: Server) -> None:
    page = visit(tab, server, LINK + (f"&sigma={share}" if share < 1 else "") + ("&blocked=1" if blocked else ""))
    model, x = model_and_image(server)
    eps = torch.tensor([EPS], dtype=torch.float64)
    mu, logvar = model.encode(x)
    kept = [mu.detach(), logvar.detach()] if blocked else [mu, logvar]
    z = reparameterize(*kept, share * eps).requires_grad_()
    distortion = objective.distortion(model.decode(z), x, model.config).sum()
    rate = STANDARD_NORMAL.rate(mu, logvar).sum()
    ready(page)
    # The address has been followed when ε and, by the share of σ, z are as it says.
    wait_for(lambda: box(page, "eps") == list(EPS) and abs(box(page, "z")[0] - z[0, 0].item()) < 0.006, 20)
    for kind, values in (("mu", mu), ("sigma", torch.exp(0.5 * logvar)), ("z", z)):
        assert box(page, kind) == pytest.approx(values[0].tolist(), abs=0.0051), kind
    wait_for(lambda: loss(page) == pytest.approx([distortion.item(), rate.item()], abs=0.051), 10)

    def slopes(value: torch.Tensor, at: torch.Tensor) -> float:
        (slope,) = torch.autograd.grad(value, at, retain_graph=True, allow_unused=True)
        return 0.0 if slope is None else slope.norm().item()

    pairs = [[slopes(distortion, at), slopes(rate, at)] for at in (mu, logvar)]
    layers = [list(pair) for pair in zip(norms(distortion, model.encoder), norms(rate, model.encoder), strict=True)]
    expected = [*([norm] for norm in norms(distortion, model.decoder)), [slopes(distortion, z)], *pairs, *layers]
    wait_for(lambda: rows(page)[0] == pytest.approx(expected[0], rel=0.0051), 10)
    for shown, exact in zip(rows(page), expected, strict=True):
        assert shown == pytest.approx(exact, rel=0.0051)
    if blocked:
        assert all(parts[0] == 0 < parts[1] for parts in rows(page)[4:])
        assert "blocked" in page.locator(".trick").get_attribute("class")


@in_browser
def test_dragging_the_noise_moves_the_image_without_a_word_to_the_server(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, "reparameterization?model=digits-2d&image=3"))
    settled(page)
    page.clock.install()
    area = field(page).bounding_box()
    middle = [area["x"] + area["width"] / 2, area["y"] + area["height"] / 2]
    page.mouse.move(*middle)
    page.mouse.down()
    sent, images, codes, norms_seen = len(tab.frames), set(), set(), set()
    for step in range(16):
        turn, radius = step / 16 * 2 * math.pi, area["width"] * 0.3
        before = rows(page)
        page.mouse.move(middle[0] + radius * math.cos(turn), middle[1] + radius * math.sin(turn))
        frames(page)
        images.add(pixels(answer(page)))
        codes.add(tuple(box(page, "z")))
        wait_for(lambda before=before: rows(page) != before, 5)
        norms_seen.add(rows(page)[0][0])
    assert len(images) >= 14 and len(codes) >= 14 and len(norms_seen) >= 8
    let_timers_run(page)
    assert len(tab.frames) == sent
    page.mouse.up()
    wait_for(lambda: "eps=" in address_of(page), 10)
    assert len(tab.frames) > sent


@in_browser
def test_the_address_restores_image_noise_and_width(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, "reparameterization?model=digits-2d"))
    page.locator(".ten button").nth(4).click()
    page.get_by_role("button", name="New ε").click()
    slider = page.get_by_label("Share s of σ")
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    page.get_by_text("z drawn by a random call (blocked)").click()
    wait_for(lambda: all(part in address_of(page) for part in ("image=", "eps=", "sigma=0.7", "blocked=1")), 10)
    wait_for(lambda: all(parts[0] == 0 for parts in rows(page)[4:]), 10)  # the last change is in the gradient, too
    frames(page)

    def all_of_it() -> tuple:
        return [box(page, kind) for kind in ("mu", "sigma", "eps", "z")], rows(page), loss(page), pixels(answer(page))

    before = all_of_it()
    page.reload()
    ready(page)
    wait_for(lambda: all_of_it() == before, 20)


@in_browser
def test_another_image_brings_new_noise_unless_it_is_frozen(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, LINK))
    wait_for(lambda: box(page, "eps") == list(EPS), 10)
    mean = box(page, "mu")
    page.get_by_role("button", name="Freeze ε").click()
    page.locator(".ten button").nth(1).click()
    wait_for(lambda: box(page, "mu") != mean, 10)
    assert box(page, "eps") == list(EPS)
    page.get_by_role("button", name="Freeze ε").click()
    page.locator(".ten button").nth(2).click()
    wait_for(lambda: box(page, "eps") != list(EPS), 10)


@in_browser
def test_keys_move_the_noise_and_without_it_z_is_the_mean(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, LINK))
    wait_for(lambda: box(page, "eps") == list(EPS), 10)
    field(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    wait_for(lambda: box(page, "eps") == pytest.approx([0.9, -0.75]), 5)
    page.get_by_role("button", name="ε = 0").click()
    wait_for(lambda: box(page, "eps") == [0, 0] and box(page, "z") == box(page, "mu"), 5)
    wait_for(lambda: "eps=0%2C0" in address_of(page) or "eps=0,0" in address_of(page), 10)


@in_browser
def test_a_place_on_the_pad_says_which_noise_leads_there(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, LINK))
    pad = page.get_by_role("application", name="Latent pad")
    pad.scroll_into_view_if_needed()
    area = pad.bounding_box()
    page.mouse.click(area["x"] + 0.45 * area["width"], area["y"] + 0.5 * area["height"])
    wait_for(lambda: box(page, "eps") != list(EPS) and f"eps={EPS[0]}" not in address_of(page), 10)
    for mean, width, noise, code in zip(*(box(page, kind) for kind in ("mu", "sigma", "eps", "z")), strict=True):
        assert mean + width * noise == pytest.approx(code, abs=0.011 + 0.005 * abs(noise))
    expect(page.locator(".inset output")).to_contain_text("ellipse: posterior of test image 12")


@in_browser
def test_z_stays_where_a_hand_puts_it_however_many_sigmas_away(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, "reparameterization?model=mnist-2d&image=3&eps=0,0"))
    wait_for(lambda: box(page, "eps") == [0, 0], 10)
    pad = page.get_by_role("application", name="Latent pad")
    pad.scroll_into_view_if_needed()
    area = pad.bounding_box()
    page.mouse.move(area["x"] + 0.6 * area["width"], area["y"] + 0.5 * area["height"])
    page.mouse.down()
    wait_for(lambda: max(map(abs, box(page, "eps"))) > 10, 10)
    place, noise = box(page, "z"), box(page, "eps")
    page.mouse.up()
    wait_for(lambda: "eps=0,0" not in address_of(page) and "eps=0%2C0" not in address_of(page), 10)
    assert (box(page, "z"), box(page, "eps")) == (place, noise)
    page.reload()
    ready(page)
    wait_for(lambda: box(page, "z") == place and box(page, "eps") == noise, 20)


def dot(canvas: Locator) -> int:
    """How many pixels of the dot in the field are seen: the field is round."""
    return canvas.evaluate(
        """canvas => {
          const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          const seen = (i) => Math.hypot((i % width) - width / 2, Math.floor(i / width) - width / 2) < width / 2;
          const colour = [0xb9, 0x7a, 0x00, 0xff];
          return Array.from({ length: data.length / 4 }, (_, i) => i)
            .filter((i) => seen(i) && colour.every((part, k) => data[4 * i + k] === part)).length;
        }"""
    )


@in_browser
def test_the_dot_of_the_noise_is_whole_wherever_it_is_dragged(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, "reparameterization?model=mnist-20d&image=3"))
    page.get_by_role("button", name="ε = 0").click()
    wait_for(lambda: max(map(abs, box(page, "eps"))) == 0, 10)
    canvas = field(page)
    whole, area = dot(canvas), canvas.bounding_box()
    middle = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    for across, up in ((1, 0), (0, 1), (-1, 0), (-1, -1)):
        before = box(page, "eps")
        page.mouse.move(middle[0] + across * area["width"], middle[1] - up * area["height"])
        wait_for(lambda before=before: box(page, "eps") != before and max(map(abs, box(page, "eps"))) > 2, 5)
        assert dot(canvas) == pytest.approx(whole, rel=0.05)
    page.mouse.up()
    wait_for(lambda: "eps=" in address_of(page), 10)
    rim = box(page, "eps")
    page.mouse.move(middle[0] - 0.4 * area["width"] / 2**0.5, middle[1] + 0.4 * area["height"] / 2**0.5)
    page.mouse.down()
    page.mouse.move(*middle)
    page.mouse.up()
    wait_for(lambda: box(page, "eps") != rim and max(map(abs, box(page, "eps"))) < 0.1, 5)


@in_browser
def test_a_cloud_is_drawn_and_decoded(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, LINK))
    empty = pixels(field(page))
    page.get_by_role("button", name="Cloud").click()
    film = page.locator(".cloud canvas")
    wait_for(lambda: film.count() == 24 and all(painted(film.nth(i)) > 5 for i in (0, 11, 23)), 10)
    assert len({pixels(film.nth(i)) for i in range(24)}) > 12
    assert pixels(field(page)) != empty
    slider = page.get_by_label("Share s of σ")
    slider.fill("0")
    wait_for(lambda: len({pixels(film.nth(i)) for i in range(24)}) == 1, 10)
    assert box(page, "z") == box(page, "mu")


@in_browser
def test_a_drawing_becomes_the_image(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, LINK))
    wait_for(lambda: box(page, "eps") == list(EPS), 10)
    mean = box(page, "mu")
    paper = page.get_by_role("application", name="The image x")
    page.get_by_role("button", name="Clear").click()
    area = paper.bounding_box()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + 15)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] - 15, steps=6)
    page.mouse.up()
    wait_for(lambda: "your drawing" in page.locator(".subject figcaption").inner_text() and box(page, "mu") != mean, 10)
    assert painted(paper) > 2
    wait_for(lambda: "image=" not in address_of(page), 10)


def measured(page: Page) -> list[list[str]]:
    """The words in the table of the estimators, row by row."""
    words = page.locator(".estimators tr").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.textContent))"
    )
    return [row for row in words if row]


@in_browser
def test_the_estimators_agree_within_the_errors_they_show(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, f"{LINK}&samples=1000"))
    page.get_by_role("heading", name="Two ways past the dice").scroll_into_view_if_needed()
    wait_for(lambda: page.locator('.estimators[data-draws="1000"]').count() == 1, 30)
    page.get_by_label("Which number of the gradient").select_option("1")  # in μ₂
    frames(page)
    shown = measured(page)
    means = [[number(part) for part in row[0].split("±")] for row in shown]
    (pathwise, spread), *others = means
    assert all(abs(mean - pathwise) <= 5 * math.hypot(error, spread) for mean, error in others)
    variances = [number(row[1]) for row in shown]
    assert variances[0] < variances[2] < variances[1]
    for row, variance in zip(shown[1:], variances[1:], strict=True):
        assert number(row[2]) == pytest.approx(variance / variances[0], rel=0.02)
    for row, variance in zip(shown, variances, strict=True):
        assert number(row[3]) == pytest.approx(abs(pathwise) / math.sqrt(variance / 1000), rel=0.05)

    model, x = model_and_image(server)
    with torch.no_grad():
        mu, logvar = model.encode(x)
    eps = torch.randn(4000, 1, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    cost = gradients.distortion_cost(model, x)
    # A factor that the variance of 1,000 draws stays within: the heavy tail of the last reached 3.6 in 1,500 trials.
    for row, (name, factor) in zip(shown, {"pathwise": 2, "score": 2, "score-baseline": 6}.items(), strict=True):
        found = gradients.summary(gradients.ESTIMATORS[name](cost, mu=mu, logvar=logvar, eps=eps))
        assert 1 / factor < number(row[1]) / found.variance[0, 1].item() < factor
    exact = gradients.summary(gradients.pathwise(cost, mu=mu, logvar=logvar, eps=eps))
    error = math.hypot(spread, math.sqrt(exact.variance[0, 1].item() / 4000))
    assert abs(pathwise - exact.mean[0, 1].item()) <= 5 * error + 0.01

    page.get_by_label("Samples N").fill("10")
    wait_for(lambda: number(measured(page)[0][0].split("±")[1]) == pytest.approx(10 * spread, rel=0.06), 5)
    wait_for(lambda: "samples=10" in address_of(page) and "samples=1000" not in address_of(page), 10)


@in_browser
@pytest.mark.parametrize("hidden", ["trick", "trick,gradient"])
def test_without_the_trick_the_next_part_brings_the_chooser(hidden: str, tab: Watched, server: Server) -> None:
    page = visit(tab, server, f"{LINK}&hide=question,{hidden}")
    wait_for(lambda: page.locator(".subject").count() == 1, 20)
    wait_for(lambda: f"test image {IMAGE}" in page.locator(".subject figcaption").inner_text(), 10)
    page.locator(".ten button").first.click()
    wait_for(lambda: f"image={IMAGE}" not in address_of(page) and "image=" in address_of(page), 10)


@in_browser
def test_a_finger_drags_the_noise_and_nothing_is_wider_than_a_phone(browser: Browser, server: Server) -> None:
    assert CHROMIUM
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with closing(browser.new_context(**options)) as context:
        watched = Watched(context.new_page())
        page = ready(visit(watched, server, LINK))
        wait_for(lambda: box(page, "eps") == list(EPS), 10)
        settled(page)
        area = field(page).bounding_box()
        across, down = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
        touch = page.context.new_cdp_session(page)

        def finger(kind: str, dx: float, dy: float) -> None:
            points = [] if kind == "touchEnd" else [{"x": across + dx, "y": down + dy}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        finger("touchStart", 0, 0)
        wait_for(lambda: max(map(abs, box(page, "eps"))) < 0.1, 5)
        seen_codes = [tuple(box(page, "eps"))]
        for step in range(1, 6):
            finger("touchMove", 8 * step, -4 * step)
            wait_for(lambda: tuple(box(page, "eps")) != seen_codes[-1], 5)
            seen_codes.append(tuple(box(page, "eps")))
        finger("touchEnd", 0, 0)
        assert all(later[0] > earlier[0] and later[1] > earlier[1] for earlier, later in pairwise(seen_codes))
        main = page.get_by_test_id("stMain")
        assert main.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
        for heading in ("How would the gradient get past a dice roll?", "Two ways past the dice"):
            page.get_by_role("heading", name=heading).scroll_into_view_if_needed()
        for widget in (".trick", ".backward", ".estimators"):
            wide = page.locator(widget).evaluate("node => node.getBoundingClientRect().right - innerWidth")
            assert wide <= 0, widget


def of_another_set(server: Server) -> str:
    """The name of a model whose images are not on this machine, and none stand in for them."""
    path = server.models / "of-clothes"
    if not path.exists():
        shutil.copytree(server.models / "mnist-2d", path)
        config = path / "config.json"
        config.write_text(config.read_text().replace('"mnist"', '"fashion-mnist"'))
    return path.name


@in_browser
def test_on_a_phone_nothing_of_the_trick_lies_over_its_buttons(browser: Browser, server: Server) -> None:
    with closing(browser.new_context(viewport={"width": 390, "height": 844})) as context:
        page = ready(visit(Watched(context.new_page()), server, f"reparameterization?model={of_another_set(server)}"))
        words, buttons = page.locator(".subject .hint"), page.locator(".trick > .buttons")
        assert words.is_visible() and buttons.is_visible()
        one, other = words.bounding_box(), buttons.bounding_box()
        assert one["y"] >= other["y"] + other["height"] or one["y"] + one["height"] <= other["y"]


@in_browser
def test_without_the_data_sets_pixels_decoded_codes_stand_in(tab: Watched, server: Server) -> None:
    page = ready(visit(tab, server, f"reparameterization?model={of_another_set(server)}&image=3&eps=1,1"))
    assert "decoded test codes" in page.locator(".subject").inner_text()
    wait_for(lambda: box(page, "eps") == [1, 1], 10)
    assert "test image 3," in page.locator(".subject figcaption").inner_text()
    assert painted(page.get_by_role("application", name="The image x")) > 20

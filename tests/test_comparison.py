"""Runs side by side: a word where their nats do not compare, their figures, and only the settings that differ."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chromium import MARKS, SHIPPED, Server, Watched, frames, pixels, query, visit, wait_for
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest
from test_browser_engine import _node

from ui import cache, plots
from ui.server import BROWSER
from ui.training import comparison
from vae_core import runs
from vae_core.config import dump_config
from vae_core.runs import keeping

ROOT = Path(__file__).parent.parent


@pytest.fixture
def shipped(models, monkeypatch):
    models.mkdir()
    for name in ("beta-0", "beta-4", "digits-2d", "mnist-20d"):
        shutil.copytree(ROOT / "models" / name, models / name)
    return {name: runs.find_run(name) for name in ("beta-0", "beta-4", "digits-2d", "mnist-20d")}


def in_node(call: str, *arguments: object) -> list:
    names = "filtered, sorted, differing"
    script = f"import {{ {names} }} from {(BROWSER / 'compare/rows.js').as_uri()!r};"
    script += f"const args = JSON.parse(process.argv[1]); console.log(JSON.stringify({call}));"
    done = _node(script, json.dumps(arguments))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_only_the_settings_that_differ_are_columns(shipped):
    content = comparison.content_of([shipped["beta-0"], shipped["beta-4"]])
    shown = in_node("differing(...args)", content["columns"], content["rows"])
    assert [column["title"] for column in shown if not column["figure"]] == ["β (weight of the rate)"]
    cells = [row["cells"]["β (weight of the rate)"] for row in content["rows"]]
    assert cells == [{"text": "0", "value": 0.0}, {"text": "4", "value": 4.0}]
    assert content["rows"][1]["cells"]["rate"]["value"] == shipped["beta-4"].card()["rate"]


def test_a_run_without_figures_has_empty_cells_and_comes_last(shipped):
    (shipped["beta-4"].path / "card.json").unlink()
    content = comparison.content_of(list(shipped.values()))
    for down in (False, True):
        rows = in_node("sorted(...args)", content["rows"], content["columns"], {"title": "rate", "down": down})
        rates = [row["cells"]["rate"]["value"] for row in rows]
        assert rows[-1]["name"] == "beta-4" and rates[-1] is None
        assert rates[:-1] == sorted(rates[:-1], reverse=down)


def test_a_setting_without_effect_is_an_empty_cell(shipped):
    (row,) = comparison.content_of([shipped["beta-4"]])["rows"]
    assert row["cells"]["σ of a pixel"] == {"text": "", "value": None}  # of a Gaussian likelihood only


def test_names_are_sorted_as_people_count(shipped):
    content = comparison.content_of(list(shipped.values()))
    names = ["run-10", "run-9", "run-2", "all"]
    rows = [content["rows"][0] | {"name": name} for name in names]
    found = in_node("sorted(...args)", rows, content["columns"], {"title": "run", "down": False})
    assert [row["name"] for row in found] == ["all", "run-2", "run-9", "run-10"]


WORDS = {
    "mnist": {"beta-0", "beta-4", "mnist-20d"},
    "BETA": {"beta-0", "beta-4"},
    "beta 8": {"beta-0", "beta-4"},
    "dropout": set(),
    "schlafende einheiten": {"beta-4"},
    "no such word": set(),
    "": {"beta-0", "beta-4", "digits-2d", "mnist-20d"},
}


@pytest.mark.parametrize("words", WORDS)
def test_a_filter_looks_at_names_settings_and_notes(shipped, words):
    keeping.write_note(shipped["beta-4"], "Zwei schlafende Einheiten")
    content = comparison.content_of(list(shipped.values()))
    found = in_node("filtered(...args)", content["rows"], content["columns"], words)
    names = {row["name"] for row in found}
    assert names == WORDS[words] if words != "mnist" else names >= WORDS[words]


def test_different_images_and_likelihoods_are_said(shipped):
    assert comparison.apart([shipped["beta-0"], shipped["beta-4"]]) == []
    (sentence,) = comparison.apart([shipped["beta-0"], shipped["digits-2d"]])
    assert "mnist: beta-0; digits: digits-2d" in sentence
    run = shipped["beta-4"]
    (run.path / "config.json").write_bytes(dump_config(replace(run.model, likelihood="gaussian"), run.train))
    (sentence,) = comparison.apart([shipped["beta-0"], runs.find_run("beta-4")])
    assert "Gaussian: beta-4" in sentence and "distortions do not compare" in sentence


def test_an_axis_is_logarithmic_where_one_run_would_flatten_another(shipped):
    assert cache.flattened([shipped["digits-2d"], shipped["mnist-20d"]])
    assert not cache.flattened([shipped["beta-0"], shipped["beta-4"]])
    row = {"step": 1, "epoch": 1.0, "test_distortion": 10.0, "test_rate": 1.0}
    kinds = [plots.curves({"a": [row]}, logarithmic=yes)["layout"]["yaxis"]["type"] for yes in (True, False)]
    assert kinds == ["log", "linear"]


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=30)
    app.switch_page("../pages/curves.py")
    app.query_params.update(query)
    return app.run()


def test_the_page_says_it(shipped):
    app = opened(runs="digits-2d,mnist-20d")
    assert not app.exception
    assert "learned different images" in app.warning[0].value
    assert app.toggle[0].value is True
    assert any("Logarithmic axes." in caption.value for caption in app.caption)


def test_a_link_to_a_renamed_run_finds_it_and_says_so(shipped):
    keeping.rename(keeping.rename(shipped["beta-4"], "four"), "beta-four")
    for former in ("beta-4", "four"):
        app = opened(runs=f"beta-0,{former}")
        assert not app.exception
        assert app.multiselect[0].value == ["beta-0", "beta-four"]
        assert app.info[0].value == f"{former} is called beta-four now."
        assert app.query_params["runs"] == "beta-0,beta-four"
    app = opened(runs="beta-0,gone")
    assert app.info[0].value == "gone is not on this machine any more."


def test_a_former_name_opens_the_run_on_other_pages(shipped):
    keeping.rename(shipped["beta-4"], "four")
    app = opened(model="beta-4")
    assert app.query_params["model"] == "four" and "it is called four now" in app.info[0].value
    assert app.multiselect[0].value == ["four"]


def test_a_run_deleted_while_it_is_compared_leaves_the_others(shipped):
    app = opened(runs="beta-0,beta-4")
    keeping.discard(shipped["beta-4"])
    app.run()
    assert not app.exception and app.multiselect[0].value == ["beta-0"]


def test_only_runs_of_the_same_data_have_maps_side_by_side(shipped):
    names = ("digits-2d", "beta-0", "beta-4")
    assert [run.name for run in comparison.comparable([shipped[name] for name in names])] == ["digits-2d"]
    assert [run.name for run in comparison.comparable([shipped[name] for name in names[1:]])] == ["beta-0", "beta-4"]
    shipped["beta-0"].file(runs.LATENTS).unlink()
    assert [run.name for run in comparison.comparable([shipped[name] for name in names[1:]])] == ["beta-4"]


def test_what_was_changed_on_the_way_stands_on_the_curves():
    row = {"test_distortion": 10.0, "test_rate": 1.0, "images_per_second": 1.0}
    rows = [row | {"step": step, "epoch": step / 10, "seconds": step / 5} for step in (0, 10, 20)]
    marks = [
        {"kind": "begin", "step": 0},
        {"kind": "beta", "step": 15, "value": 4.0},
        {"kind": "learning_rate", "step": 30, "value": 3e-4},
        {"kind": "fork", "step": 10, "of": "<b>a"},
        {"kind": "beta", "step": 3, "value": "four"},
    ]
    for against, places in {"epoch": [1.5, 2, 1], "step": [15, 20, 10], "seconds": [3, 4, 2]}.items():
        layout = plots.curves({"a": rows}, marks={"a": marks}, against=against)["layout"]
        said = [(note["text"], note["x"]) for note in layout["annotations"][3:]]
        assert said == list(zip(["β = 4", "learning rate 0.0003", "from &lt;b&gt;a"], places, strict=True))
        assert {shape["x0"] for shape in layout["shapes"]} == set(places)


@pytest.mark.browser
class TestInTheBrowser:
    pytestmark = MARKS

    def test_a_tick_compares_one_more_and_the_columns_follow(self, tab: Watched, server: Server) -> None:
        page = visit(tab, server, "curves?runs=mnist-2d")
        table = page.get_by_role("region", name="Runs")
        expect(table.get_by_role("button", name="Likelihood")).to_have_count(0)
        table.get_by_label("Draw the curves of mnist-10d").check()
        expect(table.get_by_role("button", name="Dropout")).to_be_visible(timeout=20_000)
        wait_for(lambda: query(page).get("runs") == "mnist-2d,mnist-10d", 20)
        expect(page.locator(".legendtext", has_text="mnist-10d test").first).to_be_visible(timeout=20_000)
        table.get_by_label("Draw the curves of mnist-2d", exact=True).uncheck()
        wait_for(lambda: query(page).get("runs") == "mnist-10d", 20)

    def test_it_is_sorted_by_the_keyboard_and_filtered(self, tab: Watched, server: Server) -> None:
        page = visit(tab, server, "curves?runs=mnist-2d")
        table = page.get_by_role("region", name="Runs")
        title = table.get_by_role("button", name="rate", exact=True)
        expect(title).to_be_visible(timeout=20_000)
        title.focus()
        names = table.get_by_role("rowheader")
        for order, first in (("ascending", "digits-2d"), ("descending", "mnist-20d")):
            page.keyboard.press("Enter")
            expect(names.first).to_have_text(first)
            expect(table.locator("th[aria-sort]:not([aria-sort=none])")).to_have_attribute("aria-sort", order)
        page.get_by_placeholder("Filter").fill("convolution 2d")
        expect(names).to_have_text(["mnist-2d-conv"])
        page.get_by_placeholder("Filter").fill("nothing of this kind")
        expect(page.get_by_text(f"0 of {len(SHIPPED)} runs")).to_be_visible()
        page.get_by_placeholder("Filter").fill("mnist")
        page.get_by_role("button", name="Draw these 4").click()
        wait_for(lambda: len(query(page).get("runs", "").split(",")) == 4, 20)

    def test_a_dot_that_is_pointed_at_is_marked_on_both_maps(self, tab: Watched, server: Server) -> None:
        page = visit(tab, server, "curves?runs=mnist-2d,mnist-20d")
        dots = page.locator(".twins canvas[role=img]")
        words = page.locator(".which")
        expect(words).to_contain_text("Test image 1 of 10,000, class 7", timeout=20_000)
        before = [pixels(canvas) for canvas in page.locator(".twins canvas[aria-hidden]").all()]
        decoded = [pixels(canvas) for canvas in page.locator(".marked canvas:visible").all()]
        assert len(decoded) == 2  # the server has no MNIST images of its own
        dots.first.hover()
        expect(words).not_to_contain_text("Test image 1 of")
        frames(page)
        marked = [pixels(canvas) for canvas in page.locator(".twins canvas[aria-hidden]").all()]
        assert all(one != other for one, other in zip(before, marked, strict=True))
        again = [pixels(canvas) for canvas in page.locator(".marked canvas:visible").all()]
        assert all(one != other for one, other in zip(decoded, again, strict=True))
        index = int(re.search(r"Test image ([\d,]+)", words.inner_text())[1].replace(",", "")) - 1
        mu = runs.open_run(ROOT / "models" / "mnist-2d").read(runs.LATENTS)["mu"]
        reach = max(3, 1.1 * np.quantile(np.abs(mu), 0.998))
        # The middle of the map is the code 0: the nearest code of all is marked.
        nearest = np.linalg.norm(mu, axis=1)
        assert nearest[index] <= nearest.min() + 2 * reach / dots.first.bounding_box()["width"]
        dots.last.focus()
        page.keyboard.press("ArrowRight")
        expect(words).to_contain_text(f"Test image {index + 2:,} of")

    def test_another_run_on_one_side(self, tab: Watched, server: Server) -> None:
        page = visit(tab, server, "curves?runs=mnist-2d,mnist-20d,mnist-10d")
        expect(page.locator(".twins .hint").last).to_contain_text("1st component", timeout=20_000)
        page.get_by_label("Run on the left").select_option("mnist-10d")
        expect(page.locator(".twins .hint").first).to_contain_text("1st component")
        expect(page.locator(".twins canvas[role=img]").first).to_have_attribute("aria-label", re.compile("mnist-10d"))

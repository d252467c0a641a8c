"""The stage: what it computes agrees with numpy, and what a person sees follows the training and turns back in time."""

import json
import re
import shutil

import numpy as np
import pytest
from chromium import MARKS, Server, Watched, address_of, frames, pixels, visit, wait_for
from playwright.sync_api import Page, expect
from test_browser_engine import _node

from ui.server import BROWSER
from vae_core import jobs, runs
from vae_core.config import preset
from vae_core.runs import history, tables


def in_node(script: str, *arguments: object) -> object:
    names = {"parseSnapshot": "snapshot", "principalPlane": "principal", "moments": "moments"}
    prelude = "".join(
        f"import {{ {name} }} from {(BROWSER / f'core/{file}.js').as_uri()!r};" for name, file in names.items()
    )
    done = _node(prelude + script, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_snapshot_is_read_as_it_was_written(tmp_path):
    random = np.random.default_rng(0)
    weights = {
        "decoder.0.weight": random.normal(size=(5, 7)).astype(np.float32),
        "decoder.0.bias": random.normal(size=5).astype(np.float32),
        "decoder.2.weight": random.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "decoder.4.weight": np.zeros((2, 3), np.float32),
    }
    drawn = {"mu": random.normal(size=(6, 2)), "logvar": random.normal(size=(6, 2)), "kl": np.array([1.0, 2.0])}
    content = tables.dump_bytes(weights, drawn)
    (tmp_path / "s").write_bytes(content)
    script = """
    const { tensors, mu, kl } = parseSnapshot(bytes(process.argv[1]));
    console.log(JSON.stringify({ tensors: Object.fromEntries(Object.entries(tensors).map(([n, t]) => [n, [...t.data]])),
      mu: [...mu], kl: [...kl] }));
    """
    read = in_node(script, tmp_path / "s")
    ours = tables.weights_of(tables.load(content))
    for name, array in weights.items():
        np.testing.assert_allclose(read["tensors"][name], ours[name].ravel(), atol=1e-6)
        rows = array.reshape(len(array), -1)
        step = np.abs(rows).max(1, keepdims=True) / 127 if array.ndim > 1 else 0
        assert np.all(np.abs(ours[name].reshape(rows.shape) - rows) <= step / 2 + 1e-7)
    np.testing.assert_allclose(read["mu"], drawn["mu"].astype(np.float16).ravel())
    assert read["kl"] == [1, 2]


def test_the_plane_is_that_of_the_principal_components_and_does_not_turn():
    random = np.random.default_rng(1)
    codes = (random.normal(size=(400, 5)) * [3, 2, 0.5, 0.2, 0.1]) @ np.linalg.qr(random.normal(size=(5, 5)))[0]
    _, _, axes = np.linalg.svd(codes - codes.mean(0), full_matrices=False)
    script = """
    const [table, angle] = JSON.parse(process.argv[1]);
    const first = principalPlane(Float32Array.from(table), 5, null);
    const turned = (a, b) => first.right.map((r, i) => a * r + b * first.up[i]);
    const before = { right: turned(Math.cos(angle), Math.sin(angle)), up: turned(Math.sin(angle), -Math.cos(angle)) };
    const then = principalPlane(Float32Array.from(table), 5, before);
    console.log(JSON.stringify([first, then, before].map(({ right, up }) => [[...right], [...up]])));
    """
    first, then, before = map(np.array, in_node(script, json.dumps([codes.ravel().tolist(), 2.0])))
    np.testing.assert_allclose(first @ first.T, np.eye(2), atol=1e-6)
    np.testing.assert_allclose(np.abs(np.diag(first @ axes[:2].T)), 1, atol=1e-3)
    np.testing.assert_allclose(then, before, atol=1e-4)  # mirrored and turned back, for it spans the same plane


def _rows(tests, trains=None):
    rows = []
    for i, (distortion, rate) in enumerate(tests):
        row = {"step": 10 * i, "epoch": float(i), "seconds": i, "test_distortion": distortion, "test_rate": rate}
        if i and trains:
            row |= {"train_distortion": trains[i], "train_rate": rate}
        rows.append(row)
    return rows


FALLING = [100 - 2 * i for i in range(30)]
CASES = {
    "a rate that leaves 0": (_rows([(100, 0.0), (100, 0.01), (90, 3.0), (80, 5.0)]), [("The rate leaves 0", 2)]),
    "a rate that was never near 0": (_rows([(100, 2.0), (90, 3.0), (80, 5.0), (80, 5.0)]), []),
    "a collapse": (_rows([(100, 0.0), (99, 2.0), (98, 0.01), (98, 0.0), (98, 0.0)]),
                   [("The rate leaves 0", 1), ("The rate stays at 0", 2)]),
    "overfitting": (_rows([(100 - i if i < 15 else 71 + i, 5.0) for i in range(30)], FALLING),
                    [("From here the test gets worse", 14)]),
    "a test that is worse while training is too": (_rows([(100 - i if i < 15 else 71 + i, 5.0) for i in range(30)],
                                                         [100 + i for i in range(30)]), []),
    "one report": (_rows([(100, 0.0)]), []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_sentence_is_said_when_it_is_true_and_not_otherwise(case):
    rows, expected = CASES[case]
    found = in_node("console.log(JSON.stringify(moments(JSON.parse(process.argv[1]))));", json.dumps(rows))
    assert [
        (moment["words"][: len(words)], moment["epoch"]) for moment, (words, _) in zip(found, expected, strict=True)
    ] == [(words, epoch) for words, epoch in expected]


def test_sleeping_dimensions_are_counted_as_the_last_test_has_them():
    rows = _rows([(100, 2.0)] * 5)
    rows[-1]["kl_per_dimension"] = [1.0, 0.001, 0.0, 2.0]
    (found,) = in_node("console.log(JSON.stringify(moments(JSON.parse(process.argv[1]))));", json.dumps(rows))
    assert found["words"].startswith("2 of 4 latent dimensions carry less than 0.01 nats")


def begun(server: Server, name: str, **options: object) -> runs.Run:
    asked = {"epochs": 100_000, "device": "cpu"} | options
    run = runs.create_run_at(
        server.models / name, *preset("manifold", image_shape=(1, 8, 8), dataset="digits", **asked)
    )
    jobs.start(run, "train")
    wait_for(lambda: (history.status(run) or {}).get("step", 0) > 20, 60)
    return run


@pytest.fixture
def running(server: Server):
    run = begun(server, "staged", hidden=(64,))
    yield run
    jobs.stop(run, "train")
    wait_for(lambda: not jobs.state(run, "train").live, 60)
    shutil.rmtree(run.path)


def doing(page: Page, word: str) -> None:
    expect(page.locator(".doing")).to_have_text(word, timeout=20_000)


def press(page: Page, name: str) -> None:
    page.locator(".helm").get_by_role("button", name=name, exact=True).click()


def step_of(run: runs.Run) -> int:
    return (history.status(run) or {}).get("step", 0)


@pytest.mark.browser
class TestInChromium:
    pytestmark = MARKS

    def test_a_training_is_paused_stepped_steered_stopped_and_resumed(self, tab: Watched, server: Server, running):
        page = visit(tab, server, f"train?run={running.name}")
        doing(page, "training")
        expect(page.locator(".head .number")).to_contain_text("images/s", timeout=20_000)
        press(page, "Pause")
        doing(page, "paused")
        before = step_of(running)
        press(page, "One step")
        wait_for(lambda: step_of(running) == before + 1, 10)
        press(page, "One epoch")
        wait_for(lambda: step_of(running) % 12 == 0 and step_of(running) > before, 10)
        beta = page.get_by_label("β", exact=True)
        beta.fill("7.5")
        beta.press("Enter")
        wait_for(lambda: history.status(running)["beta"] == 7.5, 10)
        press(page, "Go on")
        doing(page, "training")
        press(page, "Slow motion")
        doing(page, "slow motion")
        press(page, "Stop")
        doing(page, "stopped")
        assert {mark["kind"]: mark.get("value") for mark in history.marks(running)}["beta"] == 7.5
        at = running.last_report()["step"]
        press(page, "Resume")
        doing(page, "training")
        wait_for(lambda: step_of(running) > at, 20)

    def test_a_refused_wish_is_a_sentence_and_the_picture_stays(self, tab: Watched, server: Server, running):
        page = visit(tab, server, f"train?run={running.name}")
        doing(page, "training")
        beta = page.get_by_label("β", exact=True)
        beta.fill("5000")
        beta.press("Enter")
        expect(page.locator(".sentence")).to_contain_text("expected a number from 0 to 1000")
        expect(page.locator(".curve").first).to_be_visible()
        tab.complaints.clear()  # the console's own line about the answer 400

    def test_curves_grow_in_the_same_node_and_keep_their_zoom(self, tab: Watched, server: Server, running):
        page = visit(tab, server, f"train?run={running.name}")
        doing(page, "training")
        wait_for(lambda: len(running.metrics()) > 3, 60)
        curve = page.locator(".curves .curve").first
        curve.scroll_into_view_if_needed()
        curve.evaluate("node => { node.mine = 1; }")
        box = curve.bounding_box()
        page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 90)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 90, steps=4)
        page.mouse.up()
        press(page, "Pause")
        doing(page, "paused")
        frames(page, 3)
        zoomed = pixels(curve)
        press(page, "Go on")
        doing(page, "training")
        count = len(running.metrics())
        wait_for(lambda: len(running.metrics()) > count, 60)
        press(page, "Pause")
        doing(page, "paused")
        frames(page, 3)
        assert curve.evaluate("node => node.mine") == 1
        assert pixels(curve) == zoomed  # what comes later lies outside of what is shown
        curve.dblclick()
        wait_for(lambda: pixels(curve) != zoomed, 5)

    def test_time_is_turned_back_and_followed_again(self, tab: Watched, server: Server):
        run = begun(server, "turned", epochs=40)
        wait_for(lambda: jobs.state(run, "train").word == jobs.ENDED_WELL, 90)
        page = visit(tab, server, f"train?run={run.name}")
        doing(page, "trained")
        slider = page.get_by_label("Time: snapshots of the training")
        expect(page.locator(".time output")).to_contain_text("epoch 40.0")
        plane = page.get_by_role("img", name="What the decoder makes of the plane")
        codes = page.get_by_role("img", name="The codes of the fixed test images")
        wait_for(lambda: "waiting" not in plane.get_attribute("class"), 20)
        last = pixels(plane), pixels(codes)
        slider.focus()
        page.keyboard.press("Home")
        expect(page.locator(".time output")).to_have_text("untrained")
        wait_for(lambda: pixels(plane) != last[0] and pixels(codes) != last[1], 20)
        page.keyboard.press("End")
        expect(page.locator(".time output")).to_contain_text("epoch 40.0")
        wait_for(lambda: (pixels(plane), pixels(codes)) == last, 20)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save GIF").click()
        assert saved.value.suggested_filename == "turned-training.gif"

    def test_a_shipped_history_is_there_at_once_without_images_that_are_not(self, tab: Watched, server: Server):
        page = visit(tab, server, "train?run=mnist-20d")
        doing(page, "trained")
        expect(page.locator(".time output")).to_contain_text("step 14,070")
        wait_for(lambda: painted_plane(page), 20)
        expect(page.get_by_role("img", name="Their reconstructions x̂")).to_be_visible()
        expect(page.get_by_role("img", name="Ten test images x")).to_be_hidden()
        expect(page.get_by_text("The test images are not on this machine")).to_be_visible()

    def test_a_fork_is_opened_and_keeps_what_was_before(self, tab: Watched, server: Server):
        run = runs.open_run(server.models / "turned")
        page = visit(tab, server, f"train?run={run.name}")
        doing(page, "trained")
        expect(page.locator(".time output")).to_contain_text("epoch 40.0")
        slider = page.get_by_label("Time: snapshots of the training")
        middle = history.snapshots(run)[len(history.snapshots(run)) // 2]
        slider.focus()
        for _ in range(len(history.snapshots(run)) - 1 - len(history.snapshots(run)) // 2):
            page.keyboard.press("ArrowLeft")
        expect(page.locator(".time output")).to_contain_text(f"step {middle:,}")
        press(page, "Fork from the shown time")
        wait_for(lambda: "run=turned-beta4-1" in address_of(page), 20)
        forked = runs.open_run(server.models / "turned-beta4-1")
        doing(page, "trained")
        assert forked.train.beta == 4 and history.origin(forked)["step"] == middle
        assert forked.metrics()[0] == run.metrics()[0]

    def test_pressing_start_shows_the_untrained_model(self, tab: Watched, server: Server):
        page = visit(tab, server, "train?dataset=digits")
        expect(page.get_by_text("digits, manifold: 2-D code")).to_be_visible()
        page.get_by_role("button", name="Start training").click()
        wait_for(lambda: "run=digits-manifold" in address_of(page), 20)
        name = re.search(r"run=([a-z0-9-]+)", address_of(page)).group(1)
        wait_for(lambda: painted_plane(page), 30)
        jobs.stop(runs.open_run(server.models / name), "train")

    def test_a_page_outlives_its_server(self, tab: Watched, server: Server, running):
        page = visit(tab, server, f"train?run={running.name}")
        doing(page, "training")
        page.route("**/watch/**", lambda route: route.abort())
        expect(page.locator(".sentence")).to_contain_text("No answer from the server", timeout=10_000)
        expect(page.locator(".curve").first).to_be_visible()
        page.unroute("**/watch/**")
        expect(page.locator(".sentence")).to_be_hidden(timeout=10_000)
        tab.complaints.clear()  # the console's own lines about the requests that failed


def painted_plane(page: Page) -> bool:
    plane = page.get_by_role("img", name="What the decoder makes of the plane")
    return plane.count() == 1 and "waiting" not in (plane.get_attribute("class") or "")

"""A folder of broken and half-finished runs: no page fails with any of them, and each says what is wrong."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from broken import KINDS, fill
from chromium import PAGES, Server, Watched, serving, wait_for
from playwright.sync_api import Browser, expect
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent
WIDGET_PAGES = (
    "",
    "explore",
    "latent_map",
    "draw",
    "projection",
    "reparameterization",
    "elbo",
    "beta",
    "train",
    "curves",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("broken") / "models"
    fill(made)
    for shipped in ("digits-2d", "beta-1", "beta-0", "beta-4"):
        (made / shipped).symlink_to(ROOT / "models" / shipped)
    return made


def opened(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
    if page:
        app.switch_page(f"../pages/{page}.py")
    app.query_params.update(query)
    return app.run()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_each_broken_run(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_LAB_MODELS", str(folder))
    keys = {"train": ["run"], "curves": ["runs", "run"]}.get(page, ["model"])
    failed = {}
    for name in KINDS:
        app = opened(page, **dict.fromkeys(keys, name))
        if app.exception:
            failed[name] = app.exception[0].value
    assert failed == {}


def test_a_long_history_is_read_within_bounds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_LAB_MODELS", str(folder))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert not opened("curves", runs="metrics-huge").exception
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB


@pytest.fixture(scope="module")
def crippled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    models = tmp_path_factory.mktemp("served") / "models"
    with serving(models, tmp_path_factory.mktemp("data")) as running:
        fill(models)
        yield running


@pytest.mark.browser
@pytest.mark.parametrize("page", WIDGET_PAGES)
def test_a_person_sees_a_sentence_or_a_picture(page: str, browser: Browser, crippled: Server) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    watched = Watched(tab)
    watched.watch(crippled.url)
    wrong = {}
    # Every page has been opened with each above; here each kind is seen on half of them.
    for name in list(KINDS)[WIDGET_PAGES.index(page) % 2 :: 2]:
        tab.goto(f"{crippled.url}/{page}?model={name}&run={name}&runs={name},digits-2d")
        expect(tab.get_by_role("heading", name=PAGES[page], exact=True)).to_be_visible(timeout=20_000)
        expect(tab.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)
        wait_for(lambda: not tab.get_by_text("Loading…", exact=True).count(), 20)
        words = tab.locator("body").inner_text()
        bad = [word for word in ("NaN", "Infinity", "undefined", "Traceback") if word in words]
        if bad or tab.get_by_test_id("stException").count():
            wrong[name] = bad or ["exception"]
    context.close()
    assert wrong == {}
    # A damaged table is answered 404 and told in a sentence; the console's own line about it is no fault.
    assert [line for line in watched.complaints if "404" not in line] == []

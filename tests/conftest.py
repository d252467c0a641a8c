"""What the tests share: the embedded digits, a tiny model trained on them, a folder for runs, server and browser."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import torch
from chromium import CHROMIUM, Server, Watched, serving
from playwright.sync_api import Browser, expect, sync_playwright

from vae_core import data
from vae_core.config import ModelConfig, TrainConfig
from vae_core.training import loop

torch.set_num_threads(1)  # a busy machine makes small steps on several threads many times slower


@pytest.fixture(autouse=True)
def seeded() -> None:
    """What a test draws from torch's own generator is the same in any order and company."""
    torch.manual_seed(0)


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="session")
def digits():
    return data.load("digits")


@pytest.fixture(scope="session")
def mnist():
    if not (data.data_root() / "MNIST" / "raw" / "t10k-images-idx3-ubyte").is_file():
        pytest.skip("MNIST is not in VAE_LAB_DATA")
    return data.load("mnist")


@pytest.fixture(scope="session")
def trained(digits):
    config = TrainConfig(dataset="digits", epochs=10, batch_size=100, learning_rate=0.01, device="cpu")
    model = loop.build(ModelConfig(image_shape=(1, 8, 8), hidden=(32,)), config, digits)
    list(loop.train(model, digits, config))
    return model.eval().requires_grad_(False)


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "the browser tests need Chromium on PATH"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        with closing(playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)) as running:
            yield running


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Watched]:
    with closing(browser.new_context(viewport={"width": 1280, "height": 800})) as context:
        watched = Watched(context.new_page())
        watched.watch(server.url)
        yield watched
        assert watched.complaints == []
        expect(watched.page.get_by_test_id("stException")).to_have_count(0)


class Query(dict):
    """A stand-in for ``st.query_params``, which exists only within a session; counts the steps of history."""

    to_dict = dict.copy
    steps = 0

    def from_dict(self, values: dict) -> None:
        self.steps += 1
        self.clear()
        self.update(values)


@pytest.fixture
def query(monkeypatch: pytest.MonkeyPatch) -> Iterator[Query]:
    parameters = Query()
    monkeypatch.setattr("streamlit.query_params", parameters)
    return parameters


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict:
    memory: dict = {}
    monkeypatch.setattr("streamlit.session_state", memory)
    return memory

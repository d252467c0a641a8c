"""The instrument of the browser tests: the real server, a watched tab in headless Chromium, what a person sees."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGES = {
    "": "What is a variational autoencoder?",
    "train": "Train",
    "data": "Data",
    "explore": "Explore",
    "latent_map": "Latent map",
    "draw": "Draw",
    "projection": "Projection",
    "curves": "Curves",
    "records": "Records",
    "reparameterization": "Reparameterization",
    "beta": "β and collapse",
    "elbo": "KL and ELBO",
}
MARKS = [pytest.mark.browser]
if CHROMIUM is None and not os.environ.get("CI"):
    MARKS.append(pytest.mark.skip(reason="no Chromium on PATH"))
SHIPPED = ("mnist-2d", "mnist-2d-conv", "mnist-10d", "mnist-20d", "digits-2d", "names-2d")


@dataclass
class Server:
    url: str
    process: subprocess.Popen
    models: Path


@contextmanager
def serving(models: Path, data: Path) -> Iterator[Server]:
    """The app as a user starts it, on a free port, with a copy of the shipped models and no data set."""
    for name in SHIPPED:
        shutil.copytree(ROOT / "models" / name, models / name)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "VAE_LAB_MODELS": str(models), "VAE_LAB_DATA": str(data)}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: answers(f"{url}/_stcore/health"), 60)
            yield Server(url, process, models)
        finally:
            process.terminate()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return response.read() == b"ok"
    except OSError:
        return False


def wait_for(condition, seconds: float) -> None:
    """Poll, because the security policy forbids the page what playwright's own waiting needs."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not true within {seconds} s"
        time.sleep(0.1)


def frames(page: Page, count: int = 2) -> None:
    for _ in range(count):
        page.evaluate("new Promise(requestAnimationFrame)")


@dataclass
class Watched:
    """A tab whose complaints and conversations are written down."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)

    def watch(self, origin: str) -> None:
        self.page.on(
            "console", lambda message: self._console(message.type, message.text, message.location.get("url", ""))
        )
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("request", lambda request: self._request(request.url, origin))
        self.page.on("websocket", lambda socket: socket.on("framesent", lambda _: self.frames.append("sent")))

    def _console(self, kind: str, text: str, url: str) -> None:
        # Under a deep link Streamlit's own frontend probes /<page>/_stcore/… and is told 404.
        if kind == "error" and "/_stcore/" not in url:
            self.complaints.append(f"console: {text} {url}")

    def _request(self, url: str, origin: str) -> None:
        if not url.startswith((origin, "data:", "blob:")):
            self.complaints.append(f"external request: {url}")


def visit(tab: Watched, server: Server, address: str) -> Page:
    tab.page.goto(f"{server.url}/{address}")
    title = PAGES[address.partition("?")[0]]
    expect(tab.page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=20_000)
    return tab.page


def let_timers_run(page: Page) -> None:
    """All that waits to be said is said: a second passes on the page's clock, after `page.clock.install()`."""
    page.clock.run_for(1000)
    frames(page)


def pixels(canvas: Locator) -> str:
    return canvas.evaluate("canvas => canvas.toDataURL()")


def address_of(page: Page) -> str:
    """Asked of the page itself: playwright's own copy is as old as its last event."""
    return page.evaluate("location.href")


def query(page: Page) -> dict[str, str]:
    return page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")


def code_of(page: Page) -> list[float]:
    return [float(part) for part in query(page).get("z", "").split(",") if part]


def settled(page: Page) -> None:
    """Python's run has ended and what it told the browser is drawn."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)
    frames(page)


def painted(canvas: Locator) -> int:
    """How many different values the canvas shows."""
    return canvas.evaluate(
        "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"
    )


def decoded(page: Page) -> Locator:
    """The large image on Explore, once something is painted on it."""
    canvas = page.locator("canvas").first
    expect(canvas).to_be_visible(timeout=20_000)
    wait_for(lambda: painted(canvas) > 20, 20)
    return canvas

"""What the benchmarks share: a server on a free port, a cold headless Chromium, a hand that moves as a mouse does."""

import asyncio
import math
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import Browser, CDPSession, Error, Locator, Page, Request

ROOT = Path(__file__).parent.parent
PROBE = Path(__file__).with_name("probe.js")
PAGES = ("", *sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "home"))
IMAGE = "canvas[aria-label$=' decoded from z']"
FLAGS = ["--no-sandbox", "--disable-gpu"]
RATE = 125  # mouse events per second: what most mice send
# As the DevTools protocol has them.
LEFT, SHIFT = {"button": "left", "buttons": 1}, {"modifiers": 8}

Box = tuple[float, float, float, float]
Way = Callable[[float], tuple[float, float]]  # where the hand is after so many seconds


def chromium() -> str:
    """The path of a Chromium; ends the program with a sentence if there is none."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    return found or sys.exit("This benchmark needs Chromium on PATH.")


@dataclass(frozen=True)
class Server:
    """A running server: its address, its process, and the seconds until it answered."""

    url: str
    process: subprocess.Popen
    ready_s: float


def healthy(url: str) -> bool:
    """Whether the server answers."""
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as response:
            return response.read() == b"ok"
    except OSError:
        return False


def until(condition: Callable[[], Any], seconds: float = 60) -> float:
    """Seconds until a condition holds, polled every 10 ms; raises TimeoutError."""
    began = time.perf_counter()
    while not condition():
        if time.perf_counter() - began > seconds:
            raise TimeoutError(f"nothing after {seconds} s")
        time.sleep(0.01)
    return time.perf_counter() - began


@contextmanager
def serving(script: str = "app.py", *arguments: str, **environment: str) -> Iterator[Server]:
    """A script served by Streamlit on a free port, as a user starts it, with more environment variables."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}", "--logger.level=error", "--", *arguments]
    url, surroundings = f"http://127.0.0.1:{port}", {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    with subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL) as process:
        try:
            yield Server(url, process, until(lambda: healthy(url)))
        finally:
            process.terminate()


class Others:
    """How much of the machine processes that are not ours have used since this was made."""

    def __init__(self) -> None:
        self._began, self._before = time.perf_counter(), self._used()

    @staticmethod
    def _used() -> float:
        everyone, ours = psutil.cpu_times(), psutil.Process()
        total = sum(everyone) - everyone.idle - everyone.iowait
        for process in (ours, *ours.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total -= sum(process.cpu_times()[:4])  # user, system, and both of its children that have ended
        return total

    @property
    def share(self) -> float:
        """0 to 1, of all cores."""
        used = max(0, self._used() - self._before)
        return used / (time.perf_counter() - self._began) / os.cpu_count()


@dataclass
class Tab:
    """A page of a browser with an empty cache, what came and went on its wires, and a hand on its mouse."""

    page: Page
    hand: CDPSession
    sent: int = 0  # websocket frames
    bytes: dict[str, int] = field(default_factory=dict)  # on the wire, headers included, by path
    busy_at: float = field(default_factory=time.perf_counter)

    async def finished(self, request: Request) -> None:
        """Note what a request has cost."""
        try:
            sizes = await request.sizes()
        except Error:  # the page has been closed
            return
        path = "/" + request.url.split("/", 3)[3]
        self.bytes[path] = self.bytes.get(path, 0) + sizes["responseBodySize"] + sizes["responseHeadersSize"]
        self.busy_at = time.perf_counter()

    def wire(self, *parts: str) -> int:
        """Bytes that have come from addresses with one of these parts."""
        return sum(size for path, size in self.bytes.items() if any(part in path for part in parts))

    async def quiet(self, seconds: float = 1.5) -> None:
        """Wait until nothing has come for some seconds, counted from now at the earliest."""
        self.busy_at = time.perf_counter()
        while (rest := self.busy_at + seconds - time.perf_counter()) > 0:
            await asyncio.sleep(rest)

    async def until(self, expression: str, seconds: float = 30) -> Any:
        """The first true value of an expression, polled: the security policy forbids playwright's own waiting."""
        limit = time.perf_counter() + seconds
        while not (value := await self.page.evaluate(expression)):
            if time.perf_counter() > limit:
                raise TimeoutError(f"never true: {expression}")
            await asyncio.sleep(0.02)
        return value

    async def mouse(self, kind: str, place: tuple[float, float], **more: Any) -> None:
        """One mouse event, as the DevTools protocol has it."""
        parameters = {"type": f"mouse{kind}", "x": place[0], "y": place[1], "pointerType": "mouse", **more}
        await self.hand.send("Input.dispatchMouseEvent", parameters)

    async def press(self, place: tuple[float, float], **more: Any) -> None:
        """Press the left button."""
        await self.mouse("Pressed", place, clickCount=1, **LEFT, **more)

    async def release(self, place: tuple[float, float], **more: Any) -> None:
        """Let the left button go."""
        await self.mouse("Released", place, button="left", clickCount=1, **more)

    async def play(self, event: Callable[[float], dict[str, Any]], seconds: float) -> float:
        """Dispatch the event of every moment, on a timer and never waiting for the one before; the seconds it took."""
        began, sending = time.perf_counter(), []
        for i in range(round(seconds * RATE)):
            sending.append(asyncio.create_task(self.mouse(**event(i / RATE))))
            await asyncio.sleep(max(0, began + (i + 1) / RATE - time.perf_counter()))
        await asyncio.gather(*sending)
        return time.perf_counter() - began


async def box(locator: Locator) -> Box:
    """The middle, the width and the height of the visible part of an element, CSS pixels."""
    await locator.scroll_into_view_if_needed()
    found, height = await locator.bounding_box(), locator.page.viewport_size["height"]
    top, bottom = max(0, found["y"]), min(height, found["y"] + found["height"])
    return found["x"] + found["width"] / 2, (top + bottom) / 2, found["width"], bottom - top


def curve(place: Box, share: float = 0.4) -> Way:
    """A smooth way around the middle of a box, as a hand moves that looks around."""
    x, y, width, height = place
    return lambda t: (x + share * width * math.sin(3.1 * t), y + share * height * math.sin(2.3 * t + 0.8))


@asynccontextmanager
async def tab(browser: Browser, address: str) -> AsyncIterator[Tab]:
    """An address in a new tab with an empty cache; `probe.js` is in the page before its own code."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        await context.add_init_script(path=PROBE)
        page = await context.new_page()
        opened = Tab(page, await context.new_cdp_session(page))

        def count(_frame: object) -> None:
            opened.sent += 1

        page.on("websocket", lambda socket: socket.on("framesent", count))
        page.on("requestfinished", opened.finished)
        await page.goto(address, wait_until="commit")
        yield opened
    finally:
        await context.close()

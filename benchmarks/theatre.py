"""What a class sees of a training: thirty watchers, the first frame after Start, and time turned back by hand.

python -m benchmarks.theatre prints a table and ends with one JSON line. Needs playwright, a Chromium on PATH and MNIST.
"""

import argparse
import asyncio
import http.client
import json
import math
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from playwright.async_api import async_playwright

from benchmarks import lab
from benchmarks.interaction import percentile
from vae_core import jobs, runs
from vae_core.config import preset
from vae_core.jobs import keep, train
from vae_core.runs import history

WATCHERS, EVERY_SECONDS = 30, 1.0
PLANE = "canvas[aria-label^='What the decoder makes of the plane']"
SLIDER = "input[aria-label='Time: snapshots of the training']"
# Widgets live in shadow trees.
FIND = "[...document.querySelectorAll('*')].map((e) => e.shadowRoot?.querySelector(`{}`)).find(Boolean)"
# Counts animation frames, and those before which another time was shown, while a hand drags.
COUNT = """
window.counted = { frames: 0, changed: 0, began: performance.now() };
const output = OUTPUT;
let last = output.textContent;
(function tick() {
  counted.frames += 1;
  if (output.textContent !== last) counted.changed += 1;
  last = output.textContent;
  window.counting = requestAnimationFrame(tick);
})();
"""
BARS = {
    "watch_updates_per_s": "≥ 29",
    "watch_p95_ms": "≤ 100",
    "opening_p95_ms": "≤ 100",
    "training_share": "≥ 0.9",
    "first_frame_digits_s": "≤ 3",
    "first_frame_mnist_s": "≤ 5",
    "scrub_frames_per_second": "≥ 55",
}


class Watcher(threading.Thread):
    """Asks for what is new once a second, as the stage does, and notes how long each answer took."""

    def __init__(self, url: str, name: str, *, start_at: float) -> None:
        super().__init__(daemon=True)
        self.url, self.path, self.start_at = urlsplit(url), f"/watch/{name}", start_at
        self.took: list[float] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Watch until it is over."""
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port)
        known: dict[str, Any] = {}
        due = self.start_at
        while not self.over.wait(max(0.0, due - time.perf_counter())):
            began = time.perf_counter()
            connection.request("GET", f"{self.path}?{urlencode(known)}")
            news = json.loads(connection.getresponse().read())
            self.took.append(time.perf_counter() - began)
            token = news["snapshots"]["token"] if news["snapshots"] else known["snapshots"]
            known = {"life": news["life"], **news["at"], "snapshots": token}
            due += EVERY_SECONDS
        connection.close()


@contextmanager
def watching(url: str, name: str, *, at_once: bool) -> Iterator[list[Watcher]]:
    """Thirty watchers, all opened at one moment or spread over a second."""
    now = time.perf_counter() + 0.5
    share = 0.0 if at_once else EVERY_SECONDS / WATCHERS
    watchers = [Watcher(url, name, start_at=now + place * share) for place in range(WATCHERS)]
    for watcher in watchers:
        watcher.start()
    try:
        yield watchers
    finally:
        for watcher in watchers:
            watcher.over.set()
        for watcher in watchers:
            watcher.join()


def speed(run: runs.Run, seconds: float) -> float:
    """Steps a second of a training over so many seconds."""
    first = _status(run)
    time.sleep(seconds)
    last = _status(run)
    return (last["step"] - first["step"]) / (last["time"] - first["time"])


def _status(run: runs.Run) -> dict[str, Any]:
    """The next status that the training writes, and when."""
    before = runs.status_file(run).stat().st_mtime_ns
    lab.until(lambda: runs.status_file(run).stat().st_mtime_ns != before)
    return {**(history.status(run) or {}), "time": runs.status_file(run).stat().st_mtime}


def class_at_work(root: Path, seconds: float, rounds: int) -> dict[str, float]:
    """Thirty watchers while MNIST trains; the training's speed in turns with them and without."""
    run = runs.create_run_at(
        root / "watched", *preset("example", image_shape=(1, 28, 28), dataset="mnist", epochs=1000)
    )
    alone, watched, took, opening = [], [], [], []
    with lab.serving(VAE_LAB_MODELS=str(root)) as server:
        jobs.start(run, "train")
        lab.until(lambda: (history.status(run) or {}).get("step", 0) > 2000)
        for turn in range(rounds):
            alone.append(speed(run, seconds))
            with watching(server.url, run.name, at_once=turn % 2 == 0) as watchers:
                watched.append(speed(run, seconds))
            if turn % 2 == 0:
                opening += [watcher.took[0] for watcher in watchers]
            took += [each for watcher in watchers for each in watcher.took[1:]]
        jobs.stop(run, "train")
        lab.until(lambda: not jobs.state(run, "train").live)
    print(f"steps a second, alone {[round(each) for each in alone]}, watched {[round(each) for each in watched]}")
    return {
        "watch_updates_per_s": len(took) / (rounds * seconds),
        "watch_p95_ms": 1000 * percentile(took, 95),
        "opening_p95_ms": 1000 * percentile(opening, 95),
        "training_share": sum(watched) / sum(alone),
    }


async def first_frame(tab: lab.Tab, root: Path) -> float:
    """Seconds from pressing Start to the picture of the untrained model."""
    await tab.until(FIND.format(".stage .doing"))
    await tab.quiet()
    picture, shown = FIND.format(f"{PLANE}:not(.waiting)"), FIND.format(".time output")
    known, before = set(root.iterdir()), await tab.until(f"({picture}) && {shown}.textContent")
    began = time.perf_counter()
    await tab.page.get_by_role("button", name="Start training").click()
    await tab.until(f"({picture}) && {shown}.textContent !== {json.dumps(before)}")
    took = time.perf_counter() - began
    for path in set(root.iterdir()) - known:
        if (path / runs.CONFIG).exists():
            jobs.stop(runs.open_run(path), "train")
            lab.until(lambda path=path: not jobs.state(runs.open_run(path), "train").live)
    return took


async def scrub(tab: lab.Tab, seconds: float) -> dict[str, float]:
    """Drag the time over all snapshots, to and fro once in two seconds, when all of them have been made."""
    await tab.until(FIND.format(SLIDER), 60)
    await tab.until(f"{FIND.format('.time output')}.textContent.includes('epoch')", 60)
    for _ in range(2):  # a first way makes the scenes
        await asyncio.sleep(10)
    x, y, width, _ = await lab.box(tab.page.locator(SLIDER))
    await tab.press((x - 0.48 * width, y))
    await tab.page.evaluate(COUNT.replace("OUTPUT", FIND.format(".time output")))
    began = time.perf_counter()

    def event(t: float) -> dict[str, Any]:
        share = -math.cos(math.pi * t)
        return {"kind": "Moved", "place": (x + 0.48 * share * width, y), "buttons": 1, "button": "left"}

    await tab.play(event, seconds)
    counted = await tab.page.evaluate("window.counted")
    took = time.perf_counter() - began
    await tab.release((x, y))
    return {"scrub_frames_per_second": counted["frames"] / took, "scrub_pictures_per_second": counted["changed"] / took}


def with_history(root: Path, name: str, snapshots: int) -> runs.Run:
    """A short training of the network of ``mnist-2d`` that keeps so many snapshots, whatever they weigh."""
    run = runs.create_run_at(root / name, *preset("manifold", image_shape=(1, 28, 28), dataset="mnist", epochs=2))
    keep.SNAPSHOT_BYTES, keep.MOST_SNAPSHOTS = 2**40, snapshots + 8  # the first steps coincide
    train.run_training(run)
    history.keep_snapshots(run, set(history.snapshots(run)[-snapshots:]))
    return run


async def in_browser(root: Path, seconds: float) -> dict[str, float]:
    """What Chromium shows."""
    figures: dict[str, float] = {}
    run = with_history(root, "scrubbed", 60)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=lab.chromium(), args=lab.FLAGS)
        with lab.serving(VAE_LAB_MODELS=str(root)) as server:
            for dataset in ("digits", "mnist"):
                async with lab.tab(browser, f"{server.url}/train?dataset={dataset}&run={run.name}") as tab:
                    figures[f"first_frame_{dataset}_s"] = await first_frame(tab, root)
            async with lab.tab(browser, f"{server.url}/train?run={run.name}") as tab:
                figures |= await scrub(tab, seconds)
                figures["snapshots"] = len(history.snapshots(run))
        await browser.close()
    return figures


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.theatre", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15, help="of each turn of the watchers")
    parser.add_argument("--rounds", type=int, default=4, help="turns with watchers, and as many without")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(in_browser(Path(folder), 6)) | class_at_work(
            Path(folder), options.seconds, options.rounds
        )
    for name, value in figures.items():
        print(f"{name:28} {value:>10.3g}  {BARS.get(name, '')}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

"""What a newcomer waits for: server start, first decoded digit in a cold browser, a real image on Home without a data
set, first curve of a training; and what the server weighs after every page.

python -m benchmarks.startup prints a table and ends with one JSON line. Needs playwright and a Chromium on PATH.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import tempfile
import time
from contextlib import AbstractContextManager, closing
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks import lab

HEAVY = r"/site-packages/(torch|torchvision|numba|llvmlite|sklearn|umap|pandas|pyarrow)/"
# On a canvas of the decoded image: a map has bright pixels too.
PAINTED = """(image) => {
  const find = (root) => [...root.querySelectorAll('*')].flatMap((node) =>
    [...(node.matches(image) ? [node] : []), ...(node.shadowRoot ? find(node.shadowRoot) : [])]);
  return find(document).some((canvas) => canvas.width && canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 < 3 && value > 100));
}"""


def first_digit(page: Page, url: str) -> float:
    """Seconds from the request for Explore to a decoded digit on a canvas."""
    began = time.perf_counter()
    page.goto(f"{url}/explore", wait_until="commit")
    lab.until(lambda: page.evaluate(PAINTED, lab.IMAGE))
    return time.perf_counter() - began


def first_image(page: Page, url: str) -> float:
    """Seconds from the request for Home to a real image on its way through the model."""
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    lab.until(lambda: page.evaluate(PAINTED, ".flow canvas"))
    return time.perf_counter() - began


def first_curve(page: Page, url: str) -> float:
    """Seconds from the click on Start, on the embedded digits, to a curve on the stage: torch's import included."""
    page.goto(f"{url}/train?dataset=digits")
    page.locator(".helm .doing", has_text=re.compile(r"\w")).wait_for()  # the stage of a shipped model
    page.wait_for_timeout(1000)
    began = time.perf_counter()
    page.get_by_role("button", name="Start training").click()
    # The speed is said with the first report, which is drawn in the same frame.
    page.locator(".helm .number", has_text="images/s").wait_for(timeout=120_000)
    return time.perf_counter() - began


def one_round(chromium: str) -> dict[str, float]:
    """Start a server, open Explore in a new browser, visit every page, train, weigh the server."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        sync_playwright() as playwright,
        _lab_in(folder) as server,
    ):
        with closing(playwright.chromium.launch(executable_path=chromium, args=lab.FLAGS)) as browser:
            with closing(browser.new_page()) as other:
                image = first_image(other, server.url)
            page = browser.new_page()
            digit = first_digit(page, server.url)
            for address in lab.PAGES:
                page.goto(f"{server.url}/{address}")
                page.wait_for_timeout(1500)
            curve = first_curve(page, server.url)
        process = psutil.Process(server.process.pid)
        loaded = sorted(set(re.findall(HEAVY, " ".join(region.path for region in process.memory_maps()))))
        memory = process.memory_info().rss / 2**20
        _end_training(folder)
    return {
        "server_ready_s": server.ready_s,
        "home_image_s": image,
        "first_digit_s": digit,
        "first_curve_s": curve,
        "server_rss_mb": memory,
        "loaded": loaded,
    }


def _lab_in(folder: str) -> AbstractContextManager[lab.Server]:
    """The lab on copies of the shipped models, so that the training leaves nothing behind."""
    models = Path(folder) / "models"
    shutil.copytree(lab.ROOT / "models", models)
    return lab.serving(VAE_LAB_MODELS=str(models), VAE_LAB_DATA=str(Path(folder) / "data"))


def _end_training(folder: str) -> None:
    for process in psutil.process_iter(["cmdline"]):
        if any(folder in part for part in process.info["cmdline"] or ()):
            process.kill()


def main() -> None:
    """Print medians over some rounds and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description="Server start and first digit.")
    parser.add_argument("--rounds", type=int, default=5)
    options, chromium = parser.parse_args(), lab.chromium()
    rounds = [one_round(chromium) for _ in range(options.rounds)]
    medians = {key: round(statistics.median(row[key] for row in rounds), 2) for key in rounds[0] if key != "loaded"}
    print(f"{os.cpu_count()} cores, headless Chromium with an empty cache, {len(rounds)} rounds, medians")
    for key, value in medians.items():
        print(f"{key:>16} {value:>8}   worst {max(row[key] for row in rounds):.2f}")
    print(
        json.dumps(medians | {"heavy_libraries_in_server": sorted({name for row in rounds for name in row["loaded"]})})
    )


if __name__ == "__main__":
    main()

"""What a newcomer waits for: server start, first decoded digit in a cold browser, and what the server then weighs.

python -m benchmarks.startup prints a table and ends with one JSON line. Needs playwright and a Chromium on PATH.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
PAGES = ("", "train", "explore", "latent_map", "projection", "curves")
HEAVY = r"/site-packages/(torch|torchvision|numba|llvmlite|sklearn|umap|pandas|pyarrow)/"
PAINTED = """() => {
  const find = (root) => [...root.querySelectorAll('*')].flatMap((node) =>
    [...(node.tagName === 'CANVAS' ? [node] : []), ...(node.shadowRoot ? find(node.shadowRoot) : [])]);
  return find(document).some((canvas) => canvas.width && canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 < 3 && value > 100));
}"""


def healthy(url: str) -> bool:
    """Whether the server answers."""
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as response:
            return response.read() == b"ok"
    except OSError:
        return False


def until(condition, seconds: float = 60) -> float:
    """Seconds until a condition holds, polled every 10 ms; raises TimeoutError."""
    began = time.perf_counter()
    while not condition():
        if time.perf_counter() - began > seconds:
            raise TimeoutError(f"nothing after {seconds} s")
        time.sleep(0.01)
    return time.perf_counter() - began


def first_digit(page: Page, url: str) -> float:
    """Seconds from the request for Explore to a decoded digit on a canvas."""
    began = time.perf_counter()
    page.goto(f"{url}/explore", wait_until="commit")
    until(lambda: page.evaluate(PAINTED))
    return time.perf_counter() - began


def one_round(chromium: str) -> dict[str, float]:
    """Start a server, open Explore in a new browser, visit every page, weigh the server."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.headless=true",
        "--server.address=127.0.0.1",
    ]
    command.append(f"--server.port={url.rpartition(':')[2]}")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as server, sync_playwright() as playwright:
        ready = until(lambda: healthy(url))
        with closing(
            playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        ) as browser:
            page = browser.new_page()
            digit = first_digit(page, url)
            for address in PAGES:
                page.goto(f"{url}/{address}")
                page.wait_for_timeout(1500)
        process = psutil.Process(server.pid)
        loaded = sorted(set(re.findall(HEAVY, " ".join(region.path for region in process.memory_maps()))))
        memory = process.memory_info().rss / 2**20
        server.terminate()
    return {"server_ready_s": ready, "first_digit_s": digit, "server_rss_mb": memory, "loaded": loaded}


def main() -> None:
    """Print medians over some rounds and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description="Server start and first digit.")
    parser.add_argument("--rounds", type=int, default=5)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("This benchmark needs Chromium on PATH.")
    rounds = [one_round(chromium) for _ in range(parser.parse_args().rounds)]
    medians = {key: round(statistics.median(row[key] for row in rounds), 2) for key in rounds[0] if key != "loaded"}
    print(f"{os.cpu_count()} cores, headless Chromium with an empty cache, {len(rounds)} rounds, medians")
    for key, value in medians.items():
        print(f"{key:>16} {value:>8}   worst {max(row[key] for row in rounds):.2f}")
    print(
        json.dumps(medians | {"heavy_libraries_in_server": sorted({name for row in rounds for name in row["loaded"]})})
    )


if __name__ == "__main__":
    main()

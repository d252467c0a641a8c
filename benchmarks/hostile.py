"""What the page Data does with hostile files: bombs, strange names, broken, wrong and mutated ones, each made anew.

python -m benchmarks.hostile --uploads 300 runs the page itself on each and ends with one JSON line. Every upload must
end in a sentence or a sound set, never in a traceback; the process of the page stands for the server.
"""

import argparse
import gc
import json
import logging
import os
import random
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import psutil
from streamlit.testing.v1 import AppTest  # noqa: TID251 - it runs the page

from benchmarks.uploads import KINDS, Upload
from vae_core.data import own

MAIN = Path(__file__).parent.parent / "ui" / "main.py"
SECONDS = 90


@dataclass(frozen=True)
class Seen:
    """What came of an upload, the page's words, seconds, and the megabytes of the page's process and of its readers."""

    outcome: str
    words: str
    seconds: float
    page_mb: float
    reader_mb: float


def visited(upload: Upload) -> Seen:
    """Bring a file along as a visitor does, keep what can be kept, and measure it; in the page's own process."""
    logging.disable(logging.WARNING)
    began = time.perf_counter()
    outcome, words = visit(upload)
    seconds = time.perf_counter() - began
    gc.collect()
    readers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
    return Seen(outcome, words, seconds, psutil.Process().memory_info().rss / 2**20, readers)


def visit(upload: Upload) -> tuple[str, str]:
    app = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    app.switch_page("../pages/data.py")
    app.run()
    app.get("file_uploader")[0].set_value((*upload, "application/octet-stream")).run()
    keep = [button for button in app.button if button.label == "Keep this set"]
    if keep and not app.exception and not app.error:
        next(field for field in app.text_input if field.label == "Name").input("hostile")
        keep[0].click().run()
    shutil.rmtree(own.folder("own-hostile").parent, ignore_errors=True)
    if app.exception:
        return "traceback", str(app.exception[0].value)
    if app.error:
        return "sentence", str(app.error[0].value)
    return ("kept", str(app.success[0].value)) if app.success else ("nothing", "")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--uploads", type=int, default=300)
    words.add_argument("--seed", type=int, default=None)
    asked = words.parse_args()
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAE_LAB_DATA": folder, "VAE_LAB_MODELS": str(Path(folder) / "models")}
        # What making the files takes is no growth of the process that runs the page.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as page:
            seen = [brought(page, number, seed) for number in range(asked.uploads)]
    print(json.dumps({"seed": seed} | figures(seen)))


def brought(page: ProcessPoolExecutor, number: int, seed: int) -> Seen:
    """Make an upload, of every kind in turn, and bring it along."""
    from benchmarks import hostile  # under this name the other process finds it, whatever script it runs

    make = KINDS[number % len(KINDS)]
    seen: Seen = page.submit(hostile.visited, make(random.Random(f"{seed} {number}"))).result()
    print(f"{number:4} {make.__name__:17} {seen.seconds:5.1f} s  {seen.outcome:9} {seen.words[:150]}", flush=True)
    return seen


def figures(seen: Sequence[Seen]) -> dict[str, float]:
    counts = Counter(one.outcome for one in seen)
    first = max(one.page_mb for one in seen[: len(KINDS)])  # what the page loads on its first visits stays
    return {
        "uploads": len(seen),
        "sentences": counts["sentence"],
        "kept": counts["kept"],
        "tracebacks": counts["traceback"] + counts["nothing"],
        "slowest_s": round(max(one.seconds for one in seen), 1),
        "worker_mb": round(max(one.reader_mb for one in seen)),
        "server_mb_grown": round(max(one.page_mb for one in seen) - first),
    }


if __name__ == "__main__":
    main()

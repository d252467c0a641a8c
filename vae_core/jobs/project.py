"""The UMAP of a run's test codes, with progress: ``python -m vae_core.projection RUN``.

UMAP runs in this process alone: two fits at once in one process can abort it (numba's work queue).
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vae_core import jobs, runs
from vae_core.runs.tables import Array


class _Progress:
    """The file that UMAP's progress bar writes to: one write per epoch becomes a share of the work done."""

    def __init__(self, epochs: int, report: Callable[[float], None]) -> None:
        self.epochs, self.report, self.done = epochs, report, 0

    def write(self, text: str) -> None:
        if text.strip():
            self.done += 1
            self.report(min(1.0, self.done / self.epochs))

    def flush(self) -> None:
        pass


def umap(codes: Array, *, seed: int, report: Callable[[float], None], epochs: int = 200) -> Array:
    """A UMAP of the codes, the same for the same seed.

    Parameters
    ----------
    codes : ndarray of shape (images, latent)
        At least 20 images.
    seed : int
        Makes it repeatable, at the price of one thread.
    report : callable
        Told the share of the layout that is done, 0 to 1.
    epochs : int
        Passes of the layout; 200 is umap-learn's own choice above 10,000 images.

    Returns
    -------
    ndarray of float32, shape (images, 2)

    Raises
    ------
    ValueError
        If there are fewer than 20 images.

    References
    ----------
    McInnes, Healy & Melville (2018), arXiv:1802.03426.
    """
    if len(codes) < 20:
        raise ValueError(f"UMAP needs at least 20 images; got {len(codes)}.")
    import umap as umap_learn

    mapper = umap_learn.UMAP(
        n_epochs=epochs,
        init="pca" if codes.shape[1] > 1 else "random",
        random_state=seed,
        n_jobs=1,
        tqdm_kwds={"disable": False, "file": _Progress(epochs, report), "mininterval": 0},
    )
    return np.asarray(mapper.fit_transform(codes), np.float32)


def main(arguments: list[str] | None = None) -> None:
    """Compute a run's UMAP from a shell; the last line is JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m vae_core.projection", description="The UMAP of a run's test codes."
    )
    parser.add_argument("run", type=Path, help="the run directory, for example models/mnist-2d")
    options = parser.parse_args(arguments)
    with jobs.exiting():
        run = runs.open_run(options.run)
    began = time.perf_counter()
    with jobs.at_work(run, "umap"):
        images = work(run)
    print(json.dumps({"run": str(options.run), "images": images, "seconds": round(time.perf_counter() - began, 1)}))


def work(run: runs.Run) -> int:
    """Compute a run's UMAP and write it into the run; the number of images on it.

    Raises
    ------
    ValueError
        If the run has no codes, or damaged ones.
    """
    if not run.has(runs.LATENTS):
        raise ValueError(f"{run.name} has no encoded test set yet; finish its training first.")
    print("Loading UMAP; its first use on a machine compiles for half a minute…", flush=True)
    codes = run.read(runs.LATENTS)["mu"]
    run.write(runs.UMAP, {"xy": umap(codes, seed=run.train.seed, report=_reporter(run))})
    runs.progress_file(run, "umap").unlink(missing_ok=True)
    return len(codes)


def _reporter(run: runs.Run) -> Callable[[float], None]:
    shown = -1

    def report(share: float) -> None:
        nonlocal shown
        if int(100 * share) > shown:
            shown = int(100 * share)
            runs.write_text(runs.progress_file(run, "umap"), f"{share:.3f}")
            print(f"\rLaying out the map: {shown} %", end="", flush=True)
            if share >= 1:
                print(flush=True)

    return report

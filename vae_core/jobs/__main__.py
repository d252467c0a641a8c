"""The process of a job that a page started: ``python -m vae_core.jobs KIND RUN DESCRIPTOR``.

It waits for its turn before it imports what works, so that one who waits weighs next to nothing.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

from vae_core import jobs, runs

MODULES = {"train": "train", "umap": "project", "evaluate": "evaluate"}


def main() -> None:
    """Wait for the job's turn and do it, with the lock that whoever started it has handed over."""
    kind, path, descriptor = sys.argv[1:]
    run = runs.Run(Path(path))
    with jobs.at_work(run, kind, descriptor=int(descriptor)):
        os.nice(5)  # the pages come first
        jobs.wait(run, kind)
        import_module(f"vae_core.jobs.{MODULES[kind]}").work(runs.open_run(run.path))


if __name__ == "__main__":
    jobs.end_with(main)

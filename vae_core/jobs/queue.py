"""The queue: one job of a kind works at a time, first come, first served.

It is a list of names beside the runs. Who is in it counts while the lock of its job is held, so what crashes while it
waits or works makes way by itself.
"""

import time
from pathlib import Path

from filelock import FileLock

from vae_core.runs import NAME, Run, job_file
from vae_core.runs.files import replace
from vae_core.runs.lock import held

PAUSE = 0.2  # seconds between two looks at the queue


def join(run: Run, kind: str) -> None:
    """Put a run whose job is about to start at the end of the queue; its lock must be held."""
    root = run.path.parent
    with FileLock(root / f".{kind}.lock"):
        others = [name for name in _names(root, kind) if name != run.name and _counts(root / name, kind)]
        replace(_list(root, kind), "\n".join([*others, run.name]).encode())


def ahead(run: Run, kind: str) -> int:
    """How many jobs of a kind must end before this one works; 0 too for a job that does not queue."""
    root = run.path.parent
    return sum(_counts(root / name, kind) for name in _before(run, kind))


def wait(run: Run, kind: str) -> None:
    """Return when it is this job's turn."""
    root = run.path.parent
    while any(_counts(root / name, kind) for name in _before(run, kind)):
        time.sleep(PAUSE)


def _before(run: Run, kind: str) -> list[str]:
    names = _names(run.path.parent, kind)
    return names[: names.index(run.name)] if run.name in names else []


def _counts(path: Path, kind: str) -> bool:
    return held(job_file(Run(path), kind))


def _names(root: Path, kind: str) -> list[str]:
    try:
        lines = _list(root, kind).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return []
    return [line for line in lines if NAME.fullmatch(line)]


def _list(root: Path, kind: str) -> Path:
    return root / f".{kind}.queue"

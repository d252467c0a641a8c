"""Where a job stands, derived from the files of its run and from the lock that its process holds. Torch-free."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from vae_core import runs
from vae_core.jobs import queue
from vae_core.runs import Run
from vae_core.runs.lock import held

PRODUCTS = {"train": runs.CARD, "umap": f"{runs.UMAP}.safetensors", "evaluate": runs.CARD}
NOUNS = {"train": "training", "umap": "map", "evaluate": "measurement"}
ENDED_WELL, STOPPED, FAILED, CRASHED = "finished", "stopped", "failed", "crashed"
WAITING, RUNNING, ABSENT = "waiting", "running", "absent"


@dataclass(frozen=True)
class State:
    """Where a job stands.

    Attributes
    ----------
    word : str
        ``absent``, ``waiting`` (queued, loading or downloading), ``running``, ``finished``, ``stopped``, ``failed`` or
        ``crashed`` (ended from outside, or before it could say why).
    message : str
        The last line it printed, its place in the queue while it waits there, or the sentence with which it failed.
    fraction : float
        Share of the work done, 0 to 1.
    ahead : int
        Jobs of its kind that must end before it works.
    """

    word: str
    message: str = ""
    fraction: float = 0.0
    ahead: int = 0

    @property
    def live(self) -> bool:
        """Whether a process is at work or in the queue."""
        return self.word in (WAITING, RUNNING)


def state(run: Run, kind: str) -> State:
    """Where a job of a run stands."""
    if held(runs.job_file(run, kind)):
        return _live(run, kind)
    problem = _text(runs.error_file(run, kind)).strip()
    return State(FAILED, problem) if problem else _ended(run, kind)


def _live(run: Run, kind: str) -> State:
    ahead, fraction = queue.ahead(run, kind), _fraction(run, kind)
    if fraction is not None and not ahead:  # one that is taken up again has its reports while it waits
        return State(RUNNING, _last_line(run, kind), fraction)
    return State(WAITING, _place(ahead, NOUNS[kind]) if ahead else _last_line(run, kind), ahead=ahead)


def silent(run: Run) -> float | None:
    """Seconds since a live training last said what it does; None if it does not live or has said nothing yet."""
    try:
        since = time.time() - runs.status_file(run).stat().st_mtime
    except OSError:
        return None
    return max(0.0, since) if held(runs.job_file(run, "train")) else None


def suspended(run: Run) -> bool:
    """Whether the process of a live training stands still, stopped from outside; False where there is no /proc."""
    job = runs.job_file(run, "train")
    try:
        number = int(json.loads(job.read_text())["pid"])
        stat = Path(f"/proc/{number}/stat").read_text()
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return stat.rpartition(")")[2].split()[:1] in (["T"], ["t"]) and held(job)


def _place(ahead: int, noun: str) -> str:
    before = f"{ahead} {noun}s are" if ahead > 1 else f"1 {noun} is"
    return f"Waiting: {before} ahead of this one."


def _ended(run: Run, kind: str) -> State:
    done = (run.path / PRODUCTS[kind]).is_file()
    share = _share(run) if kind == "train" else None
    if done:
        whole = share is None or share >= 1
        return State(ENDED_WELL if whole else STOPPED, fraction=1.0 if share is None else share)
    begun = runs.job_file(run, kind).exists()
    if not share and not begun:
        return State(ABSENT)
    if not share and runs.stop_file(run, kind).exists():
        return State(STOPPED)
    return State(CRASHED, _last_line(run, kind), fraction=share or 0.0)


def _share(run: Run) -> float | None:
    """The share of a training that is done; None before its first report."""
    row = run.last_report()
    return float(row["epoch"]) / run.train.epochs if row else None


def _fraction(run: Run, kind: str) -> float | None:
    if kind == "train":
        return (_share(run) or 0.0) if run.started() else None
    try:
        return float(_text(runs.progress_file(run, kind)))
    except ValueError:
        return None


def _last_line(run: Run, kind: str) -> str:
    lines = [line.strip() for line in _text(runs.log_file(run, kind)).replace("\r", "\n").split("\n")]
    return next((line for line in reversed(lines) if line), "")[:200]


def _text(path: os.PathLike[str]) -> str:
    """The end of a file's text; empty if there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""

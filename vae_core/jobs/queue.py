"""Start, stop and watch a job on a run in a process of its own; one job of a kind runs at a time, the others queue.

The process that works and those that watch share nothing but the run directory, so a reload, a restarted server or a
killed worker loses nothing. Torch-free.
"""

import contextlib
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import psutil
from filelock import FileLock

from vae_core import runs
from vae_core.runs import Run

MODULES = {"train": "vae_core.train", "umap": "vae_core.projection", "evaluate": "vae_core.evaluate"}
PRODUCTS = {"train": runs.CARD, "umap": f"{runs.UMAP}.safetensors", "evaluate": runs.CARD}
ENDED_WELL, STOPPED, FAILED, CRASHED = "finished", "stopped", "failed", "crashed"
WAITING, RUNNING, ABSENT = "waiting", "running", "absent"


@dataclass(frozen=True)
class State:
    """Where a job stands, derived from the files of its run.

    Attributes
    ----------
    word : str
        ``absent``, ``waiting`` (queued, loading or downloading), ``running``, ``finished``, ``stopped``, ``failed`` or
        ``crashed``.
    message : str
        The last line it printed while it lives, or the sentence with which it failed.
    fraction : float
        Share of the work done, 0 to 1.
    """

    word: str
    message: str = ""
    fraction: float = 0.0

    @property
    def live(self) -> bool:
        """Whether a process is at work or in the queue."""
        return self.word in (WAITING, RUNNING)


def register(run: Run, kind: str, pid: int) -> None:
    """Write down which process does a job; with its start time, because numbers of processes are used again."""
    process = {"pid": pid, "started": psutil.Process(pid).create_time()}
    runs.write_text(runs.job_file(run, kind), json.dumps(process))


def start(run: Run, kind: str) -> None:
    """Start a job in a process that outlives this one; does nothing if it is already at work.

    Parameters
    ----------
    run : Run
        The run it works on.
    kind : str
        A key of ``MODULES``.
    """
    if _process(run, kind):
        return
    for file in (runs.error_file(run, kind), runs.progress_file(run, kind)):
        file.unlink(missing_ok=True)
    path = [str(run.path)] if kind != "train" else ["--run", str(run.path)]
    with runs.log_file(run, kind).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULES[kind], *path],
            cwd=Path(__file__).parent.parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "VAE_LAB_JOB": "1", "VAE_LAB_MODELS": str(run.path.parent)},
        )
    register(run, kind, process.pid)


def stop(run: Run, kind: str) -> None:
    """Ask a job to end; training then saves the model as it is. Does nothing if it is not at work."""
    process = _process(run, kind)
    if process:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()


def _process(run: Run, kind: str) -> psutil.Process | None:
    try:
        recorded = json.loads(runs.job_file(run, kind).read_text())
        process = psutil.Process(recorded["pid"])
        same = abs(process.create_time() - recorded["started"]) < 1
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def state(run: Run, kind: str) -> State:
    """Where a job of a run stands."""
    if _process(run, kind):
        fraction = _fraction(run, kind)
        return State(RUNNING if fraction is not None else WAITING, _last_line(run, kind), fraction or 0.0)
    if runs.error_file(run, kind).is_file():
        return State(FAILED, runs.error_file(run, kind).read_text(encoding="utf-8"))
    return _ended(run, kind)


def _ended(run: Run, kind: str) -> State:
    done = (run.path / PRODUCTS[kind]).is_file()
    if kind == "train":
        rows = run.metrics()
        share = rows[-1]["epoch"] / run.train.epochs if rows else 0.0
        if done:
            return State(ENDED_WELL if share >= 1 or not rows else STOPPED, fraction=share)
        return State(CRASHED if rows else STOPPED if runs.job_file(run, kind).exists() else ABSENT, fraction=share)
    if done:
        return State(ENDED_WELL, fraction=1.0)
    return State(STOPPED if runs.job_file(run, kind).exists() else ABSENT)


def _fraction(run: Run, kind: str) -> float | None:
    if kind == "train":
        rows = run.metrics()
        return (rows[-1]["epoch"] / run.train.epochs if rows else 0.0) if run.started() else None
    try:
        return float(runs.progress_file(run, kind).read_text())
    except FileNotFoundError:
        return None


def _last_line(run: Run, kind: str) -> str:
    try:
        tail = runs.log_file(run, kind).read_bytes()[-2000:].decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    lines = [line.strip() for line in tail.replace("\r", "\n").split("\n")]
    return next((line for line in reversed(lines) if line), "")[:200]


@contextlib.contextmanager
def slot(kind: str) -> Iterator[None]:
    """Wait for this kind's only place and hold it; a process that dies gives it back.

    Jobs started from a shell do not queue: whoever types the command decides.
    """
    if "VAE_LAB_JOB" not in os.environ:
        yield
        return
    if hasattr(os, "nice"):
        os.nice(5)  # the pages come first
    print("Waiting for another job to end…", flush=True)
    root = runs.models_root()
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / f".{kind}.lock"):
        yield


@contextlib.contextmanager
def reporting(path: Path, kind: str) -> Iterator[None]:
    """Turn the failure of a job into one sentence: in its run directory, and as the exit message of the shell.

    What nobody foresaw is written down the same way and raised again, so that the log holds where it happened.
    """
    try:
        yield
    except (OSError, ValueError, ArithmeticError) as error:
        sentence = str(error) if not isinstance(error, OSError) or not error.strerror else error.strerror
        _write_error(path, kind, sentence)
        sys.exit(sentence)
    except Exception as error:
        _write_error(path, kind, f"{type(error).__name__}: {error} The file {kind}.log of this run says where.")
        raise


def end_with(main: Callable[[], object]) -> NoReturn:
    """Carry out a job's ``main`` and end the process when it is over, whatever other threads still do.

    Python itself would wait for a compiler at work, up to half a minute, while pages show a job that does not stop.
    """
    status: object = 0
    try:
        main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(status or 0))


def _write_error(path: Path, kind: str, sentence: str) -> None:
    if path.is_dir():
        with contextlib.suppress(OSError):  # a full disk must not hide the sentence
            runs.write_text(runs.error_file(Run(path), kind), sentence)

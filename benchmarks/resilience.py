"""What a training survives, and how soon it obeys: kills, a server that dies, clicks; against the uninterrupted run.

python -m benchmarks.resilience prints a table and ends with one JSON line. Every training is a process of its own, as
the pages start it.
"""

import argparse
import json
import math
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import lab
from vae_core import jobs, runs
from vae_core.config import preset
from vae_core.runs import history
from vae_core.runs.history import Wish
from vae_core.training import loop

CLOCKS = ("seconds", "images_per_second")  # what no two trainings share
DIGITS, MNIST = ("--dataset", "digits"), ("--dataset", "mnist")
# Trainings of ten to twenty seconds on two cores, between them every kind of state.
SETTINGS: dict[str, tuple[str, ...]] = {
    "digits, dense": (*DIGITS, "--preset", "manifold", "--epochs", "400"),
    "digits, conv": (*DIGITS, "--preset", "conv", "--epochs", "100"),
    "digits, dropout": (*DIGITS, "--preset", "tutorial", "--epochs", "600"),
    "digits, IWAE": (*DIGITS, "--preset", "example", "--bound", "iwae", "--samples", "5", "--epochs", "300"),
    "digits, VAE-GAN": (*DIGITS, "--preset", "example", "--adversarial", "3", "--epochs", "150"),
    "mnist, dense": (*MNIST, "--preset", "example", "--epochs", "3"),
    "mnist, binarised": (*MNIST, "--preset", "burda", "--batch-size", "100", "--epochs", "3"),
}
MOMENTS = ("at random", "while loading", "while writing")
SEEDS = 4
BARS = {
    "identical": "= kills",
    "lost_seconds": "≤ 10",
    "within_noise": "= free_kills",
    "checkpoint_share": "≤ 0.02",
    "speed_with_snapshots": "≥ 0.95",
    "control_p95_ms": "≤ 700",
    "lines_lost": "= 0",
    "page_live_again_s": "≤ 3",
}


@dataclass(frozen=True)
class Killed:
    """A training that was killed and taken up again.

    Attributes
    ----------
    run : Run
        When it has ended.
    lost_seconds : float
        From the last keeping of its state, or else from its beginning, to the kill.
    """

    run: runs.Run
    lost_seconds: float


def begin(path: Path, *options: str) -> tuple[runs.Run, subprocess.Popen]:
    """Start a training from a shell; returns when its run is there."""
    command = [sys.executable, "-m", "vae_core.train", "--out", str(path), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lab.until(lambda: (path / runs.CONFIG).exists() or process.poll() is not None)
    return runs.open_run(path), process


def resume(run: runs.Run) -> subprocess.Popen:
    """Take a training up again from a shell."""
    command = [sys.executable, "-m", "vae_core.train", "--run", str(run.path)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def whole(path: Path, *options: str) -> tuple[runs.Run, float]:
    """A training without any interruption, and its seconds."""
    run, process = begin(path, *options)
    began = time.perf_counter()
    if process.wait():
        sys.exit(f"The training {' '.join(options)} failed; run it from a shell to see why.")
    return run, time.perf_counter() - began


def kill(run: runs.Run, process: subprocess.Popen, moment: str, seconds: float) -> float:
    """Kill a training at a moment; how much of its work is lost, in seconds."""
    began = time.time()
    if moment == "while loading":
        time.sleep(random.uniform(0, 2))
    else:
        wait_until(began + seconds, process)
    if moment == "while writing":  # the state's temporary file is there only while it is written
        lab.until(lambda: any(run.path.glob(".train.state*.tmp")) or process.poll() is not None)
    process.kill()
    now = time.time()
    process.wait()
    if not run.started():
        return 0.0
    kept = runs.state_file(run)
    return now - (kept.stat().st_mtime if kept.exists() else max(began, entered(run)))


def wait_until(moment: float, process: subprocess.Popen) -> None:
    """Wait until a moment, unless the process ends first."""
    while time.time() < moment and process.poll() is None:
        time.sleep(0.01)


def entered(run: runs.Run) -> float:
    """When the training loop was entered, seconds of the epoch: the first snapshot is written then."""
    first = runs.snapshot_file(run, 0)
    return first.stat().st_mtime if first.exists() else time.time()


def interrupted(path: Path, *options: str, moment: str, seconds: float) -> Killed:
    """A training that is killed once at a moment within so many seconds, and taken up again."""
    run, process = begin(path, *options)
    lost = kill(run, process, moment, random.uniform(0.15, 0.85) * seconds)
    if resume(run).wait() and jobs.state(run, "train").word != jobs.ENDED_WELL:
        sys.exit(f"{path.name} could not be taken up: {jobs.state(run, 'train').message}")
    return Killed(run, lost)


def is_same(run: runs.Run, other: runs.Run) -> bool:
    """Whether two runs have the same weights, reports and snapshots, bit by bit."""
    rows = [[{k: v for k, v in row.items() if k not in CLOCKS} for row in each.metrics()] for each in (run, other)]
    files = [{name: (each.path / name).read_bytes() for name in _kept(each)} for each in (run, other)]
    return rows[0] == rows[1] and files[0] == files[1]


def _kept(run: runs.Run) -> list[str]:
    snapshots = sorted(path.name for path in (run.path / "snapshots").iterdir())
    return ["model.safetensors", *(f"snapshots/{name}" for name in snapshots)]


def kills(root: Path, count: int) -> dict[str, float]:
    """Kill so many trainings with fixed arithmetic, and compare each with the one that was not killed."""
    wholes: dict[str, tuple[runs.Run, float]] = {}
    identical, lost = 0, [0.0]
    for place in range(count):
        name = list(SETTINGS)[place % len(SETTINGS)]
        options = (*SETTINGS[name], "--deterministic")
        if name not in wholes:
            wholes[name] = whole(root / f"whole-{len(wholes)}", *options)
        run, seconds = wholes[name]
        moment = MOMENTS[(place + place // len(SETTINGS)) % len(MOMENTS)]
        killed = interrupted(root / f"killed-{place}", *options, moment=moment, seconds=seconds)
        same = is_same(run, killed.run)
        identical += same
        lost.append(killed.lost_seconds)
        at = [mark["step"] for mark in history.marks(killed.run) if mark["kind"] == history.BEGIN]
        print(f"{name:20} {moment:14} taken up at step {at[-1]:6,}  {'identical' if same else 'DIFFERENT'}", flush=True)
        shutil.rmtree(killed.run.path)
    return {"kills": count, "identical": identical, "lost_seconds": max(lost)}


def choices(root: Path, count: int) -> dict[str, float]:
    """Kill trainings that choose their arithmetic; each must follow what was recorded and end as other seeds do."""
    options = SETTINGS["digits, dense"]
    seeds = [whole(root / f"seed-{seed}", *options, "--seed", str(seed)) for seed in range(SEEDS)]
    figures = [_figure(run) for run, _ in seeds]
    noise = statistics.stdev(figures)
    within = 0
    for place in range(count):
        killed = interrupted(root / f"free-{place}", *options, moment="at random", seconds=seeds[0][1])
        off = abs(_figure(killed.run) - statistics.mean(figures))
        within += off <= 3 * noise and _followed(killed.run)
    print(f"−ELBO of {SEEDS} seeds: {statistics.mean(figures):.2f} ± {noise:.2f} nats; {within} of {count} killed fit")
    return {"free_kills": count, "within_noise": within}


def _figure(run: runs.Run) -> float:
    return run.card()["negative_elbo"]


def _followed(run: runs.Run) -> bool:
    """Whether no choice was made anew at a step for which one was recorded before."""
    steps = [mark["step"] for mark in history.marks(run) if mark["kind"] == history.ARITHMETIC]
    return steps == sorted(steps)


def shares(root: Path) -> dict[str, float]:
    """What keeping the state costs a training, and what its snapshots cost, as shares of the time of its steps."""
    found = {}
    for name in ("digits, dense", "mnist, dense"):
        run, _ = whole(root / f"share-{len(found)}", *SETTINGS[name][:-1], "400" if "digits" in name else "10")
        status = history.status(run)
        found[name] = status
        print(
            f"{name:20} {status['seconds']:.1f} s of steps, {status['keeping_seconds']:.2f} s keeping, "
            f"{status['showing_seconds']:.2f} s snapshots",
            flush=True,
        )
    worst = {key: max(status[key] / status["seconds"] for status in found.values()) for key in
             ("keeping_seconds", "showing_seconds")}  # fmt: skip
    return {"checkpoint_share": worst["keeping_seconds"], "speed_with_snapshots": 1 / (1 + worst["showing_seconds"])}


def controls(root: Path) -> dict[str, float]:
    """From the wish to its effect: pause, go on, β and stop, at several sizes of a batch; the 95th percentile."""
    waited = []
    for size in (1, 128, 4096):
        run, process = begin(root / f"batch-{size}", *MNIST, "--preset", "example", "--epochs", "1000",
                             "--batch-size", str(size))  # fmt: skip
        lab.until(lambda run=run: (history.status(run) or {}).get("step", 0) > 0)
        waited += list(_obeyed(run))
        process.wait()
        shutil.rmtree(run.path)
    return {"control_p95_ms": 1000 * sorted(waited)[int(0.95 * (len(waited) - 1))]}


def _obeyed(run: runs.Run) -> Iterator[float]:
    for turn in range(8):
        yield _after(lambda: history.write_wish(run, Wish(pause_at=0)), lambda: _says(run, paused=True))
        yield _after(lambda: history.write_wish(run, Wish()), lambda: _says(run, paused=False))
        beta = 2.0 + turn
        yield _after(
            lambda beta=beta: history.write_wish(run, Wish(beta=beta)), lambda beta=beta: _says(run, beta=beta)
        )
        time.sleep(random.uniform(0, 0.3))
    yield _after(lambda: jobs.stop(run, "train"), lambda: _says(run, stopping=True))


def _says(run: runs.Run, **expected: Any) -> bool:
    status = history.status(run) or {}
    return all(status.get(name) == value for name, value in expected.items())


def _after(act: Callable[[], None], effect: Callable[[], bool]) -> float:
    act()
    return lab.until(effect)


def servers(root: Path, times: int) -> dict[str, float]:
    """Kill the server again and again while a training runs, and the trainer once; count the reports that are missing.

    A page is live again when the server that has come back answers with a step that it did not know before.
    """
    run = runs.create_run_at(root / "watched", *preset("example", image_shape=(1, 28, 28), dataset="mnist", epochs=20))
    alive = []
    for turn in range(times):
        with lab.serving(VAE_LAB_MODELS=str(root)) as server:
            began, known = time.perf_counter(), _step(run)
            if not turn:
                post(server, run, {"do": "resume"})  # which also begins one
                lab.until(lambda: _step(run) > 0)
            else:
                lab.until(lambda server=server, known=known: _watched(server, run) > known)
                alive.append(time.perf_counter() - began)
            if turn == 1:
                os.kill(json.loads(runs.job_file(run, "train").read_text())["pid"], signal.SIGKILL)
                lab.until(lambda server=server: _answer(server, run)["state"]["word"] != jobs.RUNNING)
                post(server, run, {"do": "resume"})
            time.sleep(3)
            server.process.kill()
            server.process.wait()
    lab.until(lambda: not jobs.state(run, "train").live, seconds=300)
    missing = set(_expected(run)) - {row["step"] for row in run.metrics()}
    return {"lines_lost": len(missing), "page_live_again_s": max(alive)}


def post(server: lab.Server, run: runs.Run, what: dict[str, Any]) -> None:
    """Ask a server to do something with a run, as a page does."""
    headers = {"Content-Type": "application/json", "Origin": server.url}
    url = f"{server.url}/control/{run.name}"
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(what).encode(), headers)).read()


def _answer(server: lab.Server, run: runs.Run) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.url}/watch/{run.name}") as response:
        return json.load(response)


def _watched(server: lab.Server, run: runs.Run) -> int:
    return (_answer(server, run)["status"] or {}).get("step", 0)


def _step(run: runs.Run) -> int:
    return (history.status(run) or {}).get("step", 0)


def _expected(run: runs.Run) -> Iterator[int]:
    """The steps that a whole training reports."""
    status = history.status(run)
    total, per_epoch = status["total"], status["per_epoch"]
    yield from range(0, total, math.ceil(total / loop.REPORTS))
    yield from range(0, total, math.ceil(run.train.epochs / loop.TESTS) * per_epoch)
    yield total


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.resilience", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="trainings with fixed arithmetic that are killed")
    parser.add_argument("--free", type=int, default=5, help="trainings with probed arithmetic that are killed")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        figures = kills(root, options.kills) | choices(root, options.free)
        figures |= shares(root) | controls(root) | servers(root, 5)
    for name, value in figures.items():
        print(f"{name:24} {value:>10.3g}  {BARS.get(name, '')}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

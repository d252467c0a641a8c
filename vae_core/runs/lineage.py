"""Runs that come from runs: one with more epochs, and a fork that begins at a snapshot of another. Torch-free."""

import dataclasses
import json
import shutil
from typing import Any

from vae_core.config import TrainConfig, dump_config
from vae_core.options import require
from vae_core.runs import history
from vae_core.runs.files import replace
from vae_core.runs.folder import create_run, delete_run, open_run
from vae_core.runs.lock import held
from vae_core.runs.run import (
    CARD,
    CONFIG,
    ENCODER,
    METRICS,
    STAGE,
    WEIGHTS,
    Run,
    job_file,
    snapshot_file,
    state_file,
)

CHANGES = ("beta", "learning_rate", "epochs")  # what a fork may have of its own
STEM = 48  # letters of the parent's name that a fork keeps
MAX_HEADER = 2**20


def extend(run: Run, epochs: int) -> Run:
    """A run as it was, to be trained for so many epochs in all; its schedule is from then on that of the longer run.

    Raises
    ------
    OSError
        If the disk is full.
    ValueError
        If it is at work, kept no state from which to go on, or has done that many epochs already.
    """
    last = run.last_report()
    if held(job_file(run, "train")):
        raise ValueError(f"{run.name} is at work; stop it first, or wait until it has ended.")
    if last is None or not state_file(run).exists():
        raise ValueError(f"{run.name} kept no state from which to go on; fork it instead.")
    require(epochs > last["epoch"], "epochs", epochs, f"more than the {last['epoch']:g} that are done")
    replace(run.path / CONFIG, dump_config(run.model, dataclasses.replace(run.train, epochs=epochs)))
    history.mark(run, "epochs", step=int(last["step"]), value=epochs)
    return open_run(run.path)


def fork(run: Run, *, at: int | None = None, **changes: Any) -> Run:
    """A new run that begins as another was at a snapshot, with its curves and snapshots up to there.

    From the step at which the other's state was kept, as that of one that pauses, it goes on exactly; from any other
    it has the snapshot's weights, in 8 bits, and begins Adam's averages anew.

    Parameters
    ----------
    run : Run
        The other.
    at : int, optional
        A step; the last snapshot up to it is meant. Default: the last of all.
    **changes
        Some of ``CHANGES``. Without epochs the new run has as many as the other, and from its end as many again.

    Raises
    ------
    OSError
        If the disk is full.
    ValueError
        If there is no such snapshot or it lacks its encoder, or a value is out of range.
    """
    step = _snapshot(run, at)
    config = _forked(run, step, changes)
    new = create_run(f"{run.name[:STEM].rstrip('-')}-{_word(changes)}", run.model, config)
    try:
        _bequeath(run, new, step)
    except BaseException:
        delete_run(new)
        raise
    return new


def _snapshot(run: Run, at: int | None) -> int:
    steps = history.snapshots(run)
    before = [step for step in steps if at is None or step <= at]
    if not before:
        raise ValueError(f"{run.name} has no snapshot {'' if at is None else f'up to step {at} '}to fork it from.")
    whole = snapshot_file(run, before[-1], ENCODER).exists() or _is_the_end(run, before[-1])
    if not whole:
        raise ValueError(
            f"The history of {run.name} keeps only decoders, to look at; it can be forked at its end, step {steps[-1]}."
        )
    return before[-1]


def _is_the_end(run: Run, step: int) -> bool:
    """Whether the finished model is that of a step."""
    last = run.last_report()
    return bool(last and last["step"] == step and run.path.joinpath(CARD).exists() and run.has(WEIGHTS))


def _forked(run: Run, step: int, changes: dict[str, Any]) -> TrainConfig:
    rows = [row for row in run.metrics() if row["step"] <= step and row["step"]]
    done = step * rows[-1]["epoch"] / rows[-1]["step"] if rows else 0.0
    ended = done >= run.train.epochs - 1e-3
    epochs = changes.get("epochs") or (2 * run.train.epochs if ended else run.train.epochs)
    require(epochs > done, "epochs", epochs, f"more than the {done:g} that are done at step {step}")
    given = {name: value for name, value in changes.items() if value is not None}
    return dataclasses.replace(run.train, **(given | {"epochs": epochs}))


def _word(changes: dict[str, Any]) -> str:
    beta = changes.get("beta")
    return "fork" if beta is None else f"beta{beta:.4g}".replace(".", "p").replace("+", "")


def _bequeath(run: Run, new: Run, step: int) -> None:
    history.mark(new, "fork", step=step, of=run.name)
    if run.started():
        shutil.copyfile(run.path / METRICS, new.path / METRICS)
        new.cut_metrics(step)
    history.copy_snapshots(run, new, until=step)
    kept = [run.file(STAGE)]
    if kept_step(run) == step:
        kept.append(state_file(run))
    elif _is_the_end(run, step):
        kept.append(run.file(WEIGHTS))
    for file in kept:
        if file.exists():
            shutil.copyfile(file, new.path / file.name)


def kept_step(run: Run) -> int | None:
    """The step of the state that a run keeps; None if it keeps none that can be read."""
    try:
        with state_file(run).open("rb") as file:
            header = json.loads(file.read(min(int.from_bytes(file.read(8), "little"), MAX_HEADER)))
        return int(json.loads(header["__metadata__"]["numbers"])["step"])
    except (OSError, ValueError, KeyError, TypeError):
        return None

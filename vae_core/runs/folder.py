"""The folder of all runs: find, list, create and delete them. Torch-free."""

import contextlib
import dataclasses
import errno
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from vae_core.config import ModelConfig, TrainConfig, dump_config
from vae_core.runs.files import replace
from vae_core.runs.run import CONFIG, EXAMPLES, NAME, Run, job_file

MIN_FREE_BYTES = 64 * 2**20
MENU_SWEEP = 3  # as many runs that differ in beta alone make one block of the menu


def models_root() -> Path:
    """The folder of all run directories: ``VAE_LAB_MODELS``, or ``models/`` beside the package."""
    return Path(os.environ.get("VAE_LAB_MODELS") or Path(__file__).parent.parent.parent / "models").resolve()


def open_run(path: Path) -> Run:
    """The run in a directory.

    Raises
    ------
    FileNotFoundError
        If there is no run.
    ValueError
        If its configuration is damaged.
    """
    run = Run(path.resolve())
    try:
        run.model  # noqa: B018 - reads and checks the configuration
    except OSError as error:
        raise FileNotFoundError(f"There is no model in {path.name}: it holds no {CONFIG}.") from error
    return run


def find_run(name: str) -> Run:
    """The run of that name among `models_root`; raises as `open_run` does.

    Only a name that a run can have is ever joined to a path.
    """
    if not NAME.fullmatch(name):
        raise FileNotFoundError("There is no model of that name.")
    return open_run(models_root() / name)


def list_runs() -> list[Run]:
    """All readable runs: those without a training job of their own (shipped, uploaded), then the newest first.

    The former in the natural order of their names, ``mnist-2d`` before ``mnist-10d``; but the members of a sweep of
    three or more come after all others and by beta, so that they are one block.
    """
    runs = []
    for path in models_root().iterdir() if models_root().is_dir() else ():
        if NAME.fullmatch(path.name) and (path / CONFIG).is_file():
            with contextlib.suppress(ValueError, FileNotFoundError):
                runs.append(open_run(path))
    trained_here = [run for run in runs if job_file(run, "train").exists()]
    given = [run for run in runs if run not in trained_here]
    return _in_reading_order(given) + sorted(trained_here, key=lambda run: (_age_key(run), _natural(run)))


def _age_key(run: Run) -> float:
    return -(run.path / CONFIG).stat().st_mtime


def _natural(run: Run) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", run.name)]


def _in_reading_order(runs: list[Run]) -> list[Run]:
    betas: dict[tuple, set[float]] = {}
    for run in runs:
        betas.setdefault(_but_beta(run), set()).add(run.train.beta)

    def key(run: Run) -> tuple:
        in_sweep = len(betas[_but_beta(run)]) >= MENU_SWEEP
        return in_sweep, in_sweep and run.train.beta, _natural(run)

    return sorted(runs, key=key)


def _but_beta(run: Run) -> tuple[ModelConfig, TrainConfig]:
    return run.model, dataclasses.replace(run.train, beta=0.0)


def sweep_of(run: Run, *, among: Iterable[Run] | None = None) -> list[Run]:
    """All runs that differ from the given one in beta at most, itself included, by beta and then by name.

    Same architecture, same seed, same everything else: what differs between them is the doing of beta. Nothing is
    stored, so runs that a student trained are a sweep too. Some may have no weights or no card yet. Looks
    among the given runs, else among all.
    """
    members = [
        other for other in {run, *(list_runs() if among is None else among)} if _but_beta(other) == _but_beta(run)
    ]
    return sorted(members, key=lambda member: (member.train.beta, _natural(member)))


def examples_of(dataset: str, *, among: Iterable[Run] | None = None) -> Run | None:
    """A run that holds the first test images of a data set; they are the same in every run on that set.

    Looks among the given runs, else among all.
    """
    runs = list_runs() if among is None else among
    return next((run for run in runs if run.train.dataset == dataset and run.has(EXAMPLES)), None)


def create_run(stem: str, model: ModelConfig, train: TrainConfig) -> Run:
    """A new run directory ``stem-1``, ``stem-2``, … that holds the configuration and nothing else.

    Raises
    ------
    OSError
        If the disk has less than 64 MiB left.
    """
    root = models_root()
    root.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        try:
            return create_run_at(root / f"{stem}-{number}", model, train)
        except FileExistsError:
            number += 1


def create_run_at(path: Path, model: ModelConfig, train: TrainConfig) -> Run:
    """A new run directory at a path that must not exist; raises FileExistsError if it does."""
    if not NAME.fullmatch(path.name):
        raise ValueError(f"{path.name!r} cannot name a model; use lower-case letters, digits and hyphens.")
    path.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(path.parent).free
    if free < MIN_FREE_BYTES:
        raise OSError(
            errno.ENOSPC, f"The disk is full: {free >> 20} MiB are left and a run needs 64 MiB. Free some space."
        )
    try:
        path.mkdir()
    except FileExistsError as error:
        raise FileExistsError(errno.EEXIST, f"{path.name} exists already; choose another name.") from error
    try:
        replace(path / CONFIG, dump_config(model, train))
    except OSError:
        path.rmdir()
        raise
    return Run(path.resolve())


def delete_run(run: Run) -> None:
    """Remove a run directory with all it holds; does nothing if it is gone already."""
    shutil.rmtree(run.path, ignore_errors=True)

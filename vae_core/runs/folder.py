"""The folder of all runs: find, list, create and delete them. Torch-free."""

import contextlib
import dataclasses
import errno
import os
import re
import shutil
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from vae_core.config import ModelConfig, TrainConfig, dump_config
from vae_core.runs.files import replace
from vae_core.runs.history import is_steered
from vae_core.runs.run import CONFIG, EXAMPLES, HERE, MODIFIED, NAME, Run, Stamp, stamp

MIN_FREE_BYTES = 64 * 2**20
MAX_NAME = 64  # letters, as `NAME` says
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
    run = Run(_place(path))
    try:
        run.model  # noqa: B018 - reads and checks the configuration
    except OSError as error:
        raise FileNotFoundError(f"There is no model in {path.name}: it holds no {CONFIG}.") from error
    return run


def _place(path: Path) -> Path:
    """An absolute path that keeps its own last name, so that a linked run is called as the link is."""
    whole = Path(os.path.abspath(path))
    return whole.parent.resolve() / whole.name


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
    root = models_root()
    return list(_listed(root, _signature(root)))


Signature = tuple[tuple[str, Stamp], ...]


def _signature(root: Path) -> Signature:
    """The name and stamp of every run: all that their list is made of."""
    found = []
    try:
        names = sorted(filter(NAME.fullmatch, os.listdir(root)))
    except OSError:
        return ()
    for name in names:
        with contextlib.suppress(OSError):
            found.append((name, stamp(f"{root}/{name}")))
    return tuple(found)


@lru_cache(maxsize=2)
def _listed(root: Path, signature: Signature) -> tuple[Run, ...]:
    """The list of runs; read anew only when something in the signature changed."""
    given: list[Run] = []
    ours: list[tuple[int, Run]] = []
    for name, stamped in signature:
        with contextlib.suppress(ValueError, OSError):
            run = open_run(root / name)
            if stamped[HERE]:
                ours.append((-stamped[MODIFIED], run))
            else:
                given.append(run)
    ours.sort(key=lambda found: (found[0], _natural(found[1])))
    return (*_in_reading_order(given), *(run for _, run in ours))


def _natural(run: Run) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", run.name)]


def _in_reading_order(runs: list[Run]) -> list[Run]:
    betas: dict[tuple[ModelConfig, TrainConfig], set[float]] = {}
    for run in runs:
        betas.setdefault(_but_beta(run), set()).add(run.train.beta)

    def key(run: Run) -> tuple[bool, float, list[str | int]]:
        in_sweep = len(betas[_but_beta(run)]) >= MENU_SWEEP
        return in_sweep, in_sweep and run.train.beta, _natural(run)

    return sorted(runs, key=key)


def _but_beta(run: Run) -> tuple[ModelConfig, TrainConfig]:
    return run.model, dataclasses.replace(run.train, beta=0.0)


def sweep_of(run: Run, *, among: Iterable[Run] | None = None) -> list[Run]:
    """All runs that differ from the given one in beta at most, itself included, by beta and then by name.

    Same architecture, same seed, same everything else: what differs between them is the doing of beta. So one that was
    steered by hand, extended or forked is not among them. Nothing is stored, so runs that a student trained are a sweep
    too. Some may have no weights or no card yet. Looks among the given runs, else among all.
    """
    members = [
        other
        for other in {run, *(list_runs() if among is None else among)}
        if other == run or (_but_beta(other) == _but_beta(run) and not (is_steered(other) or is_steered(run)))
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

    A stem too long for a name is cut at its end.

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
            ending = f"-{number}"
            return create_run_at(root / f"{stem[: MAX_NAME - len(ending)]}{ending}", model, train)
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
    return Run(_place(path))


def delete_run(run: Run) -> None:
    """Remove a run directory with all it holds; does nothing if it is gone already."""
    if run.path.is_symlink():  # what it points to is someone else's
        run.path.unlink(missing_ok=True)
    shutil.rmtree(run.path, ignore_errors=True)

"""The run directory: a model is a finished one, and this is the only file that knows its file names.

Nothing here is stored twice: status is derived from the files. Every file but the appended metrics is written to a
temporary name and then renamed, so a reader never sees half of one. Torch-free.
"""

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from vae_core import tables
from vae_core.config import ModelConfig, TrainConfig, dump_config, parse_config
from vae_core.files import advising, replace

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# One file for each table of arrays; all but the weights can be made again from the weights and the data set.
WEIGHTS, LATENTS, EXAMPLES, PCA, UMAP = "model", "latents", "examples", "pca", "umap"
TABLES = (WEIGHTS, LATENTS, EXAMPLES, PCA, UMAP)
# What a browser asks for instead of a whole table, and the table that it is cut from.
DECODER, ENCODER, CODES, WIDTHS = "decoder", "encoder", "codes", "widths"
PARTS = {DECODER: WEIGHTS, ENCODER: WEIGHTS, CODES: LATENTS, WIDTHS: LATENTS}
MAX_CACHED_BYTES = 4 * 2**20
MIN_FREE_BYTES = 64 * 2**20
MENU_SWEEP = 3  # as many runs that differ in beta alone make one block of the menu
CONFIG, METRICS, CARD = "config.json", "metrics.jsonl", "card.json"


def models_root() -> Path:
    """The folder of all run directories: ``VAE_LAB_MODELS``, or ``models/`` beside the package."""
    return Path(os.environ.get("VAE_LAB_MODELS") or Path(__file__).parent.parent / "models").resolve()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


@lru_cache(maxsize=512)
def _digest_of(path: Path, _inode: int, _mtime_ns: int, _size: int) -> str:
    return _digest(path.read_bytes())


@lru_cache(maxsize=16)
def _cut(path: Path, digest: str, part: str) -> bytes:
    content = path.read_bytes()
    if _digest(content) != digest:  # or the new content would be kept under the old one's name
        raise FileNotFoundError(f"{path.name} has just been written anew.")
    return tables.cut(content, part)


@dataclasses.dataclass(frozen=True)
class Run:
    """One run directory.

    Attributes
    ----------
    path : Path
        The directory; its name is the name of the model.
    """

    path: Path

    @property
    def name(self) -> str:
        """The directory's name: lower-case letters, digits and hyphens."""
        return self.path.name

    @cached_property
    def _configs(self) -> tuple[ModelConfig, TrainConfig]:
        return parse_config((self.path / CONFIG).read_bytes())

    @property
    def model(self) -> ModelConfig:
        """The architecture."""
        return self._configs[0]

    @property
    def train(self) -> TrainConfig:
        """The training configuration."""
        return self._configs[1]

    def file(self, table: str) -> Path:
        """The path of a table of arrays, one of ``TABLES``, whether it exists or not."""
        return self.path / f"{table}.safetensors"

    def _source(self, name: str) -> Path:
        return self.file(PARTS.get(name, name))

    def has(self, name: str) -> bool:
        """Whether a table of arrays has been written; a part is there when its table is."""
        return self._source(name).is_file()

    def content_hash(self, name: str) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of a table's file; of a part, of the whole table's."""
        stat = self._source(name).stat()
        # A replaced file has another inode, even within one tick of the clock.
        return _digest_of(self._source(name), stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def part(self, name: str) -> bytes:
        """A part of a table, one of ``PARTS``, as a safetensors file of its own.

        Raises
        ------
        OSError
            If the table is not written, or is being written anew.
        ValueError
            If the table is damaged.
        """
        path, digest = self._source(name), self.content_hash(name)
        # A large model is cut at every request: what is kept of all models stays small.
        make = _cut if path.stat().st_size <= MAX_CACHED_BYTES else _cut.__wrapped__
        return make(path, digest, name)

    def read(self, table: str) -> dict[str, np.ndarray]:
        """The arrays of a table, halves as float32; the weights after checking them against the architecture."""
        content = self.file(table).read_bytes()
        return tables.parse_weights(content, self.model) if table == WEIGHTS else tables.widened(tables.load(content))

    def write(self, table: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write a table of arrays in half precision, replacing it at once; weights only if all of them fit."""
        replace(self.file(table), tables.dump_weights(arrays) if table == WEIGHTS else tables.dump_halves(arrays))

    def append_metrics(self, row: Mapping[str, Any]) -> None:
        """Append one report of the training loop; raises OSError with advice if the disk is full."""
        with advising(METRICS), (self.path / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """All whole reports so far, oldest first; half-written ones (a full disk, a killed trainer) are left out."""
        try:
            content = (self.path / METRICS).read_bytes()
        except FileNotFoundError:
            return []
        rows = []
        for line in content.split(b"\n")[:-1]:
            with contextlib.suppress(json.JSONDecodeError):
                rows.append(json.loads(line))
        return rows

    def metrics_version(self) -> str:
        """A word that changes with every report; empty before the first."""
        path = self.path / METRICS
        if not path.is_file() or not path.stat().st_size:
            return ""
        return f"{path.stat().st_size}-{path.stat().st_mtime_ns}"

    def started(self) -> bool:
        """Whether the training loop has been entered."""
        return (self.path / METRICS).is_file()

    def start(self) -> None:
        """Mark that the training loop has been entered."""
        (self.path / METRICS).touch()

    def card(self) -> dict[str, Any] | None:
        """The measured figures of the model, or None before they are measured."""
        try:
            return json.loads((self.path / CARD).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def write_card(self, figures: Mapping[str, Any]) -> None:
        """Write the measured figures, nats per image unless the key says otherwise."""
        replace(self.path / CARD, (json.dumps(figures, indent=1) + "\n").encode())


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


def sweep_of(run: Run) -> list[Run]:
    """All runs that differ from the given one in beta at most, itself included, by beta and then by name.

    Same architecture, same seed, same everything else: what differs between them is the doing of beta. Nothing is
    stored, so runs that a student trained are a sweep too. Some may have no weights or no card yet.
    """
    members = [other for other in {run, *list_runs()} if _but_beta(other) == _but_beta(run)]
    return sorted(members, key=lambda member: (member.train.beta, _natural(member)))


def examples_of(dataset: str) -> Run | None:
    """A run that holds the first test images of a data set; they are the same in every run on that set."""
    return next((run for run in list_runs() if run.train.dataset == dataset and run.has(EXAMPLES)), None)


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


def job_file(run: Run, kind: str) -> Path:
    """The file that names the process of a job of this run; see ``jobs``."""
    return run.path / f"{kind}.job.json"


def log_file(run: Run, kind: str) -> Path:
    """Everything that a job printed."""
    return run.path / f"{kind}.log"


def error_file(run: Run, kind: str) -> Path:
    """The sentence with which a job failed."""
    return run.path / f"{kind}.error.txt"


def write_text(path: Path, text: str) -> None:
    """Write one of the small text files of a job, replacing it at once."""
    replace(path, text.encode())


def progress_file(run: Run, kind: str) -> Path:
    """The share of the work that a job other than training has done, 0 to 1."""
    return run.path / f"{kind}.progress"

"""One run directory: a model is a finished one, and this is the only file that knows its file names.

Nothing here is stored twice: status is derived from the files. Every file but the appended metrics is written to a
temporary name and then renamed, so a reader never sees half of one. Torch-free.
"""

import dataclasses
import hashlib
import os
import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_core.config import ModelConfig, TrainConfig, parse_config
from vae_core.runs import records
from vae_core.runs.files import advising, replace
from vae_core.runs.records import Card, Row

# A job that waits knows runs and reads no tables: numpy is imported with the first table.
if TYPE_CHECKING:
    import numpy as np

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# One file for each table of arrays; all but the weights can be made again from the weights and the data set.
WEIGHTS, LATENTS, EXAMPLES, PCA, UMAP, STAGE = "model", "latents", "examples", "pca", "umap", "stage"
TABLES = (WEIGHTS, LATENTS, EXAMPLES, PCA, UMAP, STAGE)
# What a browser asks for instead of a whole table, and the table that it is cut from.
DECODER, ENCODER, CODES, WIDTHS = "decoder", "encoder", "codes", "widths"
PARTS = {DECODER: WEIGHTS, ENCODER: WEIGHTS, CODES: LATENTS, WIDTHS: LATENTS}
MAX_CACHED_BYTES = 4 * 2**20
MAX_JSON_BYTES = 2**20  # of a configuration or a card; those of this lab have some hundreds
MAX_METRICS_BYTES = 4 * 2**20  # of the reports that are read; the longest training of 256 dimensions writes half of it
TAIL_BYTES = 2**16  # room for some reports
Stamp = tuple[int, int, int, int, bool]
MODIFIED, HERE = 3, 4  # where a stamp has the time of the last change, and whether the run was trained here
SNAPSHOTS = "snapshots"
CONFIG, METRICS, CARD, EVENTS = "config.json", "metrics.jsonl", "card.json", "events.jsonl"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


@lru_cache(maxsize=512)
def _digest_of(path: Path, _inode: int, _mtime_ns: int, _size: int) -> str:
    return _digest(path.read_bytes())


@lru_cache(maxsize=16)
def _cut(path: Path, digest: str, part: str, latent_dim: int) -> bytes:
    from vae_core.runs import tables

    content = path.read_bytes()
    if _digest(content) != digest:  # or the new content would be kept under the old one's name
        raise FileNotFoundError(f"{path.name} has just been written anew.")
    if PARTS[part] == LATENTS:
        tables.check_latents(tables.load(content), latent_dim)
    return tables.cut(content, part)


def stamp(folder: str) -> Stamp:
    """All that the list of runs is made of: which configuration a run holds, and whether it was trained here.

    Asked of every run at every look at the list, so it makes no path objects. Raises OSError if it is no run.
    """
    stat = os.stat(f"{folder}/{CONFIG}")
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, os.path.exists(f"{folder}/train.job.json")


@lru_cache(maxsize=1024)
def _parsed(path: str, _stamp: tuple[int, ...]) -> tuple[ModelConfig, TrainConfig]:
    return parse_config(_head(Path(path)))


def _head(path: Path) -> bytes:
    """The bytes of a small file; of one that is too large for what it should be, none, and so it is damaged."""
    with path.open("rb") as file:
        content = file.read(MAX_JSON_BYTES + 1)
    return content if len(content) <= MAX_JSON_BYTES else b""


def _tail(path: Path, most: int) -> bytes:
    """The last whole lines of a file, in at most so many bytes."""
    with path.open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - most)
        file.seek(start)
        content = file.read(most)
    return content.partition(b"\n")[2] if start else content


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
        return _parsed(f"{self.path}/{CONFIG}", stamp(str(self.path))[: MODIFIED + 1])

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
        return make(path, digest, name, self.model.latent_dim)

    def read(self, table: str) -> dict[str, "np.ndarray[Any, Any]"]:
        """The arrays of a table, halves as float32; weights and codes after checking them against the architecture.

        Raises
        ------
        OSError
            If the table is not written.
        ValueError
            If it is damaged or not this model's.
        """
        from vae_core.runs import tables

        content = self.file(table).read_bytes()
        if table == WEIGHTS:
            return tables.parse_weights(content, self.model)
        arrays = tables.widened(tables.load(content))
        if table == LATENTS:
            tables.check_latents(arrays, self.model.latent_dim)
        return arrays

    def write(self, table: str, arrays: Mapping[str, "np.ndarray[Any, Any]"]) -> None:
        """Write a table of arrays in half precision, replacing it at once; weights only if all of them fit."""
        from vae_core.runs import tables

        replace(self.file(table), tables.dump_weights(arrays) if table == WEIGHTS else tables.dump_halves(arrays))

    def append_metrics(self, row: Mapping[str, Any]) -> None:
        """Append one report of the training loop; raises OSError with advice if the disk is full.

        Raises ArithmeticError if a number in it is not finite.
        """
        line = records.dump(row, "report")
        with advising(METRICS), (self.path / METRICS).open("ab") as file:
            file.write(line)

    def metrics(self) -> list[Row]:
        """All sound reports so far, oldest first; half-written and damaged ones are left out.

        Of a file larger than this lab writes, see `metrics_are_cut`, only the last 4 MiB are read.
        """
        return [row for row in map(records.parse_row, self._lines(MAX_METRICS_BYTES)) if row is not None]

    def last_report(self) -> Row | None:
        """The last sound report; reads the end of the file alone."""
        newest_first = map(records.parse_row, reversed(self._lines(TAIL_BYTES)))
        return next((row for row in newest_first if row is not None), None)

    def _lines(self, most: int) -> list[bytes]:
        try:
            return _tail(self.path / METRICS, most).split(b"\n")[:-1]
        except OSError:
            return []

    def cut_metrics(self, step: int) -> None:
        """Leave out the reports after a step: a training taken up again there writes them anew."""
        if self.started():
            read = [(line, records.parse_row(line)) for line in self._lines(MAX_METRICS_BYTES)]
            kept = [line + b"\n" for line, row in read if row is not None and row["step"] <= step]
            replace(self.path / METRICS, b"".join(kept))

    def metrics_are_cut(self) -> bool:
        """Whether the file of reports is larger than what is read of it."""
        try:
            return (self.path / METRICS).stat().st_size > MAX_METRICS_BYTES
        except OSError:
            return False

    def metrics_version(self) -> str:
        """A word that changes with every report; empty before the first."""
        try:
            stat = (self.path / METRICS).stat()
        except OSError:
            return ""
        return f"{stat.st_size}-{stat.st_mtime_ns}" if stat.st_size else ""

    def started(self) -> bool:
        """Whether the training loop has been entered."""
        return (self.path / METRICS).is_file()

    def start(self) -> None:
        """Mark that the training loop has been entered."""
        (self.path / METRICS).touch()

    def card(self) -> Card | None:
        """The measured figures of the model; None before they are measured, or if the file is damaged."""
        try:
            return records.parse_card(_head(self.path / CARD))
        except OSError:
            return None

    def write_card(self, figures: Mapping[str, Any]) -> None:
        """Write the measured figures; raises ArithmeticError if one is not finite, and keeps the old card then."""
        replace(self.path / CARD, records.dump(figures, "card", indent=1))


def job_file(run: Run, kind: str) -> Path:
    """The file whose lock the process of a job holds; its number stands in it, for a person who looks."""
    return run.path / f"{kind}.job.json"


def trained_here(run: Run) -> bool:
    """Whether a training of this run was started in this folder: shipped and uploaded models had none."""
    return job_file(run, "train").exists()


def stop_file(run: Run, kind: str) -> Path:
    """The request that a job end; it stays until the job is started again."""
    return run.path / f"{kind}.stop"


def log_file(run: Run, kind: str) -> Path:
    """Everything that a job printed."""
    return run.path / f"{kind}.log"


def error_file(run: Run, kind: str) -> Path:
    """The sentence with which a job failed; blanks, kept for it, while the job is at work."""
    return run.path / f"{kind}.error.txt"


def status_file(run: Run) -> Path:
    """What a training is doing, rewritten by it about once a second."""
    return run.path / "train.status.json"


def control_file(run: Run) -> Path:
    """What is wished of a training, which looks for it several times a second."""
    return run.path / "train.control.json"


def state_file(run: Run) -> Path:
    """All that is needed to go on with a training exactly where it was."""
    return run.path / "train.state.safetensors"


def snapshot_file(run: Run, step: int, part: str = "") -> Path:
    """What is shown of a training at a step; with the part ``encoder`` what a fork needs besides."""
    return run.path / SNAPSHOTS / f"{step}{f'.{part}' if part else ''}.safetensors"


def progress_file(run: Run, kind: str) -> Path:
    """The share of the work that a job other than training has done, 0 to 1."""
    return run.path / f"{kind}.progress"


def write_text(path: Path, text: str) -> None:
    """Write one of the small text files of a job, replacing it at once."""
    replace(path, text.encode())

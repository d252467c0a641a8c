"""One run directory: a model is a finished one, and this is the only file that knows its file names.

Nothing here is stored twice: status is derived from the files. Every file but the appended metrics is written to a
temporary name and then renamed, so a reader never sees half of one. Torch-free.
"""

import contextlib
import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.config import ModelConfig, TrainConfig, parse_config
from vae_core.runs import tables
from vae_core.runs.files import advising, replace

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# One file for each table of arrays; all but the weights can be made again from the weights and the data set.
WEIGHTS, LATENTS, EXAMPLES, PCA, UMAP = "model", "latents", "examples", "pca", "umap"
TABLES = (WEIGHTS, LATENTS, EXAMPLES, PCA, UMAP)
# What a browser asks for instead of a whole table, and the table that it is cut from.
DECODER, ENCODER, CODES, WIDTHS = "decoder", "encoder", "codes", "widths"
PARTS = {DECODER: WEIGHTS, ENCODER: WEIGHTS, CODES: LATENTS, WIDTHS: LATENTS}
MAX_CACHED_BYTES = 4 * 2**20
CONFIG, METRICS, CARD = "config.json", "metrics.jsonl", "card.json"


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

"""The run directory: a model is a finished one, and this is the only file that knows its file names.

Nothing here is stored twice: status is derived from the files. Every file but the appended metrics is written to a
temporary name and then renamed, so a reader never sees half of one. Torch-free.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from vae_core.config import ModelConfig, TrainConfig
from vae_core.layers import tensor_shapes

FORMAT = 1
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# One file for each table of arrays; all but the weights can be made again from the weights and the data set.
WEIGHTS, LATENTS, EXAMPLES, PCA, UMAP = "model", "latents", "examples", "pca", "umap"
TABLES = (WEIGHTS, LATENTS, EXAMPLES, PCA, UMAP)
MAX_WEIGHTS = 20_000_000
MIN_FREE_BYTES = 64 * 2**20
CONFIG, METRICS, CARD = "config.json", "metrics.jsonl", "card.json"


def models_root() -> Path:
    """The folder of all run directories: ``VAE_LAB_MODELS``, or ``models/`` beside the package."""
    return Path(os.environ.get("VAE_LAB_MODELS") or Path(__file__).parent.parent / "models").resolve()


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with _advising(path.name):
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _advising(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise OSError(errno.ENOSPC, f"The disk is full: {name} could not be written. Free some space.") from error


@lru_cache(maxsize=512)
def _sha256(path: Path, _inode: int, _mtime_ns: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def parse_config(content: bytes) -> tuple[ModelConfig, TrainConfig]:
    """The two configurations in the bytes of a ``config.json``.

    Raises
    ------
    ValueError
        If the bytes are no JSON, of another format, or name an unknown or impossible field.
    """
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:  # undecodable, no JSON, or a number of thousands of digits
        raise ValueError("config.json is not valid JSON; expected the file that a run directory holds.") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT or set(values) != {"format", "model", "train"}:
        raise ValueError(
            f'config.json: expected {{"format": {FORMAT}, "model": {{…}}, "train": {{…}}}} and no other key.'
        )
    return ModelConfig.from_json(values["model"]), TrainConfig.from_json(values["train"])


def parse_weights(content: bytes, model: ModelConfig) -> dict[str, np.ndarray]:
    """The arrays in the bytes of a ``model.safetensors``, checked against the architecture.

    Raises
    ------
    ValueError
        If the bytes are no safetensors file, a tensor is missing, unknown, of the wrong shape or type, or not finite.
    """
    expected = tensor_shapes(model)
    count = sum(prod(shape) for shape in expected.values())
    if count > MAX_WEIGHTS:
        raise ValueError(f"The model has {count:,} weights; at most {MAX_WEIGHTS:,} are loaded.")
    try:
        arrays = safetensors.load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            "The weights are no readable safetensors file (damaged or cut short); copy the file again."
        ) from error
    for name in sorted(set(expected) ^ set(arrays)):
        state = "lacks the tensor" if name in expected else "holds an unexpected tensor"
        raise ValueError(f"The weights file {state} {name[:60]!r}; it does not belong to this config.json.")
    for name, shape in expected.items():
        if arrays[name].shape != shape or arrays[name].dtype != np.float32:
            got = f"{arrays[name].dtype} {list(arrays[name].shape)}"
            raise ValueError(f"Tensor {name}: got {got}, expected float32 {list(shape)} as config.json says.")
        if not np.isfinite(arrays[name]).all():
            raise ValueError(
                f"Tensor {name} holds NaN or infinity; the training diverged. Choose an earlier checkpoint."
            )
    return arrays


@dataclass(frozen=True)
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

    def has(self, table: str) -> bool:
        """Whether a table of arrays has been written."""
        return self.file(table).is_file()

    def content_hash(self, table: str) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of a table's file."""
        stat = self.file(table).stat()
        # A replaced file has another inode, even within one tick of the clock.
        return _sha256(self.file(table), stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def read(self, table: str) -> dict[str, np.ndarray]:
        """The arrays of a table; of the weights, after checking them against the architecture."""
        content = self.file(table).read_bytes()
        return parse_weights(content, self.model) if table == WEIGHTS else safetensors.load(content)

    def write(self, table: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write a table of arrays, replacing it at once."""
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        _replace(self.file(table), safetensors.save(contiguous))

    def append_metrics(self, row: Mapping[str, Any]) -> None:
        """Append one report of the training loop; raises OSError with advice if the disk is full."""
        with _advising(METRICS), (self.path / METRICS).open("a", encoding="utf-8") as file:
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
        _replace(self.path / CARD, (json.dumps(figures, indent=1) + "\n").encode())


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
    """All readable runs, those without a training job of their own (shipped, uploaded) first, then the newest first."""
    runs = []
    for path in models_root().iterdir() if models_root().is_dir() else ():
        if NAME.fullmatch(path.name) and (path / CONFIG).is_file():
            try:
                runs.append(open_run(path))
            except (ValueError, FileNotFoundError):
                continue
    return sorted(runs, key=lambda run: (job_file(run, "train").exists(), _age_key(run), run.name))


def _age_key(run: Run) -> float:
    return -(run.path / CONFIG).stat().st_mtime if job_file(run, "train").exists() else 0.0


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
    content = {"format": FORMAT, "model": model.to_json(), "train": train.to_json()}
    try:
        _replace(path / CONFIG, (json.dumps(content, indent=1) + "\n").encode())
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
    _replace(path, text.encode())


def progress_file(run: Run, kind: str) -> Path:
    """The share of the work that a job other than training has done, 0 to 1."""
    return run.path / f"{kind}.progress"

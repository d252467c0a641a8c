"""Twenty-odd run directories, each broken or half finished in its own way, as they were met in real folders."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

ROOT = Path(__file__).parent.parent
Breaker = Callable[[Path], None]


def _copy(path: Path, source: str = "digits-2d", *, but: tuple[str, ...] = ()) -> None:
    shutil.copytree(ROOT / "models" / source, path, ignore=lambda *_: but)


def _rewritten(path: Path, source: str = "digits-2d", **contents: str | bytes) -> None:
    """A copy of a shipped model with some of its files written anew, by their stems."""
    _copy(path, source)
    for stem, content in contents.items():
        file = next(path.glob(f"{stem}.*"))
        file.write_bytes(content.encode() if isinstance(content, str) else content)


def _card(path: Path, source: str = "digits-2d", **figures: object) -> None:
    card = json.loads((ROOT / "models" / source / "card.json").read_text())
    _rewritten(path, source, card=json.dumps(card | figures))


def _arrays(path: Path, table: str, change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]) -> None:
    _copy(path)
    file = path / f"{table}.safetensors"
    save_file(change(load_file(file)), file)


def _config(path: Path, source: str, **train: object) -> None:
    values = json.loads((ROOT / "models" / source / "config.json").read_text())
    values["train"] |= train
    (path / "config.json").write_text(json.dumps(values))


def killed(path: Path) -> None:
    """A trainer that ended between two reports: weights and half a line, neither codes nor a card."""
    _copy(path, but=("card.json", "latents.safetensors", "pca.safetensors", "umap.safetensors"))
    history = (path / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (path / "metrics.jsonl").write_bytes(b"".join(history[:5]) + history[5][:20])
    (path / "train.log").write_text("Loading Digits…\n")


def killed_while_loading(path: Path) -> None:
    path.mkdir()
    _config(path, "digits-2d")
    (path / "train.log").write_text("Loading Digits…\n")
    (path / "train.job.json").write_text('{"pid": 999999, "started": 0.0}')


def without_weights(path: Path) -> None:
    _copy(path, but=("model.safetensors",))


def absurd_weights(path: Path) -> None:
    def change(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: np.full(array.shape, 1e30, np.float32) for name, array in arrays.items()}

    _arrays(path, "model", change)


def far_codes(path: Path) -> None:
    _arrays(path, "latents", lambda arrays: arrays | {"mu": np.full_like(arrays["mu"], np.inf)})


def infinite_member(path: Path) -> None:
    """A model of the shipped sweep over beta with figures that JSON cannot hold."""
    _card(path, "beta-1", negative_elbo=float("inf"), distortion=float("nan"))
    _config(path, "beta-1", beta=3.0)


def symlinked(path: Path) -> None:
    path.symlink_to(ROOT / "models" / "digits-2d", target_is_directory=True)


def dangling(path: Path) -> None:
    path.symlink_to(path.parent / "gone")


def huge_history(path: Path) -> None:
    """Two hundred megabytes, most of it a hole in the file: what is read of it must be bounded."""
    _copy(path)
    with (path / "metrics.jsonl").open("r+b") as file:
        os.truncate(file.fileno(), 200 * 2**20)


NESTED = '{"format": 1, "model": ' + '{"a": ' * 600 + "1" + "}" * 600 + ', "train": {}}'
HISTORY = (ROOT / "models" / "digits-2d" / "metrics.jsonl").read_text()
KINDS: dict[str, Breaker] = {
    "killed": killed,
    "killed-while-loading": killed_while_loading,
    "without-weights": without_weights,
    "card-empty": lambda path: _rewritten(path, card=""),
    "card-list": lambda path: _rewritten(path, card="[1, 2]"),
    "card-text": lambda path: _rewritten(path, card='"fine"'),
    "card-lacks-keys": lambda path: _rewritten(path, card='{"rate": 3.0}'),
    "card-nan": lambda path: _card(path, negative_elbo=float("nan"), kl_per_dimension=[float("nan"), 1.0]),
    "card-words": lambda path: _card(path, rate="three", active_units=None),
    "infinite-member": infinite_member,
    "config-nested": lambda path: _rewritten(path, config=NESTED),
    "config-empty": lambda path: _rewritten(path, config=""),
    "metrics-null": lambda path: _rewritten(path, metrics=f"null\n[1]\n3\nnot json\n{HISTORY}"),
    "metrics-lack-keys": lambda path: _rewritten(path, metrics='{"step": 1}\n{"epoch": 2, "test_rate": 1.0}\n'),
    "metrics-nan": lambda path: _rewritten(path, metrics=HISTORY.replace('"test_rate": ', '"test_rate": NaN, "was": ')),
    "metrics-huge": huge_history,
    "metrics-binary": lambda path: _rewritten(path, metrics=bytes(range(256)) * 40),
    "job-no-json": lambda path: (_copy(path), (path / "train.job.json").write_text("{"))[0],
    "latents-cut": lambda path: _rewritten(path, latents=b"\x40\0\0\0\0\0\0\0{"),
    "latents-empty": lambda path: _rewritten(path, latents=b""),
    "latents-wrong-shape": lambda path: _arrays(path, "latents", lambda arrays: {n: a[:7] for n, a in arrays.items()}),
    "latents-lack-labels": lambda path: _arrays(path, "latents", lambda arrays: {"mu": arrays["mu"]}),
    "latents-infinite": far_codes,
    "umap-cut": lambda path: _rewritten(path, umap=b"x" * 30),
    "weights-cut": lambda path: _rewritten(path, model=b"\x40\0\0\0\0\0\0\0{"),
    "weights-absurd": absurd_weights,
    "symlinked": symlinked,
    "dangling": dangling,
    "a" * 64: lambda path: _copy(path),
}


def fill(folder: Path) -> list[str]:
    """Make one run of each kind in a folder; their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in KINDS.items():
        make(folder / name)
    return list(KINDS)

"""Sets that somebody brought along: each a folder of two files below the folder of downloads, whatever kind it is.

``facts.json`` says what the set is, ``set.safetensors`` holds both splits, and beside them lies what a page shows of
it. Of a deleted set the facts alone are remembered, for the models that were trained on it. Torch-free.
"""

import contextlib
import hashlib
import json
import re
import shutil
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors import numpy as safetensors

from vae_core.data.sets import SHOWN, Entry, ImageSet, Looked, data_root

NAME = re.compile(r"own-[a-z0-9-]{1,36}")  # so that none has the name of a set of the lab's
PARTS = ("train", "train_labels", "test", "test_labels")
KEPT = ("title", "words", "image_shape", "class_names", "kind", "likelihoods", "preset", "count")
MOST_FACTS = 2**16  # bytes
FACTS, ARRAYS = "facts.json", "set.safetensors"
SHEET, MEAN, REPORT = "sheet.png", "mean.png", "report.json"  # what a page shows of a set, where it has them
GONE = ".gone"
LOST = "is not on this machine any more; bring it along again on the page Data."


def name_of(title: str) -> str:
    """The name under which a set with that title is kept; raises ValueError if it has neither a letter nor a digit."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = f"own-{re.sub('[^a-z0-9]+', '-', plain).strip('-')[:36].strip('-')}"
    if not NAME.fullmatch(name):
        raise ValueError(f"{title[:40]!r} cannot name a set; expected a name with letters a to z or digits.")
    return name


def folder(name: str, root: Path | None = None) -> Path:
    """Where a set is kept; raises ValueError if no set can have this name."""
    if not NAME.fullmatch(name):
        raise ValueError(
            f"{name[:40]!r} cannot name a set of your own: expected own-, then letters a-z, digits, hyphens."
        )
    return (root or data_root()) / "own" / name


def save(images: ImageSet, entry: Entry, *, root: Path | None = None, beside: Mapping[str, bytes] | None = None) -> str:
    """Keep a set; returns the digest of its content. A set of the same name is replaced.

    Parameters
    ----------
    images : ImageSet
        Both splits, of one shape, each with an example; its name begins with ``own-``.
    entry : Entry
        What is known of it; how it is loaded is not kept.
    root : Path, optional
        The folder of downloads, if not the usual one.
    beside : mapping of str to bytes, optional
        Small files that a page shows of it, by their names: ``SHEET``, ``MEAN``, ``REPORT``.

    Raises
    ------
    OSError
        If the disk is full; what was kept before stays.
    ValueError
        If another set had this name and was deleted: models that were trained on it would be shown with this one.
    """
    content = safetensors.save({part: np.ascontiguousarray(getattr(images, part)) for part in PARTS})
    digest = hashlib.sha256(content).hexdigest()[:16]
    known = {name: getattr(entry, name) for name in KEPT} | {"count": len(images.train), "digest": digest}
    facts = json.dumps(known, ensure_ascii=False)
    target, gone = folder(images.name, root), _gone(images.name, root)
    if gone.exists() and _digest(gone) != digest:
        raise ValueError(
            f"There was another set named {images.name}, and models may have been trained on it; choose another name."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir()
        for file, small in {ARRAYS: content, **(beside or {})}.items():
            (new / file).write_bytes(small)
        (new / FACTS).write_text(facts, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        new.rename(target)
        gone.unlink(missing_ok=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return digest


def _digest(facts: Path) -> str | None:
    try:
        return str(json.loads(facts.read_bytes()).get("digest"))
    except (OSError, ValueError, AttributeError):
        return None


def names(root: Path | None = None) -> list[str]:
    """The sets that are kept and can be read, in the order of the alphabet."""
    try:
        found = sorted(path.name for path in ((root or data_root()) / "own").iterdir() if NAME.fullmatch(path.name))
    except OSError:
        return []
    return [name for name in found if entry(name, root) is not None]


def entry(name: str, root: Path | None = None) -> Entry | None:
    """What is known of a set; None if there is none of that name, or its facts are damaged."""
    return _read(folder(name, root) / FACTS) if NAME.fullmatch(name) else None


def remembered(name: str, root: Path | None = None) -> Entry | None:
    """What was known of a set that has been deleted; None if there was none of that name."""
    return _read(_gone(name, root)) if NAME.fullmatch(name) else None


def _gone(name: str, root: Path | None) -> Path:
    return folder(name, root).parent / GONE / f"{name}.json"


def _read(path: Path) -> Entry | None:
    try:
        with path.open("rb") as file:
            return _parsed(json.loads(file.read(MOST_FACTS)))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _parsed(facts: dict[str, Any]) -> Entry:
    shape = tuple(map(int, facts["image_shape"]))
    if len(shape) != 3 or not all(0 < size <= 1024 for size in shape) or not isinstance(facts["kind"]["name"], str):
        raise ValueError("The facts of this set are damaged.")
    return Entry(
        title=str(facts["title"]),
        words=str(facts["words"]),
        image_shape=(shape[0], shape[1], shape[2]),
        class_names=tuple(map(str, facts["class_names"])),
        load=load,
        first=_first,
        kind=facts["kind"],
        likelihoods=tuple(map(str, facts["likelihoods"])),
        preset=str(facts.get("preset", "manifold")),
        count=int(facts["count"]),
    )


def load(name: str, root: Path) -> ImageSet:
    """A set that is kept here; raises OSError in one sentence if it is gone or damaged."""
    try:
        arrays = safetensors.load_file(folder(name, root) / ARRAYS)
        return ImageSet(name, *(arrays[part] for part in ("train", "train_labels", "test", "test_labels")))
    except FileNotFoundError as error:
        raise OSError(f"The set {name} {LOST}") from error
    except (SafetensorError, KeyError) as error:
        raise OSError(f"The file of the set {name} is damaged; bring it along again on the page Data.") from error


def _first(name: str, root: Path) -> Looked:
    with safe_open(folder(name, root) / ARRAYS, framework="numpy") as file:
        images, labels = (file.get_slice(part) for part in ("test", "test_labels"))
        count = min(SHOWN, *images.get_shape()[:1])
        return images[:count], labels[:count]


def version(name: str, root: Path | None = None) -> str:
    """A word that changes when a set is replaced; empty if there is none of that name."""
    try:
        return str((folder(name, root) / ARRAYS).stat().st_mtime_ns)
    except (OSError, ValueError):
        return ""


def beside(name: str, file: str, root: Path | None = None) -> bytes | None:
    """One of the small files that a page shows of a set; None if it has none."""
    try:
        return (folder(name, root) / file).read_bytes()
    except OSError:
        return None


def delete(name: str, root: Path | None = None) -> None:
    """Remove a set; does nothing if it is gone already. Models that were trained on it stay, and find its classes."""
    kept, facts = _gone(name, root), folder(name, root) / FACTS
    with contextlib.suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        facts.replace(kept)
    shutil.rmtree(folder(name, root), ignore_errors=True)

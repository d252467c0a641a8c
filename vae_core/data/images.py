"""Image sets as one uint8 array per split: the embedded digits, and torchvision's MNIST family downloaded on first use.

Images are arrays of shape (images, channels, height, width), 0 to 255. Importing this module is cheap; the libraries
that read the sets are imported when one is loaded.
"""

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
KUZUSHIJI = tuple("おきすつなはまやれを")


@dataclass(frozen=True)
class Facts:
    """What is known of an image set before it is loaded.

    Attributes
    ----------
    title : str
        The name people use.
    words : str
        One sentence on what it shows and where it comes from.
    image_shape : tuple of int
        Channels, height and width, pixels.
    class_names : tuple of str
        What each label stands for.
    source : str
        The class of ``torchvision.datasets`` that reads it; empty for the embedded set.
    """

    title: str
    words: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    source: str


_DOWNLOADED = "70,000 images of 28×28, downloaded on first use."
DATASETS = {
    "mnist": Facts("MNIST", f"Handwritten digits: {_DOWNLOADED}", (1, 28, 28), DIGITS, "MNIST"),
    "fashion-mnist": Facts("Fashion-MNIST", f"Pieces of clothing: {_DOWNLOADED}", (1, 28, 28), CLOTHES, "FashionMNIST"),
    "kmnist": Facts("Kuzushiji-MNIST", f"Old Japanese letters: {_DOWNLOADED}", (1, 28, 28), KUZUSHIJI, "KMNIST"),
    "digits": Facts(
        "Digits", "Handwritten digits: 1,797 images of 8×8, always here; trains in seconds.", (1, 8, 8), DIGITS, ""
    ),
}


@dataclass(frozen=True)
class ImageSet:
    """An image set in memory.

    Attributes
    ----------
    name : str
        A key of ``DATASETS``.
    train, test : ndarray of uint8, shape (images, channels, height, width)
        Pixels, 0 to 255.
    train_labels, test_labels : ndarray of uint8, shape (images,)
        Index into the class names.
    """

    name: str
    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def data_root() -> Path:
    """The folder that downloads go to: ``VAE_LAB_DATA``, or a cache folder of the user's."""
    chosen = os.environ.get("VAE_LAB_DATA")
    return Path(chosen) if chosen else Path.home() / ".cache" / "vae-lab"


def facts(name: str) -> Facts:
    """What is known of a set; raises ValueError if there is no such set."""
    if name not in DATASETS:
        raise ValueError(f"There is no data set {name[:40]!r}; expected one of {', '.join(DATASETS)}.")
    return DATASETS[name]


def class_names(name: str) -> tuple[str, ...]:
    """What each label of a set stands for; ten digits for a set that is not the lab's."""
    return DATASETS[name].class_names if name in DATASETS else DIGITS


def load(name: str, *, root: Path | None = None) -> ImageSet:
    """The image set of that name, downloaded first if it is not on this machine.

    Raises
    ------
    ValueError
        If there is no such set.
    OSError
        If it cannot be downloaded or its files are damaged, in one sentence that says what to do.
    """
    return _load_torchvision(name, root) if facts(name).source else _load_digits()


def _load_digits() -> ImageSet:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.round(bunch.images * (255 / 16)).astype(np.uint8)[:, None]  # (n, 8, 8) in 0..16 -> (n, 1, 8, 8)
    labels = bunch.target.astype(np.uint8)
    # The file is ordered by writer: shuffled once, so that both splits have every hand.
    order = np.random.default_rng(0).permutation(len(images))
    train, test = order[:1497], order[1497:]
    return ImageSet("digits", images[train], labels[train], images[test], labels[test])


def _load_torchvision(name: str, root: Path | None) -> ImageSet:
    splits = []
    for train in (True, False):
        split = torchvision_split(name, train=train, root=root)
        splits += [split.data.numpy()[:, None], split.targets.numpy().astype(np.uint8)]  # (n, h, w) -> (n, 1, h, w)
    return ImageSet(name, *splits)


def torchvision_split(name: str, *, train: bool, root: Path | None = None, transform: Callable | None = None) -> Any:
    """One split of a downloaded set as torchvision's own data set object; raises OSError as `load` does."""
    root, source = root or data_root(), facts(name).source
    reader = getattr(_torchvision_datasets(), source)
    try:
        return reader(root=str(root), train=train, transform=transform, download=True)
    except Exception as error:  # torchvision raises a dozen unrelated types here; each becomes the one sentence
        raise OSError(_advice(name, root / source, error)) from error


def _advice(name: str, folder: Path, error: Exception) -> str:
    title = facts(name).title
    if any((folder / "raw").glob("*-ubyte")):
        return f"The files of {title} in {folder} are damaged ({type(error).__name__}): delete it and start again."
    return (
        f"{title} could not be downloaded to {folder} ({type(error).__name__}): check the network, "
        "or choose the embedded digits, which need none."
    )


def _torchvision_datasets():
    """``torchvision.datasets``, also where torchvision was built for another torch than the one installed.

    Its compiled operators then fail to load and the whole import with them, though reading a data set needs none.
    """
    try:
        return importlib.import_module("torchvision.datasets")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    import torch

    operators = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        operators.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    for module in [module for module in sys.modules if module.partition(".")[0] == "torchvision"]:
        del sys.modules[module]
    # Kept for the life of the process: the definitions go when the library object goes.
    _torchvision_datasets.operators = operators
    return importlib.import_module("torchvision.datasets")

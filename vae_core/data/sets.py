"""What every kind of data is once it is loaded, and what is known of a set before.

Examples are arrays of shape (examples, channels, height, width), uint8, 0 to 255, whatever they show.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

IMAGE = "image"
OF_PIXELS = ("grayscale", "bernoulli", "gaussian", "continuous-bernoulli")


Looked = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]  # examples, at most `SHOWN`, and their labels
SHOWN = 500


def _always(_root: Path) -> bool:
    return True


@dataclass(frozen=True)
class ImageSet:
    """A data set in memory.

    Attributes
    ----------
    name : str
        A key of ``DATASETS``.
    train, test : ndarray of uint8, shape (examples, channels, height, width)
        Pixels, 0 to 255.
    train_labels, test_labels : ndarray of uint8, shape (examples,)
        Index into the class names.
    train_groups, test_groups : ndarray of uint8, shape (examples,), optional
        Index into the names of a second label, where a set has one.
    """

    name: str
    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    train_groups: np.ndarray | None = None
    test_groups: np.ndarray | None = None


@dataclass(frozen=True)
class Entry:
    """What is known of a data set before it is loaded, and how to load it.

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
    load : callable
        From its name and the folder of downloads to the set; raises OSError in one sentence that says what to do.
    kind : mapping of str to JSON value
        ``name``, a key of the table in ``ui/browser/kit/sample.js``, and what painting and playing an example needs.
    likelihoods : tuple of str
        The keys of ``config.LIKELIHOODS`` that make sense for it; the first is the usual one.
    preset : str
        The key of ``config.PRESETS`` that is usual for it.
    count : int
        Training examples.
    here : callable
        From the folder of downloads to whether the set can be loaded without a network.
    megabytes : int
        What is downloaded where it is not here; 0 if nothing ever is.
    first : callable or None
        As `load`, but of the first test examples alone and in no time, so that a server may do it; None if that takes
        longer: they are shown once a run on the set has kept them.
    stand_in : str
        The set whose training images are shown in its place while it is not here; empty where there is none.
    grouped : str
        What a second label is, one word; empty where there is none.
    group_names : tuple of str
        What each second label stands for.
    """

    title: str
    words: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    load: Callable[[str, Path], ImageSet]
    kind: Mapping[str, Any] = field(default_factory=lambda: {"name": IMAGE})
    likelihoods: tuple[str, ...] = OF_PIXELS
    preset: str = "manifold"
    count: int = 60_000
    here: Callable[[Path], bool] = _always
    megabytes: int = 0
    first: Callable[[str, Path], Looked] | None = None
    stand_in: str = ""
    grouped: str = ""
    group_names: tuple[str, ...] = ()


def data_root() -> Path:
    """The folder that downloads go to: ``VAE_LAB_DATA``, or a cache folder of the user's."""
    chosen = os.environ.get("VAE_LAB_DATA")
    return Path(chosen) if chosen else Path.home() / ".cache" / "vae-lab"

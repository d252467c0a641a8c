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
    """

    name: str
    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


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
    """

    title: str
    words: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    load: Callable[[str, Path], ImageSet]
    kind: Mapping[str, Any] = field(default_factory=lambda: {"name": IMAGE})
    likelihoods: tuple[str, ...] = OF_PIXELS
    preset: str = "manifold"


def data_root() -> Path:
    """The folder that downloads go to: ``VAE_LAB_DATA``, or a cache folder of the user's."""
    chosen = os.environ.get("VAE_LAB_DATA")
    return Path(chosen) if chosen else Path.home() / ".cache" / "vae-lab"

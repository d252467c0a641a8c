"""Images of a set as one PNG: a row for each class, and their mean."""

import io
from typing import Any

import numpy as np
from PIL import Image

from vae_core.data.sets import ImageSet

Array = np.ndarray[Any, Any]
COLUMNS, MOST_ROWS = 16, 60


def png(image: Array) -> bytes:
    """An image (channels, height, width), uint8, as a PNG of its own size."""
    content = io.BytesIO()
    Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)).save(content, "PNG")
    return content.getvalue()


def contact(images: ImageSet, classes: int) -> Array:
    """The first training images of each class, a row a class, 0 where a class has fewer: (channels, height, width)."""
    channels, height, width = images.train.shape[1:]
    found = np.zeros((channels, classes * height, COLUMNS * width), np.uint8)
    for label in range(classes):
        for column, image in enumerate(images.train[np.flatnonzero(images.train_labels == label)[:COLUMNS]]):
            found[:, label * height : (label + 1) * height, column * width : (column + 1) * width] = image
    return found


def mean(images: ImageSet) -> Array:
    """The mean of the training images, uint8."""
    found: Array = np.round(images.train.mean(0, dtype=np.float64)).astype(np.uint8)
    return found

"""Arrays of images in numpy's files: read in pieces, no object among them, and brought to bytes from 0 to 255."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import IO, Any

import numpy as np

from vae_core.data import limits
from vae_core.data.archive import File, reading, shown

Array = np.ndarray[Any, Any]
WHITES = (1, 16, 255, 65_535)  # the largest value of a set is one of these or below it; 16 is that of scikit-learn
CHUNK_BYTES = 2**22
EXPECTED = "expected (images, height, width), or with 1 or 3 channels as the second or the last axis"


@dataclass(frozen=True)
class Head:
    """What a file says of the array in it."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]


def head(stream: IO[bytes], name: str) -> Head:
    """Read the head of an array file; raises ValueError for what is none, or holds anything but numbers."""
    with reading(name):
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        found = Head(*read(stream))
    if found.dtype.hasobject:
        raise ValueError(
            f"{shown(name)} holds Python objects, which are never loaded here; expected numbers. "
            "Make one array of them, with a dtype such as uint8."
        )
    if found.dtype.kind not in "buif":
        raise ValueError(f"{shown(name)} holds {found.dtype} values; expected numbers, such as uint8.")
    return found


def _chunks(file: File) -> Iterator[Array]:
    """All values of an array file, flat, in pieces."""
    with file.open() as stream:
        known = head(stream, file.name)
        left = prod(known.shape)
        step = max(1, CHUNK_BYTES // known.dtype.itemsize)
        while left:
            with reading(file.name):
                content = stream.read(min(step, left) * known.dtype.itemsize)
                values = np.frombuffer(content, known.dtype)
                if len(values) < min(step, left):
                    raise EOFError
            left -= len(values)
            yield values


def _whole(file: File) -> tuple[Array, float]:
    """An array of numbers as uint8, and the value that is white in it.

    Raises
    ------
    ValueError
        For NaN, infinite, negative or too large values.
    """
    lows, highs = zip(*((chunk.min(), chunk.max()) for chunk in _chunks(file)), strict=True)
    low, high = float(np.min(lows)), float(np.max(highs))
    if not np.isfinite([low, high]).all():
        raise ValueError(f"{shown(file.name)} holds NaN or infinite values; expected grey values from 0 to 1 or 255.")
    if low < 0 or high > WHITES[-1]:
        raise ValueError(f"{shown(file.name)} has values from {low:g} to {high:g}; expected 0 to 1, or 0 to 255.")
    white = next(white for white in WHITES if high <= white)
    with file.open() as stream:
        known = head(stream, file.name)
    found = np.empty(prod(known.shape), np.uint8)
    start = 0
    for chunk in _chunks(file):
        found[start : start + len(chunk)] = chunk if white == 255 else np.round(chunk * (255 / white))
        start += len(chunk)
    return found.reshape(known.shape, order="F" if known.fortran else "C"), white


def images(file: File) -> tuple[Array, float]:
    """The images of an array file as uint8 (images, height, width, channels), and the value that is white in it.

    Raises
    ------
    ValueError
        If the array is not one of images, in one sentence.
    """
    with file.open() as stream:
        known = head(stream, file.name)
    if not 3 <= len(known.shape) <= 4 or 0 in known.shape:
        raise ValueError(f"{shown(file.name)} has the shape {known.shape}; {EXPECTED}.")
    if prod(known.shape) > 3 * limits.SET_BYTES // 2:
        raise ValueError(
            f"{shown(file.name)} has {prod(known.shape):,} values; expected at most {3 * limits.SET_BYTES // 2:,}. "
            "Bring fewer images."
        )
    if len(known.shape) == 4 and not {1, 3} & {known.shape[1], known.shape[3]}:
        raise ValueError(f"{shown(file.name)} has the shape {known.shape}; {EXPECTED}.")
    array, white = _whole(file)
    if array.ndim == 3:
        return array[..., None], white
    return (array if array.shape[3] in (1, 3) else array.transpose(0, 2, 3, 1)), white


def labels(file: File) -> list[str] | None:
    """One label for each image, or None if the array is not one of whole numbers or short texts along one axis."""
    with file.open() as stream:
        known = head(stream, file.name)
        if len(known.shape) != 1 or known.dtype.kind not in "bui" or prod(known.shape) > 10**6:
            return None
        values: Array = np.frombuffer(stream.read(), known.dtype)
    return [str(value) for value in values.tolist()] if len(values) == known.shape[0] else None

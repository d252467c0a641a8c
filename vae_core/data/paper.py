"""Handwriting on paper as an image of a set, prepared as MNIST's were: what ``ui/browser/core/scan.js`` does, in numpy.

A digit drawn or photographed on the page Draw and one brought along in a folder come out alike.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SIDE = 256  # pixels across, of the grey picture in which ink is looked for
WEIGHTS = (0.2126, 0.7152, 0.0722)  # of red, green and blue in grey, as the browser's filter has them


def _paper(grey: Array) -> Array:
    """The brightness of the paper at each pixel: a plane through the medians of its four borders."""
    height, width = grey.shape
    x = np.arange(width) / width - 0.5
    y = (np.arange(height * width) / width / height - 0.5).reshape(height, width)
    left, right = _median(grey[:, x < -0.4]), _median(grey[:, x > 0.4])
    top, bottom = _median(grey[y < -0.4]), _median(grey[y > 0.4])
    plane: Array = (left + right + top + bottom) / 4 + ((right - left) * x + (bottom - top) * y) / 0.9
    return plane


def _median(values: Array) -> float:
    return float(np.sort(values, axis=None)[values.size // 2]) if values.size else 0.5


def ink(grey: Array) -> Array:
    """The ink of a grey picture (height, width), both in 0..1, dark on bright or bright on dark.

    Blank paper has none. Light from one side, shadows and the noise of the paper are no ink.
    """
    away = (grey - _paper(grey)).astype(np.float32)
    ordered = np.sort(away, axis=None)
    specks = away.size >> 10
    dark, bright = -float(ordered[specks]), float(ordered[-1 - specks])
    peak = -dark if dark > bright else bright
    if abs(peak) < 0.1:
        return np.zeros_like(away)
    # Paper varies to both sides: the side without ink shows by how much.
    floor = min(max(min(dark, bright) / abs(peak), 0.08), 0.4)
    found: Array = np.clip((away / peak - floor) / (1 - 2 * floor), 0, 1)
    return found


def _total(values: Array) -> float:
    # In order, as the browser adds: a digit whose middle lies between two pixels must fall on the same one.
    return float(values.cumsum()[-1])


def _extent(sums: Array) -> tuple[int, int, float]:
    """Where ink begins and ends along one side, specks passed over, and its centre of mass."""
    inked = np.flatnonzero(sums > 0.03 * sums.max())
    mass = _total(sums * (np.arange(len(sums)) + 0.5) / _total(sums))
    return int(inked[0]), int(inked[-1]) + 1, mass


def _start(extent: tuple[int, int, float], *, side: int, step: float, beyond: float) -> float:
    """Where the image begins in the ink: its mass `beyond` pixels after the middle, but no ink is cut off."""
    begin, end, mass = extent
    before = np.floor(side / 2 + beyond - (mass - begin) / step + 0.5)
    room = np.floor(side - (end - begin) / step)
    return float(begin - step * min(max(before, 0), room))


def _resampled(found: Array, starts: tuple[float, float], step: float, side: int) -> Array:
    """Each pixel the mean over what it covers."""
    parts = int(np.ceil(step)) + 3
    places = [np.floor(start + step * (np.arange(side * parts) + 0.5) / parts).astype(int) for start in starts]
    inside = [(place >= 0) & (place < size) for place, size in zip(places, found.shape, strict=True)]
    rows, columns = (np.where(here, place, 0) for here, place in zip(inside, places, strict=True))
    fine = found[rows][:, columns] * inside[0][:, None] * inside[1]
    mean: Array = fine.reshape(side, parts, side, parts).mean((1, 3))
    return mean


def fit(found: Array, side: int) -> Array | None:
    """Ink (height, width) as a square image of that many pixels, 0..1, or None without ink.

    It is cropped, scaled into 20 of 28 pixels, and its centre of mass lies half a pixel beyond the middle, unless that
    would cut ink off; in images below 16 pixels it reaches the edge.
    """
    if not found.any():
        return None
    down, across = (_extent(found.cumsum(axis, dtype=float).take(-1, axis)) for axis in (1, 0))
    share, beyond = (1.0, 0.0) if side < 16 else (20 / 28, 0.5)
    exact = max(down[1] - down[0], across[1] - across[0]) / side / share
    step = 1.0 if abs(exact - 1) < 0.08 else exact  # nearly right is right: twice is once
    top, left = (_start(extent, side=side, step=step, beyond=beyond) for extent in (down, across))
    return _resampled(found, (top, left), step, side)

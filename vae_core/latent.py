"""The geometry of the latent space: quantile grid, traversals, interpolation, active units, principal axes. Numpy only.

Codes are float arrays of shape (images, latent), in units of the prior's standard deviation.
"""

from statistics import NormalDist

import numpy as np

ACTIVE_VARIANCE = 0.01


def manifold_quantiles(count: int) -> list[float]:
    """The centres of `count` equally probable slices of N(0, 1), ascending.

    Raises
    ------
    ValueError
        If `count` is below 1.

    References
    ----------
    Kingma & Welling (2014), Fig. 4: the inverse Gaussian CDF of a uniform grid.
    """
    if count < 1:
        raise ValueError(f"count: got {count}, expected at least 1.")
    return [NormalDist().inv_cdf((position + 0.5) / count) for position in range(count)]


def manifold_grid(count: int) -> np.ndarray:
    """The codes of a `count` by `count` picture of a 2-D latent space, shape (count * count, 2), row by row.

    The first latent dimension grows to the right, the second grows upwards.
    """
    axis = np.array(manifold_quantiles(count))
    second, first = np.meshgrid(axis[::-1], axis, indexing="ij")
    return np.stack([first.ravel(), second.ravel()], axis=1)


def reach(mu: np.ndarray) -> float:
    """How far from 0 to look along each latent dimension, in σ of the prior: 3, or a multiple where codes lie beyond.

    Without a rate in the loss codes lie tens of σ out, and between -3 and 3 there is next to nothing.
    """
    outmost = np.quantile(np.abs(mu), 0.995, axis=0).max()
    return 3.0 * max(1, round(float(outmost) / 3))


def traverse(z: np.ndarray, dimension: int, values: np.ndarray) -> np.ndarray:
    """Copies of one code of shape (latent,) with one dimension set to each of `values`; shape (values, latent)."""
    codes = np.repeat(np.asarray(z, dtype=float)[None], len(values), axis=0)
    codes[:, dimension] = values
    return codes


def interpolate(start: np.ndarray, end: np.ndarray, *, steps: int, spherical: bool = False) -> np.ndarray:
    """Codes on the way between two codes of shape (latent,), both ends included; shape (steps, latent).

    Parameters
    ----------
    start, end : ndarray of shape (latent,)
        The two codes.
    steps : int
        How many codes, at least 2.
    spherical : bool
        Along the great circle, the norm changing evenly, as suits a Gaussian prior in many dimensions; a straight line
        where the two directions are parallel.

    References
    ----------
    White (2016), Sampling Generative Networks, section 2.1, arXiv:1609.04468.
    """
    share = np.linspace(0, 1, steps)[:, None]
    lengths = float(np.linalg.norm(start)), float(np.linalg.norm(end))
    straight: np.ndarray = (1 - share) * start + share * end
    if not spherical or min(lengths) == 0:
        return straight
    cosine = np.dot(start, end) / (lengths[0] * lengths[1])
    angle = np.arccos(np.clip(cosine, -1, 1))
    if np.sin(angle) < 1e-6:
        return straight
    length = (1 - share) * lengths[0] + share * lengths[1]
    direction = np.sin((1 - share) * angle) * start / lengths[0] + np.sin(share * angle) * end / lengths[1]
    arc: np.ndarray = length * direction / np.sin(angle)
    return arc


def active_units(mu: np.ndarray) -> int:
    """The number of latent dimensions whose posterior mean varies over the set by more than 0.01.

    References
    ----------
    Burda, Grosse & Salakhutdinov (2016), section 5.1.
    """
    return int((mu.var(axis=0) > ACTIVE_VARIANCE).sum())


def pca(codes: np.ndarray) -> np.ndarray:
    """The codes along their first two principal axes.

    Parameters
    ----------
    codes : ndarray of shape (images, latent)
        With one latent dimension the second column is zero.

    Returns
    -------
    ndarray of float32, shape (images, 2)
        In units of the codes; each axis points to where most of its weight is positive.
    """
    centred = (codes - codes.mean(axis=0)).astype(np.float64)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1][:, :2]
    # An eigenvector's sign is arbitrary: fixed, so that the picture is the same everywhere.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    xy = centred @ axes
    return np.pad(xy, ((0, 0), (0, 2 - xy.shape[1]))).astype(np.float32)

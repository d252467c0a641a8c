"""The bytes of tables of arrays, in half precision; weights are checked when read; the parts that a browser asks for.

Every table is a safetensors file; no file is opened here. Torch-free.
"""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from vae_core.config import ModelConfig
from vae_core.layers import tensor_shapes

Array = np.ndarray[Any, np.dtype[Any]]
MAX_WEIGHTS = 20_000_000
HALF_MAX = float(np.finfo(np.float16).max)  # 65504


def load(content: bytes, what: str = "table") -> dict[str, Array]:
    """The arrays in the bytes of a safetensors file, as stored; `what` names it in the sentence of the error.

    Raises
    ------
    ValueError
        If the bytes are no safetensors file, or of a type of number that numpy lacks.
    """
    try:
        return safetensors.load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"The {what} is no readable safetensors file (damaged or cut short); copy the file again."
        ) from error


def dump(arrays: Mapping[str, Array]) -> bytes:
    """The bytes of a safetensors file of these arrays."""
    return safetensors.save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def dump_halves(arrays: Mapping[str, Array]) -> bytes:
    """The bytes of a table that is drawn: floats rounded to float16, clipped to ±65504; integers as they are."""
    return dump({name: _half(array) for name, array in arrays.items()})


def _half(array: Array) -> Array:
    return np.clip(array, -HALF_MAX, HALF_MAX).astype(np.float16) if array.dtype.kind == "f" else array


def dump_bytes(weights: Mapping[str, Array], drawn: Mapping[str, Array] | None = None) -> bytes:
    """The bytes of a snapshot: weights in 8 bits, each row with a scale of its own, and arrays to draw from in 16.

    Parameters
    ----------
    weights : mapping of str to array of float32
        A matrix or kernels become int8, of which ``NAME.scale`` says the step of each row (its first axis): at most
        half a step, 1/254 of the row's largest weight, is lost. Biases stay float32.
    drawn : mapping of str to array, optional
        Stored as by `dump_halves`.
    """
    arrays = {name: _half(array) for name, array in (drawn or {}).items()}
    for name, array in weights.items():
        if array.ndim == 1:
            arrays[name] = array
            continue
        scale = np.abs(array.reshape(len(array), -1)).max(1) / 127  # (rows, …) -> (rows,)
        steps = array / np.maximum(scale, np.finfo(np.float32).tiny).reshape(-1, *[1] * (array.ndim - 1))
        arrays[name], arrays[f"{name}.scale"] = np.rint(steps).astype(np.int8), scale
    return dump(arrays)


def weights_of(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The weights in a table that `dump_bytes` made, as float32."""
    names = [name for name in arrays if name.startswith(("encoder.", "decoder.")) and not name.endswith(".scale")]
    return {name: _scaled(arrays[name], arrays.get(f"{name}.scale")) for name in names}


def _scaled(array: Array, scale: Array | None) -> Array:
    return array if scale is None else array.astype(np.float32) * scale.reshape(-1, *[1] * (array.ndim - 1))


def widened(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The same arrays to compute with: float16 as float32, all others as they are."""
    return {name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in arrays.items()}


def dump_weights(arrays: Mapping[str, Array]) -> bytes:
    """The bytes of a ``model.safetensors``: float16, each weight rounded to the nearest, ties to even.

    If one weight is beyond 65504 and would become infinite, all are kept in float32.
    """
    fits = all(np.abs(array).max(initial=0) <= HALF_MAX for array in arrays.values())
    return dump({name: array.astype(np.float16 if fits else np.float32) for name, array in arrays.items()})


def parse_weights(content: bytes, model: ModelConfig) -> dict[str, Array]:
    """The arrays in the bytes of a ``model.safetensors``, as float32, checked against the architecture.

    Raises
    ------
    ValueError
        If the bytes are no safetensors file, a tensor is missing, unknown, of the wrong shape or type, or not finite.
    """
    expected = tensor_shapes(model)
    count = sum(prod(shape) for shape in expected.values())
    if count > MAX_WEIGHTS:
        raise ValueError(f"The model has {count:,} weights; at most {MAX_WEIGHTS:,} are loaded.")
    arrays = load(content, "weights file")
    for name in sorted(set(expected) ^ set(arrays)):
        state = "lacks the tensor" if name in expected else "holds an unexpected tensor"
        raise ValueError(f"The weights file {state} {name[:60]!r}; it does not belong to this config.json.")
    for name, shape in expected.items():
        _check(name, arrays[name], shape)
    return widened(arrays)


def _check(name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype not in (np.float16, np.float32):
        got = f"{array.dtype} {list(array.shape)}"
        raise ValueError(
            f"Tensor {name}: got {got}, expected float16 or float32 {list(shape)} as config.json says. "
            "Take both files from the same run."
        )
    if not np.isfinite(array).all():
        raise ValueError(f"Tensor {name} holds NaN or infinity; the training diverged. Choose an earlier checkpoint.")


def check_latents(arrays: Mapping[str, Array], latent_dim: int) -> None:
    """Raise ValueError unless a table of codes is whole, of that many dimensions, and finite."""
    mu, logvar, labels = (arrays.get(name) for name in ("mu", "logvar", "labels"))
    if mu is None or logvar is None or labels is None:
        lacking = next(name for name in ("mu", "logvar", "labels") if name not in arrays)
        raise ValueError(f"The table of codes lacks the array '{lacking}'; measure this model again.")
    expected = (len(labels), latent_dim) if labels.ndim == 1 else None
    if mu.shape != expected or logvar.shape != expected:
        got = f"mu {list(mu.shape)}, logvar {list(logvar.shape)}, labels {list(labels.shape)}"
        raise ValueError(
            f"The codes are of another model (got {got}, expected {latent_dim} dimensions); measure it again."
        )
    if (groups := arrays.get("groups")) is not None and groups.shape != labels.shape:
        raise ValueError("The second labels are of other codes; measure this model again.")
    if not (np.isfinite(mu).all() and np.isfinite(logvar).all()):
        raise ValueError("The table of codes holds NaN or infinity; measure this model again.")


def cut(content: bytes, part: str) -> bytes:
    """A part of a table as a safetensors file of its own, its numbers as they are stored.

    Parameters
    ----------
    content : bytes
        The table's file.
    part : str
        ``encoder`` or ``decoder`` of the weights; ``codes`` (``mu``, ``labels``, ``groups`` if there are any) or
        ``widths`` (``logvar``) of the latents.

    Raises
    ------
    ValueError
        If the bytes are no safetensors file or lack an array.
    """
    arrays = load(content)
    try:
        match part:
            case "codes":
                return dump({name: arrays[name] for name in ("mu", "labels", *arrays.keys() & {"groups"})})
            case "widths":
                return dump({"logvar": arrays["logvar"]})
            case _:
                return dump({name: array for name, array in arrays.items() if name.startswith(f"{part}.")})
    except KeyError as error:
        raise ValueError(f"The table lacks the array {error}; make it again.") from error

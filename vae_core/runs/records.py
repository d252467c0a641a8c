"""What a run says in JSON: its card and its reports, checked at the border; no number that is not finite passes."""

import json
import math
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict


class Card(TypedDict):
    """The measured figures of a model on the test set: nats per example unless it says otherwise.

    The keys from ``images_per_second`` on are the training's: its speed, its seconds, the ``matmul_precision`` it ended
    with (``highest`` is float32, ``high`` TF32 on a GPU, ``medium`` bfloat16 on a CPU), and whether its steps ended
    ``compiled``.
    """

    negative_elbo: float
    distortion: float
    rate: float
    nll: NotRequired[float | None]
    nll_samples: NotRequired[int | None]
    pixel_entropy: float
    kl_per_dimension: list[float]
    active_units: int
    knn_accuracy: float  # share of the test images, 0 to 1
    test_images: int
    train_images: int
    position_baseline: NotRequired[float]  # of words: letters by position, and by the letter before
    bigram_baseline: NotRequired[float]
    images_per_second: NotRequired[float]
    seconds: NotRequired[float]
    matmul_precision: NotRequired[str]
    compiled: NotRequired[bool]


Row = dict[str, Any]
WORDS = ("matmul_precision", "compiled")
FIGURES = Card.__required_keys__ - {"kl_per_dimension"}
PROGRESS = frozenset({"step", "epoch", "seconds", "images_per_second"})
PAIRS = tuple((f"{split}_distortion", f"{split}_rate") for split in ("train", "test"))


def parse_card(content: bytes) -> Card | None:
    """The card in the bytes of a ``card.json``; None if it is damaged, lacks a figure or one of them is not finite."""
    values = _object(content)
    if values is None or not all(_is_number(values.get(key)) for key in FIGURES):
        return None
    numbers = all(value is None or _numeric(value) for key, value in values.items() if key not in WORDS)
    sound = numbers and isinstance(values.get("kl_per_dimension"), list)
    return values if sound else None  # type: ignore[return-value]  # its keys have just been checked


def parse_row(line: bytes) -> Row | None:
    """A report in a line of a ``metrics.jsonl``; None if it is damaged, lacks a figure or one of them is not finite."""
    values = _object(line)
    if values is None or not all(_is_number(values.get(key)) for key in PROGRESS):
        return None
    paired = all((one in values) == (other in values) for one, other in PAIRS)
    lists = [isinstance(value, list) for key, value in values.items() if key == "kl_per_dimension"]
    return values if paired and all(lists) and all(map(_numeric, values.values())) else None


def dump(values: Mapping[str, Any], what: str, *, indent: int | None = None) -> bytes:
    """A line of JSON that ends; raises ArithmeticError if a number is not finite, `what` naming the thing in it."""
    try:
        return (json.dumps(values, indent=indent, allow_nan=False) + "\n").encode()
    except ValueError as error:
        raise ArithmeticError(
            f"The {what} holds numbers that are not finite: the training diverged. Train with a lower learning rate."
        ) from error


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        values = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _numeric(value: object) -> bool:
    return _is_number(value) or (isinstance(value, list) and all(map(_is_number, value)))


def _is_number(value: object) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # an integer of hundreds of digits
        return False

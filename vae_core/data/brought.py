"""Files that somebody brought along become a data set: first a look at them, then the set itself.

Everything here runs in a process under ``limits``.
"""

import base64
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.data import labels, limits, pictures, sheet
from vae_core.data.archive import Unreadable, opened
from vae_core.data.choices import SIZES, Choices
from vae_core.data.sets import OF_PIXELS, Entry, ImageSet
from vae_core.data.takers import Pictures, Size, counted, taker_of

Told = Callable[[int, int], None]  # how many are done, of how many
FEWEST = 36  # a sixth of them is as many as five nearest neighbours need
DOZEN = 12
USUAL_SIZE = 32
OF_COLOURS = ("gaussian", "continuous-bernoulli")  # neither is binary ink


@dataclass(frozen=True)
class Made:
    """A set, what is known of it, and sentences on how it was made."""

    images: ImageSet
    entry: Entry
    notes: Sequence[str]


def look(path: Path, choices: Choices | None = None) -> dict[str, Any]:
    """What was brought along, and a dozen of it as it would become, as JSON values.

    Parameters
    ----------
    path : Path
        A zip, a folder or a file.
    choices : Choices, optional
        What becomes of the pictures; without it all are looked at, and it is guessed.

    Returns
    -------
    dict
        ``choices``, None where there is nothing to choose; ``tiles``, each with a PNG in base64, or None if it cannot
        be read, and its words; ``notes``, sentences; and of the first look ``count``, ``classes`` and their counts.

    Raises
    ------
    OSError, ValueError
        If nothing can be made of it, in one sentence.
    """
    with opened(path) as files:
        taker = taker_of(files)
        if taker.ready:
            _, entry = taker.ready(files, "own-look")
            return {"choices": None, "tiles": [], "notes": [entry.words]}
        assert taker.pictures
        examples = taker.pictures(files, choices is not None and choices.fit == "paper")
        told: dict[str, Any] = {"notes": list(examples.notes)}
        if choices is None:
            sizes = _measured(examples)
            told["notes"] += _mixed(sizes)
            told |= {"count": len(examples.labels), "classes": _counts(examples.labels)}
            choices = _guess(examples, sizes)
        return told | {"choices": asdict(choices), "tiles": [_tile(examples, i, choices) for i in _dozen(examples)]}


def _counts(named: Sequence[str]) -> dict[str, int]:
    """How many there are of each class, in the order of the classes."""
    found = Counter(named)
    return {name: found[name] for name in labels.classes(named)}


def _measured(examples: Pictures) -> list[Size]:
    """The sizes of those that can be read; raises ValueError if there are too few, or too many pixels."""
    sizes, wrong = [], []
    for place in range(len(examples.labels)):
        try:
            sizes.append(examples.size(place))
        except Unreadable as error:
            wrong.append(str(error))
    if len(sizes) < FEWEST:
        raise ValueError(_too_few(len(sizes), wrong))
    cost = sum(size[2] for size in sizes)
    if cost > limits.ALL_PIXELS:
        raise ValueError(
            f"All pictures together have {cost / 1e6:,.0f} million pixels; expected at most "
            f"{limits.ALL_PIXELS / 1e6:,.0f} million. Make them smaller, or bring fewer."
        )
    return sizes


def _too_few(count: int, wrong: Sequence[str]) -> str:
    only = "There is one picture only" if count == 1 else f"There are only {count} pictures" if count else "Nothing"
    why = f" {wrong[0]}" if wrong else ""
    if not count:
        return f"No picture in it can be read.{why}"
    return f"{only}; a set needs at least {FEWEST}, because a sixth is kept for testing.{why}"


def _mixed(sizes: Sequence[Size]) -> list[str]:
    different = {size[:2] for size in sizes}
    if len(different) == 1:
        width, height = different.pop()
        return [f"All are {width}×{height} pixels."]
    widths, heights = zip(*different, strict=True)
    return [
        f"They are of {len(different):,} sizes, from {min(widths)}×{min(heights)} to {max(widths)}×{max(heights)} "
        "pixels; all become of one size."
    ]


def _guess(examples: Pictures, sizes: Sequence[Size]) -> Choices:
    (width, height), _ = Counter(size[:2] for size in sizes).most_common(1)[0]
    most = width if width == height and width in SIZES else min(width, height, USUAL_SIZE)
    size = max([side for side in SIZES if side <= most], default=SIZES[0])
    return Choices(size, grey=all(map(partial(_grey, examples), _dozen(examples))), fit="crop")


def _grey(examples: Pictures, place: int) -> bool:
    try:
        return pictures.is_grey(examples.picture(place))
    except (Unreadable, MemoryError):
        return True


def _dozen(examples: Pictures) -> list[int]:
    """Places all over the classes."""
    order = sorted(range(len(examples.labels)), key=lambda place: examples.labels[place])
    return [order[len(order) * k // DOZEN] for k in range(min(DOZEN, len(order)))]


def _tile(examples: Pictures, place: int, choices: Choices) -> dict[str, str | None]:
    try:
        image = pictures.image(examples.picture(place), choices)
    except (Unreadable, MemoryError) as error:
        return {"png": None, "words": str(error) or "too large"}
    return {"png": base64.b64encode(sheet.png(image)).decode(), "words": examples.labels[place]}


def make(path: Path, name: str, *, title: str, choices: Choices | None, told: Told = lambda done, of: None) -> Made:
    """The set that files become.

    Parameters
    ----------
    path : Path
        A zip, a folder or a file.
    name : str
        That of the set, beginning with ``own-``.
    title : str
        What people call it.
    choices : Choices or None
        What becomes of pictures; guessed if it is None.
    told : callable
        Called with how many are done, of how many.

    Raises
    ------
    OSError, ValueError
        If nothing can be made of it, in one sentence.
    """
    with opened(path) as files:
        taker = taker_of(files)
        if taker.ready:
            images, entry = taker.ready(files, name)
            return Made(images, replace(entry, title=title), [])
        assert taker.pictures
        examples = taker.pictures(files, choices is not None and choices.fit == "paper")
        # What a page has looked at is not measured again: the clock ends what takes too long.
        chosen = choices or _guess(examples, _measured(examples))
        return _made(examples, chosen, name=name, title=title, told=told)


def _made(examples: Pictures, choices: Choices, *, name: str, title: str, told: Told) -> Made:
    array, kept, notes = _images(examples, choices, told)
    if len(array) < FEWEST:
        raise ValueError(_too_few(len(array), notes))
    named = [examples.labels[place] for place in kept]
    classes = labels.classes(named)
    numbers = np.array([classes.index(label) for label in named], np.uint8)
    train, test = labels.split(numbers)
    images = ImageSet(name, array[train], numbers[train], array[test], numbers[test])
    words = f"{len(train):,} images of {choices.size}×{choices.size} for training and {len(test):,} for testing"
    if len(classes) > 1:
        words += f", in {len(classes)} classes"
    entry = Entry(
        title, f"Brought along: {words}.", tuple(array.shape[1:]), classes, load=_nothing,
        likelihoods=OF_PIXELS if choices.grey else OF_COLOURS,
    )  # fmt: skip
    return Made(images, entry, [*examples.notes, *notes])


def _nothing(name: str, _root: Path) -> ImageSet:
    raise OSError(f"The set {name} has not been kept.")


def _images(examples: Pictures, choices: Choices, told: Told) -> tuple[np.ndarray[Any, Any], list[int], list[str]]:
    """All that can be read, each once; the places they had; and sentences on what was left out."""
    shape = (1 if choices.grey else 3, choices.size, choices.size)
    count = len(examples.labels)
    if count * np.prod(shape) > limits.SET_BYTES:
        raise ValueError(
            f"{count:,} images of this size would be {count * np.prod(shape) / 2**20:,.0f} MB; expected at most "
            f"{limits.SET_BYTES >> 20} MB. Choose a smaller size, or grey, or bring fewer."
        )
    array = np.empty((count, *shape), np.uint8)
    kept: list[int] = []
    wrong: list[str] = []
    seen: set[bytes] = set()
    for place in range(count):
        told(place, count)
        try:
            image = pictures.image(examples.picture(place), choices)
        except (Unreadable, MemoryError) as error:
            wrong.append(str(error) or "One picture needs too much memory.")
            continue
        digest = blake2b(image.tobytes(), digest_size=16).digest()
        if digest not in seen:
            seen.add(digest)
            array[len(kept)] = image
            kept.append(place)
    return array[: len(kept)], kept, _counted(wrong, count - len(kept) - len(wrong))


def _counted(wrong: Sequence[str], copies: int) -> list[str]:
    notes = [f"{counted(len(wrong), 'picture')} left out: {wrong[0]}"] if wrong else []
    return [*notes, f"{counted(copies, 'exact copy', 'exact copies')} left out."] if copies else notes


def report(made: Made) -> dict[str, Any]:
    """What a page says of a set when it has been made: sentences, and the images of each class, of both splits."""
    numbers = np.concatenate([made.images.train_labels, made.images.test_labels])
    counts = np.bincount(numbers, minlength=len(made.entry.class_names)).tolist()
    return {"notes": list(made.notes), "counts": counts}

"""What can be brought along: a table from what a file's name ends in to what becomes of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from vae_core.data import arrays, labels, pictures, sounds, words
from vae_core.data.archive import PACKED, File, shown
from vae_core.data.sets import Entry, ImageSet

Array = np.ndarray[Any, Any]
Size = tuple[int, int, float]  # width, height, and the pixels that decoding it costs
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")


@dataclass(frozen=True)
class Pictures:
    """Pictures that are to become images of one size.

    Attributes
    ----------
    labels : sequence of str
        The name of each one's class.
    picture : callable
        From its place to the picture; raises Unreadable.
    size : callable
        From its place to the width, the height and the pixels that decoding costs; raises Unreadable.
    notes : sequence of str
        A sentence on each thing that was odd.
    """

    labels: Sequence[str]
    picture: Callable[[int], Image.Image]
    size: Callable[[int], Size]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Taker:
    """What becomes of files of one kind: one of the two.

    Attributes
    ----------
    pictures : callable, optional
        From the files, and whether they are photographs of paper, to pictures that need a size.
    ready : callable, optional
        From the files and the name of the set to the set and what is known of it.
    """

    pictures: Callable[[Sequence[File], bool], Pictures] | None = None
    ready: Callable[[Sequence[File], str], tuple[ImageSet, Entry]] | None = None


def _of_pictures(files: Sequence[File], on_paper: bool) -> Pictures:
    table = next((file for file in files if PurePosixPath(file.name).name.lower() == labels.TABLE), None)
    found = [file for file in files if file.suffix in PICTURES]
    named, notes = labels.of_files(found, table)
    behind = pictures.GREY if on_paper else pictures.WHITE

    def size(place: int) -> Size:
        picture = pictures.opened(found[place].read(), found[place].name)
        width, height = picture.size
        return width, height, width * height * (0.25 if picture.format in pictures.JPEGS else 1)

    def picture(place: int) -> Image.Image:
        return pictures.decoded(found[place].read(), found[place].name, behind=behind)

    return Pictures(named, picture, size, [*notes, *_left_out(files)])


def _left_out(files: Sequence[File]) -> list[str]:
    others = [
        file.name for file in files if file.suffix not in PICTURES and not file.name.lower().endswith(labels.TABLE)
    ]
    if not others:
        return []
    first = ", ".join(map(shown, others[:3]))
    return [f"{counted(len(others), 'file')} left out, being no picture: {first}{'…' if len(others) > 3 else ''}."]


def _of_arrays(files: Sequence[File], _on_paper: bool) -> Pictures:
    found = [file for file in files if file.suffix == ".npy"]
    whole = [(file, *arrays.images(file)) for file in found if _is_images(file)]
    if not whole:
        arrays.images(found[0])  # which says what is wrong
    lists = [given for file in found if (given := arrays.labels(file))]
    named: list[str] = []
    for _, array, _ in whole:
        own = next((given for given in lists if len(given) == len(array)), [labels.UNLABELLED] * len(array))
        named += map(labels.plain, own)
    starts = np.cumsum([0, *(len(array) for _, array, _ in whole)])

    def one(place: int) -> np.ndarray[Any, Any]:
        part = int(np.searchsorted(starts, place, side="right")) - 1
        image: np.ndarray[Any, Any] = whole[part][1][place - starts[part]]
        return image[..., 0] if image.shape[2] == 1 else image

    def size(place: int) -> Size:
        height, width = one(place).shape[:2]
        return width, height, width * height

    notes = [f"{shown(file.name)}: the value {white:g} is white." for file, _, white in whole if white != 255]
    return Pictures(named, lambda place: Image.fromarray(np.ascontiguousarray(one(place))), size, notes)


def _is_images(file: File) -> bool:
    with file.open() as stream:
        return len(arrays.head(stream, file.name).shape) in (3, 4)


def _of_words(files: Sequence[File], name: str) -> tuple[ImageSet, Entry]:
    return words.from_text(b"\n".join(file.read() for file in files if file.suffix == ".txt"), name)


def _of_sounds(files: Sequence[File], name: str) -> tuple[ImageSet, Entry]:
    return sounds.from_files({file.name: file.read() for file in files if file.suffix == ".wav"}, name)


# What is done with files by what their names end in.
TAKERS = {
    **dict.fromkeys(PICTURES, Taker(pictures=_of_pictures)),
    ".npy": Taker(pictures=_of_arrays),
    ".txt": Taker(ready=_of_words),
    ".wav": Taker(ready=_of_sounds),
}


def taker_of(files: Sequence[File]) -> Taker:
    """What most of the files are for; raises ValueError if nothing can be done with any."""
    known = Counter(file.suffix for file in files if file.suffix in TAKERS)
    if known:
        return TAKERS[known.most_common(1)[0][0]]
    if not files:
        raise ValueError("There is no file in it.")
    first = ", ".join(shown(file.name) for file in files[:3])
    if any(file.suffix in PACKED for file in files):
        raise ValueError(f"It holds an archive ({first}) in place of files; unpack that, and pack its files.")
    raise ValueError(
        f"Nothing here can be made a set of ({first}); expected pictures (PNG, JPEG, WebP, BMP, GIF), a zip of them, "
        "an array of images (.npy, .npz), words (.txt), or sounds (.wav)."
    )


def counted(count: int, one: str, more: str = "") -> str:
    """A number of things, and the verb that goes with it."""
    return f"1 {one} was" if count == 1 else f"{count:,} {more or one + 's'} were"

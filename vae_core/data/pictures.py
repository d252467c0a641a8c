"""Picture files, and arrays of pictures, become images of one size; Pillow is loaded only by whoever decodes."""

import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from vae_core.data import limits, paper
from vae_core.data.archive import Unreadable, reading, shown
from vae_core.data.choices import Choices

Array = np.ndarray[Any, Any]
Box = tuple[float, float, float, float]
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
LARGE = 512  # pixels of a side; no more of a JPEG are decoded than some more than this
WHITE, GREY = (255, 255, 255, 255), (136, 136, 136, 255)  # what is behind transparent pixels
Image.MAX_IMAGE_PIXELS = limits.JPEG_PIXELS


def opened(content: bytes, name: str) -> Image.Image:
    """A picture of which only the head has been read; raises Unreadable if it is none, or too large."""
    with reading(name), warnings.catch_warnings(action="error"):
        try:
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
        except UnidentifiedImageError as error:
            raise Unreadable(f"{shown(name)} is no picture; expected PNG, JPEG, WebP, BMP or GIF.") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Unreadable(f"{shown(name)} has more than {limits.JPEG_PIXELS:,} pixels.") from error
    width, height = picture.size
    most = limits.JPEG_PIXELS if picture.format == "JPEG" else limits.PICTURE_PIXELS
    if width * height > most:
        raise Unreadable(f"{shown(name)} has {width}×{height} pixels; expected at most {most:,}. Make it smaller.")
    return picture


def decoded(content: bytes, name: str, *, behind: tuple[int, ...] = WHITE) -> Image.Image:
    """The first frame of a picture, upright, grey or in colour, without transparency; raises Unreadable."""
    picture = opened(content, name)
    with reading(name):
        picture.draft("RGB", (LARGE, LARGE))
        return _plain(ImageOps.exif_transpose(picture), behind)


def _plain(picture: Image.Image, behind: tuple[int, ...]) -> Image.Image:
    """A picture of mode L or RGB."""
    if picture.mode.startswith(("I", "F")):  # 16 bits a pixel, grey
        values = np.asarray(picture).astype(np.float32)
        return Image.fromarray(np.clip(values * (255 / max(255, float(values.max()))), 0, 255).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, behind), picture).convert("RGB")
    return picture if picture.mode in ("L", "RGB") else picture.convert("L" if picture.mode == "1" else "RGB")


def is_grey(picture: Image.Image) -> bool:
    """Whether a picture has no colour worth keeping: its channels differ by a twentieth of white at most."""
    if picture.mode == "L":
        return True
    small = np.asarray(picture.convert("RGB").resize((32, 32), Image.Resampling.BOX)).astype(int)
    return int(np.ptp(small, axis=2).max()) <= 12


def image(picture: Image.Image, choices: Choices) -> Array:
    """A picture as an image (channels, height, width), uint8, 0 to 255."""
    square = SQUARES[choices.fit](picture, choices.size)
    flat = np.asarray(square.convert("L" if choices.grey else "RGB"))
    return flat[None] if choices.grey else flat.transpose(2, 0, 1)


def _scaled(
    picture: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    whole = box is None or tuple(box) == (0, 0, *picture.size)
    if picture.size == size and whole:
        return picture
    return picture.resize(size, Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)


def _cropped(picture: Image.Image, side: int) -> Image.Image:
    width, height = picture.size
    least = min(width, height)
    left, top = (width - least) / 2, (height - least) / 2
    return _scaled(picture, (side, side), (left, top, left + least, top + least))


def _padded(picture: Image.Image, side: int) -> Image.Image:
    """The whole picture, in a square of the colour that its border has most."""
    width, height = (max(1, round(side * length / max(picture.size))) for length in picture.size)
    small = _scaled(picture, (width, height))
    values = np.asarray(small).reshape(height, width, -1)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    filled = np.tile(np.median(border, axis=0).astype(np.uint8), (side, side, 1))
    top, left = (side - height) // 2, (side - width) // 2
    filled[top : top + height, left : left + width] = values
    return Image.fromarray(filled.squeeze(2) if filled.shape[2] == 1 else filled)


def _stretched(picture: Image.Image, side: int) -> Image.Image:
    return _scaled(picture, (side, side))


def _from_paper(picture: Image.Image, side: int) -> Image.Image:
    grey = grey_of(picture)
    fitted = paper.fit(paper.ink(grey), side)
    if fitted is None:
        raise Unreadable("no ink was found on this paper")
    return Image.fromarray(np.round(np.clip(fitted, 0, 1) * 255).astype(np.uint8))


def grey_of(picture: Image.Image) -> Array:
    """A picture in 0..1, ``paper.SIDE`` pixels across, in which ink is looked for."""
    width, height = picture.size
    small = _scaled(picture, (paper.SIDE, min(8 * paper.SIDE, max(1, round(height * paper.SIDE / width)))))
    values = np.asarray(small, np.float32) / 255
    return values if values.ndim == 2 else values @ np.array(paper.WEIGHTS, np.float32)


# The ways to a square image, by their keys in ``choices.FITS``.
SQUARES: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "crop": _cropped,
    "pad": _padded,
    "stretch": _stretched,
    "paper": _from_paper,
}

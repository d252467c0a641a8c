"""What can be chosen for pictures that somebody brings along. Loads nothing, so that a page can offer it."""

from dataclasses import dataclass

SIZES = (8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64)  # each can be halved twice, as a convolutional network does
FITS = {
    "crop": "Cut a square from the middle",
    "pad": "Keep all of it, and pad it to a square",
    "stretch": "Stretch it to a square",
    "paper": "Handwriting on paper: find the ink, centre it as MNIST does",
}


@dataclass(frozen=True)
class Choices:
    """What becomes of a picture.

    Attributes
    ----------
    size : int
        Pixels of each side of an image, one of ``SIZES``.
    grey : bool
        One channel in place of three.
    fit : str
        A key of ``FITS``: how a picture of another shape becomes a square.
    """

    size: int
    grey: bool
    fit: str

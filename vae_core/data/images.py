"""Image sets: the embedded digits, and the MNIST family, downloaded on first use.

Importing this module is cheap; the digits are read from the library that holds them when they are loaded.
"""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.data.idx import Family
from vae_core.data.sets import Entry, ImageSet

DIGIT_NAMES = tuple("0123456789")
CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
KUZUSHIJI = tuple("おきすつなはまやれを")


def _load_digits(name: str, root: Path) -> ImageSet:
    table = _digits_table()
    images = np.round(table[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)  # of 0..16
    labels = table[:, -1].astype(np.uint8)
    # The file is ordered by writer: shuffled once, so that both splits have every hand.
    order = np.random.default_rng(0).permutation(len(images))
    train, test = order[:1497], order[1497:]
    return ImageSet(name, images[train], labels[train], images[test], labels[test])


def _digits_table() -> np.ndarray[Any, Any]:
    """Scikit-learn's table of digits, 64 pixels and a label a row; to import its reader takes over a second."""
    package = importlib.util.find_spec("sklearn")
    file = Path(package.origin or "").parent / "datasets" / "data" / "digits.csv.gz" if package else Path()
    if file.is_file():
        return np.loadtxt(file, delimiter=",", dtype=np.float64)
    from sklearn.datasets import load_digits

    bunch = load_digits()
    table: np.ndarray[Any, Any] = np.c_[bunch.data, bunch.target]
    return table


# Digests are of the four compressed files: training images and labels, test images and labels.
_MNIST = Family(
    "MNIST",
    folder="MNIST",
    mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
    md5=(
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
)
_FASHION = Family(
    "Fashion-MNIST",
    folder="FashionMNIST",
    mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    md5=(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
)
_KUZUSHIJI = Family(
    "Kuzushiji-MNIST",
    folder="KMNIST",
    mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    md5=(
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    ),
)
_DOWNLOADED = "70,000 images of 28×28, downloaded on first use."
_EMBEDDED = "1,797 images of 8×8, always here; trains in seconds."


def _downloaded(family: Family, shows: str, class_names: tuple[str, ...], megabytes: int) -> Entry:
    return Entry(
        family.title, f"{shows}: {_DOWNLOADED}", (1, 28, 28), class_names, family.load,
        megabytes=megabytes, here=family.here,
    )  # fmt: skip


IMAGES = {
    "mnist": _downloaded(_MNIST, "Handwritten digits", DIGIT_NAMES, 11),
    "fashion-mnist": _downloaded(_FASHION, "Pieces of clothing", CLOTHES, 29),
    "kmnist": _downloaded(_KUZUSHIJI, "Old Japanese letters", KUZUSHIJI, 20),
    "digits": Entry("Digits", f"Handwritten digits: {_EMBEDDED}", (1, 8, 8), DIGIT_NAMES, _load_digits),
}

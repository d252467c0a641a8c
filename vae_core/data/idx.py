"""Data sets in four IDX files, as MNIST came and others after it: found, or downloaded, and read.

The files lie where torchvision puts them, ``FOLDER/raw`` below the folder of downloads, compressed or not.
"""

import contextlib
import gzip
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from vae_core.data.sets import SHOWN, ImageSet, Looked

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
WAIT_SECONDS = 30.0
CHUNK_BYTES = 2**16


def parse_idx(content: bytes) -> np.ndarray:
    """The array of unsigned bytes in an IDX file.

    Raises
    ------
    ValueError
        If the bytes are something else, too few or too many.

    References
    ----------
    LeCun, Cortes & Burges, The MNIST database: two zero bytes, the type (8: unsigned bytes), the number of axes, their
    lengths as big-endian integers of four bytes, the data.
    """
    axes = content[3] if content[:3] == b"\0\0\x08" else 0
    start = 4 + 4 * axes
    if not axes or len(content) < start:
        raise ValueError("This is no IDX file of unsigned bytes.")
    shape = np.frombuffer(content, ">u4", count=axes, offset=4).tolist()
    if len(content) - start != prod(shape):
        raise ValueError(f"An IDX file of shape {shape} has {len(content) - start} bytes of data.")
    # Copied, because an array over immutable bytes cannot be made a tensor without a warning.
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


@dataclass(frozen=True)
class Family:
    """Where one set's four files come from; each is named in ``FILES``.

    Attributes
    ----------
    title : str
        The name people use.
    folder : str
        Below the folder of downloads.
    mirrors : tuple of str
        Addresses that each file name is appended to, tried in this order.
    md5 : tuple of str
        Digests of the compressed files, in the order of ``FILES``.
    """

    title: str
    folder: str
    mirrors: tuple[str, ...]
    md5: tuple[str, str, str, str]

    def load(self, name: str, root: Path) -> ImageSet:
        """The set, downloaded first where its files are not below `root`; raises OSError as ``data.load`` does."""
        folder = root / self.folder
        try:
            paths = [_found(folder / "raw", file) or self._download(folder / "raw", file) for file in FILES]
        except (OSError, ValueError) as error:  # no network, no such file, no space, another digest
            raise OSError(
                f"{self.title} could not be downloaded to {folder} ({type(error).__name__}): check the network, "
                "or choose the embedded digits, which need none."
            ) from error
        try:
            return _assembled(name, [parse_idx(_content(path)) for path in paths])
        except (OSError, EOFError, ValueError, zlib.error) as error:
            kind = type(error).__name__
            raise OSError(
                f"The files of {self.title} in {folder} are damaged ({kind}): delete it and start again."
            ) from error

    def here(self, root: Path) -> bool:
        """Whether all four files are below `root`."""
        return all(_found(root / self.folder / "raw", file) for file in FILES)

    def first(self, name: str, root: Path) -> Looked:
        """The first test images and their labels; raises OSError or ValueError if their files are damaged."""
        paths = [_found(root / self.folder / "raw", file) for file in FILES[2:]]
        images, labels = (parse_idx(_content(path))[:SHOWN].copy() for path in paths if path)
        return images[:, None], labels

    def _download(self, raw: Path, file: str) -> Path:
        """The compressed file from the first mirror that has it, whole or not at all; by one process at a time."""
        import pooch
        from filelock import FileLock

        digest = f"md5:{self.md5[FILES.index(file)]}"
        fetch = pooch.HTTPDownloader(progressbar=True, chunk_size=CHUNK_BYTES, timeout=WAIT_SECONDS)
        raw.mkdir(parents=True, exist_ok=True)
        with FileLock(raw / ".lock"):
            for mirror in self.mirrors[:-1]:
                # What a mirror answers is as good as its absence, if it is not the file.
                with contextlib.suppress(OSError, ValueError):
                    return Path(pooch.retrieve(f"{mirror}{file}.gz", digest, f"{file}.gz", raw, downloader=fetch))
            last = f"{self.mirrors[-1]}{file}.gz"
            return Path(pooch.retrieve(last, digest, f"{file}.gz", raw, downloader=fetch))


def _found(raw: Path, file: str) -> Path | None:
    """The file where it lies already, compressed or not."""
    return next((path for path in (raw / file, raw / f"{file}.gz") if path.is_file()), None)


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _assembled(name: str, arrays: list[np.ndarray]) -> ImageSet:
    train, train_labels, test, test_labels = arrays
    for images, labels in ((train, train_labels), (test, test_labels)):
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise ValueError(f"Images of shape {images.shape} do not go with labels of shape {labels.shape}.")
    return ImageSet(name, train[:, None], train_labels, test[:, None], test_labels)  # (n, h, w) -> (n, 1, h, w)

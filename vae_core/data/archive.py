"""What somebody brings along, a zip, a folder or one file, as files with names; nothing is unpacked to the disk.

A name in a zip is only ever compared and shown: none becomes a path.
"""

import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from posixpath import splitext
from typing import IO

from vae_core.data import limits

ZIPS = (".zip", ".npz")
PACKED = (".zip", ".npz", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
ORDINARY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
LEFT_BY_SYSTEMS = ("__MACOSX", "Thumbs.db", "desktop.ini")
SHOWN = 60  # letters of a name in a sentence


class Unreadable(ValueError):
    """One file cannot be read; its sentence says why."""


@dataclass(frozen=True)
class File:
    """One file of what was brought along.

    Attributes
    ----------
    name : str
        Its path below the root, with slashes; not to be trusted.
    size : int
        Bytes, as its archive says.
    open : callable
        A stream of its bytes.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]

    @property
    def suffix(self) -> str:
        """What its name ends in, in lower case, with the dot."""
        return splitext(self.name)[1].lower()

    def read(self, most: int = limits.PICTURE_BYTES) -> bytes:
        """All its bytes; raises Unreadable if they are more than `most`, damaged or cut short."""
        if self.size > most:
            raise Unreadable(f"{shown(self.name)} has {self.size / 2**20:,.0f} MB; expected at most {most >> 20} MB.")
        with reading(self.name), self.open() as stream:
            return stream.read(most)


def shown(name: str) -> str:
    """A name as a sentence may quote it: short, and every letter of it visible."""
    letters = "".join(letter if letter.isprintable() else "?" for letter in name)
    return letters if len(letters) <= SHOWN else f"{letters[: SHOWN // 2]}…{letters[-SHOWN // 2 :]}"


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Within the block, whatever goes wrong with a file's bytes is Unreadable; the decoders raise what they like."""
    try:
        yield
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # a damaged file can make a decoder raise anything
        raise Unreadable(f"{shown(name)} is damaged or cut short.") from error


@contextmanager
def opened(path: Path) -> Iterator[list[File]]:
    """The files of a zip or a folder, or the one file that is there; what systems leave in folders is passed over.

    Raises
    ------
    OSError
        If it is not there.
    ValueError
        If it is too large, damaged, encrypted, or its names would lead out of it: in one sentence.
    """
    if path.is_dir():
        yield _checked(_in_folder(path))
        return
    if path.stat().st_size > limits.FILE_BYTES:
        raise ValueError(
            f"{shown(path.name)} has {path.stat().st_size / 2**20:,.0f} MB; expected at most "
            f"{limits.FILE_BYTES >> 20} MB. Bring fewer or smaller files."
        )
    if path.suffix.lower() not in ZIPS:
        yield [File(path.name, path.stat().st_size, _opening(path))]
        return
    with _unzipped(path) as archive:
        yield _checked(_in_zip(archive))


def _unzipped(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, UnicodeDecodeError, ValueError, NotImplementedError) as error:
        raise ValueError(f"{shown(path.name)} is no zip, or it is damaged or cut short; pack it again.") from error


def _in_zip(archive: zipfile.ZipFile) -> list[File]:
    found = []
    for entry in archive.infolist():
        name = entry.filename.replace("\\", "/")
        _refuse_strange(name, entry)
        if not entry.is_dir():
            found.append(File(name, entry.file_size, partial(archive.open, entry)))
    return found


def _refuse_strange(name: str, entry: zipfile.ZipInfo) -> None:
    """Raise ValueError for an entry that no ordinary zip has."""
    if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
        raise ValueError(f"The zip names a file outside itself ({shown(name)}); nothing of it was read. Pack it again.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ValueError(f"The zip holds a link ({shown(name)}) in place of a file; pack the files themselves.")
    if entry.flag_bits & 1:
        raise ValueError("The zip is encrypted; pack it again without a password.")
    if entry.compress_type not in ORDINARY:
        raise ValueError("The zip is packed in an uncommon way; pack it again as an ordinary zip.")


def _in_folder(root: Path) -> list[File]:
    paths = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return [
        File(path.relative_to(root).as_posix(), path.stat().st_size, _opening(path))
        for path in paths[: limits.MOST_FILES + 1]
    ]


def _opening(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _checked(files: list[File]) -> list[File]:
    """The files that count, if they are not too many or too large."""
    total = sum(file.size for file in files)
    if len(files) > limits.MOST_FILES:
        raise ValueError(f"There are more than {limits.MOST_FILES:,} files; bring fewer, or one array (.npz).")
    if total > limits.UNPACKED_BYTES:
        raise ValueError(
            f"Unpacked, this would be {total / 2**20:,.0f} MB; expected at most {limits.UNPACKED_BYTES >> 20} MB. "
            "Bring fewer or smaller files."
        )
    return [file for file in files if not _left_by_system(file.name)]


def _left_by_system(name: str) -> bool:
    return any(part.startswith(".") or part in LEFT_BY_SYSTEMS for part in name.split("/"))

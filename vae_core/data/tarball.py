"""A packed archive of recordings: found, or downloaded, checked by what it holds, and read in memory.

The digest is of the recordings, not of the archive: who packs an archive anew writes other bytes around the same files.
"""

import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

WAIT_SECONDS = 30.0
CHUNK_BYTES = 2**16
MOST_BYTES = 2**20  # of one file
MOST_FILES = 10_000


@dataclass(frozen=True)
class Archive:
    """Where a set's archive comes from.

    Attributes
    ----------
    title : str
        The name people use.
    folder, file : str
        Where it lies below the folder of downloads.
    url : str
        Where it is downloaded from.
    suffix : str
        How the names of the files that count end.
    sha256 : str
        Of these files in the order of their names: each name, a zero byte, its content.
    """

    title: str
    folder: str
    file: str
    url: str
    suffix: str
    sha256: str

    def load(self, root: Path) -> dict[str, bytes]:
        """The files that count, in the order of their names; downloaded first where the archive is not below `root`.

        Raises OSError as ``data.load`` does.
        """
        path = root / self.folder / self.file
        if not self.here(root):
            self._download(path)
        try:
            return self._checked(path)
        except (OSError, EOFError, ValueError, tarfile.TarError) as error:
            raise OSError(
                f"The archive of {self.title} in {path.parent} is damaged ({type(error).__name__}): delete it and "
                "start again."
            ) from error

    def here(self, root: Path) -> bool:
        """Whether the archive is below `root`."""
        return (root / self.folder / self.file).is_file()

    def _checked(self, path: Path) -> dict[str, bytes]:
        files = recordings(path, self.suffix)
        digest = hashlib.sha256(b"".join(name.encode() + b"\0" + content for name, content in files.items()))
        if digest.hexdigest() != self.sha256:
            raise ValueError(f"{path.name} holds other files than expected.")
        return files

    def _download(self, path: Path) -> None:
        """The archive, whole or not at all; by one process at a time."""
        import pooch
        from filelock import FileLock

        fetch = pooch.HTTPDownloader(progressbar=True, chunk_size=CHUNK_BYTES, timeout=WAIT_SECONDS)
        new = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path.parent / ".lock"):
                if path.is_file():  # another process was quicker
                    return
                new.unlink(missing_ok=True)
                pooch.retrieve(self.url, None, new.name, new.parent, downloader=fetch)
                self._checked(new)
                new.rename(path)
        except (OSError, EOFError, ValueError, tarfile.TarError) as error:  # no network, no space, other files
            raise OSError(
                f"{self.title} could not be downloaded to {path.parent} ({type(error).__name__}): check the network, "
                "or choose the embedded digits, which need none."
            ) from error
        finally:
            new.unlink(missing_ok=True)


def recordings(path: Path, suffix: str) -> dict[str, bytes]:
    """The files of a packed archive whose names end so, by name, in order; nothing is written to the disk.

    Raises
    ------
    ValueError
        If one of them is too large, or they are too many.
    """
    found: dict[str, bytes] = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = PurePosixPath(member.name).name
            if not member.isfile() or not name.endswith(suffix):
                continue
            if member.size > MOST_BYTES or len(found) == MOST_FILES:
                raise ValueError(f"{path.name} holds too much.")
            content = archive.extractfile(member)
            found[name] = content.read() if content else b""
    return dict(sorted(found.items()))


SPOKEN_DIGITS = Archive(
    "the spoken digits",
    folder="spoken-digits",
    file="free-spoken-digit-dataset-1.0.10.tar.gz",
    url="https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.tar.gz",
    suffix=".wav",
    sha256="6b1a8e30f4df78a933fe25cf1ca0140c8c6f169c0a83649a15b70a5ae7407014",
)

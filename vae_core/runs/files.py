"""Writing a file whole or not at all, and saying what to do about a full disk."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it, so that a reader never sees half of one.

    Raises
    ------
    OSError
        If it cannot be written, with advice if the disk is full; the old file is then left as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with advising(path.name):
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def advising(name: str) -> Iterator[None]:
    """Turn the error of a full disk, within the block, into a sentence that names the file; others stay as they are."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise OSError(errno.ENOSPC, f"The disk is full: {name} could not be written. Free some space.") from error

"""Writing a file whole or not at all, sweeping what killed writers left, and saying what to do about a full disk."""

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from vae_core.runs import lock

LEFT_SECONDS = 300  # a temporary file untouched for so long may have been left


def replace(path: Path, content: bytes) -> None:
    """Write a file under a temporary name of its own and rename it, so that a reader never sees half of one.

    Any number of threads and processes may write the same file: the last one to be done stays.

    Raises
    ------
    OSError
        If it cannot be written, with advice if the disk is full; the old file is then left as it was.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    with advising(path.name):
        try:
            with temporary.open("xb") as file:
                lock.grab(file.fileno())  # until it is closed: `sweep` knows it from one that was left
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed writers left in a folder minutes ago; never one that is being written."""
    with contextlib.suppress(OSError):
        for path in folder.glob(".*.tmp"):
            if time.time() - path.stat().st_mtime > LEFT_SECONDS and not lock.held(path):
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def advising(name: str) -> Iterator[None]:
    """Turn the error of a full disk, within the block, into a sentence that names the file; others stay as they are."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(errno.ENOSPC, f"The disk is full: {name} could not be written. Free some space.") from error


def reserve(path: Path, size: int) -> None:
    """Write a file of blanks, so that `fill` can put a text there even when the disk is full by then."""
    replace(path, b" " * size)


def fill(path: Path, text: str) -> None:
    """Write a text into the bytes that `reserve` kept, cut to them; into a new file if there are none."""
    size = path.stat().st_size if path.exists() else 0
    if not size:
        replace(path, text.encode())
        return
    content = text.encode()[:size].decode(errors="ignore").encode()
    with path.open("r+b") as file:
        file.write(content.ljust(size))

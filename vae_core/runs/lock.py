"""Locks on files: who holds one lives, for the system takes it back from whatever ends; asking for one takes nothing.

An open descriptor holds the lock (``flock``), so a process can hand it to its child, and no clock and no number of a
process is asked.
"""

import fcntl
import os
import time
from pathlib import Path

ATTEMPTS, PAUSE = 40, 0.005  # someone may be asking at this moment, which shares the lock for some microseconds


def take(path: Path) -> int | None:
    """A descriptor that holds the lock of a file, which is made if it is missing; None if another one holds it.

    Closing the descriptor and its copies in all processes gives the lock back; subprocesses do not inherit it unless
    it is passed to them.
    """
    for _ in range(ATTEMPTS):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if grab(descriptor) and _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)
        time.sleep(PAUSE)
    return None


def held(path: Path) -> bool:
    """Whether some process holds the lock of a file; not if there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not grab(descriptor, shared=True)
    finally:
        os.close(descriptor)


def grab(descriptor: int, *, shared: bool = False) -> bool:
    """Try to lock the file of an open descriptor until it is closed; shared by all who only ask."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the file is still there under its name: the lock of a deleted one would keep nobody out."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False

"""Ask ``python -m vae_core.data`` something: what hostile files do, they do to that process, not to whoever asks.

Torch-free. At most two of them work at once, each within the limits of ``vae_core.data.limits``.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

PROGRAM = ["-m", "vae_core.data"]
TURNS = threading.BoundedSemaphore(2)
PAUSE = 0.1  # seconds between two looks at the process
GRACE = 2  # seconds that it has beyond its own limit
MOST_ANSWER = 2**22  # bytes
STEP = re.compile(rb"(\d+)/(\d+)\n|(\d+)%")  # done of how many; or the percentage of a download
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # each would take 30 MB of addresses
OVER = "This could not be read within the limits of time and memory; bring fewer or smaller files."


def ask(words: Sequence[str], *, seconds: int, told: Callable[[float], object] = lambda share: None) -> dict[str, Any]:
    """What the program answers.

    Parameters
    ----------
    words : sequence of str
        Its command line.
    seconds : int
        After which it is killed.
    told : callable
        Called ten times a second with how far it is, 0 to 1; what it raises kills the program and comes back.

    Raises
    ------
    ValueError
        With the program's own sentence if it could not do it, or with ours if it did not end well.
    """
    while not TURNS.acquire(timeout=PAUSE):
        told(0.0)
    try:
        with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as said:
            status = _run(words, answer, said, seconds=seconds, told=told)
            return _answered(status, _end(answer, MOST_ANSWER), _end(said, 4096).decode(errors="replace"))
    finally:
        TURNS.release()


def _run(
    words: Sequence[str], answer: IO[bytes], said: IO[bytes], *, seconds: int, told: Callable[[float], object]
) -> int:
    process = subprocess.Popen(
        [sys.executable, *PROGRAM, *words],
        cwd=Path(__file__).parent.parent.parent,
        stdin=subprocess.DEVNULL,
        stdout=answer,
        stderr=said,
        env={**os.environ, **ONE_THREAD},
    )
    until = time.monotonic() + seconds + GRACE
    try:
        while process.poll() is None and time.monotonic() < until:
            told(_share(_end(said, 200)))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PAUSE)
    finally:
        process.kill()
        process.wait()
    return process.returncode


def _share(said: bytes) -> float:
    steps = STEP.findall(said)
    if not steps:
        return 0.0
    done, of, percent = steps[-1]
    return min(1.0, int(done) / max(1, int(of)) if of else int(percent) / 100)


def _end(file: IO[bytes], most: int) -> bytes:
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), most, max(0, size - most))


def _answered(status: int, answer: bytes, said: str) -> dict[str, Any]:
    if status == 0:
        found: dict[str, Any] = json.loads(answer)
        return found
    lines = said.strip().splitlines()
    # A sentence is what the program says when it ends by itself; whatever else ended it left none.
    raise ValueError(lines[-1] if status == 1 and lines and lines[-1].endswith(".") else OVER)

"""Start and stop a job in a process of its own, and be that process.

Whoever starts a job takes its lock and hands it to the process, which holds it until it ends: however many start at
once, one process works, and there is no moment in which it is not seen. Torch-free.
"""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from vae_core import runs
from vae_core.jobs import queue
from vae_core.runs import Run, files, history, lock

RESERVED = 4096  # bytes kept for the sentence of a failure
LISTENING_SECONDS = 0.1


def start(run: Run, kind: str) -> None:
    """Start a job in a process that outlives this one, at the end of the queue; does nothing if it is at work already.

    A training that was begun goes on where its state was kept last.

    Parameters
    ----------
    run : Run
        The run it works on.
    kind : str
        ``train``, ``umap`` or ``evaluate``.

    Raises
    ------
    OSError
        If the disk is full; nothing was started.
    ValueError
        If the run was trained to its end, or kept nothing from which to go on.
    """
    descriptor = _take(run, kind)
    if descriptor is None:
        return
    try:
        queue.join(run, kind)
        with runs.log_file(run, kind).open("wb") as log:
            subprocess.Popen(
                [sys.executable, "-m", "vae_core.jobs", kind, str(run.path), str(descriptor)],
                cwd=Path(__file__).parent.parent.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(descriptor,),
                env={**os.environ, "VAE_LAB_MODELS": str(run.path.parent)},
            )
    finally:
        os.close(descriptor)


def stop(run: Run, kind: str) -> None:
    """Ask a job to end; training then saves the model as it is. Does nothing if it is not at work.

    The request is a file that the job itself looks for, so no other process can be hit.
    """
    if lock.held(runs.job_file(run, kind)):
        runs.stop_file(run, kind).touch()


def _take(run: Run, kind: str) -> int | None:
    """The lock of a job that is about to begin, the way cleared of what an earlier one left; None if it is at work."""
    if lock.held(runs.job_file(run, kind)):
        return None
    if kind == "train":
        _refuse_to_train_again(run)  # before there is a job's file, which tells a run that was trained here
    descriptor = lock.take(runs.job_file(run, kind))
    if descriptor is None:
        return None
    try:
        if kind == "train":
            _refuse_to_train_again(run)  # someone may have done it while we waited for the lock
        for file in (runs.stop_file(run, kind), runs.progress_file(run, kind), *_of_a_life(run, kind)):
            file.unlink(missing_ok=True)
        files.reserve(runs.error_file(run, kind), RESERVED)
        for folder in (run.path, run.path.parent):
            files.sweep(folder)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _of_a_life(run: Run, kind: str) -> tuple[Path, ...]:
    """What an earlier life of a training did and was wished to do; what it came to is in its state and marks."""
    return (runs.status_file(run), runs.control_file(run)) if kind == "train" else ()


def _refuse_to_train_again(run: Run) -> None:
    """Raise ValueError if a run was trained to its end, or without a state from which it could go on."""
    last = run.last_report()
    kept, carded = runs.state_file(run).exists(), (run.path / runs.CARD).exists()
    if kept and carded and last and last["epoch"] >= run.train.epochs:
        raise ValueError(f"{run.name} is trained to its end; give it more epochs, or fork it.")
    if carded and not kept:
        raise ValueError(
            f"{run.name} holds a trained model, which would be overwritten, and no state from which to go on; fork it "
            "or train a new run instead."
        )
    if (last or run.has(runs.WEIGHTS)) and not kept and not history.marks(run):
        raise ValueError(
            f"The training of {run.name} was begun and did not end, and it kept no state; it cannot be taken up again. "
            "Its curves are kept: train a new run with the same settings."
        )


@contextlib.contextmanager
def at_work(run: Run, kind: str, *, descriptor: int | None = None) -> Iterator[None]:
    """Do a job in this process: its lock is held, a request to stop ends it, a failure becomes one sentence.

    Parameters
    ----------
    run : Run
        The run it works on.
    kind : str
        ``train``, ``umap`` or ``evaluate``.
    descriptor : int, optional
        Holds the lock already; without it the lock is taken, and the process exits with a sentence if it cannot be.
    """
    with _holding(run, kind, descriptor), _listening(run, kind), _reporting(run, kind):
        yield


@contextlib.contextmanager
def _holding(run: Run, kind: str, descriptor: int | None) -> Iterator[None]:
    if descriptor is None:
        with exiting():
            descriptor = _take(run, kind)
    if descriptor is None:
        sys.exit(f"Another process is at work on {run.name} already; wait until it has ended, or stop it.")
    try:
        os.set_inheritable(descriptor, False)
        _sign(descriptor)
        yield
        runs.error_file(run, kind).unlink(missing_ok=True)
        runs.stop_file(run, kind).unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _sign(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # a full disk; only a person reads the number
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f'{{"pid": {os.getpid()}}}\n'.encode(), 0)


@contextlib.contextmanager
def _listening(run: Run, kind: str) -> Iterator[None]:
    """Look for a request to stop within the block, and pass it on as the signal that a shell would send."""
    over = threading.Event()

    def listen() -> None:
        while not over.wait(LISTENING_SECONDS):
            if runs.stop_file(run, kind).exists():
                os.kill(os.getpid(), signal.SIGTERM)
                return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield
    finally:
        over.set()
        listener.join()


@contextlib.contextmanager
def _reporting(run: Run, kind: str) -> Iterator[None]:
    """Turn the failure of a job into one sentence: in its run directory, and as the exit message of the shell.

    What nobody foresaw is written down the same way and raised again, so that the log holds where it happened.
    """
    try:
        with exiting():
            yield
    except SystemExit as end:
        if isinstance(end.code, str):
            _write_error(run, kind, end.code)
        raise
    except KeyboardInterrupt:
        runs.stop_file(run, kind).touch()
        raise
    except Exception as error:
        _write_error(run, kind, f"{type(error).__name__}: {error} The file {kind}.log of this run says where.")
        raise


@contextlib.contextmanager
def exiting() -> Iterator[None]:
    """End the process with one sentence when what was foreseen goes wrong within the block."""
    try:
        yield
    except (OSError, ValueError, ArithmeticError) as error:
        sys.exit(_sentence(error))


def _sentence(error: Exception) -> str:
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    # What was printed met the full disk before anything that is written with advice did.
    raw = error.errno == errno.ENOSPC and error.strerror == os.strerror(errno.ENOSPC)
    return "The disk is full. Free some space." if raw else error.strerror


def _write_error(run: Run, kind: str, sentence: str) -> None:
    if run.path.is_dir():
        with contextlib.suppress(OSError):  # what cannot be written must not hide the sentence
            files.fill(runs.error_file(run, kind), sentence)


def end_with(main: Callable[[], object]) -> NoReturn:
    """Carry out a job's ``main`` and end the process when it is over, whatever other threads still do.

    Python itself would wait for a compiler at work, up to half a minute, while pages show a job that does not stop.
    """
    status: object = 0
    try:
        main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        with contextlib.suppress(OSError):
            traceback.print_exc()
        status = 1
    with contextlib.suppress(OSError):  # the disk that holds the log may be full
        if isinstance(status, str):
            print(status, file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(1 if isinstance(status, str) else int(str(status or 0)))

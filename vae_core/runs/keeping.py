"""What a person does with a run that has ended: rename it, note something, throw it away, take it back. Torch-free."""

import errno
import os
import re
import shutil
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from vae_core.runs.files import replace
from vae_core.runs.folder import delete_run, models_root, open_run
from vae_core.runs.history import mark, marks
from vae_core.runs.lock import held
from vae_core.runs.run import NAME, Run, job_file

KINDS = ("train", "umap", "evaluate")
RENAMED = "renamed"  # the mark of it, which keeps the former name
DAYS = 7  # that a deleted run is kept
MOST_NOTE = 500  # letters
MOST_ARCHIVE = 256 * 2**20  # bytes of a run that is packed into one file
OF_THIS_MACHINE = re.compile(r".*\.(log|job\.json|stop|progress|tmp|new|error\.txt|status\.json|control\.json)")
_DISCARDED = re.compile(r"([a-z0-9][a-z0-9-]{0,63})\.(\d{1,20})")


def require_rest(run: Run) -> None:
    """Raise ValueError if a job is at work on a run, FileNotFoundError if the run is gone."""
    _require_there(run)
    if any(held(job_file(run, kind)) for kind in KINDS):
        raise ValueError(f"{run.name} is at work; stop it first, or wait until it has ended.")


def _require_there(run: Run) -> None:
    if not run.path.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"{run.name} is not there any more: somebody renamed or deleted it.")


def rename(run: Run, name: str) -> Run:
    """The run under another name; raises ValueError if it cannot have it, FileExistsError if another one does."""
    require_rest(run)
    if not NAME.fullmatch(name):
        raise ValueError(f"{name[:70]!r} cannot name a model; use lower-case letters, digits and hyphens.")
    target = run.path.with_name(name)
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, f"{name} exists already; choose another name.")
    last = run.last_report()
    mark(run, RENAMED, step=int(last["step"]) if last else 0, was=run.name)
    os.rename(run.path, target)
    return open_run(target)


def renamed(name: str, *, among: Iterable[Run]) -> Run | None:
    """The run that had a name before, so that an old link still finds it; None if there is none."""
    return next((run for run in among if any(found.get("was") == name for found in marks(run))), None)


def note(run: Run) -> str:
    """What somebody noted of a run; empty if nothing."""
    try:
        return _note_file(run).read_text(encoding="utf-8", errors="replace")[:MOST_NOTE]
    except OSError:
        return ""


def write_note(run: Run, text: str) -> None:
    """Note something of a run, in place of what was noted; an empty text takes it away.

    Raises
    ------
    OSError
        If the disk is full.
    ValueError
        If the text is longer than 500 letters.
    """
    _require_there(run)
    if len(text) > MOST_NOTE:
        raise ValueError(f"The note has {len(text):,} letters; at most {MOST_NOTE} are kept.")
    if text.strip():
        replace(_note_file(run), text.strip().encode())
    else:
        _note_file(run).unlink(missing_ok=True)


def _note_file(run: Run) -> Path:
    return run.path / "note.txt"


def discard(run: Run) -> None:
    """Put a run aside, to be taken back within seven days; raises ValueError if it is at work."""
    require_rest(run)
    if run.path.is_symlink():  # what it points to is someone else's
        delete_run(run)
        return
    _trash().mkdir(exist_ok=True)
    os.rename(run.path, _trash() / f"{run.name}.{time.time_ns()}")
    for name, when in discarded():
        if time.time_ns() - when > DAYS * 86_400 * 10**9:
            shutil.rmtree(_trash() / f"{name}.{when}", ignore_errors=True)


def discarded() -> list[tuple[str, int]]:
    """The runs that can be taken back, the latest first: the name, and when it was deleted (ns of the epoch)."""
    try:
        found = [_DISCARDED.fullmatch(name) for name in os.listdir(_trash())]
    except OSError:
        return []
    return sorted(((match[1], int(match[2])) for match in found if match), key=lambda item: -item[1])


def take_back(name: str, when: int) -> Run:
    """A deleted run where it was; raises FileExistsError if its name is taken, FileNotFoundError if it is gone."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError("There is no deleted run of that name.")
    target = models_root() / name
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, f"{name} exists again; rename that one first.")
    if not (_trash() / f"{name}.{when}").is_dir():
        raise FileNotFoundError(errno.ENOENT, f"{name} cannot be taken back any more: somebody did, or a week is over.")
    os.rename(_trash() / f"{name}.{when}", target)
    return open_run(target)


def _trash() -> Path:
    return models_root() / ".trash"


def archive(run: Run, to: BinaryIO) -> None:
    """Write all files of a run but those of this machine as one ZIP; raises ValueError if they are too large for it."""
    files = [
        file for file in sorted(run.path.rglob("*")) if file.is_file() and not OF_THIS_MACHINE.fullmatch(file.name)
    ]
    size = sum(file.stat().st_size for file in files)
    if size > MOST_ARCHIVE:
        raise ValueError(f"{run.name} has {size >> 20} MiB; at most {MOST_ARCHIVE >> 20} are packed. Copy its folder.")
    with zipfile.ZipFile(to, "w") as packed:  # stored: floats hardly shrink
        for file in files:
            packed.write(file, f"{run.name}/{file.relative_to(run.path)}")

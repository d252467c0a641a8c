"""What a run keeps of its training beside the reports: marks, snapshots, what it does now and what is wished of it.

Marks are appended and never cut; snapshots are files of their own; the rest are two small JSON files, one written by
the trainer and one for it. Torch-free.
"""

import contextlib
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vae_core.runs.files import advising, replace
from vae_core.runs.run import EVENTS, MAX_JSON_BYTES, SNAPSHOTS, Run, control_file, snapshot_file, status_file

Mark = dict[str, Any]
# The marks of what a person did to a training: after one of them it differs from its configuration.
STEERED = frozenset({"beta", "learning_rate", "epochs", "fork"})
BEGIN, ARITHMETIC = "begin", "arithmetic"
MAX_EVENTS_BYTES = 2**20
MOST_BETA, MOST_RATE, MOST_SLOW = 1000.0, 1.0, 60.0


@dataclass(frozen=True)
class Wish:
    """What is wished of a training while it runs.

    Attributes
    ----------
    pause_at : int or None
        The step at which it pauses, 0 for at once; None: it goes on.
    slow : float
        Steps per second in slow motion; 0 is full speed.
    beta, learning_rate : float or None
        In place of the configured ones; None: as they are.
    """

    pause_at: int | None = None
    slow: float = 0.0
    beta: float | None = None
    learning_rate: float | None = None

    def __post_init__(self) -> None:
        _within("pause_at", self.pause_at, 0, 2**53, optional=True)
        _within("slow", self.slow, 0, MOST_SLOW, unit=" steps a second")
        _within("beta", self.beta, 0, MOST_BETA, optional=True)
        _within("learning_rate", self.learning_rate, 1e-8, MOST_RATE, optional=True)


def _within(name: str, value: Any, low: float, high: float, *, unit: str = "", optional: bool = False) -> None:
    number = type(value) in (int, float) and low <= value <= high  # NaN is not
    if not number and not (optional and value is None):
        raise ValueError(f"{name}: got {str(value)[:40]!r}, expected a number from {low:g} to {high:g}{unit}.")


def wish(run: Run) -> Wish:
    """What is wished of a training; of a file that is missing or damaged, nothing."""
    try:
        return Wish(**_read(control_file(run)))
    except (TypeError, ValueError):
        return Wish()


def write_wish(run: Run, wished: Wish) -> None:
    """Replace what is wished of a training; raises OSError if the disk is full."""
    replace(control_file(run), json.dumps(asdict(wished)).encode())


def status(run: Run) -> Mapping[str, Any] | None:
    """What a training said last that it does; None before it did, or if the file is damaged."""
    return _read(status_file(run)) or None


def write_status(run: Run, values: Mapping[str, Any]) -> None:
    """Say what a training does; a full disk is met where it matters, not here."""
    temporary = status_file(run).with_suffix(".new")  # of the one trainer; no reader sees half of it
    with contextlib.suppress(OSError):
        temporary.write_text(json.dumps(values, allow_nan=False), encoding="utf-8")
        os.replace(temporary, status_file(run))


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(MAX_JSON_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def mark(run: Run, kind: str, *, step: int, **more: Any) -> None:
    """Append a mark: what happened to a training before the step after `step`; raises OSError if the disk is full."""
    line = json.dumps({"step": step, "kind": kind, **more}, allow_nan=False) + "\n"
    with advising(EVENTS), (run.path / EVENTS).open("ab") as file:
        file.write(line.encode())


def marks(run: Run) -> list[Mark]:
    """All sound marks of a run, oldest first."""
    try:
        with (run.path / EVENTS).open("rb") as file:
            lines = file.read(MAX_EVENTS_BYTES).split(b"\n")[:-1]
    except OSError:
        return []
    return [found for line in lines if (found := parse_mark(line))]


def parse_mark(line: bytes) -> Mark | None:
    """A mark in a line of an ``events.jsonl``; None if it is damaged."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    sound = isinstance(values, dict) and type(values.get("step")) is int and isinstance(values.get("kind"), str)
    return values if sound and all(map(_is_plain, values.values())) else None


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value))


def lives(run: Run) -> int:
    """How often a training of this run was begun or taken up again."""
    return sum(found["kind"] == BEGIN for found in marks(run))


def is_steered(run: Run) -> bool:
    """Whether a person changed a training on its way, so that its configuration does not tell all of it."""
    return any(found["kind"] in STEERED for found in marks(run))


def origin(run: Run) -> Mark | None:
    """The mark of the run and step that this one was forked from; None if it began by itself."""
    return next((found for found in marks(run) if found["kind"] == "fork"), None)


def snapshots(run: Run) -> list[int]:
    """The steps of all snapshots, in order."""
    return sorted(step for step, _ in _snapshots(run))


def _snapshots(run: Run) -> Iterator[tuple[int, str]]:
    with contextlib.suppress(OSError), os.scandir(run.path / SNAPSHOTS) as entries:
        for entry in entries:
            stem, _, ending = entry.name.partition(".")
            if ending == "safetensors" and stem.isascii() and stem.isdigit():
                yield int(stem), entry.path


def snapshots_version(run: Run) -> str:
    """A word that changes with every snapshot that is written or removed; empty before the first."""
    try:
        return str((run.path / SNAPSHOTS).stat().st_mtime_ns)
    except OSError:
        return ""


def write_snapshot(run: Run, step: int, *, shown: bytes, encoder: bytes) -> None:
    """Keep a snapshot; each of its two files appears whole, the one that is shown last."""
    with advising(SNAPSHOTS):
        (run.path / SNAPSHOTS).mkdir(exist_ok=True)
        for part, content in (("encoder", encoder), ("", shown)):
            path = snapshot_file(run, step, part)
            temporary = path.with_suffix(".new")  # not synced to the disk: the training can do without a snapshot
            temporary.write_bytes(content)
            os.replace(temporary, path)


def keep_snapshots(run: Run, steps: set[int]) -> None:
    """Remove all snapshots but some, and what a killed writer left of one."""
    for path in (run.path / SNAPSHOTS).glob("*.new"):
        path.unlink(missing_ok=True)
    for step in set(snapshots(run)) - steps:
        for part in ("", "encoder"):
            snapshot_file(run, step, part).unlink(missing_ok=True)


def copy_snapshots(source: Run, target: Run, *, until: int) -> None:
    """Give a run the snapshots of another up to a step."""
    (target.path / SNAPSHOTS).mkdir(exist_ok=True)
    for step in snapshots(source):
        for part in ("encoder", ""):
            if step <= until and snapshot_file(source, step, part).exists():
                shutil.copyfile(snapshot_file(source, step, part), snapshot_file(target, step, part))

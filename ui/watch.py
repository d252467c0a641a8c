"""The routes by which a browser watches a training and steers it: small JSON, new bytes only, and no page is run.

What is wished of a training is written into its run; the trainer looks for it there. Torch-free.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ui.server import FOREVER, base, find_url, missing
from vae_core import jobs, runs
from vae_core.jobs.state import silent, suspended
from vae_core.runs import history, keeping, lineage, records

MOST_BYTES = 2**20  # of reports or marks in one answer; the rest comes with the next
MOST_ASKED = 1000  # bytes of what a browser sends
ROOT = Path(__file__).parent.parent
_EXPORTING = threading.Lock()
Done = dict[str, Any] | None


def watch(request: Request) -> Response:
    """What is new of a run: its state, reports and marks since those that the browser has, and its snapshots."""
    try:
        run = runs.find_run(request.path_params["name"])
    except (OSError, ValueError):
        return missing("This run is not on the server any more.")
    asked = request.query_params
    life = str(history.lives(run))
    same = asked.get("life") == life
    rows = _new(run, runs.METRICS, asked.get("rows", "") if same else "")
    marks = _new(run, runs.EVENTS, asked.get("events", "") if same else "")
    version = history.snapshots_version(run)
    known = same and asked.get("snapshots") == version
    answer = {
        "life": life,
        "state": _state(run),
        "status": history.status(run),
        "at": {"rows": rows.end, "events": marks.end},
        "snapshots": None if known else {"token": version, "all": _snapshots(run, version)},
        "stage": find_url(run, runs.STAGE),
        "weights": find_url(run, runs.DECODER),
    }
    # What is new is checked and made JSON once for all who watch.
    content = f'{json.dumps(answer)[:-1]}, "rows": {rows.lines}, "events": {marks.lines}}}'
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


@dataclass(frozen=True)
class _Lines:
    """The sound lines of a file from a place on, as a JSON array, and the place after them."""

    lines: str
    end: int


PARSERS: dict[str, Callable[[bytes], Any]] = {runs.METRICS: records.parse_row, runs.EVENTS: history.parse_mark}


def _new(run: runs.Run, name: str, at: str) -> _Lines:
    """What a browser does not have; from the beginning if the file is shorter than what it has."""
    start = int(at) if at.isascii() and at.isdigit() and len(at) < 16 else 0
    path = run.path / name
    try:
        stat = path.stat()
        return _read(path, name, start if start <= stat.st_size else 0, (stat.st_ino, stat.st_mtime_ns, stat.st_size))
    except OSError:
        return _Lines("[]", 0)


@lru_cache(maxsize=128)
def _read(path: Path, name: str, start: int, _stamp: tuple[int, int, int]) -> _Lines:
    with path.open("rb") as file:
        file.seek(start)
        whole = file.read(MOST_BYTES).rpartition(b"\n")[0]
    parsed = map(PARSERS[name], whole.split(b"\n"))
    return _Lines(json.dumps([line for line in parsed if line is not None]), start + len(whole) + bool(whole))


def _state(run: runs.Run) -> dict[str, Any]:
    state = asdict(jobs.state(run, "train"))
    return state | {"silent": silent(run), "suspended": suspended(run)}


@lru_cache(maxsize=64)
def _snapshots(run: runs.Run, _version: str) -> tuple[tuple[int, str], ...]:
    """The step and the address of every snapshot."""
    found = []
    for step in history.snapshots(run):
        with contextlib.suppress(OSError):
            stat = runs.snapshot_file(run, step).stat()
            found.append((step, f"{base()}/snapshots/{run.name}/{step}/{stat.st_mtime_ns:x}-{stat.st_size:x}"))
    return tuple(found)


def snapshot(request: Request) -> Response:
    """A snapshot as it was at the time that its address tells."""
    wanted = request.path_params
    try:
        path = runs.snapshot_file(runs.find_run(wanted["name"]), wanted["step"])
        content, stat = path.read_bytes(), path.stat()
    except (OSError, ValueError):
        return missing("This snapshot is not on the server any more.")
    if wanted["version"] != f"{stat.st_mtime_ns:x}-{stat.st_size:x}":
        return missing("This snapshot has been written anew.")
    headers = {"Cache-Control": FOREVER, "Content-Encoding": "identity"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def archive(request: Request) -> Response:
    """All of a run as one file to take home."""
    try:
        run = runs.find_run(request.path_params["name"])
        packed = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has been sent
        keeping.archive(run, packed)
    except (OSError, ValueError) as error:
        return missing(getattr(error, "strerror", None) or str(error))
    headers = {"Content-Disposition": f'attachment; filename="{run.name}.zip"', "Cache-Control": "no-store"}
    headers |= {"Content-Length": str(packed.tell()), "Content-Encoding": "identity"}
    packed.seek(0)
    pieces = iter(lambda: packed.read(MOST_BYTES), b"")
    return StreamingResponse(
        pieces, media_type="application/zip", headers=headers, background=BackgroundTask(packed.close)
    )


def events(request: Request) -> Response:
    """The curves of a run as an event file, to be put into a folder of its own on which TensorBoard is started."""
    try:
        run = runs.find_run(request.path_params["name"])
        with _EXPORTING:
            content = _events(run, run.metrics_version())
    except (OSError, ValueError) as error:
        return missing(getattr(error, "strerror", None) or str(error))
    name = f'attachment; filename="events.out.tfevents.{run.name}"'
    return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": name})


@lru_cache(maxsize=8)
def _events(run: runs.Run, _version: str) -> bytes:
    """Made in a process of its own, because what writes it imports torch; and in one at a time."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "vae_core.tensorboard", str(run.path), "--to", folder]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(done.stderr.strip().rpartition("error: ")[2][-300:] or "The curves could not be written.")
        (written,) = Path(folder).rglob("events.out.tfevents.*")
        return written.read_bytes()


async def control(request: Request) -> Response:
    """Do with a training what a browser asks for; a refusal is a sentence."""
    if not _is_own(request):
        return _refused("This request does not come from a page of this lab.", 403)
    try:
        asked = json.loads((await request.body())[:MOST_ASKED])
        done = await run_in_threadpool(_obey, request.path_params["name"], asked)
    except OSError as error:
        return _refused(error.strerror or str(error), 404 if isinstance(error, FileNotFoundError) else 507)
    except (ValueError, RecursionError) as error:
        return _refused(str(error), 400)
    return JSONResponse(done) if done else Response(status_code=204)


def _refused(sentence: str, status: int) -> Response:
    return PlainTextResponse(sentence, status_code=status, headers={"Cache-Control": "no-store"})


def _is_own(request: Request) -> bool:
    """Whether a page of this server asks: browsers say where a request that changes something comes from.

    A page elsewhere cannot send JSON here without being asked first, which is refused.
    """
    origin = request.headers.get("origin")
    own = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    return own and request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"


def _obey(name: str, asked: Any) -> Done:
    if not isinstance(asked, dict):
        raise ValueError("Expected a JSON object that says what to do.")
    run = runs.find_run(name)
    what = asked.get("do")
    if what in WAYS:
        return WAYS[what](run, asked)
    wishes = {key: value for key, value in asked.items() if key in ("beta", "learning_rate", "slow")}
    if not wishes or len(wishes) < len(asked):
        raise ValueError(f"Expected one of {', '.join(WAYS)} to do, or beta, learning_rate or slow.")
    _wish(run, **wishes)
    return None


def _wish(run: runs.Run, **wishes: Any) -> None:
    if not jobs.state(run, "train").live:
        raise ValueError(f"{run.name} is not at work; resume it first.")
    history.write_wish(run, replace(history.wish(run), **wishes))


def _pause(run: runs.Run, _: Any) -> None:
    _wish(run, pause_at=0)


def _go(run: runs.Run, _: Any) -> None:
    _wish(run, pause_at=None)


def _one_step(run: runs.Run, _: Any) -> None:
    status = history.status(run) or {}
    _wish(run, pause_at=int(status.get("step", 0)) + 1)


def _one_epoch(run: runs.Run, _: Any) -> None:
    status = history.status(run) or {}
    per_epoch = max(1, int(status.get("per_epoch", 1)))
    _wish(run, pause_at=(int(status.get("step", 0)) // per_epoch + 1) * per_epoch)


def _stop(run: runs.Run, _: Any) -> None:
    jobs.stop(run, "train")


def _resume(run: runs.Run, _: Any) -> None:
    jobs.start(run, "train")


def _extend(run: runs.Run, asked: dict[str, Any]) -> None:
    more = asked.get("epochs")
    if type(more) is not int or not 1 <= more <= 100_000:
        raise ValueError("epochs: expected a whole number from 1 to 100000.")
    jobs.start(lineage.extend(run, run.train.epochs + more), "train")


def _fork(run: runs.Run, asked: dict[str, Any]) -> Done:
    at = asked.get("at")
    if at is not None and (type(at) is not int or at < 0):
        raise ValueError("at: expected a step, a whole number from 0.")
    changes = {key: asked[key] for key in lineage.CHANGES if asked.get(key) is not None}
    new = lineage.fork(run, at=at, **changes)
    jobs.start(new, "train")
    return {"run": new.name}


WAYS: dict[str, Callable[[runs.Run, dict[str, Any]], Done]] = {
    "pause": _pause,
    "go": _go,
    "step": _one_step,
    "epoch": _one_epoch,
    "stop": _stop,
    "resume": _resume,
    "extend": _extend,
    "fork": _fork,
}
routes = [
    Route("/{base:path}watch/{name}", watch),
    Route("/{base:path}snapshots/{name}/{step:int}/{version}", snapshot),
    Route("/{base:path}archive/{name}.zip", archive),
    Route("/{base:path}events/{name}", events),
    Route("/{base:path}control/{name}", control, methods=["POST"]),
]

"""Make a data set of one's own from a shell: ``python -m vae_core.data PATH --name faces``.

The page Data starts the same program, once for every look: whatever hostile files do, they do to this process.
"""

import argparse
import contextlib
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from vae_core.data import limits, own, registry
from vae_core.data.choices import FITS, SIZES, Choices

PROGRESS_SECONDS = 0.2


def parser() -> argparse.ArgumentParser:
    """The parser of ``python -m vae_core.data``."""
    words = argparse.ArgumentParser(
        prog="python -m vae_core.data", description="Make a data set of a zip, a folder or an array, or download one."
    )
    words.add_argument("path", type=Path, nargs="?", help="a zip or a folder of pictures, or an array (.npy, .npz)")
    words.add_argument("--name", help="what the set is called; it is kept as own-NAME")
    words.add_argument("--size", type=int, choices=SIZES, help="pixels of each side; guessed if not given")
    words.add_argument("--grey", action=argparse.BooleanOptionalAction, help="one channel; guessed if not given")
    words.add_argument("--fit", choices=FITS, help="how a picture becomes a square; default crop")
    words.add_argument("--look", action="store_true", help="say what there is, as JSON, and keep nothing")
    words.add_argument("--fetch", metavar="SET", help="download a set of the lab's")
    return words


def take_in(path: Path, title: str, choices: Choices | None, *, told: Any = None) -> dict[str, Any]:
    """Make a set and keep it; what it is, as JSON values.

    Raises
    ------
    OSError, ValueError
        If nothing can be made of it, or there is a set of that name, in one sentence.
    """
    from vae_core.data import brought, sheet

    name = own.name_of(title)
    if own.entry(name):
        raise ValueError(f"There is a set {name} already; choose another name, or delete that one first.")
    made = brought.make(path, name, title=title.strip(), choices=choices, told=told or (lambda done, of: None))
    report = brought.report(made)
    classes = min(len(made.entry.class_names), sheet.MOST_ROWS)
    small = {own.REPORT: json.dumps(report).encode()}
    if made.entry.kind["name"] == "image":
        small |= {own.SHEET: sheet.png(sheet.contact(made.images, classes))}
        small |= {own.MEAN: sheet.png(sheet.mean(made.images))}
    digest = own.save(made.images, made.entry, beside=small)
    return {"name": name, "digest": digest, "words": made.entry.words, **report}


def _chosen(asked: argparse.Namespace) -> Choices | None:
    """What was chosen, the rest of it guessed; None if nothing was."""
    given = {name: getattr(asked, name) for name in ("size", "grey", "fit") if getattr(asked, name) is not None}
    if not given or len(given) == 3:
        return Choices(**given) if given else None
    from vae_core.data import brought

    return Choices(**(brought.look(asked.path)["choices"] | given))


def _work(asked: argparse.Namespace) -> dict[str, Any]:
    if asked.fetch:
        registry.load(asked.fetch)
        return {"name": asked.fetch}
    if asked.path is None or (asked.name is None and not asked.look):
        raise ValueError("Give a zip, a folder or an array, and --name or --look; --help tells more.")
    if asked.look:
        from vae_core.data import brought

        return brought.look(asked.path, _chosen(asked))
    return take_in(asked.path, asked.name, _chosen(asked), told=_Telling())


class _Telling:
    """Says on standard error how far the work is."""

    def __init__(self) -> None:
        self.last = 0.0

    def __call__(self, done: int, of: int) -> None:
        if time.monotonic() - self.last > PROGRESS_SECONDS:
            self.last = time.monotonic()
            print(f"{done}/{of}", file=sys.stderr, flush=True)


def main(words: list[str] | None = None) -> None:
    """Do what the command line asks for; the last line is JSON, or, on standard error, the sentence of a failure."""
    try:
        result = _work(parser().parse_args(words))
    except MemoryError:
        sys.exit("It needs more memory than one set may have; bring fewer or smaller files.")
    except (OSError, ValueError, ArithmeticError) as error:
        sys.exit(getattr(error, "strerror", None) or str(error))
    print(json.dumps(result))


def _late(*_: object) -> None:
    raise SystemExit("It took too long; bring fewer or smaller files.")


if __name__ == "__main__":
    if "--fetch" not in sys.argv:
        limits.impose(limits.LOOK_SECONDS if "--look" in sys.argv else limits.KEEP_SECONDS)
        with contextlib.suppress(AttributeError):
            signal.signal(signal.SIGALRM, _late)
    main()

"""``python -m vae_core.tensorboard``: the curves of runs as event files, for ``tensorboard --logdir FOLDER``.

They are made anew from the reports of each run, which stay the only place where these are kept.
tensorboardX writes them.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vae_core import runs
from vae_core.runs import Run

ENDING = ".vae-lab"  # of the names of files that an earlier export may have left, and a new one replaces
TERMS = {"negative_elbo": ("distortion", "rate"), "distortion": ("distortion",), "rate": ("rate",)}


def export(run: Run, folder: Path) -> Path:
    """Write the curves of a run as one event file; returns its path, ``folder/NAME/events.out.tfevents….vae-lab``.

    Parameters
    ----------
    run : Run
        A run with reports.
    folder : Path
        What TensorBoard is to be started on. An event file of the same run from an earlier export is replaced.

    Raises
    ------
    ValueError
        If the run has no reports yet.
    OSError
        If the disk is full.
    """
    from tensorboardX import SummaryWriter

    rows = run.metrics()
    if not rows:
        raise ValueError(f"{run.name} has no reports yet: its curves begin with the first one.")
    begun = (run.path / runs.CONFIG).stat().st_mtime
    for old in (folder / run.name).glob(f"events.out.tfevents.*{ENDING}"):
        old.unlink()
    with SummaryWriter(logdir=str(folder / run.name), filename_suffix=ENDING) as writer:
        for row in rows:
            for tag, value in _scalars(row):
                writer.add_scalar(tag, value, row["step"], walltime=begun + row["seconds"])
    (written,) = (folder / run.name).glob(f"events.out.tfevents.*{ENDING}")
    return written


def _scalars(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The figures of a report by their tags: nats per image, images a second."""
    for split in ("train", "test"):
        if f"{split}_rate" in row:
            for name, parts in TERMS.items():
                yield f"{name}/{split}", sum(row[f"{split}_{part}"] for part in parts)
    yield "images_per_second", row["images_per_second"]


def main() -> None:
    """Export the runs that a command line names, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m vae_core.tensorboard", description="Curves for TensorBoard.")
    parser.add_argument("run", type=Path, nargs="*", help="run directories; default all that have reports")
    parser.add_argument("--to", type=Path, default=Path("logs"), metavar="FOLDER", help="default logs")
    asked = parser.parse_args()
    try:
        _export_all(asked.run, asked.to)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def _export_all(paths: Sequence[Path], folder: Path) -> None:
    chosen = [runs.open_run(path) for path in paths] or [run for run in runs.list_runs() if run.metrics_version()]
    for run in tqdm(chosen, unit="run", disable=not sys.stderr.isatty()):
        export(run, folder)
    print(f"{len(chosen)} {'run' if len(chosen) == 1 else 'runs'} written. Next: tensorboard --logdir {folder}")


if __name__ == "__main__":
    main()

"""Leave of a run's history what a shipped one carries: some snapshots, to look at, and their codes of 1,000 images.

python models/shorten.py RUN COUNT keeps the first, the last and others at growing distances; encoders, the state of the
training and all that belongs to this machine go.
"""

import sys
from pathlib import Path

import numpy as np

from vae_core import runs
from vae_core.runs import history, tables
from vae_core.runs.files import replace

CODES = 1000


def shorten(run: runs.Run, count: int) -> None:
    """Keep so many snapshots of a run, without encoders and with fewer codes."""
    steps = history.snapshots(run)
    wanted = np.r_[0, np.geomspace(30, steps[-1], count - 1)]  # the first changes are the largest
    history.keep_snapshots(run, {min(steps, key=lambda step: abs(step - at)) for at in wanted})
    for step in history.snapshots(run):
        shown = runs.snapshot_file(run, step)
        replace(shown, tables.dump(_fewer(tables.load(shown.read_bytes()), ("mu", "logvar"))))
        runs.snapshot_file(run, step, runs.ENCODER).unlink()
    run.write(runs.STAGE, _fewer(run.read(runs.STAGE), ("labels",)))
    for file in (runs.state_file(run), runs.status_file(run), runs.job_file(run, "train"), run.path / runs.EVENTS):
        file.unlink(missing_ok=True)


def _fewer(arrays: dict[str, np.ndarray], names: tuple[str, ...]) -> dict[str, np.ndarray]:
    return {name: array[:CODES] if name in names else array for name, array in arrays.items()}


if __name__ == "__main__":
    shorten(runs.open_run(Path(sys.argv[1])), int(sys.argv[2]))

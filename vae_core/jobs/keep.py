"""What a training leaves in its run as it goes: reports, state and weights, snapshots, and what it is doing now."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from vae_core import data, measure, runs
from vae_core.jobs.evaluate import EXAMPLES
from vae_core.model import VAE
from vae_core.runs import files, history, tables
from vae_core.training import state
from vae_core.training.loop import Training

FIRST_SECONDS, EVERY_SECONDS = 4.0, 8.0  # between two keepings of the state: what a kill can cost at most
STATE_SHARE = 0.015  # of the time is spent on them at most; of a model of gigabytes they are rarer
STATUS_SECONDS = 1.0
CODES = 2000
MOST_SNAPSHOTS, FEWEST_SNAPSHOTS, SNAPSHOT_BYTES = 60, 4, 32 * 2**20


def snapshot_steps(total: int, count: int) -> list[int]:
    """At which steps a training of so many is shown: 0, then at growing and later at equal distances, the last too.

    Parameters
    ----------
    total : int
        Steps of the training.
    count : int
        How many snapshots at most, at least 3.
    """
    even = [round(total * (place + 1) / (count // 2)) for place in range(count // 2)]
    growing = count - 1 - len(even)
    return sorted({0, *even, *(round(even[0] ** (place / growing)) for place in range(growing))})


def most_snapshots(weights: int, codes: int) -> int:
    """How many snapshots of a model are kept: what fits into 32 MiB, from 4 to 60.

    Parameters
    ----------
    weights : int
        Weights of the model, a byte each.
    codes : int
        Numbers of all fixed codes, means and log-variances, two bytes each.
    """
    return max(FEWEST_SNAPSHOTS, min(MOST_SNAPSHOTS, SNAPSHOT_BYTES // (weights + 2 * codes + 4096)))


@dataclass(frozen=True)
class Doing:
    """What a training does besides making steps.

    Attributes
    ----------
    paused, stopping : bool
        Whether it waits until it is told to go on; whether it has made its last step.
    slow : float
        Steps per second in slow motion; 0 is full speed.
    beta, learning_rate : float or None
        Of the next step, where they are about to change.
    """

    paused: bool = False
    stopping: bool = False
    slow: float = 0.0
    beta: float | None = None
    learning_rate: float | None = None


class View:
    """What the stage shows of a model: the fixed test images once, and their codes with the weights at every snapshot.

    Parameters
    ----------
    run : Run
        Where it is kept.
    model : VAE
        As it is at each snapshot.
    images : ImageSet
        Of whose test images the first 2,000 are shown.
    """

    def __init__(self, run: runs.Run, model: VAE, images: data.ImageSet) -> None:
        self.run, self.model = run, model
        pixels = torch.from_numpy(images.test[:CODES]).to(next(model.parameters()).device)
        generator = torch.Generator(pixels.device).manual_seed(run.train.seed)
        self.x = measure.to_input(pixels, measure.binary_noise(pixels, model.config, generator))
        run.write(runs.EXAMPLES, {"images": images.test[:EXAMPLES]})
        run.write(runs.STAGE, _stage(images))

    def keep(self, step: int) -> None:
        """Write the snapshot of a step."""
        model = self.model
        model.eval()
        with measure.full_precision(), torch.inference_mode():
            mu, logvar = model.encode(self.x)
            kl = model.prior.rate(mu, logvar).mean(0)
        arrays = model.arrays()
        halves = {
            part: {name: array for name, array in arrays.items() if name.startswith(part)}
            for part in (runs.ENCODER, runs.DECODER)
        }
        drawn = {name: tensor.cpu().numpy() for name, tensor in (("mu", mu), ("logvar", logvar), ("kl", kl))}
        shown = tables.dump_bytes(halves[runs.DECODER], drawn)
        history.write_snapshot(self.run, step, shown=shown, encoder=tables.dump_bytes(halves[runs.ENCODER]))


class Keeper:
    """Writes a training into its run.

    Parameters
    ----------
    run : Run
        Where.
    training : Training
        At a yield whenever this is asked for something.
    images : ImageSet
        As for `View`.
    """

    def __init__(self, run: runs.Run, training: Training, images: data.ImageSet) -> None:
        self.run, self.training = run, training
        model = training.model
        self.view = View(run, model, images)
        weights = sum(parameter.numel() for parameter in model.parameters())
        most = most_snapshots(weights, 2 * len(self.view.x) * model.config.latent_dim)
        self.steps = frozenset(snapshot_steps(training.total, most))
        self._due, self._told = time.perf_counter() + FIRST_SECONDS, 0.0
        self._images, self._seconds, self._speed = 0, 0.0, 0.0
        self._saving = self._showing = 0.0

    def begin(self) -> None:
        """What lies after the step at which the training begins is written anew; what is kept thins to the schedule."""
        step = self.training.step
        history.mark(self.run, history.BEGIN, step=step)  # first: who watches then asks for everything again
        self.run.start()
        self.run.cut_metrics(step if self.training.taken_up and self.training.reported() else step - 1)
        (self.run.path / runs.CARD).unlink(missing_ok=True)  # its figures are not of the model that there will be
        kept = [there for there in history.snapshots(self.run) if there <= step]
        history.keep_snapshots(self.run, {_nearest(kept, asked) for asked in self.steps if asked <= step and kept})
        self._images, self._seconds = self.training.clock.total_images, self.training.clock.seconds
        self.tell()

    def report(self, row: Mapping[str, Any]) -> None:
        """Append a report."""
        self.run.append_metrics(row)

    def look(self) -> None:
        """Keep what it is time for."""
        if self.training.step in self.steps and not runs.snapshot_file(self.run, self.training.step).exists():
            began = time.perf_counter()
            self.view.keep(self.training.step)
            self._showing += time.perf_counter() - began
        if time.perf_counter() >= self._due:
            self.save()
        self.remind()

    def save(self) -> None:
        """Keep the state and the weights; raises OSError with advice if the disk is full, and keeps the old ones."""
        began = time.perf_counter()
        files.replace(runs.state_file(self.run), state.dump(self.training.state()))
        self.run.write(runs.WEIGHTS, self.training.model.arrays())
        took = time.perf_counter() - began
        self._saving += took
        self._due = time.perf_counter() + max(EVERY_SECONDS, took / STATE_SHARE)

    def tell(self, doing: Doing | None = None) -> None:
        """Say what the training is doing."""
        training, doing = self.training, doing or Doing()
        status = {
            "step": training.step,
            "epoch": training.step / training.per_epoch,
            "per_epoch": training.per_epoch,
            "total": training.total,
            "seconds": training.clock.seconds,
            "images_per_second": 0.0 if doing.paused else self._measured(),
            "beta": training.config.beta,
            "learning_rate": training.config.learning_rate,
            "keeping_seconds": self._saving,
            "showing_seconds": self._showing,
        }
        history.write_status(
            self.run, status | {name: value for name, value in asdict(doing).items() if value is not None}
        )
        self._told = time.perf_counter()

    def remind(self, doing: Doing | None = None) -> None:
        """Say it again if it is time, so that who watches sees that the process lives."""
        if time.perf_counter() >= self._told + STATUS_SECONDS:
            self.tell(doing)

    def _measured(self) -> float:
        """Images per second since this was last asked, or as it was if there were none."""
        images = self.training.clock.total_images + self.training.steps.images
        seconds = self.training.clock.seconds
        if seconds > self._seconds and images > self._images:
            self._speed = (images - self._images) / (seconds - self._seconds)
            self._images, self._seconds = images, seconds
        return self._speed


def _nearest(steps: Sequence[int], asked: int) -> int:
    return min(steps, key=lambda step: abs(step - asked))


def _stage(images: data.ImageSet) -> dict[str, Any]:
    """The labels of the fixed test images, and the rows of ten of them that are shown: one of each of ten classes."""
    import numpy as np

    labels = images.test_labels[:CODES].astype(np.uint8)
    first = {int(label): row for row, label in reversed(list(enumerate(labels[:EXAMPLES])))}
    shown = [row for _, row in sorted(first.items())] if len(first) == 10 else range(min(10, len(labels)))
    return {"labels": labels, "shown": np.array([*shown], dtype=np.int32)}

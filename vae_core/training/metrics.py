"""What a training reports as it goes: averages in nats per image, and the clock that stands while they are read."""

import math
from dataclasses import asdict, dataclass
from time import perf_counter, process_time
from typing import Any

from vae_core.measure import Figures
from vae_core.training.steps import Steps

# So long a time in which a process hardly computed was not training: it was stopped, or the machine slept.
SUSPENDED_SECONDS, SUSPENDED_SHARE = 2.0, 0.1


@dataclass(frozen=True)
class Metrics:
    """One report of the training loop.

    Attributes
    ----------
    step : int
        Optimiser steps so far.
    epoch : float
        Passes over the training images so far.
    seconds : float
        Time spent in steps so far; evaluation is not counted.
    images_per_second : float
        Training images per second of `seconds`, over the whole run so far.
    train : Figures or None
        Averages over the images since the last report, as trained on (with dropout); None before the first step.
    test : Figures or None
        Averages over the test set; given at the start, at ends of epochs and at the end.
    kl_per_dimension : tuple of float or None
        Rate of each latent dimension over the test set, nats; given with `test`.
    """

    step: int
    epoch: float
    seconds: float
    images_per_second: float
    train: Figures | None
    test: Figures | None
    kl_per_dimension: tuple[float, ...] | None

    def to_json(self) -> dict[str, Any]:
        """One flat row: ``train_rate``, ``test_distortion`` and so on; what was not measured is left out."""
        row: dict[str, Any] = {"step": self.step, "epoch": round(self.epoch, 5), "seconds": round(self.seconds, 4)}
        row["images_per_second"] = round(self.images_per_second, 1)
        for split, figures in (("train", self.train), ("test", self.test)):
            if figures:
                row |= {f"{split}_{name}": round(value, 5) for name, value in asdict(figures).items()}
        if self.kl_per_dimension:
            row["kl_per_dimension"] = [round(value, 6) for value in self.kl_per_dimension]
        return row


class Clock:
    """Time spent in steps, and averages over the images since the last report."""

    def __init__(self, steps: Steps) -> None:
        self.steps, self.total_images = steps, 0
        self.seconds, self._resumed, self._worked = 0.0, 0.0, 0.0

    def resume(self) -> None:
        """Let it run."""
        self._resumed, self._worked = perf_counter(), process_time()

    def pause(self) -> float:
        """Stop it; returns the seconds since it was resumed. Those of a suspended process are not counted."""
        spent, worked = perf_counter() - self._resumed, process_time() - self._worked
        suspended = spent > SUSPENDED_SECONDS and worked < SUSPENDED_SHARE * spent
        self.seconds += worked if suspended else spent
        return spent

    def read(self) -> Figures:
        """The averages, the clock paused and the next ones begun; raises ArithmeticError if they are not finite."""
        # Read while the clock runs: what the device still has to do belongs to the steps.
        distortion, rate = (self.steps.sums / self.steps.images).tolist()
        self.pause()
        self.total_images += self.steps.images
        if not math.isfinite(distortion + rate):
            raise ArithmeticError(
                "The training diverged: the loss is no longer a finite number. The model as it was last saved is "
                "kept; train again with a lower learning rate."
            )
        self.steps.sums.zero_()
        self.steps.images = 0
        return Figures(distortion=distortion, rate=rate)

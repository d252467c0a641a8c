"""How a training is steered while it runs: what it is told at each yield, and how often it yields.

A look is a yield between two steps: nothing is measured for it, and it changes no number of the training.
"""

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from time import perf_counter

from vae_core.training.metrics import Metrics

SLICE_SECONDS = 0.25  # between two looks of a training that is steered; half of what may be waited for
CHUNK_SECONDS = 0.025  # between two readings of the clock: however much slower steps become, a slice stays short


@dataclass(frozen=True)
class Control:
    """What the caller of a training tells it at a yield.

    Attributes
    ----------
    stop : bool
        Whether to end: with a report of the steps since the last one, if there were any.
    until : int or None
        The step at which to look again at the latest, even if that is soon; None: when it is time.
    beta, learning_rate : float or None
        In place of those in force, from the next step on; None: as they are. Whether a warm-up or a schedule changes
        them from step to step stays as configured.
    """

    stop: bool = False
    until: int | None = None
    beta: float | None = None
    learning_rate: float | None = None


# What a training yields: a report, or None at a look. What it is sent: what to do now; None is to go on.
Reports = Generator[Metrics | None, Control | None, None]


def steered(reports: Reports, listen: Callable[[], Control]) -> Iterator[Metrics | None]:
    """What a training yields, while it is told at every yield what `listen` answers then."""
    try:
        report = next(reports)
        while True:
            yield report
            report = reports.send(listen())
    except StopIteration:
        return


class Pace:
    """When the next look is due, and how many steps may be taken before the clock is read again.

    Parameters
    ----------
    slice_seconds : float
        Between two looks; infinite for none.
    """

    def __init__(self, slice_seconds: float) -> None:
        self.slice_seconds, self.chunk = slice_seconds, 1
        self.looked()

    @property
    def looks(self) -> bool:
        """Whether there are looks at all."""
        return math.isfinite(self.slice_seconds)

    def looked(self) -> None:
        """Begin a slice."""
        self._began = perf_counter()

    @property
    def due(self) -> bool:
        """Whether the slice is over."""
        return perf_counter() - self._began >= self.slice_seconds

    def steps(self, left: int) -> int:
        """How many of the steps that are left to take before the clock is read again, at least 1."""
        return min(self.chunk, left) if self.looks else left

    def took(self, steps: int, *, seconds: float) -> None:
        """Learn from steps that were taken; by factors of 2, for graphs of captured steps hold powers of 2."""
        if seconds > CHUNK_SECONDS:
            self.chunk = max(1, self.chunk // 2)
        elif steps == self.chunk and seconds < CHUNK_SECONDS / 2:
            self.chunk *= 2

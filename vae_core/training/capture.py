"""Optimiser steps on a GPU as CUDA graphs: one launch for many steps, where each step alone is a hundred.

A model this small is bound by launches, not by arithmetic. A graph holds whole steps: gather, binarise, draw, forward,
backward, Adam, sums. Nothing in it may come from the host, so the order of an epoch, its schedule and the step reached
lie on the device, and every shape is fixed: the smaller last batch of an epoch has a graph of its own.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch
from torch import Tensor

from vae_core.config import TrainConfig
from vae_core.model import VAE
from vae_core.training.steps import Loss, Schedule, Steps, losses

log = logging.getLogger(__name__)

STEPS_PER_GRAPH = (16, 4, 1)
WARM_UP_STEPS = 3  # libraries choose algorithms and reserve memory in their first calls, which no graph may hold
Work = Callable[[], None]
Made = TypeVar("Made")


class Recorder:
    """Records work on the current GPU once, to be launched again as a whole.

    Parameters
    ----------
    generator : torch.Generator
        The one that the work draws from, besides the device's own; each launch goes on where the last one ended.

    Raises
    ------
    RuntimeError
        If it is not on a GPU.
    """

    def __init__(self, generator: torch.Generator) -> None:
        if generator.device.type != "cuda":
            raise RuntimeError(f"the model is on the device {generator.device.type}")
        self.generator = generator
        self.stream = torch.cuda.Stream(generator.device)

    def warm_up(self, work: Work) -> None:
        """Do the work now, on the stream that will record."""
        current = torch.cuda.current_stream(self.generator.device)
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            work()
        current.wait_stream(self.stream)

    def record(self, work: Work) -> Work:
        """The work as a launch; nothing is done yet. Raises RuntimeError if it cannot be recorded."""
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self.generator)
        # Other threads of the process may go on using the GPU meanwhile.
        with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
            work()
        return graph.replay


class CapturedSteps(Steps):
    """The same steps as `Steps`, captured; carried out one by one, with the reason logged, if they cannot be.

    Parameters
    ----------
    model, pixels, config, loss
        As of `Steps`.
    recorder : type
        What records them.
    """

    def __init__(
        self,
        model: VAE,
        pixels: Tensor,
        config: TrainConfig,
        *,
        loss: Loss = losses,
        recorder: type[Recorder] = Recorder,
    ) -> None:
        super().__init__(model, pixels, config, loss=loss)
        device, size = pixels.device, self.batches.size
        self.places = torch.arange(size, device=device)
        self.order = torch.arange(len(pixels), device=device)
        self.timed = torch.zeros((self.batches.per_epoch, 2), device=device)  # the schedule, on the device
        self.reached = torch.zeros(1, dtype=torch.int64, device=device)
        self.full, self.rest = divmod(len(pixels), size)
        self.warm = 0
        self._launches: dict[tuple[int, int], Work] = {}
        self._recorder = self._attempt(lambda: recorder(self.batches.generator))

    def _adam(self, device: torch.device) -> dict[str, Any]:
        rate = torch.tensor(self.config.learning_rate, device=device)
        return super()._adam(device) | {"lr": rate, "capturable": True}

    @property
    def captured(self) -> bool:
        """Whether steps are launched as graphs."""
        return self._recorder is not None

    def begin(self, schedule: Schedule) -> None:
        """As of `Steps`; the only moment of an epoch in which the host sends something, unless it is retimed."""
        super().begin(schedule)
        self.order.copy_(torch.cat(self.rows))
        self.reached.zero_()

    def retime(self, schedule: Schedule) -> None:
        """As of `Steps`."""
        super().retime(schedule)
        self.timed.copy_(torch.tensor(schedule))

    def take_up(self, done: int) -> None:
        """As of `Steps`."""
        super().take_up(done)
        self.order.copy_(torch.cat(self.rows))
        self.reached.fill_(done)

    def advance(self, count: int) -> None:
        """As of `Steps`."""
        for steps, size in self._pieces(count):
            self._launch(steps, size)
            self.done += steps
            self.images += steps * size

    def _pieces(self, count: int) -> Iterator[tuple[int, int]]:
        """Steps and batch size of each launch."""
        full = min(count, self.full - self.done)
        last = count - full
        for steps in STEPS_PER_GRAPH:
            yield from [(steps, self.batches.size)] * (full // steps)
            full %= steps
        yield from [(1, self.rest)] * last

    def _launch(self, steps: int, size: int) -> None:
        def work() -> None:
            for _ in range(steps):
                self._step_here(size)

        if self._recorder is None:
            work()
        elif self.warm < WARM_UP_STEPS:
            self.warm += steps
            self._recorder.warm_up(work)
        else:
            launch = self._recorded((steps, size), work, recorder=self._recorder)
            (launch or work)()

    def _recorded(self, key: tuple[int, int], work: Work, *, recorder: Recorder) -> Work | None:
        if key not in self._launches:
            state = self.batches.generator.get_state()
            launch = self._attempt(lambda: recorder.record(work))
            if launch is None:
                self._recorder = None
                # A generator is not to be trusted after a capture that failed.
                self.batches.generator = torch.Generator(self.order.device)
                self.batches.generator.set_state(state)
                return None
            self._launches[key] = launch
        return self._launches[key]

    def _attempt(self, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            log.warning(
                "The steps could not be captured as a CUDA graph (%s); they are carried out one by one.", reason
            )
            return None

    def _step_here(self, size: int) -> None:
        """The step that the device has reached, all its inputs on the device."""
        rows = self.order.index_select(0, self.reached * self.batches.size + self.places[:size])
        rate, weight = self.timed.index_select(0, self.reached)[0]  # (1, 2) -> two of ()
        self.optimizer.param_groups[0]["lr"].copy_(rate)
        self.step(*self.batches.draw(rows), weight)
        self.reached += 1

"""How a training step runs fastest on this CPU: its threads, its denormals, and whether products round to bfloat16.

Measured, not assumed: threads that wait for a core taken by another program make small steps up to ten times slower,
and bfloat16 products are twice as fast on a CPU that has them in hardware and slower on one that has not.
"""

import os
import time
from collections.abc import Iterable

import torch

from vae_core.model import VAE

PROBE_SECONDS, PROBE_EVERY_SECONDS = 0.025, 5.0
Choice = tuple[int, str]


def flush_denormals() -> None:
    """Take numbers below 1.2e-38 as 0; call it before the first computation, whose threads inherit the setting.

    Adam's averages of pixels that are black in nearly every image fade into that range, where a CPU is up to a hundred
    times slower.
    """
    torch.set_flush_denormal(True)


class StepTuner:
    """Chooses threads and precision at the start of a training, and the threads again every few seconds.

    Parameters
    ----------
    model : VAE
        The model that is trained; on a GPU nothing is chosen.
    batch_size : int
        Images per step.
    """

    def __init__(self, model: VAE, batch_size: int) -> None:
        self.model, self.due = model, 0.0
        self.on_cpu = next(model.parameters()).device.type == "cpu"
        self.x = torch.full((batch_size, *model.config.image_shape), 0.5)  # draws no random number
        self.eps = torch.zeros((batch_size, model.config.latent_dim))
        self.precisions: Iterable[str] = ("highest", "medium")

    def adapt(self) -> None:
        """Probe if it is time and set the fastest choice; the precision stays what the first probe chose."""
        if not self.on_cpu or time.perf_counter() < self.due:
            return
        choices = [(threads, precision) for threads in sorted({1, cores()}) for precision in self.precisions]
        self.follow(min(choices, key=self._seconds_per_step))

    def follow(self, choice: Choice) -> None:
        """Set a choice, whose precision stays; the threads are probed again in some seconds."""
        if self.on_cpu:
            _apply(choice)
            self.precisions = (choice[1],)
            self.due = time.perf_counter() + PROBE_EVERY_SECONDS

    def _seconds_per_step(self, choice: Choice) -> float:
        _apply(choice)
        self.model.eval()  # no dropout: a probe draws no random numbers
        self._step()
        steps, began = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - began) < PROBE_SECONDS or steps < 2:
            self._step()
            steps += 1
        self.model.zero_grad(set_to_none=True)
        return elapsed / steps

    def _step(self) -> None:
        self.model(self.x, self.eps)[0].sum().backward()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _apply(choice: Choice) -> None:
    threads, precision = choice
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(precision)

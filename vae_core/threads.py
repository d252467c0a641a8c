"""How many CPU threads a step should use: measured, because other programs come and go."""

import os
import time

import torch
from torch import Tensor

from vae_core.model import VAE

PROBE_SECONDS, PROBE_EVERY_SECONDS = 0.025, 5.0


def choose_threads(model: VAE, batch_size: int) -> int:
    """The number of CPU threads, one or all, with the faster step in a short probe; sets it and returns it.

    Threads that wait for a core taken by another program make small steps up to ten times slower than one thread alone.
    """
    model.eval()
    x = torch.rand((batch_size, *model.config.image_shape))
    eps = torch.zeros((batch_size, model.config.latent_dim))
    seconds = {}
    for threads in sorted({1, os.cpu_count() or 1}):
        torch.set_num_threads(threads)
        seconds[threads] = _seconds_per_step(model, x, eps)
    model.zero_grad(set_to_none=True)
    best = min(seconds, key=seconds.__getitem__)
    torch.set_num_threads(best)
    return best


def _seconds_per_step(model: VAE, x: Tensor, eps: Tensor) -> float:
    model(x, eps)[0].sum().backward()
    steps, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < PROBE_SECONDS or steps < 2:
        model(x, eps)[0].sum().backward()
        steps += 1
    return elapsed / steps


class Threads:
    """The CPU thread count, probed at the start of a training and again every few seconds."""

    def __init__(self, model: VAE, batch_size: int) -> None:
        self.model, self.batch_size, self.due = model, batch_size, 0.0
        self.on_cpu = next(model.parameters()).device.type == "cpu"

    def adapt(self) -> None:
        """Probe again if it is time; does nothing for a model on a GPU."""
        if self.on_cpu and time.perf_counter() >= self.due:
            choose_threads(self.model, self.batch_size)
            self.due = time.perf_counter() + PROBE_EVERY_SECONDS

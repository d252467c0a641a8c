"""The loss of a step compiled for this CPU while the training already runs, and used from the moment it is ready.

A compiled loss and its derivative take about four fifths of the time, but compiling costs seconds of one core and needs
a C++ compiler. So nothing waits for it: training starts as written, and only a run long enough to win the time back
compiles, in a thread of its own.
"""

import copy
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Self

import torch
from torch import Tensor

from vae_core.config import TrainConfig
from vae_core.model import VAE
from vae_core.training.cpu import cores
from vae_core.training.steps import Loss, losses, noise_shape

log = logging.getLogger(__name__)

SETTLED_SECONDS = 5.0  # after which the speed of a run says how long it will be
PAYS_BACK_SECONDS = 60.0  # a run with less time left stays as it is
LEAST_GAIN = 1.05
PROBE_STEPS = 40


class CompiledLoss:
    """`steps.losses` as written, and the same compiled as soon as that is ready and found faster.

    What the compiled form has not been prepared for, such as a smaller last batch, goes the way it is written.

    Attributes
    ----------
    ready : bool
        Whether the compiled form is in use.
    """

    def __init__(self) -> None:
        self.ready = False
        self._compiled: Loss = losses
        self._thread: threading.Thread | None = None
        self._over, self._lock = False, threading.Lock()

    def __call__(
        self, model: VAE, x: Tensor, *, eps: Tensor, weight: Tensor | float, config: TrainConfig
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As `steps.losses`."""
        if not self.ready:
            return losses(model, x, eps=eps, weight=weight, config=config)
        return self._compiled(model, x, eps=eps, weight=torch.as_tensor(weight), config=config)

    def consider(self, model: VAE, config: TrainConfig, *, spent: float, left: float) -> None:
        """Start to compile if it pays: after `spent` seconds of training, with about `left` seconds to go."""
        on_cpu = next(model.parameters()).device.type == "cpu"
        # Compiled dropout draws other numbers, and compiling disturbs the generator it draws from; a discriminator
        # brings a loss of its own.
        possible = on_cpu and not model.config.dropout and not config.adversarial
        if possible and spent > SETTLED_SECONDS and left > PAYS_BACK_SECONDS:
            self.start(model, config)

    def start(self, model: VAE, config: TrainConfig) -> None:
        """Compile in a thread of its own; once."""
        if self._thread is None:
            replica = copy.deepcopy(model).train()  # the thread's gradients are not the training's
            self._thread = threading.Thread(target=self._prepare, args=(replica, config))
            self._thread.start()

    def wait(self) -> None:
        """Until the thread has ended, if it was started."""
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Give torch its setting back; a thread that still compiles goes on alone, and what it makes is not used."""
        with self._lock:
            self._over = True
            torch.compiler.set_stance("default")

    def _prepare(self, model: VAE, config: TrainConfig) -> None:
        began = time.perf_counter()
        # The loop that runs meanwhile may take one thread or all, as the probe of `cpu` finds; one compiled form serves
        # both. Workers of the compiler would each be a process with a torch of its own.
        options: dict[str, str | int | bool | Callable[..., Any]] = {"cpp.dynamic_threads": True, "compile_threads": 1}
        try:
            compiled = torch.compile(losses, dynamic=False, options=options)
            work = {name: partial(_work, loss, model, config) for name, loss in (("", losses), ("compiled", compiled))}
            for threads in sorted({1, cores()}, reverse=True):
                torch.set_num_threads(threads)  # of this thread only
                work["compiled"]()
            with self._lock:
                if self._over:
                    return
                # From here on the compiler never stands before a step: what it has not seen runs as written.
                torch.compiler.set_stance("eager_on_recompile")
            gain = _gain(*work.values())  # on one thread: two would wait for the core that the training has
        except Exception as error:  # no compiler, an operation it cannot translate: a hundred unrelated types
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            log.warning("The steps are not compiled (%s).", reason[:200])
            return
        self._compiled, self.ready = compiled, gain > LEAST_GAIN
        log.info("Compiled in %.1f s: %.2f times as fast, %s.", time.perf_counter() - began, gain, self.ready)


def _work(loss: Loss, model: VAE, config: TrainConfig) -> None:
    """One step of a model nobody uses, without its optimiser."""
    x = torch.zeros((config.batch_size, *model.config.image_shape))
    eps = torch.zeros(noise_shape(config, config.batch_size, model.config.latent_dim))
    loss(model, x, eps=eps, weight=torch.ones(()), config=config)[0].backward()
    model.zero_grad(set_to_none=True)


def _gain(one: Callable[[], None], other: Callable[[], None]) -> float:
    """How many times as fast the other is, by the fastest of several turns, for the training competes with both."""
    fastest = [float("inf")] * 2
    for _ in range(PROBE_STEPS):
        for place, work in enumerate((one, other)):
            began = time.perf_counter()
            work()
            fastest[place] = min(fastest[place], time.perf_counter() - began)
    return fastest[0] / fastest[1]

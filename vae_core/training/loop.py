"""The training loop, a generator of metrics that listens at every yield.

Images stay on the device as uint8, and nothing is read back from the device between two reports.
"""

import math
from collections.abc import Generator
from typing import Any

import torch

from vae_core import measure
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import ImageSet
from vae_core.measure import Figures
from vae_core.model import VAE
from vae_core.training.adversarial import AdversarialLoss
from vae_core.training.capture import CapturedSteps
from vae_core.training.control import Control, Pace, Reports
from vae_core.training.metrics import Clock, Metrics
from vae_core.training.steps import Loss, Steps, losses, schedule

REPORTS = 400  # at most so many training figures a run, so that curves stay small
TESTS = 100  # at most so many evaluations on the test set
Tested = tuple[Figures, tuple[float, ...]] | tuple[None, None]


def build(model: ModelConfig, config: TrainConfig, images: ImageSet) -> VAE:
    """An untrained model on the configured device: seeded weights, and an output that starts at the mean image."""
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        vae = VAE(model)
    vae.start_at_mean(images.train)
    vae.to(measure.choose_device(config.device))
    # Convolutions on the CPU take two thirds of the time with channels last; dense layers are not touched by it.
    vae.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types do not know it
    return vae


def train(
    model: VAE, images: ImageSet, config: TrainConfig, *, loss: Loss = losses, slice_seconds: float = math.inf
) -> Reports:
    """Train a model in place, reporting as it goes; the caller stops by not asking for more, or by a `Control`.

    Parameters
    ----------
    model : VAE
        Trained on the device it is on; on a GPU the steps are captured as CUDA graphs, but with a discriminator.
    images : ImageSet
        Both splits.
    config : TrainConfig
        The seed decides the order of images and all noise but dropout's.
    loss : callable
        ``steps.losses``, or what does the same faster; with a discriminator `AdversarialLoss` takes its place.
    slice_seconds : float
        Between two yields, reports or not; a slower step is not cut. By default there are only reports. The slices
        change neither the steps nor the reports.

    Yields
    ------
    Metrics or None
        A report, nats per image, the first before the first step, with test figures only; None at a look.

    Raises
    ------
    ArithmeticError
        If the loss is no longer finite.
    """
    yield from _Loop(model, images, config, loss=loss, slice_seconds=slice_seconds).run()


class _Loop:
    """The state of one training."""

    def __init__(self, model: VAE, images: ImageSet, config: TrainConfig, *, loss: Loss, slice_seconds: float) -> None:
        device = next(model.parameters()).device
        make = CapturedSteps if device.type == "cuda" else Steps
        if config.adversarial:  # the discriminator's own steps can be neither captured nor compiled
            loss, make = AdversarialLoss(model, config), Steps
        self.model, self.config = model, config
        self.steps = make(model, torch.from_numpy(images.train).to(device), config, loss=loss)
        self.test_pixels = torch.from_numpy(images.test).to(device)
        self.clock, self.pace = Clock(self.steps), Pace(slice_seconds)
        self.per_epoch = self.steps.batches.per_epoch
        self.total = config.epochs * self.per_epoch
        self.report_every = math.ceil(self.total / REPORTS)
        self.test_every = math.ceil(config.epochs / TESTS) * self.per_epoch
        self.step, self.stopping = 0, False

    def run(self) -> Reports:
        """All steps and reports."""
        yield from self._report(None)
        while self.step < self.total and not self.stopping:
            yield from self._advance()
            if self.step % self.report_every == 0 or self._test_due() or self.stopping:
                yield from self._report(self.clock.read())

    def _advance(self) -> Reports:
        """The steps to the next report or the end of the epoch, with looks between them."""
        epoch, done = divmod(self.step, self.per_epoch)
        left = min(self.per_epoch - done, self.report_every - self.step % self.report_every)
        self.clock.resume()
        if not done:
            self.steps.begin(schedule(self.config, epoch, per_epoch=self.per_epoch))
        self.model.train()
        while left and not self.stopping:
            count = self.pace.steps(left)
            self.steps.advance(count)
            if self.pace.looks:
                self.steps.wait()
            self.step, left = self.step + count, left - count
            self.pace.took(count, seconds=self.clock.pause())
            if left and self.pace.due:
                yield from self._yield(None)
                self.model.train()  # who looks may have tried the model
            self.clock.resume()

    def _report(self, trained: Figures | None) -> Reports:
        test, kl = (yield from self._test()) if self._test_due() else (None, None)
        speed = self.clock.total_images / self.clock.seconds if self.clock.seconds else 0.0
        epoch = self.step / self.per_epoch
        yield from self._yield(Metrics(self.step, epoch, self.clock.seconds, speed, trained, test, kl))

    def _test_due(self) -> bool:
        return self.step % self.test_every == 0 or self.step == self.total

    def _test(self) -> Generator[None, Control | None, Tested]:
        """Figures of the test set and the rate of each dimension, with looks between batches; nothing after a stop."""
        generator = torch.Generator(self.test_pixels.device).manual_seed(self.config.seed)
        measuring = measure.measuring(self.model, self.test_pixels, generator=generator)
        while True:
            self.model.eval()
            try:
                next(measuring)
            except StopIteration as end:
                figures, codes = end.value
                return figures, tuple(self.model.prior.rate(codes.mu, codes.logvar).mean(0).tolist())
            if self.pace.due:
                yield from self._yield(None)
            if self.stopping:
                return None, None

    def _yield(self, report: Any) -> Generator[Any, Control | None, None]:
        """Yield, and listen."""
        control = yield report
        self.stopping = self.stopping or (control is not None and control.stop)
        self.pace.looked()

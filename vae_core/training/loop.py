"""The training loop, a generator of metrics that listens at every yield and can be taken up where it was.

Images stay on the device as uint8, and nothing is read back from the device between two reports.
"""

import math
from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import Any

import torch

from vae_core import measure
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import ImageSet
from vae_core.measure import Figures
from vae_core.model import VAE
from vae_core.training import state
from vae_core.training.adversarial import AdversarialLoss
from vae_core.training.capture import CapturedSteps
from vae_core.training.control import Control, Pace, Reports
from vae_core.training.metrics import Clock, Metrics
from vae_core.training.state import State
from vae_core.training.steps import Loss, Steps, losses, schedule

REPORTS = 400  # at most so many training figures a run, so that curves stay small
TESTS = 100  # at most so many evaluations on the test set
WARM_STEPS = 200  # over which the learning rate grows where weights are taken up without Adam's averages
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

    The parameters, what is yielded and what is raised are those of `Training` and its `run`.
    """
    yield from Training(model, images, config, loss=loss, slice_seconds=slice_seconds).run()


class Training:
    """One training: it runs, is steered at every yield, and its state can be kept and taken up.

    Parameters
    ----------
    model : VAE
        Trained in place on the device it is on; on a GPU the steps are captured as CUDA graphs, but with a
        discriminator.
    images : ImageSet
        Both splits.
    config : TrainConfig
        The seed decides the order of images and all noise but dropout's, which is drawn from torch's own generator.
    loss : callable
        ``steps.losses``, or what does the same faster; with a discriminator `AdversarialLoss` takes its place.
    slice_seconds : float
        Between two yields, reports or not; a slower step is not cut. By default there are only reports. The slices
        change neither the steps nor the reports.
    stops : iterable of int
        Steps after which it yields in any case.

    Attributes
    ----------
    step : int
        Steps done.
    owes : bool
        Whether the report of this step is not made yet: its evaluation is under way.
    owed : Figures or None
        The training figures of that report.
    config : TrainConfig
        With the β and the learning rate in force.
    """

    def __init__(
        self,
        model: VAE,
        images: ImageSet,
        config: TrainConfig,
        *,
        loss: Loss = losses,
        slice_seconds: float = math.inf,
        stops: Iterable[int] = (),
    ) -> None:
        device = next(model.parameters()).device
        make = CapturedSteps if device.type == "cuda" else Steps
        self.adversary = AdversarialLoss(model, config) if config.adversarial else None
        if self.adversary:  # the discriminator's own steps can be neither captured nor compiled
            loss, make = self.adversary, Steps
        self.model, self.config = model, config
        self.steps = make(model, torch.from_numpy(images.train).to(device), config, loss=loss)
        self.test_pixels = torch.from_numpy(images.test).to(device)
        self.clock, self.pace = Clock(self.steps), Pace(slice_seconds)
        self.per_epoch = self.steps.batches.per_epoch
        self.total = config.epochs * self.per_epoch
        self.report_every = math.ceil(self.total / REPORTS)
        self.test_every = math.ceil(config.epochs / TESTS) * self.per_epoch
        self.stops = frozenset(stops)
        self.step, self.warm_from = 0, -WARM_STEPS
        self.stopping = self.taken_up = self.owes = False
        self.owed: Figures | None = None
        self.until: int | None = None

    def state(self) -> State:
        """A copy of all that going on exactly needs; at any yield."""
        owed = self.owed or Figures(distortion=0.0, rate=0.0)
        numbers = (
            self.step, self.warm_from, self.steps.images, self.clock.total_images, self.clock.seconds,
            self.config.beta, self.config.learning_rate, self.owes, owed.distortion, owed.rate,
        )  # fmt: skip
        tensors = state.tensors_of(self.steps, self.adversary)
        return State(tensors, dict(zip(state.NUMBERS, numbers, strict=True)))

    def take_up(self, kept: State) -> None:
        """Go on from a state, before `run`; raises ValueError if it is not of such a training."""
        numbers = kept.numbers
        state.put_back(kept.tensors, self.steps, self.adversary)
        self.step, self.warm_from, self.owes = kept.step, int(numbers["warm_from"]), bool(numbers["owes"])
        if self.owes and self.step:
            self.owed = Figures(distortion=numbers["owed_distortion"], rate=numbers["owed_rate"])
        self.steps.images, self.clock.total_images = int(numbers["images"]), int(numbers["total_images"])
        self.clock.seconds = numbers["seconds"]
        self.steps.take_up(self.step % self.per_epoch)
        self._taken_up()
        self.steer(Control(beta=numbers["beta"], learning_rate=numbers["learning_rate"]))

    def take_up_weights(self, step: int) -> None:
        """Go on from a step, before `run`, with the weights that the model has and nothing else.

        Adam's averages begin anew, and so the learning rate grows over the first steps; the order of images and the
        noise are others than those of the training that came here first.
        """
        self.step = self.warm_from = step
        self.steps.batches.generator.manual_seed((self.config.seed + step) % 2**63)
        self.steps.begin(self._schedule())
        self.steps.take_up(step % self.per_epoch)
        self._taken_up()

    def _taken_up(self) -> None:
        self.taken_up = True
        if self.step % self.per_epoch:
            self.steps.retime(self._schedule())

    def run(self) -> Reports:
        """All steps and reports.

        Yields
        ------
        Metrics or None
            A report, nats per image, the first before the first step, with test figures only; None at a look.

        Raises
        ------
        ArithmeticError
            If the loss is no longer finite.
        """
        yield from self._yield(None) if self.taken_up else self._report(None)
        if self.owes:
            yield from self._report(self.owed)
        while self.step < self.total and not self.stopping:
            yield from self._advance()
            if self._report_due():
                yield from self._report(self.clock.read())
            else:
                self.clock.pause()
                if self.step in self.stops or self.step == self.until:
                    yield from self._yield(None)
        if self.steps.images:  # stopped on the way to a report
            self.clock.resume()
            yield from self._report(self.clock.read())

    def reported(self) -> bool:
        """Whether the step that the training is at has a report of its own, and it is made."""
        return self._report_due() and not self.owes

    def _report_due(self) -> bool:
        return self.step % self.report_every == 0 or self._test_due()

    def _advance(self) -> Reports:
        """The steps to the next report, stop or end of the epoch, with looks between them."""
        self.clock.resume()
        if not self.step % self.per_epoch:
            self.steps.begin(self._schedule())
        self.model.train()
        end = self._end()
        while self.step < end and not self.stopping:
            count = self.pace.steps(end - self.step)
            self.steps.advance(count)
            if self.pace.looks:
                self.steps.wait()
            self.step += count
            self.pace.took(count, seconds=self.clock.pause())
            if self.step < end and self.pace.due:
                yield from self._yield(None)
                self.model.train()  # who looks may have tried the model
                end = self._end()
            self.clock.resume()

    def _end(self) -> int:
        """The step after which something is due: the end of the epoch, a report, or what one was asked to stop at."""
        ends = [step for step in (*self.stops, self.until or 0) if step > self.step]
        return min(*ends, *(self.step - self.step % every + every for every in (self.per_epoch, self.report_every)))

    def _schedule(self) -> list[tuple[float, float]]:
        """Of the present epoch, with what is in force, and slower at first where Adam's averages began anew."""
        epoch = self.step // self.per_epoch
        timed = schedule(self.config, epoch, per_epoch=self.per_epoch)
        since = epoch * self.per_epoch - self.warm_from
        return [
            (rate * max(0.0, min(1.0, (since + place + 1) / WARM_STEPS)), weight)
            for place, (rate, weight) in enumerate(timed)
        ]

    def _report(self, trained: Figures | None) -> Reports:
        self.owes, self.owed = True, trained
        test, kl = (yield from self._test()) if self._test_due() else (None, None)
        speed = self.clock.total_images / self.clock.seconds if self.clock.seconds else 0.0
        epoch = self.step / self.per_epoch
        report = Metrics(self.step, epoch, self.clock.seconds, speed, trained, test, kl)
        self.owes = False
        yield from self._yield(report)

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
        told = yield report
        self.steer(told or Control())
        self.pace.looked()

    def steer(self, told: Control) -> None:
        """Do as one is told; what is changed is in force from the next step on."""
        self.stopping, self.until = self.stopping or told.stop, told.until
        if told.beta is None and told.learning_rate is None:
            return
        now = self.config
        beta = now.beta if told.beta is None else told.beta
        rate = now.learning_rate if told.learning_rate is None else told.learning_rate
        self.config = replace(now, beta=beta, learning_rate=rate)
        if self.adversary:
            self.adversary.optimizer.param_groups[0]["lr"] = self.config.learning_rate
        if self.step % self.per_epoch:
            self.steps.retime(self._schedule())

"""The training loop, a generator of metrics.

Images stay on the device as uint8, and nothing is read back from the device between two reports.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from vae_core import measure
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import ImageSet
from vae_core.measure import Figures
from vae_core.model import VAE
from vae_core.training.adversarial import AdversarialLoss
from vae_core.training.capture import CapturedSteps
from vae_core.training.metrics import Clock, Metrics
from vae_core.training.steps import Loss, Steps, losses, schedule

REPORTS = 400  # at most so many training figures a run, so that curves stay small
TESTS = 100  # at most so many evaluations on the test set


def build(model: ModelConfig, config: TrainConfig, images: ImageSet) -> VAE:
    """An untrained model on the configured device: seeded weights, and an output that starts at the mean image."""
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        vae = VAE(model)
    vae.start_at_mean(images.train)
    # Convolutions on the CPU take two thirds of the time with channels last; dense layers are not touched by it.
    return vae.to(measure.choose_device(config.device), memory_format=torch.channels_last)


def train(model: VAE, images: ImageSet, config: TrainConfig, *, loss: Loss = losses) -> Iterator[Metrics]:
    """Train a model in place, reporting as it goes; the caller stops by not asking for more.

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

    Yields
    ------
    Metrics
        Nats per image. The first comes before the first step, with test figures only.

    Raises
    ------
    ArithmeticError
        If the loss is no longer finite.
    """
    device = next(model.parameters()).device
    make = CapturedSteps if device.type == "cuda" else Steps
    if config.adversarial:  # the discriminator's own steps can be neither captured nor compiled
        loss, make = AdversarialLoss(model, config), Steps
    steps = make(model, torch.from_numpy(images.train).to(device), config, loss=loss)
    test_pixels = torch.from_numpy(images.test).to(device)
    per_epoch = steps.batches.per_epoch
    total = config.epochs * per_epoch
    report_every, test_every = math.ceil(total / REPORTS), math.ceil(config.epochs / TESTS) * per_epoch

    def report(step: int, figures: Figures | None) -> Metrics:
        due = step % test_every == 0 or step == total
        test, kl = _test(model, test_pixels, config.seed) if due else (None, None)
        speed = clock.total_images / clock.seconds if clock.seconds else 0.0
        return Metrics(step, step / per_epoch, clock.seconds, speed, figures, test, kl)

    clock, step = Clock(steps), 0
    yield report(0, None)
    model.train()
    clock.resume()
    for epoch in range(config.epochs):
        steps.begin(schedule(config, epoch, per_epoch=per_epoch))
        end = (epoch + 1) * per_epoch
        while step < end:
            count = min(end - step, report_every - step % report_every)
            steps.advance(count)
            step += count
            if step % report_every == 0 or step % test_every == 0 or step == total:
                figures = clock.read()
                yield report(step, figures)
                model.train()
                clock.resume()


def _test(model: VAE, pixels: Tensor, seed: int) -> tuple[Figures, tuple[float, ...]]:
    model.eval()
    generator = torch.Generator(pixels.device).manual_seed(seed)
    figures, codes = measure.measure(model, pixels, generator=generator)
    return figures, tuple(model.prior.rate(codes.mu, codes.logvar).mean(0).tolist())

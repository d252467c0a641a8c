"""The optimiser's steps, one by one: the batches they see, their schedule, what they minimise and what they report."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from vae_core import gradients, measure, objective
from vae_core.config import ModelConfig, TrainConfig
from vae_core.model import VAE, reparameterize

Loss = Callable[..., tuple[Tensor, Tensor, Tensor]]
Schedule = Sequence[tuple[float, float]]


def losses(
    model: VAE, x: Tensor, *, eps: Tensor, weight: Tensor | float, config: TrainConfig
) -> tuple[Tensor, Tensor, Tensor]:
    """What a step minimises, and what it reports.

    Parameters
    ----------
    model : VAE
        In training mode.
    x : Tensor of shape (batch, channels, height, width)
        Images as the model sees them.
    eps : Tensor of shape (batch, latent) or (samples, batch, latent)
        Standard normal noise.
    weight : Tensor or float
        Of the rate: beta, or less during a warm-up.
    config : TrainConfig
        Says the bound, the free bits and the estimator of the gradient.

    Returns
    -------
    loss : Tensor of shape ()
        Its gradient is that of the configured objective.
    distortions : Tensor of shape (batch,) or (samples, batch)
        Nats.
    rates : Tensor of shape (batch,)
        Nats; with the distortions the terms of the ELBO, whatever is minimised.
    """
    mu, logvar = model.encode(x)
    z = reparameterize(mu, logvar, eps)
    if config.gradient != "pathwise":
        z = z.detach()  # no derivative passes the sampling; the score function brings the encoder its gradient
    distortions = _distortions(model, x, z)
    kl = model.prior.rate(mu, logvar)
    rates = kl.sum(1)  # (batch, latent) -> (batch,)
    match config.bound:
        case "iwae":
            ratios = objective.log_density_ratio(z, mu, logvar, prior=model.prior)
            loss = objective.iwae_loss(distortions, ratios, weight)
        case "dreg":
            loss = objective.dreg_loss(distortions, z, mu, logvar, rate_weight=weight, prior=model.prior)
        case _:
            charged = objective.free_bits_rate(kl, config.free_bits) if config.free_bits else rates
            loss = objective.loss(distortions, charged, weight)
    if config.gradient != "pathwise":
        with_baseline = config.gradient == "score-baseline"
        baseline = gradients.batch_baseline(model, x, mu=mu, distortions=distortions) if with_baseline else 0
        loss = loss + gradients.surrogate(distortions - baseline, mu=mu, logvar=logvar, eps=eps).mean()
    return loss, distortions, rates


def _distortions(model: VAE, x: Tensor, z: Tensor) -> Tensor:
    """Of one sample per image, shape (batch,), or of several, shape (samples, batch)."""
    if z.ndim == 2:
        return objective.distortion(model.decode(z), x, model.config)
    return gradients.distortion_cost(model, x)(z)


def learning_rate(config: TrainConfig, progress: float) -> float:
    """Adam's step size at a share of the run, 0 to below 1."""
    match config.schedule:
        case "cosine":
            return config.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))
        case "staged":
            # Burda et al. (2016), section 5: 3^i epochs at 0.001 * 10^(-i/7), i = 0..7, 3280 in all.
            stage = int(math.log(2 * 3280 * progress + 1, 3) + 1e-9)
            return config.learning_rate * 10 ** (-min(stage, 7) / 7)
        case _:
            return config.learning_rate


def rate_weight(config: TrainConfig, epoch: float) -> float:
    """The weight of the rate in the loss: beta, reached linearly over the warm-up."""
    return config.beta * min(1.0, epoch / config.warmup_epochs) if config.warmup_epochs else config.beta


def schedule(config: TrainConfig, epoch: int, *, per_epoch: int) -> Schedule:
    """The learning rate and the weight of the rate at each step of an epoch, counted from 0."""
    steps, total = range(epoch * per_epoch, (epoch + 1) * per_epoch), config.epochs * per_epoch
    return [(learning_rate(config, step / total), rate_weight(config, step / per_epoch)) for step in steps]


def noise_shape(config: TrainConfig, batch: int, latent: int) -> tuple[int, ...]:
    """Of a step's noise: (batch, latent) for the ELBO of one sample, (samples, batch, latent) otherwise."""
    return (batch, latent) if config.bound == "elbo" and config.samples == 1 else (config.samples, batch, latent)


class Batches:
    """Shuffled batches of a uint8 set on its device, and all the noise a step needs; the last batch may be smaller.

    Attributes
    ----------
    before_epoch : Tensor
        The generator's state before the order of the present epoch was drawn: from it the order is found again.
    """

    def __init__(self, pixels: Tensor, model: ModelConfig, config: TrainConfig) -> None:
        self.pixels, self.model, self.config, self.size = pixels, model, config, config.batch_size
        self.generator = torch.Generator(pixels.device).manual_seed(config.seed)
        self.before_epoch = self.generator.get_state()
        self.per_epoch = math.ceil(len(pixels) / self.size)

    def order(self) -> Tensor:
        """The rows of all images in a new order."""
        return torch.randperm(len(self.pixels), generator=self.generator, device=self.pixels.device)

    def draw(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The images of some rows as the model sees them, and the noise of their samples."""
        batch = self.pixels.index_select(0, rows)  # ten times faster on the CPU than pixels[rows]
        x = measure.to_input(batch, measure.binary_noise(batch, self.model, self.generator))
        shape = noise_shape(self.config, len(batch), self.model.latent_dim)
        return x, torch.randn(shape, generator=self.generator, device=batch.device)

    def epoch(self) -> tuple[Tensor, ...]:
        """The rows of each batch of an epoch; the generator's state before it is kept."""
        self.before_epoch = self.generator.get_state()
        rows: tuple[Tensor, ...] = self.order().split(self.size)
        return rows


class Steps:
    """Steps of Adam over shuffled epochs, one by one.

    Parameters
    ----------
    model : VAE
        Trained in place, on the device of `pixels`.
    pixels : Tensor of uint8, shape (images, channels, height, width)
        The training set.
    config : TrainConfig
        The seed decides the order of images and all noise but dropout's.
    loss : callable
        `losses`, or what does the same faster.

    Attributes
    ----------
    sums : Tensor of shape (2,), float64
        Of distortion and rate since they were last set to 0; on the device, so that no step waits for a reading.
    images : int
        How many images these sums are of.
    done : int
        Steps of the present epoch so far.
    """

    def __init__(self, model: VAE, pixels: Tensor, config: TrainConfig, *, loss: Loss = losses) -> None:
        self.model, self.config, self.loss = model, config, loss
        self.batches = Batches(pixels, model.config, config)
        self.optimizer = torch.optim.Adam(model.parameters(), **self._adam(pixels.device))
        self.sums, self.images = torch.zeros(2, dtype=torch.float64, device=pixels.device), 0
        self.done = 0
        self.schedule: Schedule = []

    def _adam(self, device: torch.device) -> dict[str, Any]:
        return {"lr": self.config.learning_rate, "eps": self.config.adam_eps, "fused": True}

    def begin(self, schedule: Schedule) -> None:
        """Begin an epoch; the schedule has a learning rate and a weight of the rate for each of its steps."""
        self.rows, self.done = self.batches.epoch(), 0
        self.retime(schedule)

    def retime(self, schedule: Schedule) -> None:
        """Replace the schedule of the present epoch, all its steps counted."""
        self.schedule = schedule

    def take_up(self, done: int) -> None:
        """Find the order of an epoch again, of which `done` steps are done, from the generator's two states."""
        now = self.batches.generator.get_state()
        self.batches.generator.set_state(self.batches.before_epoch)
        self.rows, self.done = self.batches.epoch(), done
        self.batches.generator.set_state(now)

    def advance(self, count: int) -> None:
        """Carry out that many steps of the epoch."""
        for place in range(self.done, self.done + count):
            x, eps = self.batches.draw(self.rows[place])
            self.optimizer.param_groups[0]["lr"], weight = self.schedule[place]
            self.step(x, eps, weight)
            self.images += len(x)
        self.done += count

    def wait(self) -> None:
        """Until the device has done the steps."""
        if self.sums.is_cuda:
            torch.cuda.synchronize(self.sums.device)

    def step(self, x: Tensor, eps: Tensor, weight: Tensor | float) -> None:
        """One step on a batch, its figures added to the sums."""
        self.optimizer.zero_grad(set_to_none=True)
        loss, distortions, rates = self.loss(self.model, x, eps=eps, weight=weight, config=self.config)
        loss.backward()
        self.optimizer.step()
        if distortions.ndim == 2:
            distortions = distortions.mean(0)  # (samples, batch) -> (batch,)
        self.sums += torch.stack([distortions.detach().sum(), rates.detach().sum()])

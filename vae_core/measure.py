"""What a model reaches on a set of images: rate, distortion, NLL, codes, k-NN accuracy.

Figures are nats per image, averaged over images, in full float32 whatever precision training uses. Rate and distortion
do not depend on the batch size: their noise is drawn beforehand.
"""

import contextlib
import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor

from vae_core import likelihood, objective
from vae_core.config import ModelConfig
from vae_core.model import VAE, reparameterize

NEIGHBOURS = 5
# Images, and samples of each, that are decoded together for the NLL: a CPU is fastest where the logits stay in its
# cache (784 pixels: 1.6 MB), a GPU where they fill it.
TILES = {"cpu": (20, 25), "cuda": (100, 500)}


@dataclass(frozen=True)
class Figures:
    """Averages over a set of images.

    Attributes
    ----------
    distortion : float
        -log p(x|z) at one posterior sample per image, nats per image.
    rate : float
        KL(q(z|x) || p(z)) in closed form, nats per image.
    """

    distortion: float
    rate: float

    @property
    def negative_elbo(self) -> float:
        """Distortion + rate, nats per image; never weighted."""
        return self.distortion + self.rate


@dataclass(frozen=True)
class Codes:
    """The posteriors of a set of images.

    Attributes
    ----------
    mu, logvar : Tensor of shape (images, latent)
        Posterior mean and log-variance.
    """

    mu: Tensor
    logvar: Tensor


def choose_device(name: str) -> torch.device:
    """The device of that name; ``auto`` is a GPU if there is one.

    Raises
    ------
    ValueError
        If a GPU is asked for and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device: got 'cuda', but PyTorch sees no GPU here; choose 'auto' or 'cpu'.")
    available = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(available if name == "auto" else name)


def to_unit(pixels: Tensor) -> Tensor:
    """uint8 pixels as float32 in [0, 1]."""
    return pixels.float().div_(255)


def binary_noise(pixels: Tensor, config: ModelConfig, generator: torch.Generator) -> Tensor | None:
    """Uniform noise to binarise a set with, or None where the likelihood takes the pixels as they are."""
    if not likelihood.of(config).binary:
        return None
    return torch.rand(pixels.shape, generator=generator, device=pixels.device)


def to_input(pixels: Tensor, uniform: Tensor | None) -> Tensor:
    """What the model sees of uint8 pixels: grey values in [0, 1], or binarised by `uniform`."""
    x = to_unit(pixels)
    return x if uniform is None else likelihood.binarize(x, uniform)


@contextlib.contextmanager
def full_precision() -> Iterator[None]:
    """Matrix products in float32 within the block; training may round them."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@full_precision()
@torch.inference_mode()
def encode_set(model: VAE, pixels: Tensor, *, uniform: Tensor | None = None, batch_size: int = 1000) -> Codes:
    """The posterior of every image of a uint8 tensor of shape (images, channels, height, width)."""
    batches = [pixels[i : i + batch_size] for i in range(0, len(pixels), batch_size)]
    noises = [None if uniform is None else uniform[i : i + batch_size] for i in range(0, len(pixels), batch_size)]
    codes = [model.encode(to_input(batch, noise)) for batch, noise in zip(batches, noises, strict=True)]
    return Codes(*(torch.cat(part) for part in zip(*codes, strict=True)))


def measuring(
    model: VAE, pixels: Tensor, *, generator: torch.Generator, batch_size: int = 1000
) -> Generator[None, None, tuple[Figures, Codes]]:
    """As `measure`, yielding after every batch; the generator returns the figures and the posteriors."""
    eps = torch.randn((len(pixels), model.config.latent_dim), generator=generator, device=pixels.device)
    uniform = binary_noise(pixels, model.config, generator)
    total = torch.zeros((), dtype=torch.float64, device=pixels.device)
    posteriors = []
    for start in range(0, len(pixels), batch_size):
        rows = slice(start, start + batch_size)
        with full_precision(), torch.inference_mode():
            x = to_input(pixels[rows], None if uniform is None else uniform[rows])
            mu, logvar = model.encode(x)
            output = model.decode(reparameterize(mu, logvar, eps[rows]))
            total += objective.distortion(output, x, model.config).double().sum()
        posteriors.append((mu, logvar))
        yield
    codes = Codes(*(torch.cat(part) for part in zip(*posteriors, strict=True)))
    rate = model.prior.rate(codes.mu, codes.logvar).double().sum(1).mean()
    return Figures(distortion=(total / len(pixels)).item(), rate=rate.item()), codes


def measure(model: VAE, pixels: Tensor, *, generator: torch.Generator, batch_size: int = 1000) -> tuple[Figures, Codes]:
    """Rate and distortion over a set at one posterior sample per image, and the posteriors.

    Parameters
    ----------
    model : VAE
        In evaluation mode, on the device of `pixels`.
    pixels : Tensor of uint8, shape (images, channels, height, width)
        The set.
    generator : torch.Generator
        Source of epsilon and of the binarisation, on the same device.
    batch_size : int
        Images at a time; the figures do not depend on it.
    """
    batches = measuring(model, pixels, generator=generator, batch_size=batch_size)
    while True:
        try:
            next(batches)
        except StopIteration as end:
            return cast(tuple[Figures, Codes], end.value)


@full_precision()
@torch.inference_mode()
def negative_log_likelihood(
    model: VAE,
    pixels: Tensor,
    *,
    samples: int,
    generator: torch.Generator,
    images_at_once: int | None = None,
    chunk: int | None = None,
) -> float:
    """The importance-weighted estimate of -log p(x), nats per image, on randomly binarised pixels.

    Every image is encoded once; the samples are streamed through a running log-sum-exp.

    Parameters
    ----------
    model : VAE
        In evaluation mode, with a likelihood of discrete data.
    pixels : Tensor of uint8, shape (images, channels, height, width)
        The set.
    samples : int
        K, importance samples per image, at least 1.
    generator : torch.Generator
        Source of all noise, on the device of `pixels`.
    images_at_once, chunk : int, optional
        Images, and samples of each, that are decoded together; by default those of ``TILES`` for the device.

    Raises
    ------
    ValueError
        If the likelihood is not of discrete data, or `samples` is below 1.

    References
    ----------
    Burda, Grosse & Salakhutdinov (2016), eq. 8.
    """
    if not likelihood.of(model.config).discrete:
        raise ValueError(f"NLL needs binary pixels; this model has the likelihood {model.config.likelihood!r}.")
    if samples < 1:
        raise ValueError(f"samples: got {samples}, expected at least 1.")
    tile = TILES["cpu" if pixels.device.type == "cpu" else "cuda"]
    images_at_once, chunk = images_at_once or tile[0], chunk or tile[1]
    uniform = binary_noise(pixels, model.config, generator)
    total = 0.0
    for start in range(0, len(pixels), images_at_once):
        rows = slice(start, start + images_at_once)
        x = to_input(pixels[rows], None if uniform is None else uniform[rows])
        total -= _log_likelihood(model, x, samples=samples, generator=generator, chunk=chunk).double().sum().item()
    return total / len(pixels)


def _log_likelihood(model: VAE, x: Tensor, *, samples: int, generator: torch.Generator, chunk: int) -> Tensor:
    mu, logvar = model.encode(x)
    running = torch.full((len(x),), -torch.inf, device=x.device)
    for done in range(0, samples, chunk):
        count = min(chunk, samples - done)
        eps = torch.randn((count, *mu.shape), generator=generator, device=x.device)
        z = reparameterize(mu, logvar, eps)
        output = model.decode(z.flatten(0, 1)).unflatten(0, (count, len(x)))  # (count * batch, …) -> (count, batch, …)
        cost = likelihood.of(model.config).cost(output, x, model.config)
        weights = objective.log_importance_weights(cost, mu, logvar, eps, prior=model.prior)
        running = torch.logaddexp(running, torch.logsumexp(weights, dim=0))
    return running - math.log(samples)


def knn_accuracy(mu: np.ndarray, labels: np.ndarray) -> float:
    """Share of images labelled as most of their 5 nearest other codes are, 0 to 1."""
    from sklearn.neighbors import NearestNeighbors

    # Asked without points of its own, scikit-learn leaves each point out of its own neighbours.
    votes = labels[NearestNeighbors(n_neighbors=NEIGHBOURS).fit(mu).kneighbors(return_distance=False)]
    counts = np.stack([(votes == label).sum(1) for label in range(int(labels.max()) + 1)], axis=1)
    return float((counts.argmax(1) == labels).mean())

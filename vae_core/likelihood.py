"""p(x|z) as a table: one entry for each likelihood, over whole outputs of the decoder.

Distortion is -log p(x|z) in nats per example, summed over pixels. A likelihood is an entry here, its words in
``config.LIKELIHOODS``, and an entry of the browser's table.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import ModelConfig


@dataclass(frozen=True)
class Likelihood:
    """What the rest of the lab needs to know of p(x|z).

    Attributes
    ----------
    distortion : callable
        From the decoder's output and `x`, both of shape (..., channels, height, width), and the configuration to
        -log p(x|z) of shape (...), nats.
    mean : callable
        From the decoder's output to the mean of p(x|z), pixels or probabilities in [0, 1], of the same shape.
    start : callable
        From a mean in [0, 1] to the output whose `mean` it is, as far as that is finite.
    floor : callable or None
        From images of shape (batch, channels, height, width) to the least distortion that any output reaches, nats, of
        shape (batch,); None where there is none to state.
    binary : bool
        Whether pixels are binarised at random at every look.
    discrete : bool
        Whether it is a probability of discrete data, of which an NLL is stated.
    consume : callable or None
        As `distortion`, but faster, and the output is used up; None where there is no such thing.
    """

    distortion: Callable[[Tensor, Tensor, ModelConfig], Tensor]
    mean: Callable[[Tensor], Tensor]
    start: Callable[[Tensor], Tensor]
    floor: Callable[[Tensor], Tensor] | None = None
    binary: bool = False
    discrete: bool = False
    consume: Callable[[Tensor, Tensor, ModelConfig], Tensor] | None = None

    def cost(self, output: Tensor, x: Tensor, config: ModelConfig) -> Tensor:
        """The distortion by the fastest way, `x` broadcast; the output may be used up, and no gradient comes of it."""
        if self.consume is not None:
            return self.consume(output, x, config)
        return self.distortion(output, x.expand_as(output), config)


def of(config: ModelConfig) -> Likelihood:
    """The likelihood that a configuration names."""
    return LIKELIHOODS[config.likelihood]


def pixel_entropy(x: Tensor) -> Tensor:
    """The floor of the grayscale cross-entropy of each image: the entropy of its grey pixels, nats; 0 if binary."""
    entropy: Tensor = torch.special.entr(x) + torch.special.entr(1 - x)
    return entropy.flatten(1).sum(1)


def binarize(x: Tensor, uniform: Tensor) -> Tensor:
    """A random black-and-white image with the grey values as probabilities; `uniform` in [0, 1), of the same shape."""
    return (uniform < x).to(x.dtype)


def continuous_bernoulli_log_normalizer(logits: Tensor) -> Tensor:
    """log C(lambda) of the continuous Bernoulli, lambda = sigmoid(logit).

    References
    ----------
    Loaiza-Ganem & Cunningham (2019), arXiv:1907.06845, eq. 7: C = 2 artanh(1 - 2 lambda) / (1 - 2 lambda). With
    1 - 2 lambda = -tanh(t / 2) for the logit t, this is C = t / tanh(t / 2), even in t and smooth at 0.
    """
    near_zero = logits.abs() < 1e-2
    safe = torch.where(near_zero, torch.ones_like(logits), logits)
    exact = torch.log(safe / torch.tanh(safe / 2))
    return torch.where(near_zero, math.log(2) + logits**2 / 12, exact)


def _over_pixels(nats: Tensor) -> Tensor:
    return nats.flatten(-3).sum(-1)  # (..., channels, height, width) -> (...)


def _cross_entropy(output: Tensor, x: Tensor, config: ModelConfig) -> Tensor:
    return _over_pixels(F.binary_cross_entropy_with_logits(output, x, reduction="none"))


def _binary_cross_entropy(output: Tensor, x: Tensor, config: ModelConfig) -> Tensor:
    """As `_cross_entropy` of pixels 0 or 1: log(1 + exp((1 - 2x) logit)); faster, and the output is used up."""
    wrong = output.mul_(1 - 2 * x)  # positive where the decoder is wrong
    nats = _over_pixels(wrong.exp().add_(1).log_())
    # Beyond 88 the exponential is no float32 any more: then the slower way.
    return nats if nats.isfinite().all() else _over_pixels(F.softplus(wrong))


def _squared_error(output: Tensor, x: Tensor, config: ModelConfig) -> Tensor:
    scaled = (x - output) / config.pixel_std
    return _over_pixels(0.5 * scaled**2 + math.log(config.pixel_std) + 0.5 * math.log(2 * math.pi))


def _continuous_cross_entropy(output: Tensor, x: Tensor, config: ModelConfig) -> Tensor:
    cross_entropy = F.binary_cross_entropy_with_logits(output, x, reduction="none")
    return _over_pixels(cross_entropy - continuous_bernoulli_log_normalizer(output))


def _continuous_bernoulli_mean(output: Tensor) -> Tensor:
    near_zero = output.abs() < 0.1
    safe = torch.where(near_zero, torch.ones_like(output), output)
    # Loaiza-Ganem & Cunningham (2019), eq. 8, in the logit t: 1 / (1 - exp(-t)) - 1 / t, by its series near 0.
    return torch.where(near_zero, 0.5 + output / 12 - output**3 / 720, -1 / torch.expm1(-safe) - 1 / safe)


def _logit(mean: Tensor) -> Tensor:
    return torch.logit(mean, eps=1e-3)


def _letters_cross_entropy(output: Tensor, x: Tensor, config: ModelConfig) -> Tensor:
    return _over_pixels(-x * F.log_softmax(output, dim=-3))


def _letters_mean(output: Tensor) -> Tensor:
    return torch.softmax(output, dim=-3)


def _log(mean: Tensor) -> Tensor:
    return torch.log(mean.clamp_min(1e-4))


def _unit(output: Tensor) -> Tensor:
    return output.clamp(0, 1)


def _same(mean: Tensor) -> Tensor:
    return mean


LIKELIHOODS = {
    "grayscale": Likelihood(_cross_entropy, torch.sigmoid, _logit, floor=pixel_entropy),
    "bernoulli": Likelihood(
        _cross_entropy, torch.sigmoid, _logit, binary=True, discrete=True, consume=_binary_cross_entropy
    ),
    "gaussian": Likelihood(_squared_error, _unit, _same),
    "continuous-bernoulli": Likelihood(_continuous_cross_entropy, _continuous_bernoulli_mean, _logit),
    # Over the channels, at each place: the letters of a word.
    "categorical": Likelihood(_letters_cross_entropy, _letters_mean, _log, discrete=True),
}

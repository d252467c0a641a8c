"""The gradient of an expected cost E_q[f(z)] in the parameters of q = N(mu, exp(logvar)): two estimators, side by side.

The pathwise estimator moves the sample with the parameters (the reparameterization trick) and needs the derivative of
f. The score-function estimator (REINFORCE) leaves the sample where it is, changes its probability, and needs only the
value of f. Both are unbiased; they differ in their variance, which is why the trick exists.

The last axis of a gradient holds the latent numbers of mu, then those of logvar.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from vae_core import objective
from vae_core.model import VAE, reparameterize

# From z of shape (samples, batch, latent) to (samples, batch); each cost depends on its own z alone.
Cost = Callable[[Tensor], Tensor]


def distortion_cost(model: VAE, x: Tensor) -> Cost:
    """f(z) = -log p(x|z) of images `x` of shape (batch, channels, height, width), nats."""

    def cost(z: Tensor) -> Tensor:
        output = model.decode(z.flatten(0, 1)).unflatten(0, z.shape[:2])  # (samples * batch, …) -> (samples, batch, …)
        return objective.distortion(output, x, model.config)

    return cost


def pathwise(cost: Cost, *, mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
    """The reparameterized gradient of each sample: df/dz for mu, and df/dz * sigma * eps / 2 for logvar.

    Parameters
    ----------
    cost : callable
        f, differentiable, from z of shape (samples, batch, latent) to (samples, batch).
    mu, logvar : Tensor of shape (batch, latent)
        Posterior mean and log-variance.
    eps : Tensor of shape (samples, batch, latent)
        Standard normal noise; z = mu + sigma * eps.

    Returns
    -------
    Tensor of shape (samples, batch, 2 * latent)
        One estimate per sample.

    References
    ----------
    Kingma & Welling (2014), section 2.4, arXiv:1312.6114; Rezende, Mohamed & Wierstra (2014), section 3.
    """
    with torch.enable_grad():
        z = reparameterize(mu, logvar, eps).detach().requires_grad_()
        (slope,) = torch.autograd.grad(cost(z).sum(), z)
    return torch.cat([slope, slope * 0.5 * torch.exp(0.5 * logvar) * eps], -1).detach()


@torch.no_grad()
def score_function(cost: Cost, *, mu: Tensor, logvar: Tensor, eps: Tensor, baseline: bool = False) -> Tensor:
    """The score-function gradient of each sample: (f(z) - b) * score; parameters and result as for `pathwise`.

    Without a baseline b = 0. With it, b is the mean cost of the image's other samples: as it does not contain the
    sample's own, every estimate stays unbiased (two of them have a covariance of only mean² / (samples - 1)²).

    Raises
    ------
    ValueError
        If a baseline is asked for and there is only one sample.

    References
    ----------
    Glynn (1990), Likelihood ratio gradient estimation; Williams (1992), REINFORCE. The baseline: Mnih & Rezende (2016),
    arXiv:1602.06725; Kool, van Hoof & Welling (2019), Buy 4 REINFORCE Samples, Get a Baseline for Free!
    """
    if baseline and len(eps) < 2:
        raise ValueError(f"samples: got {len(eps)}, expected at least 2: the baseline is the mean of the others.")
    costs = cost(reparameterize(mu, logvar, eps))
    return (costs - leave_one_out(costs) if baseline else costs)[..., None] * score(logvar, eps)


ESTIMATORS = {"pathwise": pathwise, "score": score_function, "score-baseline": partial(score_function, baseline=True)}


def score(logvar: Tensor, eps: Tensor) -> Tensor:
    """d log q(z) / d (mu, logvar) at z = mu + sigma * eps: eps / sigma, then (eps² - 1) / 2."""
    return torch.cat([eps * torch.exp(-0.5 * logvar), 0.5 * (eps.square() - 1)], -1)


def leave_one_out(values: Tensor) -> Tensor:
    """For each entry along axis 0 the mean of the others; 0 where there is no other."""
    return (values.sum(0) - values) / max(len(values) - 1, 1)


@torch.no_grad()
def batch_baseline(model: VAE, x: Tensor, *, mu: Tensor, distortions: Tensor) -> Tensor:
    """What to expect of each image's distortion without looking at its eps: a baseline for one sample per image.

    b_i = f_i(mu_i) + mean over the other images j of (f_j(z_j) - f_j(mu_j)). The first term says how hard the image is,
    which varies far more than its distortion does with eps; the second how much sampling adds. Neither depends on
    eps_i, and the score has mean 0, so the gradient stays unbiased. It costs one more pass through the decoder.

    Parameters
    ----------
    x, mu : Tensor
        The images, and their posterior means of shape (batch, latent).
    distortions : Tensor of shape (batch,)
        f_i(z_i) = -log p(x_i|z_i) at their samples, nats.

    References
    ----------
    f(mu) is where the control variate of MuProp begins, Gu et al. (2016), arXiv:1511.05176.
    """
    at_mean = distortion_cost(model, x)(mu[None])[0]  # (1, batch) -> (batch,)
    return at_mean + leave_one_out(distortions - at_mean)


def surrogate(advantages: Tensor, *, mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
    """A term of each image's loss whose value means nothing and whose derivative in (mu, logvar) is advantage * score.

    Advantages, of shape (batch,), are costs less their baseline; no gradient goes into them.
    """
    gradient = (advantages[..., None] * score(logvar, eps)).detach()
    return (gradient * torch.cat([mu, logvar], -1)).sum(-1)


@dataclass(frozen=True)
class Summary:
    """Mean m and variance v of one sample's estimate, each of shape (batch, 2 * latent).

    m = sum g_s / S and v = sum (g_s - m)² / (S - 1) over the S samples measured.
    """

    mean: Tensor
    variance: Tensor

    def snr(self, n: int) -> Tensor:
        """Signal-to-noise ratio of the average of `n` samples, |m| / sqrt(v / n), of each number of the gradient.

        m itself carries a noise of sqrt(v / S), so an SNR below sqrt(n / S) cannot be told from 0;
        ``dataclasses.replace(summary, mean=…)`` puts in a more precise mean, such as the pathwise one.
        """
        return self.mean.abs() / (self.variance / n).sqrt()


def summary(estimates: Tensor) -> Summary:
    """The summary of `estimates` of shape (samples, batch, 2 * latent), at least two samples."""
    return Summary(estimates.mean(0), estimates.var(0))

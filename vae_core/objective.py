"""Two more ways to the rate, the ELBO, the importance-weighted bound and its losses, in nats per image.

Distortion is -log p(x|z) summed over pixels; rate is KL(q(z|x) || p(z)) summed over latent dimensions.
"""

import math

import torch
from torch import Tensor

from vae_core import likelihood
from vae_core.config import ModelConfig
from vae_core.prior import STANDARD_NORMAL, StandardNormal, gaussian_log_prob


def distortion(output: Tensor, x: Tensor, config: ModelConfig) -> Tensor:
    """-log p(x|z) of each image under the model's likelihood.

    Parameters
    ----------
    output : Tensor of shape (..., channels, height, width)
        What the decoder returned: a logit per pixel, or the mean under ``gaussian``.
    x : Tensor, broadcast against `output`
        Pixels in [0, 1].
    config : ModelConfig
        Says which likelihood.

    Returns
    -------
    Tensor of shape (...)
        Nats per image. Under ``grayscale`` a cross-entropy between grey values, not a likelihood: its floor is
        ``likelihood.pixel_entropy``. The two densities may be negative.
    """
    return likelihood.of(config).distortion(output, x.expand_as(output), config)


def mean_image(output: Tensor, config: ModelConfig) -> Tensor:
    """The mean of p(x|z), pixels in [0, 1], from what the decoder returned; same shape."""
    return likelihood.of(config).mean(output)


def kl_monte_carlo(mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
    """An unbiased estimate of `StandardNormal.rate`: the mean of log q(z|x) - log p(z) over samples.

    Parameters
    ----------
    mu, logvar : Tensor of shape (batch, latent)
        Posterior mean and log-variance.
    eps : Tensor of shape (samples, batch, latent)
        Standard normal noise.

    Returns
    -------
    Tensor of shape (batch, latent)
        Nats; single entries may be negative. The standard error falls as 1 / sqrt(samples).
    """
    z = mu + torch.exp(0.5 * logvar) * eps
    # Each dimension as a code of its own: (samples, batch, latent) -> (samples, batch, latent, 1)
    log_q = gaussian_log_prob(eps[..., None], logvar[..., None])
    log_p = STANDARD_NORMAL.log_prob(z[..., None])
    return (log_q - log_p).mean(0)


def kl_sufficient_statistics(mu: Tensor, logvar: Tensor) -> Tensor:
    """The same rate per latent dimension as an analytic expectation over the sufficient statistics z and z^2.

    Parameters
    ----------
    mu, logvar : Tensor of shape (batch, latent)
        Posterior mean and log-variance.

    Returns
    -------
    Tensor of shape (batch, latent)
        Nats; equal to the closed form to rounding.

    References
    ----------
    Wainwright & Jordan (2008), section 3: for an exponential family with natural parameters eta and log-partition A,
    KL = (eta_q - eta_p) . E_q[T(z)] - A(eta_q) + A(eta_p), here with T = (z, z^2).
    """
    precision = torch.exp(-logvar)
    first, second = mu, mu.square() + torch.exp(logvar)  # E_q[z], E_q[z^2]
    eta_first, eta_second = mu * precision, -0.5 * precision
    log_partition = 0.5 * mu.square() * precision + 0.5 * logvar
    return eta_first * first + (eta_second + 0.5) * second - log_partition


def elbo(distortions: Tensor, rates: Tensor) -> Tensor:
    """The evidence lower bound of each image, -distortion - rate, nats; never weighted by beta or a warm-up.

    References
    ----------
    Kingma & Welling (2014), eq. 3.
    """
    return -distortions - rates


def loss(distortions: Tensor, rates: Tensor, rate_weight: Tensor | float) -> Tensor:
    """What is minimised: the mean over images of distortion + weight * rate, nats; a weight of 1 is the negative ELBO.

    References
    ----------
    Higgins et al. (2017), beta-VAE, eq. 4.
    """
    return (distortions + rate_weight * rates).mean()


def free_bits_rate(kl: Tensor, free: float) -> Tensor:
    """The rate in a loss with free bits: sum over latent dimensions of max(free, mean over the batch of its KL).

    Parameters
    ----------
    kl : Tensor of shape (batch, latent)
        KL per image and latent dimension, nats.
    free : float
        Nats of each dimension that cost nothing more: below, the dimension has no gradient; above, the full one.

    Returns
    -------
    Tensor of shape ()
        Nats per image, at least ``latent * free``: a term of a loss, never of a reported ELBO.

    References
    ----------
    Kingma et al. (2016), Improved Variational Inference with Inverse Autoregressive Flow, eq. 15, arXiv:1606.04934.
    """
    return torch.clamp(kl.mean(0), min=free).sum()


def log_density_ratio(z: Tensor, mu: Tensor, logvar: Tensor, *, prior: StandardNormal = STANDARD_NORMAL) -> Tensor:
    """log q(z|x) - log p(z) of each sample; its mean over samples of q is the rate.

    Parameters
    ----------
    z : Tensor of shape (samples, batch, latent)
        Samples; the derivative passes through them as well as through the two parameters.
    mu, logvar : Tensor of shape (batch, latent)
        Posterior mean and log-variance.
    prior : StandardNormal
        p(z).

    Returns
    -------
    Tensor of shape (samples, batch)
        Nats.
    """
    noise = (z - mu) * torch.exp(-0.5 * logvar)
    return gaussian_log_prob(noise, logvar) - prior.log_prob(z)


def iwae_loss(distortions: Tensor, log_ratios: Tensor, rate_weight: Tensor | float) -> Tensor:
    """The negative importance-weighted bound, mean over images; its gradient weighs a sample by its normalised weight.

    Parameters
    ----------
    distortions, log_ratios : Tensor of shape (samples, batch)
        -log p(x|z) and log q(z|x) - log p(z) of each sample, nats.
    rate_weight : Tensor or float
        Factor of the log ratios; 1 for the bound itself, below it during a warm-up.

    Returns
    -------
    Tensor of shape ()
        Nats per image.

    References
    ----------
    Burda, Grosse & Salakhutdinov (2016), eq. 8 and 13, arXiv:1509.00519.
    """
    return -importance_weighted_bound(-distortions - rate_weight * log_ratios).mean()


def dreg_loss(
    distortions: Tensor,
    z: Tensor,
    mu: Tensor,
    logvar: Tensor,
    *,
    rate_weight: Tensor | float,
    prior: StandardNormal = STANDARD_NORMAL,
) -> Tensor:
    """A loss whose gradient is the doubly reparameterized one of `iwae_loss`: the same on average, with less variance.

    The decoder's gradient weighs each sample by its normalised weight v; the encoder's passes only through z and
    weighs it by v². With a rate weight c, the score term that is reparameterized again carries c, and v² becomes
    (1 - c) v + c v². The value of this loss means nothing.

    Parameters
    ----------
    distortions : Tensor of shape (samples, batch)
        -log p(x|z) of each sample, computed from `z`, nats.
    z : Tensor of shape (samples, batch, latent)
        Reparameterized samples; what reaches them in the backward pass is reweighted on its way to the encoder.
    mu, logvar : Tensor of shape (batch, latent)
        Posterior mean and log-variance; no gradient goes into them but through `z`.
    rate_weight : Tensor or float
        As in `iwae_loss`.
    prior : StandardNormal
        p(z).

    Returns
    -------
    Tensor of shape ()

    References
    ----------
    Tucker, Lawson, Gu & Maddison (2019), Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives, the
    IWAE estimator, arXiv:1810.04152.
    """
    log_weights = -distortions - rate_weight * log_density_ratio(z, mu.detach(), logvar.detach(), prior=prior)
    normalised = torch.softmax(log_weights.detach(), dim=0)
    # The sum below already brings each z a factor v; the hook brings the rest.
    factor = (1 - rate_weight + rate_weight * normalised)[..., None]
    z.register_hook(lambda gradient: gradient * factor)
    return -(normalised * log_weights).sum(0).mean()


def log_importance_weights(
    distortions: Tensor, mu: Tensor, logvar: Tensor, eps: Tensor, *, prior: StandardNormal = STANDARD_NORMAL
) -> Tensor:
    """log p(x|z) + log p(z) - log q(z|x) of each sample z = mu + sigma * eps.

    Parameters
    ----------
    distortions : Tensor of shape (samples, batch)
        -log p(x|z) of each sample, nats.
    mu, logvar : Tensor of shape (batch, latent)
        Posterior mean and log-variance.
    eps : Tensor of shape (samples, batch, latent)
        The noise behind the samples.
    prior : StandardNormal
        p(z).

    Returns
    -------
    Tensor of shape (samples, batch)
        Nats.
    """
    z = mu + torch.exp(0.5 * logvar) * eps
    return -distortions + prior.log_prob(z) - gaussian_log_prob(eps, logvar)


def importance_weighted_bound(log_weights: Tensor) -> Tensor:
    """log of the mean importance weight: the ELBO's estimate for one sample, log p(x) in the limit of many.

    Parameters
    ----------
    log_weights : Tensor of shape (samples, batch)
        Nats.

    Returns
    -------
    Tensor of shape (batch,)
        Nats.

    References
    ----------
    Burda, Grosse & Salakhutdinov (2016), Importance Weighted Autoencoders, eq. 8, arXiv:1509.00519.
    """
    return torch.logsumexp(log_weights, dim=0) - math.log(log_weights.shape[0])

"""Likelihoods, the three KL estimators, the ELBO, the importance-weighted bound and its losses, in nats per image.

Distortion is -log p(x|z) summed over pixels; rate is KL(q(z|x) || p(z)) summed over latent dimensions.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import ModelConfig


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
        ``pixel_entropy``. The two densities may be negative.
    """
    x = x.expand_as(output)
    match config.likelihood:
        case "grayscale" | "bernoulli":
            per_pixel = F.binary_cross_entropy_with_logits(output, x, reduction="none")
        case "gaussian":
            scaled = (x - output) / config.pixel_std
            per_pixel = 0.5 * scaled**2 + math.log(config.pixel_std) + 0.5 * math.log(2 * math.pi)
        case "continuous-bernoulli":
            cross_entropy = F.binary_cross_entropy_with_logits(output, x, reduction="none")
            per_pixel = cross_entropy - continuous_bernoulli_log_normalizer(output)
    return per_pixel.flatten(-3).sum(-1)  # (..., channels, height, width) -> (...)


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


def mean_image(output: Tensor, config: ModelConfig) -> Tensor:
    """The mean of p(x|z), pixels in [0, 1], from what the decoder returned; same shape."""
    if config.likelihood == "gaussian":
        return output.clamp(0, 1)
    probability = torch.sigmoid(output)
    if config.likelihood != "continuous-bernoulli":
        return probability
    near_zero = output.abs() < 0.1
    safe = torch.where(near_zero, torch.ones_like(output), output)
    # Loaiza-Ganem & Cunningham (2019), eq. 8, in the logit t: 1 / (1 - exp(-t)) - 1 / t, by its series near 0.
    return torch.where(near_zero, 0.5 + output / 12 - output**3 / 720, -1 / torch.expm1(-safe) - 1 / safe)


def pixel_entropy(x: Tensor) -> Tensor:
    """The floor of the grayscale cross-entropy of each image: the entropy of its grey pixels, nats; 0 if binary."""
    return (torch.special.entr(x) + torch.special.entr(1 - x)).flatten(1).sum(1)


def binarize(x: Tensor, uniform: Tensor) -> Tensor:
    """A random black-and-white image with the grey values as probabilities; `uniform` in [0, 1), of the same shape."""
    return (uniform < x).to(x.dtype)


def kl_closed_form(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) || N(0, 1)) per latent dimension, by the closed form.

    Parameters
    ----------
    mu, logvar : Tensor of shape (batch, latent)
        Posterior mean and log-variance.

    Returns
    -------
    Tensor of shape (batch, latent)
        Nats; every entry is >= 0. Sum over dim 1 for the rate of an image.

    References
    ----------
    Kingma & Welling (2014), Appendix B: -1/2 (1 + log sigma^2 - mu^2 - sigma^2).
    """
    # expm1 keeps the digits of sigma^2 - 1 - log sigma^2 where sigma is near 1.
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar)


def kl_monte_carlo(mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
    """An unbiased estimate of the same KL per latent dimension: the mean of log q(z|x) - log p(z) over samples.

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
    # The constants log(2 pi) / 2 of the two densities cancel.
    return (-0.5 * logvar - 0.5 * eps.square() + 0.5 * z.square()).mean(0)


def kl_sufficient_statistics(mu: Tensor, logvar: Tensor) -> Tensor:
    """The same KL per latent dimension as an analytic expectation over the sufficient statistics z and z^2.

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


def log_density_ratio(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """log q(z|x) - log p(z) of each sample; its mean over samples of q is the rate.

    Parameters
    ----------
    z : Tensor of shape (samples, batch, latent)
        Samples; the derivative passes through them as well as through the two parameters.
    mu, logvar : Tensor of shape (batch, latent)
        Posterior mean and log-variance.

    Returns
    -------
    Tensor of shape (samples, batch)
        Nats.
    """
    noise = (z - mu) * torch.exp(-0.5 * logvar)
    # The constants log(2 pi) / 2 of the two densities cancel.
    return 0.5 * (z.square() - noise.square() - logvar).sum(-1)


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


def dreg_loss(distortions: Tensor, z: Tensor, mu: Tensor, logvar: Tensor, *, rate_weight: Tensor | float) -> Tensor:
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

    Returns
    -------
    Tensor of shape ()

    References
    ----------
    Tucker, Lawson, Gu & Maddison (2019), Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives, the
    IWAE estimator, arXiv:1810.04152.
    """
    log_weights = -distortions - rate_weight * log_density_ratio(z, mu.detach(), logvar.detach())
    normalised = torch.softmax(log_weights.detach(), dim=0)
    # The sum below already brings each z a factor v; the hook brings the rest.
    factor = (1 - rate_weight + rate_weight * normalised)[..., None]
    z.register_hook(lambda gradient: gradient * factor)
    return -(normalised * log_weights).sum(0).mean()


def log_importance_weights(distortions: Tensor, mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
    """log p(x|z) + log p(z) - log q(z|x) of each sample z = mu + sigma * eps.

    Parameters
    ----------
    distortions : Tensor of shape (samples, batch)
        -log p(x|z) of each sample, nats.
    mu, logvar : Tensor of shape (batch, latent)
        Posterior mean and log-variance.
    eps : Tensor of shape (samples, batch, latent)
        The noise behind the samples.

    Returns
    -------
    Tensor of shape (samples, batch)
        Nats.
    """
    z = mu + torch.exp(0.5 * logvar) * eps
    return -distortions + (0.5 * logvar + 0.5 * eps.square() - 0.5 * z.square()).sum(-1)


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

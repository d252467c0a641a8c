"""p(z) as an object: what the objective, the importance weights and whoever draws from it need of a prior.

Codes have shape (..., latent); densities are in nats.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

_LOG_2PI = math.log(2 * math.pi)


def gaussian_log_prob(noise: Tensor, logvar: Tensor) -> Tensor:
    """log N(z; mu, exp(logvar)) at z = mu + sigma * noise.

    Parameters
    ----------
    noise, logvar : Tensor of shape (..., latent), broadcast against each other
        Distance from the mean in standard deviations, and the log-variance.

    Returns
    -------
    Tensor of shape (...)
        Nats, summed over the last axis.
    """
    return -0.5 * (noise.square() + logvar + _LOG_2PI).sum(-1)


class StandardNormal:
    """N(0, I)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) of codes of shape (..., latent), nats, of shape (...)."""
        return -0.5 * (z.square() + _LOG_2PI).sum(-1)

    def sample(self, shape: Sequence[int], *, generator: torch.Generator, dtype: torch.dtype = torch.float32) -> Tensor:
        """Codes of that shape, on the generator's device."""
        return torch.randn(tuple(shape), generator=generator, dtype=dtype, device=generator.device)

    def rate(self, mu: Tensor, logvar: Tensor) -> Tensor:
        """KL(N(mu, exp(logvar)) || p) per latent dimension, by the closed form.

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


STANDARD_NORMAL = StandardNormal()

"""The standard normal prior against torch.distributions."""

import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

from vae_core import objective
from vae_core.prior import STANDARD_NORMAL, StandardNormal, gaussian_log_prob


def _normal(*shape):
    return Independent(Normal(torch.zeros(shape).double(), torch.ones(shape).double()), 1)


def test_log_prob_is_that_of_independent_standard_normals(generator):
    z = 3 * torch.randn(4, 5, 3, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(STANDARD_NORMAL.log_prob(z), _normal(4, 5, 3).log_prob(z))


def test_the_posteriors_density_is_that_of_independent_normals(generator):
    mu, logvar, z = torch.randn(3, 5, 3, generator=generator, dtype=torch.float64)
    truth = Independent(Normal(mu, torch.exp(0.5 * logvar)), 1).log_prob(z)
    torch.testing.assert_close(gaussian_log_prob((z - mu) * torch.exp(-0.5 * logvar), logvar), truth)


def test_the_rate_is_the_kl_divergence(generator):
    mu, logvar = torch.randn(2, 7, 3, generator=generator, dtype=torch.float64)
    truth = kl_divergence(Normal(mu, torch.exp(0.5 * logvar)), Normal(0.0, 1.0))
    torch.testing.assert_close(STANDARD_NORMAL.rate(mu, logvar), truth)


def test_samples_have_the_moments_of_the_prior(generator):
    z = STANDARD_NORMAL.sample((40_000, 3), generator=generator)
    assert z.shape == (40_000, 3)
    assert z.mean(0).abs().max() < 4 / 200
    torch.testing.assert_close(torch.cov(z.T), torch.eye(3), atol=0.03, rtol=0)


def test_samples_are_those_of_their_generator():
    draws = [STANDARD_NORMAL.sample((5, 2), generator=torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(*draws)


class Wide(StandardNormal):
    """N(0, 4 I): another prior, as an object."""

    def log_prob(self, z):
        return Independent(Normal(torch.zeros_like(z), 2.0), 1).log_prob(z)


def test_importance_weights_are_those_of_the_prior_that_is_passed(generator):
    mu, logvar = torch.randn(2, 7, 3, generator=generator, dtype=torch.float64)
    eps = torch.randn(11, 7, 3, generator=generator, dtype=torch.float64)
    z, costs = mu + torch.exp(0.5 * logvar) * eps, eps.sum(-1)
    truth = -costs + Normal(0.0, 2.0).log_prob(z).sum(-1) - Normal(mu, torch.exp(0.5 * logvar)).log_prob(z).sum(-1)
    torch.testing.assert_close(objective.log_importance_weights(costs, mu, logvar, eps, prior=Wide()), truth)
    ratios = objective.log_density_ratio(z, mu, logvar, prior=Wide())
    torch.testing.assert_close(-costs - ratios, truth)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_samples_have_the_type_asked_for(dtype, generator):
    assert STANDARD_NORMAL.sample((2, 2), generator=generator, dtype=dtype).dtype == dtype

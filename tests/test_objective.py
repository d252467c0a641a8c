"""Every formula agrees with torch.distributions, a closed form or a numeric gradient; all in nats per image."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, ContinuousBernoulli, MultivariateNormal, Normal, kl_divergence

from vae_core import objective
from vae_core.config import LIKELIHOODS, ModelConfig
from vae_core.likelihood import binarize, pixel_entropy
from vae_core.model import reparameterize
from vae_core.prior import STANDARD_NORMAL

CONFIGS = {name: ModelConfig(likelihood=name, pixel_std=0.3) for name in LIKELIHOODS}
LOGITS = (-30.0, -3.0, -0.02, -1e-2, -1e-3, 0.0, 1e-6, 0.0099, 0.0101, 0.5, 8.0, 30.0)


@pytest.fixture
def posterior(generator):
    return torch.randn(50, 3, generator=generator).double(), 2 * torch.randn(50, 3, generator=generator).double() - 1


@pytest.fixture
def pixels(generator):
    return torch.rand(4, 1, 3, 5, generator=generator).double(), torch.randn(4, 1, 3, 5, generator=generator).double()


def _std(logvar):
    return torch.exp(0.5 * logvar)


def _within_three_errors(samples, truth):
    """Whether the mean over dim 0 is within 3 standard errors of the truth, with one exception in fifty allowed."""
    error = samples.std(0) / math.sqrt(len(samples))
    return ((samples.mean(0) - truth).abs() < 3 * error).double().mean() >= 0.98


# The rate.


def test_kl_agrees_with_torch_distributions(posterior):
    mu, logvar = posterior
    truth = kl_divergence(Normal(mu, _std(logvar)), Normal(0.0, 1.0))
    torch.testing.assert_close(STANDARD_NORMAL.rate(mu, logvar), truth)


def test_kl_is_zero_at_the_prior():
    assert (STANDARD_NORMAL.rate(torch.zeros(2, 3), torch.zeros(2, 3)) == 0).all()


def test_kl_keeps_its_digits_and_its_sign_near_the_prior():
    logvar = torch.tensor([[-1e-3, -1e-4, 1e-4, 1e-3]])
    truth = logvar.double() ** 2 / 4 + logvar.double() ** 3 / 12
    kl = STANDARD_NORMAL.rate(torch.zeros(1, 4), logvar)
    assert (kl >= 0).all()
    torch.testing.assert_close(kl.double(), truth, rtol=0.05, atol=0)


def test_kl_from_sufficient_statistics_is_the_same(posterior):
    torch.testing.assert_close(objective.kl_sufficient_statistics(*posterior), STANDARD_NORMAL.rate(*posterior))


def test_monte_carlo_kl_is_unbiased(posterior, generator):
    eps = torch.randn(4000, 50, 3, generator=generator).double()
    single = torch.stack([objective.kl_monte_carlo(*posterior, sample[None]) for sample in eps])
    assert _within_three_errors(single, STANDARD_NORMAL.rate(*posterior))


def test_monte_carlo_kl_is_the_mean_log_ratio_of_the_densities(posterior, generator):
    mu, logvar = posterior
    eps = torch.randn(3, 50, 3, generator=generator).double()
    z = mu + _std(logvar) * eps
    truth = (Normal(mu, _std(logvar)).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).mean(0)
    torch.testing.assert_close(objective.kl_monte_carlo(mu, logvar, eps), truth)


def test_every_latent_dimension_twice_doubles_the_rate(posterior):
    mu, logvar = posterior
    twice = STANDARD_NORMAL.rate(mu.repeat(1, 2), logvar.repeat(1, 2)).sum(1)
    torch.testing.assert_close(twice, 2 * STANDARD_NORMAL.rate(mu, logvar).sum(1))


@pytest.mark.parametrize("estimator", [STANDARD_NORMAL.rate, objective.kl_sufficient_statistics])
def test_kl_has_the_numeric_gradient(estimator, posterior):
    assert torch.autograd.gradcheck(estimator, [part.requires_grad_() for part in posterior])


def test_monte_carlo_kl_has_the_numeric_gradient(posterior, generator):
    eps = torch.randn(2, 50, 3, generator=generator).double()
    inputs = [part.requires_grad_() for part in posterior]
    assert torch.autograd.gradcheck(lambda mu, logvar: objective.kl_monte_carlo(mu, logvar, eps), inputs)


# The sample.


def test_samples_have_the_variance_that_logvar_says(generator):
    logvar = torch.tensor([-3.0, 0.0, 1.5]).double()
    eps = torch.randn(100_000, 3, generator=generator).double()
    z = reparameterize(torch.tensor([2.0, 0.0, -1.0]).double(), logvar, eps)
    # The standard error of a normal sample's variance is variance * sqrt(2 / n).
    assert ((z.var(0) / logvar.exp() - 1).abs() < 3 * math.sqrt(2 / len(z))).all()


def test_samples_are_centred_on_mu(generator):
    mu, logvar = torch.tensor([2.0, -1.0]).double(), torch.tensor([-1.0, 1.0]).double()
    z = reparameterize(mu, logvar, torch.randn(100_000, 2, generator=generator).double())
    assert ((z.mean(0) - mu).abs() < 3 * _std(logvar) / math.sqrt(len(z))).all()


def test_the_sample_has_the_numeric_gradient(posterior, generator):
    eps = torch.randn(50, 3, generator=generator).double()
    inputs = [part.requires_grad_() for part in posterior]
    assert torch.autograd.gradcheck(lambda mu, logvar: reparameterize(mu, logvar, eps), inputs)


# The distortion.


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_pixel_twice_doubles_the_distortion(likelihood, pixels):
    x, output = pixels
    once = objective.distortion(output, x, CONFIGS[likelihood])
    twice = objective.distortion(output.repeat(1, 1, 2, 1), x.repeat(1, 1, 2, 1), CONFIGS[likelihood])
    torch.testing.assert_close(twice, 2 * once)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_distortion_is_one_number_for_each_sample_and_image(likelihood, pixels, generator):
    x, output = pixels
    samples = torch.stack([output, -output])
    each = torch.stack([objective.distortion(part, x, CONFIGS[likelihood]) for part in samples])
    torch.testing.assert_close(objective.distortion(samples, x, CONFIGS[likelihood]), each)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_distortion_has_the_numeric_gradient(likelihood, pixels):
    x, output = pixels
    output[0, 0, 0, 0] = 0.0
    assert torch.autograd.gradcheck(
        lambda out: objective.distortion(out, x, CONFIGS[likelihood]), output.requires_grad_()
    )


@pytest.mark.parametrize(("logit", "pixel", "nats"), [(120.0, 0.0, 120.0), (-120.0, 1.0, 120.0), (120.0, 1.0, 0.0)])
def test_bernoulli_keeps_its_digits_at_extreme_logits(logit, pixel, nats):
    got = objective.distortion(torch.full((1, 1, 1, 1), logit), torch.full((1, 1, 1, 1), pixel), CONFIGS["bernoulli"])
    assert got.item() == pytest.approx(nats, abs=1e-6)


def test_bernoulli_agrees_with_torch_distributions(pixels):
    x, output = pixels[0].round(), pixels[1]
    truth = -Bernoulli(logits=output).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(objective.distortion(output, x, CONFIGS["bernoulli"]), truth)


def test_gaussian_agrees_with_torch_distributions(pixels):
    x, output = pixels
    truth = -Normal(output, 0.3).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(objective.distortion(output, x, CONFIGS["gaussian"]), truth)


@pytest.mark.parametrize("logit", LOGITS[1:-1])  # beyond, torch's own probability has lost its digits
def test_continuous_bernoulli_agrees_with_torch_distributions(logit):
    x = torch.linspace(0, 1, 5).double().reshape(5, 1, 1, 1)
    truth = -ContinuousBernoulli(logits=torch.tensor(logit).double()).log_prob(x).flatten()
    got = objective.distortion(torch.full_like(x, logit), x, CONFIGS["continuous-bernoulli"])
    torch.testing.assert_close(got, truth, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("logit", [*LOGITS, 120.0, -120.0])
def test_the_continuous_bernoulli_density_integrates_to_one(logit, dtype):
    nodes, weights = np.polynomial.legendre.leggauss(200)
    x = torch.tensor((nodes + 1) / 2, dtype=dtype).reshape(-1, 1, 1, 1)
    log_density = -objective.distortion(torch.full_like(x, logit), x, CONFIGS["continuous-bernoulli"])
    assert (log_density.double().exp().numpy() * weights / 2).sum() == pytest.approx(1, abs=2e-5)


@pytest.mark.parametrize("logit", LOGITS)
def test_the_continuous_bernoulli_mean_agrees_with_torch_distributions(logit):
    output = torch.tensor(logit).double()
    got = objective.mean_image(output, CONFIGS["continuous-bernoulli"])
    torch.testing.assert_close(got, ContinuousBernoulli(logits=output).mean, rtol=1e-5, atol=1e-6)


def test_the_mean_image_of_black_and_white_pixels_is_their_probability(pixels):
    torch.testing.assert_close(objective.mean_image(pixels[1], CONFIGS["bernoulli"]), Bernoulli(logits=pixels[1]).mean)


def test_the_mean_image_of_a_gaussian_is_clipped_to_what_can_be_shown():
    means = torch.tensor([-0.5, 0.25, 1.5])
    assert objective.mean_image(means, CONFIGS["gaussian"]).tolist() == [0.0, 0.25, 1.0]


def test_pixel_entropy_is_the_floor_of_the_grey_cross_entropy(pixels):
    x, output = pixels
    floor = pixel_entropy(x)
    assert (objective.distortion(output, x, CONFIGS["grayscale"]) > floor).all()
    torch.testing.assert_close(objective.distortion(torch.logit(x), x, CONFIGS["grayscale"]), floor)


def test_binary_pixels_have_no_entropy(pixels):
    assert (pixel_entropy(pixels[0].round()) == 0).all()


def test_binarize_takes_grey_as_the_probability_of_white(generator):
    grey = torch.tensor([0.0, 0.1, 0.5, 0.9, 1.0]).expand(20_000, 5)
    white = binarize(grey, torch.rand(20_000, 5, generator=generator))
    assert set(white.unique().tolist()) == {0.0, 1.0}
    assert ((white.mean(0) - grey[0]).abs() <= 3 * (grey[0] * (1 - grey[0]) / 20_000).sqrt()).all()


# The bounds.


def test_the_loss_weights_the_rate_and_the_elbo_does_not():
    distortions, rates = torch.tensor([3.0, 5.0]), torch.tensor([1.0, 2.0])
    assert objective.loss(distortions, rates, 4.0).item() == 10.0
    assert objective.elbo(distortions, rates).tolist() == [-4.0, -7.0]


def test_a_rate_weight_of_zero_leaves_only_distortion():
    assert objective.loss(torch.tensor([3.0, 5.0]), torch.tensor([1.0, 2.0]), 0.0).item() == 4.0


def test_the_loss_at_weight_one_is_the_negative_elbo(generator):
    distortions, rates = torch.rand(2, 7, generator=generator)
    torch.testing.assert_close(objective.loss(distortions, rates, 1.0), -objective.elbo(distortions, rates).mean())


class LinearGaussian:
    """x = W z + noise, whose log p(x) is that of a normal with covariance W W' + s^2 I; W has orthogonal columns."""

    def __init__(self, x, *, pixel_std=0.3):
        self.weight = torch.tensor([[1.0, 0.5], [1.0, -0.5], [-1.0, 0.5], [-1.0, -0.5]]).double()
        self.x, self.config = x, ModelConfig(image_shape=(1, 2, 2), likelihood="gaussian", pixel_std=pixel_std)
        covariance = self.weight @ self.weight.T + pixel_std**2 * torch.eye(4)
        self.log_likelihood = MultivariateNormal(torch.zeros(4).double(), covariance).log_prob(x)
        variance = 1 / (1 + self.weight.square().sum(0) / pixel_std**2)
        self.mu, self.logvar = x @ self.weight * variance / pixel_std**2, variance.log().expand(len(x), 2)

    def log_weights(self, mu, logvar, eps):
        z = reparameterize(mu, logvar, eps)
        output = (z @ self.weight.T).unflatten(-1, (1, 2, 2))
        distortions = objective.distortion(output, self.x.reshape(-1, 1, 2, 2), self.config)
        return objective.log_importance_weights(distortions, mu, logvar, eps)


@pytest.fixture
def linear(generator):
    return LinearGaussian(torch.randn(6, 4, generator=generator).double())


def test_under_the_true_posterior_every_weight_is_the_likelihood(linear, generator):
    weights = linear.log_weights(linear.mu, linear.logvar, torch.randn(5, 6, 2, generator=generator).double())
    torch.testing.assert_close(weights, linear.log_likelihood.expand(5, 6))


def test_under_the_true_posterior_the_elbo_is_the_likelihood(linear, generator):
    eps = torch.randn(6, 2, generator=generator).double()
    rates = objective.kl_monte_carlo(linear.mu, linear.logvar, eps[None]).sum(1)
    output = (reparameterize(linear.mu, linear.logvar, eps) @ linear.weight.T).reshape(6, 1, 2, 2)
    distortions = objective.distortion(output, linear.x.reshape(6, 1, 2, 2), linear.config)
    torch.testing.assert_close(objective.elbo(distortions, rates), linear.log_likelihood)


def test_under_a_wrong_posterior_the_bound_tends_to_the_likelihood(linear, generator):
    weights = linear.log_weights(
        linear.mu + 0.1, linear.logvar + 0.5, torch.randn(200_000, 6, 2, generator=generator).double()
    )
    relative = (weights - linear.log_likelihood).exp()
    assert ((relative.mean(0) - 1).abs() < 3 * relative.std(0) / math.sqrt(len(relative))).all()
    assert (objective.importance_weighted_bound(weights) - linear.log_likelihood).abs().max() < 0.02


def test_the_bound_of_one_sample_is_the_elbo(linear, generator):
    mu, logvar = linear.mu + 0.3, linear.logvar + 1.0
    eps = torch.randn(1, 6, 2, generator=generator).double()
    output = (reparameterize(mu, logvar, eps) @ linear.weight.T).unflatten(-1, (1, 2, 2))
    distortions = objective.distortion(output, linear.x.reshape(-1, 1, 2, 2), linear.config)
    elbo = objective.elbo(distortions[0], objective.kl_monte_carlo(mu, logvar, eps).sum(1))
    bound = objective.importance_weighted_bound(objective.log_importance_weights(distortions, mu, logvar, eps))
    torch.testing.assert_close(bound, elbo)


def test_the_bound_rises_with_the_number_of_samples_and_stays_below_the_likelihood(linear, generator):
    weights = linear.log_weights(
        linear.mu, linear.logvar + 2.0, torch.randn(32_000, 6, 2, generator=generator).double()
    )
    bounds = {k: objective.importance_weighted_bound(weights.reshape(k, -1)).mean().item() for k in (1, 2, 8, 64)}
    ladder = [*bounds.values(), linear.log_likelihood.mean().item()]
    # The lowest rung is 0.02 nats high, six of its standard errors.
    assert all(lower + 0.005 < upper for lower, upper in pairwise(ladder)), ladder


def test_the_bound_of_equal_weights_is_that_weight():
    assert objective.importance_weighted_bound(torch.full((50, 2), -3.5)).tolist() == pytest.approx([-3.5, -3.5])


def test_the_bound_survives_float32_at_minus_500_nats(generator):
    weights = -500 + 5 * torch.randn(100, 20, generator=generator).double()
    truth = np.log(np.mean(np.exp(weights.numpy() + 500), axis=0)) - 500
    assert objective.importance_weighted_bound(weights.float()).numpy() == pytest.approx(truth, abs=1e-3)


# The losses of the importance-weighted bound, and free bits.


def test_the_log_density_ratio_agrees_with_torch_distributions(posterior, generator):
    mu, logvar = posterior
    z = reparameterize(mu, logvar, torch.randn(4, 50, 3, generator=generator).double())
    truth = (Normal(mu, _std(logvar)).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(-1)
    torch.testing.assert_close(objective.log_density_ratio(z, mu, logvar), truth)


def test_the_iwae_loss_is_the_negative_bound_of_the_importance_weights(posterior, generator):
    mu, logvar = posterior
    eps = torch.randn(4, 50, 3, generator=generator).double()
    distortions = 100 * torch.rand(4, 50, generator=generator).double()
    ratios = objective.log_density_ratio(reparameterize(mu, logvar, eps), mu, logvar)
    weights = objective.log_importance_weights(distortions, mu, logvar, eps)
    bound = objective.importance_weighted_bound(weights).mean()
    torch.testing.assert_close(objective.iwae_loss(distortions, ratios, 1.0), -bound)


def _encoder_gradients(linear, eps, *, loss, weight):
    """Gradients in (mu, logvar) of each of many draws of shape (draws, samples, images, 2)."""
    gradients = []
    for noise in eps:
        mu, logvar = (linear.mu + 0.3).requires_grad_(), (linear.logvar + 0.8).requires_grad_()
        z = reparameterize(mu, logvar, noise)
        output = (z @ linear.weight.T).unflatten(-1, (1, 2, 2))
        distortions = objective.distortion(output, linear.x.reshape(-1, 1, 2, 2), linear.config)
        if loss == "dreg":
            value = objective.dreg_loss(distortions, z, mu, logvar, rate_weight=weight)
        else:
            value = objective.iwae_loss(distortions, objective.log_density_ratio(z, mu, logvar), weight)
        gradients.append(torch.cat(torch.autograd.grad(value, (mu, logvar)), 1).flatten())
    return torch.stack(gradients)


@pytest.mark.parametrize("weight", [1.0, 0.5])
def test_the_doubly_reparameterized_gradient_is_that_of_the_bound_on_average(linear, generator, weight):
    eps = torch.randn(1500, 8, 6, 2, generator=generator).double()
    # The same noise for both: their difference has mean 0.
    dreg, iwae = (_encoder_gradients(linear, eps, loss=name, weight=weight) for name in ("dreg", "iwae"))
    difference = dreg - iwae
    errors = difference.mean(0) / (difference.std(0) / math.sqrt(len(eps)))
    assert errors.abs().max() < 4, errors
    assert (iwae.mean(0).abs() > 10 * iwae.std(0) / math.sqrt(len(eps))).sum() >= 12  # there is a gradient to agree on


def test_the_doubly_reparameterized_gradient_varies_less(linear, generator):
    eps = torch.randn(400, 64, 6, 2, generator=generator).double()
    dreg, iwae = (_encoder_gradients(linear, eps, loss=name, weight=1.0).var(0).sum() for name in ("dreg", "iwae"))
    assert dreg < 0.5 * iwae


def test_under_the_true_posterior_the_doubly_reparameterized_gradient_vanishes(linear, generator):
    linear.mu, linear.logvar = linear.mu - 0.3, linear.logvar - 0.8
    gradients = _encoder_gradients(linear, torch.randn(3, 8, 6, 2, generator=generator).double(), loss="dreg", weight=1)
    torch.testing.assert_close(gradients, torch.zeros_like(gradients), atol=1e-9, rtol=0)


@pytest.mark.parametrize("loss", ["iwae", "dreg"])
def test_gradients_survive_float32_at_minus_500_nats(loss, generator):
    mu, logvar = torch.randn(2, 20, 3, generator=generator)
    eps, shift = torch.randn(50, 20, 3, generator=generator), 5 * torch.rand(50, 20, 3, generator=generator)
    gradients = {}
    for dtype in (torch.float32, torch.float64):
        a, b = (part.to(dtype).requires_grad_() for part in (mu, logvar))
        z = reparameterize(a, b, eps.to(dtype))
        distortions = 500 + (z * shift).sum(-1)
        if loss == "dreg":
            value = objective.dreg_loss(distortions, z, a, b, rate_weight=1.0)
        else:
            value = objective.iwae_loss(distortions, objective.log_density_ratio(z, a, b), 1.0)
        gradients[dtype] = torch.cat(torch.autograd.grad(value, (a, b)))
    assert gradients[torch.float32].isfinite().all()
    torch.testing.assert_close(gradients[torch.float32].double(), gradients[torch.float64], rtol=1e-2, atol=1e-4)


def test_free_bits_floor_the_batch_mean_of_each_dimension():
    kl = torch.tensor([[0.1, 3.0, 0.0], [0.3, 1.0, 4.0]])
    assert objective.free_bits_rate(kl, 0.5).item() == pytest.approx(0.5 + 2.0 + 2.0)


def test_below_its_free_bits_a_dimension_has_no_gradient_and_above_the_full_one(posterior):
    kl = STANDARD_NORMAL.rate(*posterior).detach()
    kl = (kl / kl.mean(0) * torch.tensor([0.2, 0.8, 3.0])).requires_grad_()
    (gradient,) = torch.autograd.grad(objective.free_bits_rate(kl, 0.5), kl)
    torch.testing.assert_close(gradient, torch.tensor([0.0, 0.02, 0.02]).double().expand(50, 3))


def test_without_free_bits_the_rate_is_the_mean_rate(posterior):
    kl = STANDARD_NORMAL.rate(*posterior)
    torch.testing.assert_close(objective.free_bits_rate(kl, 0.0), kl.sum(1).mean())

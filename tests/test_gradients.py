"""Three estimators, one gradient: closed forms, torch.distributions and numeric differentiation say which."""

import math
from dataclasses import replace

import pytest
import torch
from torch.distributions import Normal

from vae_core import gradients, objective
from vae_core.config import GRADIENTS, ModelConfig, TrainConfig
from vae_core.model import VAE, reparameterize
from vae_core.training.steps import losses

N = 100_000
MODEL = ModelConfig(image_shape=(1, 4, 4), hidden=(6,), latent_dim=3, activation="silu")
SCORES = [name for name in GRADIENTS if name != "pathwise"]


class Bowl:
    """f(z) = |z - a|² / 2 under four posteriors of three dimensions: its mean is (|mu - a|² + |sigma|²) / 2."""

    def __init__(self, generator):
        self.a, self.mu = torch.randn(2, 4, 3, generator=generator).double()
        self.logvar = 2 * torch.rand(4, 3, generator=generator).double() - 1
        self.gradient = torch.cat([self.mu - self.a, self.logvar.exp() / 2], -1)

    def cost(self, z):
        return 0.5 * (z - self.a).square().sum(-1)

    def estimates(self, name, eps):
        return gradients.ESTIMATORS[name](self.cost, mu=self.mu, logvar=self.logvar, eps=eps)


@pytest.fixture
def bowl(generator):
    return Bowl(generator)


def _tiny(generator):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VAE(MODEL).double()
    return model, torch.rand(4, 1, 4, 4, generator=generator).double()


@pytest.fixture
def tiny(generator):
    return _tiny(generator)


def _agree(samples, truth=0.0):
    """Whether the mean over dim 0 is within 3 standard errors of the truth; one number in twenty may be within 4."""
    errors = (samples.mean(0) - truth).abs() / (samples.std(0) / math.sqrt(len(samples)))
    return (errors < 3).double().mean() >= 0.95 and (errors < 4).all()


def test_the_names_are_those_of_the_configuration():
    assert list(gradients.ESTIMATORS) == list(GRADIENTS)


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_mean_is_the_closed_form(name, bowl, generator):
    estimates = bowl.estimates(name, torch.randn(N, 4, 3, generator=generator).double())
    assert estimates.shape == (N, 4, 6)
    assert _agree(estimates, bowl.gradient)


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_variance_is_the_closed_form(name, generator):
    # One dimension, d = mu - a: moments of a normal up to the sixth.
    d, sigma = 1.5, 0.5
    mu, logvar = torch.full((1, 1), d).double(), torch.full((1, 1), 2 * math.log(sigma)).double()
    truth = {
        "pathwise": sigma**2,
        "score": (d**4 + 14 * d**2 * sigma**2 + 15 * sigma**4) / (4 * sigma**2),
        "score-baseline": 2 * d**2 + 2.5 * sigma**2,
    }[name]
    eps = torch.randn(N, 1, 1, generator=generator).double()
    estimates = gradients.ESTIMATORS[name](lambda z: 0.5 * z.square().sum(-1), mu=mu, logvar=logvar, eps=eps)
    assert gradients.summary(estimates).variance[0, 0].item() == pytest.approx(truth, rel=0.05)


def test_pathwise_has_the_lowest_variance_and_the_baseline_helps(bowl, generator):
    eps = torch.randn(10_000, 4, 3, generator=generator).double()
    pathwise, score, baseline = (gradients.summary(bowl.estimates(name, eps)).variance for name in GRADIENTS)
    assert (score > baseline).all()
    assert (baseline > 2 * pathwise).all()


def test_the_score_is_the_derivative_of_the_log_density(bowl, generator):
    eps = torch.randn(5, 4, 3, generator=generator).double()
    z = reparameterize(bowl.mu, bowl.logvar, eps)
    mu, logvar = (part.expand(5, 4, 3).clone().requires_grad_() for part in (bowl.mu, bowl.logvar))
    Normal(mu, torch.exp(0.5 * logvar)).log_prob(z).sum().backward()
    torch.testing.assert_close(gradients.score(bowl.logvar, eps), torch.cat([mu.grad, logvar.grad], -1))


def test_pathwise_is_what_autograd_says_of_the_model(tiny, generator):
    model, x = tiny
    eps = torch.randn(1, 4, 3, generator=generator).double()
    mu, logvar = (part.detach().requires_grad_() for part in model.encode(x))
    objective.distortion(model.decode(reparameterize(mu, logvar, eps[0])), x, MODEL).sum().backward()
    estimates = gradients.pathwise(gradients.distortion_cost(model, x), mu=mu, logvar=logvar, eps=eps)
    torch.testing.assert_close(estimates[0], torch.cat([mu.grad, logvar.grad], -1))


def _numeric(cost, mu, logvar, eps, *, step=1e-4):
    """Central differences of the Monte Carlo mean cost in each number, with the same eps on both sides."""
    at = torch.cat([mu, logvar], -1)

    def mean_cost(parameters):
        return cost(reparameterize(*parameters.chunk(2, -1), eps)).mean(0)

    moves = step * torch.eye(at.shape[1]).double()
    return torch.stack([(mean_cost(at + move) - mean_cost(at - move)) / (2 * step) for move in moves], -1)


def test_every_mean_is_the_numeric_gradient_of_a_decoders_distortion(tiny, generator):
    model, x = tiny
    cost = gradients.distortion_cost(model, x)
    mu, logvar = (part.detach() for part in model.encode(x))
    eps = torch.randn(20_000, 4, 3, generator=generator).double()
    with torch.no_grad():
        truth = _numeric(cost, mu, logvar, eps)
    pathwise, score, baseline = (gradients.ESTIMATORS[name](cost, mu=mu, logvar=logvar, eps=eps) for name in GRADIENTS)
    torch.testing.assert_close(pathwise.mean(0), truth, rtol=1e-6, atol=1e-8)
    # The truth has the noise of the same eps, which is that of `pathwise`: the difference is what must vanish.
    assert _agree(score - pathwise)
    assert _agree(baseline - pathwise)


@pytest.mark.parametrize("samples", [2, 3])
def test_a_baseline_of_few_samples_does_not_bias(samples, generator):
    bowl = Bowl(generator)
    many = Bowl(generator)
    many.a, many.mu, many.logvar = (part[:1].expand(N, 3) for part in (bowl.a, bowl.mu, bowl.logvar))
    eps = torch.randn(samples, N, 3, generator=generator).double()
    estimates = many.estimates("score-baseline", eps)
    assert _agree(estimates.mean(0), bowl.gradient[0])
    first, second = estimates[:2] - bowl.gradient[0]
    expected = bowl.gradient[0].square() / (samples - 1) ** 2
    assert _agree(first * second, expected)


def test_a_baseline_needs_a_second_sample(bowl):
    with pytest.raises(ValueError, match=r"got 1, expected at least 2.*\.$"):
        bowl.estimates("score-baseline", torch.zeros(1, 4, 3))


def test_a_constant_added_to_the_cost_changes_only_the_estimator_without_baseline(bowl, generator):
    eps = torch.randn(5, 4, 3, generator=generator).double()
    before = {name: bowl.estimates(name, eps) for name in GRADIENTS}
    plain, bowl.cost = bowl.cost, lambda z: plain(z) + 100
    changed = {name: not torch.allclose(bowl.estimates(name, eps), before[name]) for name in GRADIENTS}
    assert changed == {"pathwise": False, "score": True, "score-baseline": False}


def test_leaving_one_out():
    assert gradients.leave_one_out(torch.tensor([1.0, 2.0, 6.0])).tolist() == [4.0, 3.5, 1.5]
    assert gradients.leave_one_out(torch.tensor([5.0])).tolist() == [0.0]


def test_the_snr_grows_with_the_root_of_the_number_of_samples():
    measured = gradients.summary(torch.tensor([[[1.0, -2.0]], [[3.0, -2.5]]]))
    torch.testing.assert_close(measured.mean, torch.tensor([[2.0, -2.25]]))
    torch.testing.assert_close(measured.variance, torch.tensor([[2.0, 0.125]]))
    torch.testing.assert_close(measured.snr(1), torch.tensor([[2 / math.sqrt(2), 2.25 / math.sqrt(0.125)]]))
    torch.testing.assert_close(measured.snr(100), 10 * measured.snr(1))
    assert (replace(measured, mean=torch.zeros(1, 2)).snr(1) == 0).all()


def test_the_snr_is_that_of_real_averages(bowl, generator):
    estimates = bowl.estimates("score", torch.randn(N, 4, 3, generator=generator).double())
    averages = gradients.summary(estimates.unflatten(0, (-1, 50)).mean(1))
    torch.testing.assert_close(averages.snr(1), gradients.summary(estimates).snr(50), rtol=0.1, atol=0)


# One step of the training loop.


def _gradients_of_a_step(model, x, eps, gradient):
    loss, *_ = losses(model, x, eps=eps, weight=0.7, config=TrainConfig(gradient=gradient))
    parts = (model.encoder, model.decoder)
    return [
        torch.cat([value.flatten() for value in torch.autograd.grad(loss, list(part.parameters()), retain_graph=True)])
        for part in parts
    ]


@pytest.mark.parametrize("gradient", SCORES)
def test_the_decoder_learns_the_same(gradient, tiny, generator):
    eps = torch.randn(4, 3, generator=generator).double()
    encoder, decoder = _gradients_of_a_step(*tiny, eps, "pathwise")
    other_encoder, other_decoder = _gradients_of_a_step(*tiny, eps, gradient)
    assert torch.equal(decoder, other_decoder)
    assert not torch.allclose(encoder, other_encoder)


@pytest.fixture(scope="module")
def encoder_gradients():
    """The encoder's gradient in one step, for 1000 draws of eps, by each name."""
    generator = torch.Generator().manual_seed(1)
    model, x = _tiny(generator)
    noises = torch.randn(1000, 4, 3, generator=generator).double()
    return {name: torch.stack([_gradients_of_a_step(model, x, eps, name)[0] for eps in noises]) for name in GRADIENTS}


@pytest.mark.parametrize("gradient", SCORES)
def test_the_encoder_learns_the_same_on_average(gradient, encoder_gradients):
    differences = encoder_gradients[gradient] - encoder_gradients["pathwise"]
    # The weights move together: four images have 4 * 6 numbers of mu and logvar, so 24 directions are independent.
    directions = torch.linalg.svd(differences - differences.mean(0), full_matrices=False).Vh[:24]
    assert _agree(differences @ directions.T)
    torch.testing.assert_close(differences @ directions.T @ directions, differences)


def test_the_baseline_makes_the_encoders_gradient_less_noisy(encoder_gradients):
    pathwise, score, baseline = (encoder_gradients[name].var(0).sum() for name in GRADIENTS)
    assert pathwise < 0.5 * baseline < 0.05 * score


def test_the_baseline_of_an_image_does_not_see_its_own_noise(tiny):
    model, x = tiny
    mu, _ = (part.detach() for part in model.encode(x))
    distortions = torch.tensor([3.0, 5.0, 7.0, 9.0]).double()
    before = gradients.batch_baseline(model, x, mu=mu, distortions=distortions)
    distortions[2] += 30
    moved = gradients.batch_baseline(model, x, mu=mu, distortions=distortions) - before
    torch.testing.assert_close(moved, torch.tensor([10.0, 10.0, 0.0, 10.0]).double())


def test_a_batch_of_one_image_has_its_own_distortion_at_the_mean_as_baseline(tiny):
    model, x = tiny
    mu, _ = (part.detach() for part in model.encode(x[:1]))
    baseline = gradients.batch_baseline(model, x[:1], mu=mu, distortions=torch.tensor([3.0]).double())
    torch.testing.assert_close(baseline, objective.distortion(model.decode(mu), x[:1], MODEL).detach())

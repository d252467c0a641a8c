"""What a step minimises, against derivatives taken another way; its batches and its schedule."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal
from torch.profiler import ProfilerActivity, profile

from vae_core.config import ModelConfig, TrainConfig
from vae_core.model import VAE
from vae_core.training import steps

TINY = ModelConfig(image_shape=(1, 2, 3), hidden=(5,), activation="tanh", likelihood="bernoulli")
DIGITS = ModelConfig(image_shape=(1, 8, 8), hidden=(16,))


def _config(**fields):
    return TrainConfig(**{"dataset": "digits", "epochs": 2, "batch_size": 200, "device": "cpu"} | fields)


@pytest.fixture
def tiny():
    """A small model in double precision, binary images and the noise of 6 samples of each."""
    generator = torch.Generator().manual_seed(0)
    model = VAE(TINY).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.7 * torch.randn(parameter.shape, generator=generator))
    x = torch.randint(0, 2, (4, 1, 2, 3), generator=generator).double()
    return model, x, torch.randn(6, 4, 2, generator=generator).double()


def _step_gradients(model, x, eps, *, weight=1.0, **fields):
    """Gradients of what a step minimises."""
    loss, *_ = steps.losses(model, x, eps=eps, weight=weight, config=TrainConfig(**fields))
    return list(torch.autograd.grad(loss, list(model.parameters())))


def _log_weights(model, x, eps, *, weight=1.0, score=True):
    """log p(x|z) + weight * (log p(z) - log q(z|x)) by torch.distributions; q's own parameters held without score."""
    mu, logvar = model.encode(x)
    z = mu + torch.exp(0.5 * logvar) * eps
    if not score:
        mu, logvar = mu.detach(), logvar.detach()
    posterior, prior = Normal(mu, torch.exp(0.5 * logvar)), Normal(0.0, 1.0)
    logits = model.decode(z.flatten(0, 1)).unflatten(0, z.shape[:2])
    likelihood = Bernoulli(logits=logits).log_prob(x.expand_as(logits)).sum((2, 3, 4))
    return likelihood + weight * (prior.log_prob(z) - posterior.log_prob(z)).sum(2)


def _gradients_of(loss, model):
    return list(torch.autograd.grad(loss, list(model.parameters())))


@pytest.mark.parametrize("weight", [1.0, 0.4])
def test_the_iwae_step_has_the_gradient_of_the_log_mean_weight(tiny, weight):
    model, x, eps = tiny
    weights = _log_weights(model, x, eps, weight=weight).exp()
    truth = _gradients_of(-weights.mean(0).log().mean(), model)
    torch.testing.assert_close(_step_gradients(model, x, eps, bound="iwae", weight=weight), truth)


def test_the_iwae_step_of_one_sample_has_the_gradient_of_the_elbo_with_a_sampled_rate(tiny):
    model, x, eps = tiny
    truth = _gradients_of(-_log_weights(model, x, eps[:1]).mean(), model)
    torch.testing.assert_close(_step_gradients(model, x, eps[:1], bound="iwae"), truth)


@pytest.mark.parametrize("bound", ["iwae", "dreg"])
def test_on_average_the_step_of_one_sample_has_the_gradient_of_the_elbo(tiny, bound):
    model, x, _ = tiny
    difference = []
    for eps in torch.randn(1500, 1, 4, 2, generator=torch.Generator().manual_seed(1)).double():
        pairs = zip(_step_gradients(model, x, eps, bound=bound), _step_gradients(model, x, eps[0]), strict=True)
        difference.append(torch.cat([(ours - elbo).flatten() for ours, elbo in pairs]))
    difference = torch.stack(difference)
    errors = difference.mean(0) / (difference.std(0) / math.sqrt(len(difference)) + 1e-12)
    assert errors.abs().max() < 4


def test_the_elbo_step_of_several_samples_is_the_mean_of_the_steps_of_one(tiny):
    model, x, eps = tiny
    each = [torch.stack(parts).mean(0) for parts in zip(*(_step_gradients(model, x, one) for one in eps), strict=True)]
    torch.testing.assert_close(_step_gradients(model, x, eps), each)


@pytest.mark.parametrize("weight", [1.0, 0.4])
def test_the_dreg_step_weighs_the_decoder_by_the_weights_and_the_encoder_by_their_squares(tiny, weight):
    model, x, eps = tiny
    got = iter(_step_gradients(model, x, eps, bound="dreg", weight=weight))
    log_weights = _log_weights(model, x, eps, weight=weight)
    v = torch.softmax(log_weights, 0).detach()
    score_free = _log_weights(model, x, eps, weight=weight, score=False)
    # A rate of another weight: Stein's identity gives back only that share of the score term.
    squares = (1 - weight) * v + weight * v.square()
    losses = {"encoder": -(squares * score_free).sum(0).mean(), "decoder": -(v * log_weights).sum(0).mean()}
    for part, value in losses.items():
        for expected in torch.autograd.grad(value, list(getattr(model, part).parameters())):
            torch.testing.assert_close(next(got), expected)


def test_a_plain_step_runs_the_operations_it_always_ran(tiny):
    model, x, eps = tiny
    plain = steps.Steps(model, torch.zeros((4, 1, 2, 3), dtype=torch.uint8), _config())
    operations = ["aten::addmm", "aten::binary_cross_entropy_with_logits", "aten::expm1", "aten::exp", "aten::mean"]
    with profile(activities=[ProfilerActivity.CPU]) as watched:
        plain.step(x, eps[0], 1.0)
    counts = {event.key: event.count for event in watched.key_averages()}
    assert [counts[name] for name in operations] == [4, 1, 1, 1, 1]
    assert not {"aten::clamp", "aten::logsumexp", "aten::softmax", "aten::clamp_min"} & set(counts)


def test_every_image_is_seen_once_an_epoch(digits):
    batches = steps.Batches(torch.from_numpy(digits.train), DIGITS, _config())
    seen = torch.cat([batches.draw(rows)[0] for rows in batches.epoch()]).mul(255).round().to(torch.uint8).flatten(1)
    assert sorted(seen.tolist()) == sorted(digits.train.reshape(1497, -1).tolist())


def test_the_weight_of_the_rate_grows_to_beta_over_the_warm_up():
    config = _config(beta=4.0, warmup_epochs=10)
    assert [steps.rate_weight(config, epoch) for epoch in (0, 2.5, 10, 500)] == [0, 1, 4, 4]


def test_without_warm_up_the_weight_is_beta():
    assert steps.rate_weight(_config(beta=4.0), 0) == 4


def test_the_staged_schedule_is_that_of_burda():
    config = _config(schedule="staged", learning_rate=1e-3)
    rates = [steps.learning_rate(config, epoch / 3280) for epoch in range(3280)]
    stages = [-7 * math.log10(rate / 1e-3) for rate in rates]
    assert np.allclose(stages, np.repeat(np.arange(8), 3 ** np.arange(8)))


def test_the_cosine_schedule_falls_to_zero():
    rates = [
        steps.learning_rate(_config(schedule="cosine", learning_rate=0.1), progress) for progress in (0, 1 / 3, 0.5, 1)
    ]
    assert rates == pytest.approx([0.1, 0.075, 0.05, 0.0])


def test_the_constant_schedule_stays():
    assert {steps.learning_rate(_config(learning_rate=0.1), progress) for progress in (0, 0.3, 0.999)} == {0.1}

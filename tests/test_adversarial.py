"""Who learns from what in the VAE/GAN: against derivatives and steps taken by hand, and in a training."""

import math
from copy import deepcopy

import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal

from vae_core import objective, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import evaluate, train
from vae_core.model import VAE
from vae_core.training import adversarial, compiled, loop, steps
from vae_core.training.adversarial import AdversarialLoss
from vae_core.training.compiled import CompiledLoss

TINY = ModelConfig(image_shape=(1, 2, 3), hidden=(5, 4), activation="tanh")
MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(32,), latent_dim=4)


def _config(**fields):
    return TrainConfig(
        **{"dataset": "digits", "epochs": 2, "batch_size": 100, "device": "cpu", "adversarial": 1.0} | fields
    )


@pytest.fixture
def tiny():
    """A small model in double precision, its weights far from 0, with grey images and noise."""
    generator = torch.Generator().manual_seed(0)
    model = VAE(TINY).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.7 * torch.randn(parameter.shape, generator=generator))
    return model, torch.rand(4, 1, 2, 3, generator=generator).double(), torch.randn(4, 2, generator=generator).double()


def _prior_samples(loss, model, count):
    """What the next call will decode, its generator left where it is."""
    generator = torch.Generator()
    generator.set_state(loss.generator.get_state())
    z = torch.randn(count, model.config.latent_dim, generator=generator, dtype=torch.float64)
    return objective.mean_image(model.decode(z), model.config)


def _gradients(tiny, weight):
    """Of the returned loss in encoder and decoder."""
    model, x, eps = tiny
    config = _config(adversarial=weight)
    value, *_ = AdversarialLoss(model, config)(model, x, eps=eps, weight=0.7, config=config)
    values = torch.autograd.grad(value, list(model.parameters()))
    split = len(list(model.encoder.parameters()))
    return values[:split], values[split:]


def _difference(one, other):
    return [(a - b).abs().max().item() for a, b in zip(one, other, strict=True)]


def test_the_verdict_reaches_every_parameter_of_the_decoder_and_none_of_the_encoder(tiny):
    (encoder, decoder), (same, other) = _gradients(tiny, 0.5), _gradients(tiny, 50.0)
    assert max(_difference(encoder, same)) == 0
    assert min(_difference(decoder, other)) > 1e-3


def test_the_loss_is_distortion_and_feature_distortion_and_rate_and_verdict(tiny):
    model, x, eps = tiny
    loss, config = AdversarialLoss(model, _config(adversarial=2.5)), _config(adversarial=2.5)
    sampled = _prior_samples(loss, model, len(x))
    value, distortions, rates = loss(model, x, eps=eps, weight=0.7, config=config)
    reconstruction = torch.sigmoid(model(x, eps)[0])
    hidden = [x, reconstruction]
    for module in list(loss.discriminator)[:-1]:
        hidden = [module(values) for values in hidden]
    near = Independent(Normal(hidden[1], 1.0), 1).log_prob(hidden[0])
    features = -near - 0.5 * hidden[0].shape[1] * math.log(2 * math.pi)
    fooled = [
        Bernoulli(logits=loss.discriminator(made)).log_prob(torch.ones(4, 1)) for made in (reconstruction, sampled)
    ]
    expected = (distortions + features + 0.7 * rates).mean() - 2.5 * sum(each.mean() for each in fooled)
    torch.testing.assert_close(value, expected.to(value))


def test_the_discriminator_takes_one_step_of_adam_on_its_verdicts(tiny, monkeypatch):
    monkeypatch.setattr(adversarial, "SLOPE_WEIGHT", 0.0)
    model, x, eps = tiny
    loss, config = AdversarialLoss(model, _config()), _config()
    before = deepcopy(loss.discriminator).requires_grad_(True)
    made = [torch.sigmoid(model(x, eps)[0]), _prior_samples(loss, model, len(x))]
    loss(model, x, eps=eps, weight=1.0, config=config)
    real = Bernoulli(logits=before(x)).log_prob(torch.ones(4, 1)).mean()
    false = [Bernoulli(logits=before(each.detach())).log_prob(torch.zeros(4, 1)).mean() for each in made]
    gradients = torch.autograd.grad(-real - sum(false), list(before.parameters()))
    for parameter, start, g in zip(loss.discriminator.parameters(), before.parameters(), gradients, strict=True):
        # Adam's first step, its averages corrected: learning rate * g / (|g| + epsilon).
        torch.testing.assert_close(parameter, start.detach() - 1e-3 * g / (g.abs() + 1e-8))


def test_the_penalty_is_half_the_squared_slope_at_real_images():
    linear = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(6, 1)).double()
    real, made = torch.rand(2, 3, 1, 2, 3).double()
    value = adversarial.discriminator_loss(linear, real, made)
    verdicts = Bernoulli(logits=linear(real)).log_prob(torch.ones(3, 1)).mean()
    verdicts = verdicts + 2 * Bernoulli(logits=linear(made)).log_prob(torch.zeros(3, 1)).mean()
    torch.testing.assert_close(value, -verdicts + 0.05 * linear[1].weight.square().sum())


def test_the_returned_loss_leaves_the_discriminator_without_a_gradient(tiny):
    model, x, eps = tiny
    loss, config = AdversarialLoss(model, _config()), _config()
    value, *_ = loss(model, x, eps=eps, weight=1.0, config=config)
    after = deepcopy(loss.discriminator.state_dict())
    value.backward()
    assert all(parameter.grad is None for parameter in loss.discriminator.parameters())
    assert all(torch.equal(array, after[name]) for name, array in loss.discriminator.state_dict().items())


def test_the_update_of_the_discriminator_leaves_the_model_without_a_gradient(tiny):
    model, x, eps = tiny
    AdversarialLoss(model, _config())(model, x, eps=eps, weight=1.0, config=_config())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_equal_images_have_no_feature_distortion_and_others_have():
    discriminator = adversarial.build_discriminator(TINY)
    x, other = torch.rand(2, 5, 1, 2, 3)
    assert adversarial.feature_distortion(discriminator, x, x.clone()).tolist() == [0.0] * 5
    assert (adversarial.feature_distortion(discriminator, x, other) > 0).all()


@pytest.mark.parametrize("likelihood", ["grayscale", "bernoulli", "gaussian", "continuous-bernoulli"])
def test_what_is_reported_are_the_terms_of_the_elbo(likelihood):
    model = VAE(ModelConfig(image_shape=(1, 2, 3), hidden=(5,), likelihood=likelihood))
    x, eps, config = torch.rand(4, 1, 2, 3).round(), torch.randn(4, 2), _config()
    got = AdversarialLoss(model, config)(model, x, eps=eps, weight=0.3, config=config)
    assert got[0].isfinite()
    torch.testing.assert_close(got[1:], steps.losses(model, x, eps=eps, weight=0.3, config=config)[1:])


@pytest.mark.parametrize("hidden", [(), (7,), (7, 3)])
def test_the_discriminator_has_a_hidden_layer_at_least(hidden):
    linear = [
        module
        for module in adversarial.build_discriminator(ModelConfig(image_shape=(1, 2, 3), hidden=hidden))
        if isinstance(module, torch.nn.Linear)
    ]
    assert [module.out_features for module in linear] == [*(hidden or (128,)), 1]


def test_the_seed_decides_the_discriminator_and_no_global_generator_moves(tiny):
    model, x, eps = tiny
    state = torch.get_rng_state()
    first, again, other = (AdversarialLoss(model, _config(seed=seed)) for seed in (3, 3, 4))
    values = [loss(model, x, eps=eps, weight=1.0, config=_config())[0].item() for loss in (first, again, other)]
    assert torch.equal(torch.get_rng_state(), state)
    assert values[0] == values[1] != values[2]


def test_the_discriminator_does_not_begin_as_the_encoder(digits):
    model = loop.build(MODEL, _config(), digits)
    discriminator = AdversarialLoss(model, _config()).discriminator
    assert not torch.equal(discriminator[1].weight, model.encoder[1].weight)


def _figures(digits, **fields):
    config = _config(**fields)
    reports = loop.train(loop.build(MODEL, config, digits), digits, config)
    return [(report.train, report.test) for report in reports]


def test_the_same_seed_gives_the_same_run(digits):
    assert _figures(digits, seed=3) == _figures(digits, seed=3)


def test_without_a_discriminator_the_run_is_another(digits):
    assert _figures(digits)[-1] != _figures(digits, adversarial=0.0)[-1]


def test_a_training_lowers_the_reported_distortion(digits):
    (_, start), *_, (_, last) = _figures(digits, epochs=20, learning_rate=3e-3)
    assert last.distortion < start.distortion - 3
    assert math.isfinite(last.negative_elbo)


def test_a_run_is_one_like_any_other_and_is_never_compiled(models, digits, monkeypatch):
    monkeypatch.setattr(compiled, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(compiled, "PAYS_BACK_SECONDS", 0.0)
    monkeypatch.setattr(CompiledLoss, "start", lambda *_: pytest.fail("compiled"))
    run = runs.create_run_at(models / "gan", MODEL, _config())
    card = train.run_training(run)
    assert not card["compiled"]
    opened = runs.open_run(run.path)
    assert opened.train.adversarial == 1.0
    assert set(opened.read(runs.WEIGHTS)) == set(VAE(MODEL).state_dict())
    again = evaluate.record(opened, digits, device=torch.device("cpu"))
    assert again["negative_elbo"] == card["negative_elbo"]

"""The model keeps its promises about shape, range, start and storage."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from vae_core import objective, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.layers import LOGVAR_BOUND
from vae_core.likelihood import pixel_entropy
from vae_core.measure import to_unit
from vae_core.model import VAE, from_arrays, reparameterize
from vae_core.training import loop

DIGITS = ModelConfig(image_shape=(1, 8, 8), hidden=(32,))
FRESH_PROCESS = """
import json, sys
import torch
from pathlib import Path
from vae_core import runs
from vae_core.jobs import evaluate
model = evaluate.load_model(runs.open_run(Path(sys.argv[1])))
print(json.dumps(model.decode(torch.tensor([[0.3, -1.2]])).flatten().tolist()))
"""


def _encoder_answering(raw):
    """A model whose encoder says mu = 0 and this unbounded log-variance to every image."""
    model = VAE(DIGITS)
    last = model.encoder[-1]
    nn.init.zeros_(last.weight)
    last.bias.data = torch.tensor([0.0, 0.0, raw, raw])
    return model, last.bias


def _start(config, images):
    """Distortion of an untrained model over the training set, nats per image."""
    model = loop.build(config, TrainConfig(device="cpu"), images).eval()
    x = to_unit(torch.from_numpy(images.train))
    with torch.no_grad():
        output, _, _ = model(x, torch.zeros(len(x), config.latent_dim))
    return objective.distortion(output, x, config).mean().item()


@pytest.mark.parametrize("raw", [1e3, -1e3, 1e30, -1e30])
def test_logvar_is_bounded(raw):
    logvar = _encoder_answering(raw)[0].encode(torch.rand(2, 1, 8, 8))[1]
    assert logvar.abs().max() <= LOGVAR_BOUND


@pytest.mark.parametrize("raw", [0.0, LOGVAR_BOUND, -LOGVAR_BOUND, 3 * LOGVAR_BOUND, -3 * LOGVAR_BOUND])
def test_the_gradient_lives_beyond_the_bound_of_logvar(raw):
    model, bias = _encoder_answering(raw)
    model.encode(torch.rand(1, 1, 8, 8))[1].sum().backward()
    slope = 1 - np.tanh(raw / LOGVAR_BOUND) ** 2
    assert slope > 0
    assert bias.grad.tolist() == pytest.approx([0, 0, slope, slope], rel=1e-3)


@pytest.mark.parametrize("shape", [(2, 1, 8, 9), (2, 3, 8, 8), (2, 64), (1, 8, 8)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"Images of shape .*expected \(1, 8, 8\)"):
        VAE(DIGITS).encode(torch.rand(shape))


@pytest.mark.parametrize("shape", [(2, 3), (2,), (5, 2, 2), (0,)])
def test_codes_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"Codes of shape .*expected \(batch, 2\)"):
        VAE(DIGITS).decode(torch.rand(shape))


def test_forward_decodes_the_sample_that_eps_picks():
    model, x, eps = VAE(DIGITS), torch.rand(3, 1, 8, 8), torch.randn(3, 2)
    output, mu, logvar = model(x, eps)
    assert torch.equal(output, model.decode(reparameterize(mu, logvar, eps)))


@pytest.mark.parametrize("likelihood", ["grayscale", "bernoulli"])
def test_training_starts_at_the_entropy_of_the_mean_image(digits, likelihood):
    mean = torch.from_numpy(digits.train.mean(axis=0, keepdims=True) / 255)
    floor = pixel_entropy(mean).item()
    config = ModelConfig(image_shape=(1, 8, 8), likelihood=likelihood)
    assert _start(config, digits) == pytest.approx(floor, rel=0.02)


def test_training_of_mnist_starts_at_206_nats(mnist):
    assert _start(ModelConfig(), mnist) == pytest.approx(206, abs=2)


def test_a_convolutional_decoder_starts_at_the_mean_grey(digits):
    mean = torch.full((1, 1, 8, 8), digits.train.mean() / 255)
    config = ModelConfig(image_shape=(1, 8, 8), channels=(4, 8), hidden=(16,))
    assert _start(config, digits) == pytest.approx(pixel_entropy(mean).item(), rel=0.02)


def test_a_gaussian_decoder_starts_at_the_mean_image_itself(digits):
    model = loop.build(ModelConfig(image_shape=(1, 8, 8), likelihood="gaussian"), TrainConfig(device="cpu"), digits)
    mean = model.decode(torch.zeros(1, 2))[0, 0].detach().numpy()
    assert np.abs(mean - digits.train.mean(axis=0)[0] / 255).max() < 0.1


def test_every_weight_receives_a_gradient_at_the_start(digits):
    model = loop.build(DIGITS, TrainConfig(device="cpu"), digits)
    model(to_unit(torch.from_numpy(digits.train[:50])), torch.ones(50, 2))[0].square().sum().backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in model.parameters())


def test_dropout_acts_in_training_alone():
    model, x, eps = VAE(ModelConfig(image_shape=(1, 8, 8), dropout=0.5)), torch.rand(4, 1, 8, 8), torch.zeros(4, 2)
    assert not torch.equal(model(x, eps)[0], model(x, eps)[0])
    model.eval()
    assert torch.equal(model(x, eps)[0], model(x, eps)[0])


def test_arrays_make_the_same_model_again(trained):
    x = torch.rand(3, 1, 8, 8)
    again = from_arrays(trained.config, trained.arrays())
    assert torch.equal(again(x, torch.zeros(3, 2))[0], trained(x, torch.zeros(3, 2))[0])


def test_a_model_from_arrays_is_ready_for_use(trained):
    assert not from_arrays(trained.config, trained.arrays()).training


def test_a_fresh_process_loads_the_model_from_its_run_alone(trained, models):
    run = runs.create_run_at(models / "tiny", trained.config, TrainConfig(dataset="digits"))
    run.write(runs.WEIGHTS, trained.arrays())
    command = [sys.executable, "-c", FRESH_PROCESS, str(run.path)]
    output = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert {path.suffix for path in run.path.iterdir()} == {".json", ".safetensors"}
    stored = from_arrays(
        trained.config, {n: a.astype(np.float16).astype(np.float32) for n, a in trained.arrays().items()}
    )
    assert output == pytest.approx(stored.decode(torch.tensor([[0.3, -1.2]])).flatten().tolist(), abs=1e-5)

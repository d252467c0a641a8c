"""The layer lists say exactly what torch builds, and can be sent to a browser."""

import json

import pytest
import torch

from vae_core import layers
from vae_core.config import PRESETS, ModelConfig
from vae_core.model import VAE

CONFIGS = {name: model for name, (model, _) in PRESETS.items()} | {
    "linear": ModelConfig(image_shape=(1, 8, 8), hidden=(), latent_dim=1),
    "oblong colour": ModelConfig(image_shape=(3, 16, 4), hidden=(7, 5), latent_dim=3, channels=(4, 6)),
    "one pixel": ModelConfig(image_shape=(2, 1, 1), hidden=(3,)),
    "down to one pixel": ModelConfig(image_shape=(1, 8, 8), hidden=(), channels=(2, 3, 4), dropout=0.5),
    "a line": ModelConfig(image_shape=(27, 1, 12), hidden=(7,), channels=(4, 6), likelihood="categorical"),
    "dropout": ModelConfig(image_shape=(1, 8, 8), hidden=(6, 5), channels=(2,), dropout=0.3, activation="silu"),
}
TORCH_NAMES = {
    "conv": "conv2d", "line-conv": "conv2d", "maxpool": "maxpool2d", "line-maxpool": "maxpool2d",
    "line-upsample": "upsample",
}  # fmt: skip


@pytest.fixture(params=CONFIGS)
def model(request):
    return VAE(CONFIGS[request.param]).eval()


def test_tensor_shapes_are_those_of_torch(model):
    assert layers.tensor_shapes(model.config) == {
        name: tuple(value.shape) for name, value in model.state_dict().items()
    }


def test_every_model_turns_images_into_images_of_the_same_shape(model):
    x = torch.rand(2, *model.config.image_shape)
    output, mu, logvar = model(x, torch.zeros(2, model.config.latent_dim))
    assert output.shape == x.shape
    assert mu.shape == logvar.shape == (2, model.config.latent_dim)


def test_the_browser_is_told_of_every_layer_in_order(model):
    spec = layers.browser_spec(model.config)
    for part in ("encoder", "decoder"):
        kinds = [TORCH_NAMES.get(layer["kind"], layer["kind"]) for layer in spec[part]]
        assert kinds == [type(module).__name__.lower() for module in getattr(model, part)]


def test_the_browser_spec_is_json(model):
    spec = layers.browser_spec(model.config)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec

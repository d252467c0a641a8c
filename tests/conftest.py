"""What the tests share: the embedded digits, a tiny model trained on them for a moment, a folder for runs."""

import pytest
import torch

from vae_core import data, train
from vae_core.config import ModelConfig, TrainConfig

torch.set_num_threads(1)  # a busy machine makes small steps on several threads many times slower


@pytest.fixture(scope="session")
def digits():
    return data.load("digits")


@pytest.fixture(scope="session")
def mnist():
    if not (data.data_root() / "MNIST" / "raw" / "t10k-images-idx3-ubyte").is_file():
        pytest.skip("MNIST is not in VAE_LAB_DATA")
    return data.load("mnist")


@pytest.fixture(scope="session")
def trained(digits):
    config = TrainConfig(dataset="digits", epochs=10, batch_size=100, learning_rate=0.01, device="cpu")
    model = train.build(ModelConfig(image_shape=(1, 8, 8), hidden=(32,)), config, digits)
    list(train.train(model, digits, config))
    return model.eval().requires_grad_(False)


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"

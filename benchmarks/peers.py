"""The loops that training is compared with: that of tutorials, and pythae's where it is installed.

Both train the network of the ``example`` preset, 784-400-20, on MNIST with the cross-entropy of grey pixels.
"""

import importlib
import importlib.util
import tempfile
import time
from itertools import islice
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from vae_core import data


class StockVAE(nn.Module):
    """The network of the PyTorch examples, sigmoid at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.mu, self.logvar = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.up, self.out = nn.Linear(20, 400), nn.Linear(400, 784)

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log-variance."""
        hidden = F.relu(self.hidden(x.view(-1, 784)))
        return self.mu(hidden), self.logvar(hidden)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Pixels in [0, 1]."""
        return torch.sigmoid(self.out(F.relu(self.up(z))))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Reconstruction, mean and log-variance."""
        mu, logvar = self.encode(x)
        return self.decode(mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)), mu, logvar


def _torchvision() -> Any:
    """torchvision, also where it was built for another torch: the loop needs none of the operators it then lacks."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    # Never given back: the definitions go when the library object goes.
    _torchvision.operators = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        _torchvision.operators.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return importlib.import_module("torchvision")


def stock_loop(*, batch: int, device: torch.device, steps: int) -> float:
    """Images per second of what tutorials show, over some steps, after three that are not counted.

    DataLoader, PIL image and ToTensor per image, sigmoid and cross-entropy in probabilities, unfused Adam and
    ``.item()`` at every step.
    """
    torchvision = _torchvision()
    read = torchvision.transforms.ToTensor()
    images = torchvision.datasets.MNIST(str(data.data_root()), transform=read, download=True)
    loader = torch.utils.data.DataLoader(images, batch_size=batch, shuffle=True)
    model = StockVAE().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    total = 0.0
    for step, (x, _) in enumerate(islice(loader, steps + 3)):
        if step == 3:
            began = time.perf_counter()
        x = x.to(device)
        optimizer.zero_grad()
        output, mu, logvar = model(x)
        loss = F.binary_cross_entropy(output, x.view(-1, 784), reduction="sum")
        loss = loss - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        loss.backward()
        total += loss.item()
        optimizer.step()
    return steps * batch / (time.perf_counter() - began)


def pythae_loop(images: data.ImageSet, *, batch: int, device: torch.device, steps: int) -> float | None:
    """Images per second of pythae's trainer (``pip install pythae``) with the same network; None without it."""
    if importlib.util.find_spec("pythae") is None:
        return None
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = StockVAE()

        def forward(self, x: torch.Tensor) -> ModelOutput:
            mu, logvar = self.net.encode(x)
            return ModelOutput(embedding=mu, log_covariance=logvar)

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = StockVAE()

        def forward(self, z: torch.Tensor) -> ModelOutput:
            return ModelOutput(reconstruction=self.net.decode(z))

    pixels = torch.from_numpy(images.train[: steps * batch]).float() / 255
    model_config = VAEConfig(input_dim=(1, 28, 28), latent_dim=20, reconstruction_loss="bce")
    model = VAE(model_config, encoder=Encoder(), decoder=Decoder())
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder, per_device_train_batch_size=batch, learning_rate=1e-3, no_cuda=device.type == "cpu"
        )
        trainer = BaseTrainer(model, BaseDataset(pixels, torch.zeros(len(pixels))), training_config=config)
        trainer.prepare_training()
        trainer.train_step(1)
        began = time.perf_counter()
        trainer.train_step(2)
    return steps * batch / (time.perf_counter() - began)

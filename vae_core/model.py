"""The variational autoencoder: the two layer lists as ``nn.Sequential``, and nothing else.

Images are float in [0, 1], shape (batch, channels, height, width); codes have shape (batch, latent).
"""

import numpy as np
import torch
from torch import Tensor, nn

from vae_core import likelihood
from vae_core.config import ModelConfig
from vae_core.layers import KERNELS, LOGVAR_BOUND, Layer, decoder_layers, encoder_layers
from vae_core.prior import STANDARD_NORMAL

_ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "elu": nn.ELU, "silu": nn.SiLU}


def _module(layer: Layer) -> nn.Module:
    match layer.kind:
        case "linear":
            fan_in, fan_out = layer.sizes
            return nn.Linear(fan_in, fan_out)
        case "conv" | "line-conv":
            (fan_in, fan_out), kernel = layer.sizes, KERNELS[layer.kind]
            return nn.Conv2d(fan_in, fan_out, kernel, padding=(kernel[0] // 2, kernel[1] // 2))
        case "maxpool":
            return nn.MaxPool2d(2)
        case "line-maxpool":
            return nn.MaxPool2d((1, 2))
        case "upsample":
            return nn.Upsample(scale_factor=2)
        case "line-upsample":
            return nn.Upsample(scale_factor=(1.0, 2.0))
        case "flatten":
            return nn.Flatten()
        case "unflatten":
            return nn.Unflatten(1, layer.sizes)
        case "dropout":
            return nn.Dropout(layer.rate)
        case kind:
            return _ACTIVATIONS[kind]()


class VAE(nn.Module):
    """q(z|x) = N(mu(x), exp(logvar(x))), p(z) = N(0, I), p(x|z) by ``config.likelihood``.

    Parameters
    ----------
    config : ModelConfig
        The architecture.

    Attributes
    ----------
    prior : StandardNormal
        p(z).

    References
    ----------
    Kingma & Welling (2014), Auto-Encoding Variational Bayes, arXiv:1312.6114.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config, self.prior = config, STANDARD_NORMAL
        self.encoder = nn.Sequential(*map(_module, encoder_layers(config)))
        self.decoder = nn.Sequential(*map(_module, decoder_layers(config)))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), each of shape (batch, latent).

        Raises
        ------
        ValueError
            If the images have another shape than the configuration's.
        """
        if tuple(x.shape[1:]) != self.config.image_shape:
            raise ValueError(f"Images of shape {tuple(x.shape[1:])}, expected {self.config.image_shape}.")
        mu, raw = self.encoder(x).chunk(2, dim=1)
        return mu, LOGVAR_BOUND * torch.tanh(raw / LOGVAR_BOUND)

    def decode(self, z: Tensor) -> Tensor:
        """One logit per pixel (under ``gaussian`` the mean itself), of shape (batch, *image_shape).

        Raises
        ------
        ValueError
            If `z` has another shape than (batch, latent_dim).
        """
        if z.ndim != 2 or z.shape[1] != self.config.latent_dim:
            raise ValueError(f"Codes of shape {tuple(z.shape)}, expected (batch, {self.config.latent_dim}).")
        output: Tensor = self.decoder(z)
        return output

    def forward(self, x: Tensor, eps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Decoder output, mu and logvar for one sample z = mu + sigma * eps of each posterior."""
        mu, logvar = self.encode(x)
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar

    @torch.no_grad()
    def start_at_mean(self, images: np.ndarray) -> None:
        """Set the output bias so that an untrained decoder answers with the mean image of uint8 `images`.

        A dense MNIST model then starts at 206 nats of distortion, not at 784 ln 2 = 543; a convolutional one, with one
        number per channel, starts at the channel's mean.
        """
        mean = torch.from_numpy(images.mean(axis=0, dtype=np.float64) / 255)
        last = [module for module in self.decoder if isinstance(module, nn.Linear | nn.Conv2d)][-1]
        if isinstance(last, nn.Conv2d):
            mean = mean.mean(dim=(1, 2))  # (channels, height, width) -> (channels,)
        # Small, not zero: the decoder's other layers must still receive a gradient.
        last.weight.mul_(0.1)
        assert last.bias is not None  # every layer of `layers` has one
        last.bias.copy_(likelihood.of(self.config).start(mean).flatten())

    def arrays(self) -> dict[str, np.ndarray]:
        """Every parameter as a float32 array, by its name in a checkpoint."""
        return {name: value.detach().float().cpu().numpy().copy() for name, value in self.state_dict().items()}


def reparameterize(mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
    """A sample z = mu + sigma * eps of N(mu, exp(logvar)), differentiable in mu and logvar; eps ~ N(0, I) is passed in.

    References
    ----------
    Kingma & Welling (2014), section 2.4.
    """
    return mu + torch.exp(0.5 * logvar) * eps


def from_arrays(config: ModelConfig, arrays: dict[str, np.ndarray]) -> VAE:
    """The model with the given weights, in evaluation mode; `arrays` as ``tables.parse_weights`` checks them."""
    model = VAE(config)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return model.eval()

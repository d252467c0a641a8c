"""The layer lists of encoder and decoder as plain data: one description, run by torch and by the browser alike.

A parameter is named ``<part>.<position in the list>.<weight or bias>``, as ``torch.nn.Sequential`` names it.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

from vae_core.config import ModelConfig

KERNEL = 3
# Height and width of the kernels of each convolution.
KERNELS = {"conv": (KERNEL, KERNEL), "line-conv": (1, KERNEL)}
# The encoder's second half r becomes logvar = B tanh(r / B): linear near 0, never infinite, and its gradient is not
# cut off as a clamp's is.
LOGVAR_BOUND = 16.0


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes
    ----------
    kind : str
        ``linear``, ``conv``, ``maxpool``, ``upsample``, ``flatten``, ``unflatten``, ``dropout`` or an activation; the
        convolution and its kin over a line (height 1) are ``line-conv``, ``line-maxpool``, ``line-upsample``.
    sizes : tuple of int
        Inputs and outputs of ``linear`` and of the convolutions; channels, height and width after ``unflatten``;
        otherwise empty.
    rate : float
        Probability of ``dropout``; otherwise 0.
    """

    kind: str
    sizes: tuple[int, ...] = ()
    rate: float = 0.0

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter: ``weight`` and ``bias``, or nothing."""
        if self.kind != "linear" and self.kind not in KERNELS:
            return {}
        fan_in, fan_out = self.sizes
        return {"weight": (fan_out, fan_in, *KERNELS.get(self.kind, ())), "bias": (fan_out,)}


def _bottleneck(config: ModelConfig) -> tuple[int, int, int]:
    """Channels, height and width where convolutions and dense layers meet."""
    channels, height, width = config.image_shape
    scale = 2 ** len(config.channels)
    return (config.channels or (channels,))[-1], max(1, height // scale), width // scale


def _over(config: ModelConfig) -> str:
    """What the kinds of the convolution's layers begin with: a line has its own."""
    return "line-" if config.image_shape[1] == 1 else ""


def _dense(widths: list[int], activation: str, *, dropout: float = 0.0) -> list[Layer]:
    layers = []
    for sizes in pairwise(widths):
        layers += [Layer("linear", sizes), Layer(activation)]
        if dropout:
            layers.append(Layer("dropout", rate=dropout))
    return layers


def encoder_layers(config: ModelConfig) -> list[Layer]:
    """The layers from an image in [0, 1] to the 2 * latent_dim numbers (mu, unbounded logvar)."""
    layers, over = list[Layer](), _over(config)
    for sizes in pairwise((config.image_shape[0], *config.channels)):
        layers += [Layer(f"{over}conv", sizes), Layer(config.activation), Layer(f"{over}maxpool")]
    widths = [prod(_bottleneck(config)), *config.hidden]
    layers += [Layer("flatten"), *_dense(widths, config.activation, dropout=config.dropout)]
    return [*layers, Layer("linear", (widths[-1], 2 * config.latent_dim))]


def decoder_layers(config: ModelConfig) -> list[Layer]:
    """The layers from z to one number per pixel: a logit, or the mean itself under a Gaussian likelihood."""
    bottleneck = _bottleneck(config)
    widths = [config.latent_dim, *reversed(config.hidden)]
    layers = [*_dense(widths, config.activation), Layer("linear", (widths[-1], prod(bottleneck)))]
    if config.channels:
        layers.append(Layer(config.activation))
    layers.append(Layer("unflatten", bottleneck))
    over = _over(config)
    stages = list(pairwise((*reversed(config.channels), config.image_shape[0]))) if config.channels else []
    for position, sizes in enumerate(stages):
        layers += [Layer(f"{over}upsample"), Layer(f"{over}conv", sizes)]
        if position < len(stages) - 1:
            layers.append(Layer(config.activation))
    return layers


def parts(config: ModelConfig) -> dict[str, list[Layer]]:
    """Both layer lists by the name of their part."""
    return {"encoder": encoder_layers(config), "decoder": decoder_layers(config)}


def tensor_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every parameter that a checkpoint of this model holds."""
    return {
        f"{part}.{position}.{name}": shape
        for part, layers in parts(config).items()
        for position, layer in enumerate(layers)
        for name, shape in layer.shapes().items()
    }


def browser_spec(config: ModelConfig) -> dict[str, Any]:
    """What the browser must know besides the weights to run both parts, as JSON values."""
    lists = {
        part: [{"kind": layer.kind, "sizes": list(layer.sizes)} for layer in layers]
        for part, layers in parts(config).items()
    }
    return {
        "image_shape": list(config.image_shape),
        "latent_dim": config.latent_dim,
        "likelihood": config.likelihood,
        "logvar_bound": LOGVAR_BOUND,
        **lists,
    }

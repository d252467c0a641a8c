"""What a model is and how it is trained: frozen, validated dataclasses with JSON both ways, and the named presets.

Every option is declared here, once. Torch-free, so that the server can read and check a configuration without loading
the worker's libraries.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from vae_core.options import Choice, Declared, Flag, Number, Sizes, Text, Whole, declare, require
from vae_core.options import Option as Option
from vae_core.options import options as options

# Each table: the name in a configuration, and the words for it.
LIKELIHOODS = {
    "grayscale": "grey-scale cross-entropy",
    "bernoulli": "Bernoulli, pixels binarised at random",
    "gaussian": "Gaussian",
    "continuous-bernoulli": "continuous Bernoulli",
    "categorical": "categorical, a softmax over letters",
}
# What a card adds where a likelihood has a floor: a sentence with that floor, nats, over the test set.
FLOOR_WORDS = {
    "grayscale": "On grey pixels the cross-entropy is no likelihood: even a perfect reconstruction costs the pixels' "
    "own entropy, {floor:.1f} nats on this test set."
}
# Of these p(x|z) is a density over continuous pixels, not a probability.
DENSITIES = ("gaussian", "continuous-bernoulli")
ACTIVATIONS = {name: name for name in ("relu", "tanh", "elu", "silu")}
SCHEDULES = {"constant": "constant", "cosine": "cosine to zero", "staged": "in eight stages"}
GRADIENTS = {
    "pathwise": "pathwise (reparameterization)",
    "score": "score function",
    "score-baseline": "score function with baseline",
}
BOUNDS = {"elbo": "ELBO", "iwae": "IWAE", "dreg": "IWAE (DReG)"}
DEVICES = {"auto": "a GPU if there is one", "cpu": "CPU", "cuda": "GPU"}
FORMAT = 1


@dataclass(frozen=True)
class ModelConfig(Declared):
    """The architecture and likelihood of one VAE; the decoder mirrors the encoder."""

    image_shape: tuple[int, ...] = declare(
        Sizes(
            (1, 28, 28),
            "Image shape",
            high=1024,
            longest=3,
            parts="sizes (channels, height, width)",
            help="Channels, height and width of an image.",
            unit="pixels",
        )
    )
    latent_dim: int = declare(Whole(2, "Latent dimensions", low=1, high=256, help="How many numbers the code z has."))
    hidden: tuple[int, ...] = declare(
        Sizes(
            (512, 256),
            "Dense layers",
            high=4096,
            longest=8,
            parts="layers",
            help="Units of each dense layer of the encoder; the decoder mirrors it.",
            unit="units",
        )
    )
    channels: tuple[int, ...] = declare(
        Sizes(
            (),
            "Convolution stages",
            high=512,
            longest=6,
            parts="stages",
            help="Feature maps of each stage; each halves height and width, of words the width. None: a dense VAE.",
            unit="feature maps",
        )
    )
    activation: str = declare(Choice("relu", "Activation", choices=ACTIVATIONS, said="{activation}", always=True))
    # The decoder has none: it would make p(x|z) itself random (and costs 13 nats on the tutorial's network, LOG.md).
    dropout: float = declare(
        Number(
            0.0,
            "Dropout",
            low=0,
            high=0.95,
            step=0.05,
            help="Probability that a dense hidden unit of the encoder is dropped while training.",
            said="dropout {dropout}",
        )
    )
    likelihood: str = declare(
        Choice(
            "grayscale",
            "Likelihood p(x|z)",
            choices=LIKELIHOODS,
            help="How likely an image is, given what the decoder says of it.",
            said="likelihood: {likelihood}",
            always=True,
        )
    )
    pixel_std: float = declare(
        Number(
            0.1,
            "σ of a pixel",
            low=1e-3,
            high=10,
            step=0.01,
            help="Standard deviation of a pixel under the Gaussian likelihood; 1 is the step from black to white.",
            said="σ = {pixel_std} per pixel",
            always=True,
            only=("likelihood", "gaussian"),
        )
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        require(len(self.image_shape) == 3, "image_shape", self.image_shape, "[channels, height, width]")
        height, width = self.image_shape[1:]
        stride = 2 ** len(self.channels)
        fits = width % stride == 0 and (height == 1 or height % stride == 0)  # a line is halved along its width only
        require(fits, "channels", self.channels, f"stages that halve {height}×{width} evenly")


@dataclass(frozen=True)
class TrainConfig(Declared):
    """How one model is trained."""

    # Shown on pages and read from uploads: only letters that can be no markup.
    dataset: str = declare(
        Text(
            "mnist",
            "Data",
            pattern=r"[a-z0-9-]{1,40}",
            form="1 to 40 lower-case letters, digits and hyphens",
            help="The data set.",
        )
    )
    epochs: int = declare(
        Whole(
            10,
            "Epochs",
            low=1,
            high=100_000,
            help="How often training passes over all training images.",
            said="up to {epochs} epochs of Adam at {learning_rate} ({schedule})",
            always=True,
        )
    )
    batch_size: int = declare(
        Whole(
            128,
            "Batch size",
            low=1,
            high=65_536,
            help="How many images one step of the optimiser averages over.",
            unit="images",
            said="batch {batch_size}",
            always=True,
        )
    )
    learning_rate: float = declare(
        Number(1e-3, "Learning rate", low=1e-8, high=1, step=1e-4, help="Adam's step size at the start.")
    )
    # Staged as Burda et al. (2015): 10^(-i/7) for 3^i parts of the run, i = 0..7.
    schedule: str = declare(
        Choice(
            "constant",
            "Learning-rate schedule",
            choices=SCHEDULES,
            help="How the learning rate falls: not at all; along a cosine to zero at the last step; or in stages, each "
            "three times as long as the one before.",
        )
    )
    adam_eps: float = declare(
        Number(
            1e-8,
            "Adam's ε",
            low=1e-16,
            high=1,
            step=1e-8,
            help="What Adam adds to the root of its second moment, so that it never divides by zero.",
        )
    )
    beta: float = declare(
        Number(
            1.0,
            "β (weight of the rate)",
            low=0,
            high=1000,
            step=0.1,
            help="1 is the ELBO; 0 an autoencoder; above 1 squeezes the code. Reported figures never contain it.",
            said="β = {beta}",
            always=True,
        )
    )
    warmup_epochs: float = declare(
        Number(
            0.0,
            "β warm-up",
            low=0,
            high=100_000,
            help="β grows from 0 over so many epochs.",
            unit="epochs",
            said="β from 0 over {warmup_epochs} epochs",
        )
    )
    # The rate's gradient is analytic and the decoder's the usual one in every case.
    gradient: str = declare(
        Choice(
            "pathwise",
            "Gradient through the sampling",
            choices=GRADIENTS,
            help="How the encoder learns from the distortion, z being random. All three are right on average; they "
            "differ in their variance.",
            said="gradient: {gradient}",
        )
    )
    samples: int = declare(
        Whole(
            1,
            "Samples per image",
            low=1,
            high=1000,
            help="Posterior samples of each image in a step; a step costs about as many times more.",
            said="{bound} of {samples} samples",
        )
    )
    # Burda et al. (2016); its doubly reparameterized gradient, Tucker et al. (2019).
    bound: str = declare(
        Choice(
            "elbo",
            "Bound",
            choices=BOUNDS,
            help="What is maximised: the ELBO; or the importance-weighted bound (IWAE), which with several samples is "
            "closer to log p(x); DReG is the same bound with a gradient of less variance.",
        )
    )
    free_bits: float = declare(
        Number(
            0.0,
            "Free nats",
            low=0,
            high=100,
            step=0.05,
            help="Rate that each latent dimension has for free (free bits); against unused dimensions. ELBO only.",
            unit="nats",
            said="{free_bits} nats of each dimension free",
        )
    )
    adversarial: float = declare(
        Number(
            0.0,
            "Discriminator",
            low=0,
            high=1000,
            step=0.1,
            help="VAE-GAN: weight of a discriminator’s verdict in the decoder’s loss. About 3 draws sharper images.",
            said="discriminator of weight {adversarial}",
        )
    )
    seed: int = declare(
        Whole(
            0,
            "Seed",
            low=0,
            high=2**31 - 1,
            help="Decides every random number: the first weights, the order of images, ε and binarisation.",
            said="seed {seed}",
            always=True,
        )
    )
    deterministic: bool = declare(
        Flag(
            False,
            "Same bits every time",
            help="Arithmetic that is fixed from the first step: float32 products on one core, nothing compiled. Two "
            "trainings of one seed on machines of one kind are then equal, bit by bit, but slower.",
            said="the same bits every time",
        )
    )
    device: str = declare(Choice("auto", "Device", choices=DEVICES, help="Where the arithmetic is done."))

    def __post_init__(self) -> None:
        super().__post_init__()
        # The importance-weighted bounds know no KL of a dimension that could have a floor.
        floored = self.bound == "elbo" or not self.free_bits
        require(floored, "free_bits", self.free_bits, f"0 with the bound {self.bound}")
        plain = self.bound == "elbo" and self.samples == 1
        allowed = plain or self.gradient == "pathwise"
        require(allowed, "gradient", self.gradient, "pathwise, unless the bound is elbo and there is 1 sample")
        usual = plain and self.gradient == "pathwise" and not self.free_bits
        expected = "0, unless the bound is elbo, samples 1, the gradient pathwise and free_bits 0"
        require(usual or not self.adversarial, "adversarial", self.adversarial, expected)


def dump_config(model: ModelConfig, train: TrainConfig) -> bytes:
    """The content of a ``config.json``."""
    values = {"format": FORMAT, "model": model.to_json(), "train": train.to_json()}
    return (json.dumps(values, indent=1) + "\n").encode()


def parse_config(content: bytes) -> tuple[ModelConfig, TrainConfig]:
    """The two configurations in the bytes of a ``config.json``.

    Raises
    ------
    ValueError
        If the bytes are no JSON, of another format, or name an unknown or impossible field.
    """
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:  # undecodable, no JSON, or a number of thousands of digits
        raise ValueError("config.json is not valid JSON; expected the file that a run directory holds.") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT or set(values) != {"format", "model", "train"}:
        raise ValueError(
            f'config.json: expected {{"format": {FORMAT}, "model": {{…}}, "train": {{…}}}} and no other key.'
        )
    return ModelConfig.from_json(values["model"]), TrainConfig.from_json(values["train"])


PRESETS: dict[str, tuple[ModelConfig, TrainConfig]] = {
    "manifold": (ModelConfig(), TrainConfig(epochs=50, schedule="cosine")),
    "tutorial": (ModelConfig(hidden=(256, 256), latent_dim=10, dropout=0.5), TrainConfig(epochs=5)),
    "example": (ModelConfig(hidden=(400,), latent_dim=20), TrainConfig(epochs=10)),
    "conv": (
        ModelConfig(hidden=(256, 128), channels=(16, 32), latent_dim=2),
        TrainConfig(epochs=15, schedule="cosine"),
    ),
    "burda": (
        ModelConfig(hidden=(200, 200), latent_dim=50, activation="tanh", likelihood="bernoulli"),
        TrainConfig(epochs=3280, batch_size=20, schedule="staged", adam_eps=1e-4),
    ),
    "words": (
        ModelConfig(hidden=(512, 512), latent_dim=16, activation="silu", likelihood="categorical"),
        TrainConfig(epochs=50, schedule="cosine", warmup_epochs=10.0),
    ),
}
PRESET_WORDS = {
    "manifold": "Pixels-512-256-2: a two-dimensional latent, so that the whole space fits on a plane.",
    "tutorial": "Pixels-256-256-10 with dropout 0.5: the classic tutorial's set-up, done right.",
    "example": "Pixels-400-20: the network of the PyTorch examples.",
    "conv": "Convolution and pooling in, upsampling and convolution out, 2-D latent.",
    "burda": "200-200 tanh, 50-D, binarised pixels: the network of the importance-weighted autoencoder paper. Long.",
    "words": "512-512-16, a softmax over letters, β from 0 over the first epochs, so that the code is not given up.",
}


def preset(name: str, *, image_shape: tuple[int, ...], **overrides: Any) -> tuple[ModelConfig, TrainConfig]:
    """A named starting point with some fields replaced.

    Parameters
    ----------
    name : str
        A key of ``PRESETS``.
    image_shape : tuple of int
        Channels, height and width of the images to be modelled.
    **overrides
        Fields of either dataclass.

    Raises
    ------
    ValueError
        If the preset or a field is unknown, or a value is out of range.
    """
    require(name in PRESETS, "preset", name, f"one of {', '.join(PRESETS)}")
    model, train = PRESETS[name]
    model_fields, train_fields = set(options(ModelConfig)), set(options(TrainConfig))
    unknown = sorted(set(overrides) - model_fields - train_fields)
    require(not unknown, "preset", unknown, "fields of ModelConfig or TrainConfig")
    for_model = {key: value for key, value in overrides.items() if key in model_fields}
    for_train = {key: value for key, value in overrides.items() if key in train_fields}
    return replace(model, image_shape=image_shape, **for_model), replace(train, **for_train)

"""What a model is and how it is trained: frozen, validated dataclasses with JSON both ways, and the named presets.

Torch-free, so that the server can read and check a configuration without loading the worker's libraries.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

LIKELIHOODS = ("grayscale", "bernoulli", "gaussian", "continuous-bernoulli")
ACTIVATIONS = ("relu", "tanh", "elu", "silu")
SCHEDULES = ("constant", "cosine", "staged")
GRADIENTS = ("pathwise", "score", "score-baseline")
BOUNDS = ("elbo", "iwae", "dreg")
DEVICES = ("auto", "cpu", "cuda")
FORMAT = 1


def _require(condition: bool, field: str, got: Any, expected: str) -> None:
    if not condition:
        shown = list(got) if isinstance(got, tuple) else got
        raise ValueError(f"{field}: got {_short(shown)}, expected {expected}.")


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print an integer of thousands of digits
        return "a very large number"
    except RecursionError:
        return "lists within lists"
    return text if len(text) <= 80 else f"{text[:77]}…"


def _is_int(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _is_number(value: Any, low: float, high: float) -> bool:
    return type(value) in (int, float) and low <= value <= high


class _Json:
    """JSON both ways for a dataclass whose fields are numbers, strings and tuples of integers."""

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The configuration that `to_json` wrote.

        Raises
        ------
        ValueError
            If `values` is no mapping, holds an unknown key or a value out of range.
        """
        _require(isinstance(values, Mapping), cls.__name__, type(values).__name__, "a JSON object")
        known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"{cls.__name__}: unknown key {unknown[0]!r}; expected only {', '.join(known)}.")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values; tuples become lists."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}  # type: ignore[call-overload]


@dataclass(frozen=True)
class ModelConfig(_Json):
    """The architecture and likelihood of one VAE; the decoder mirrors the encoder.

    Attributes
    ----------
    image_shape : tuple of int
        Channels, height and width of an image, pixels.
    latent_dim : int
        Dimensions of z, 1 to 256.
    hidden : tuple of int
        Units of each dense encoder layer.
    channels : tuple of int
        Feature maps of each convolution stage; each stage halves height and width. Empty: a dense VAE.
    activation : str
        One of ``ACTIVATIONS``.
    dropout : float
        Probability of dropping a dense hidden unit of the encoder while training, 0 to 0.95. The decoder has none: it
        would make p(x|z) itself random (and costs 13 nats on the tutorial's network, see LOG.md).
    likelihood : str
        p(x|z), one of ``LIKELIHOODS``. ``bernoulli`` binarises pixels at random at every look; ``grayscale`` is the
        tutorials' cross-entropy on grey pixels, no likelihood of anything.
    pixel_std : float
        Standard deviation of a pixel under ``gaussian``, in units of full white, 0.001 to 10.
    """

    image_shape: tuple[int, ...] = (1, 28, 28)
    latent_dim: int = 2
    hidden: tuple[int, ...] = (512, 256)
    channels: tuple[int, ...] = ()
    activation: str = "relu"
    dropout: float = 0.0
    likelihood: str = "grayscale"
    pixel_std: float = 0.1

    def __post_init__(self) -> None:
        self._check_sizes()
        _require(self.activation in ACTIVATIONS, "activation", self.activation, f"one of {', '.join(ACTIVATIONS)}")
        _require(_is_number(self.dropout, 0, 0.95), "dropout", self.dropout, "a number from 0 to 0.95")
        _require(self.likelihood in LIKELIHOODS, "likelihood", self.likelihood, f"one of {', '.join(LIKELIHOODS)}")
        _require(_is_number(self.pixel_std, 1e-3, 10), "pixel_std", self.pixel_std, "a number from 0.001 to 10")

    def _check_sizes(self) -> None:
        for name, limit in (("image_shape", 1024), ("hidden", 4096), ("channels", 512)):
            sizes = getattr(self, name)
            valid = isinstance(sizes, tuple) and all(_is_int(size, 1, limit) for size in sizes)
            _require(valid, name, sizes, f"a list of whole numbers from 1 to {limit}")
        _require(len(self.image_shape) == 3, "image_shape", self.image_shape, "[channels, height, width]")
        _require(_is_int(self.latent_dim, 1, 256), "latent_dim", self.latent_dim, "a whole number from 1 to 256")
        _require(len(self.hidden) <= 8, "hidden", self.hidden, "at most 8 layers")
        _require(len(self.channels) <= 6, "channels", self.channels, "at most 6 stages")
        stride = 2 ** len(self.channels)
        fits = all(side % stride == 0 for side in self.image_shape[1:])
        _require(
            fits, "channels", self.channels, f"stages that halve {self.image_shape[1]}×{self.image_shape[2]} evenly"
        )


@dataclass(frozen=True)
class TrainConfig(_Json):
    """How one model is trained.

    Attributes
    ----------
    dataset : str
        Name of the image set, a key of ``data.DATASETS``.
    epochs : int
        Passes over the training images.
    batch_size : int
        Images per optimiser step.
    learning_rate : float
        Adam's step size at the start.
    schedule : str
        ``constant``; ``cosine`` to zero at the last step; ``staged`` as Burda et al. (2015): 10^(-i/7) for 3^i parts
        of the run, i = 0..7.
    adam_eps : float
        Adam's epsilon.
    beta : float
        Weight of the rate in the minimised loss; the reported ELBO never contains it.
    warmup_epochs : float
        Epochs over which the weight of the rate grows linearly from 0 to beta.
    gradient : str
        How the encoder's gradient of the expected distortion passes the sampling of z: ``pathwise``, by
        reparameterization; ``score``, by the score function (REINFORCE); ``score-baseline``, the same with the
        distortion less a baseline, ``gradients.batch_baseline``. All three are unbiased and differ in their variance;
        the rate's gradient is analytic and the decoder's the usual one in every case. Other than ``pathwise`` only for
        one sample and the bound ``elbo``.
    samples : int
        Posterior samples of each image in a step, 1 to 1000; the encoder runs once for all of them.
    bound : str
        What is maximised: ``elbo``, its mean over the samples; ``iwae``, the importance-weighted bound of Burda et al.
        (2016); ``dreg``, the same bound with the doubly reparameterized gradient of Tucker et al. (2019). For one
        sample all three agree on average. Reported figures are those of the ELBO in every case.
    free_bits : float
        Nats of rate that each latent dimension has for free, on the mean over a batch, 0 to 100; only with the bound
        ``elbo``. The reported ELBO never contains it.
    adversarial : float
        Weight of a discriminator's verdict in the decoder's loss, 0 to 1000; 0: no discriminator. Only with the bound
        ``elbo``, one sample, the gradient ``pathwise`` and no free bits. The reported ELBO never contains it.
    seed : int
        Seeds the initial weights, the order of images, epsilon and binarisation.
    device : str
        ``auto`` takes a GPU if there is one.
    """

    dataset: str = "mnist"
    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    schedule: str = "constant"
    adam_eps: float = 1e-8
    beta: float = 1.0
    warmup_epochs: float = 0.0
    gradient: str = "pathwise"
    samples: int = 1
    bound: str = "elbo"
    free_bits: float = 0.0
    adversarial: float = 0.0
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        # Shown on pages and read from uploads: only letters that can be no markup.
        named = isinstance(self.dataset, str) and re.fullmatch(r"[a-z0-9-]{1,40}", self.dataset) is not None
        _require(named, "dataset", self.dataset, "1 to 40 lower-case letters, digits and hyphens")
        _require(_is_int(self.epochs, 1, 100_000), "epochs", self.epochs, "a whole number from 1 to 100000")
        _require(_is_int(self.batch_size, 1, 65_536), "batch_size", self.batch_size, "a whole number from 1 to 65536")
        _require(_is_int(self.seed, 0, 2**31 - 1), "seed", self.seed, "a whole number from 0 to 2147483647")
        _require(
            _is_number(self.learning_rate, 1e-8, 1), "learning_rate", self.learning_rate, "a number from 1e-8 to 1"
        )
        _require(_is_number(self.adam_eps, 1e-16, 1), "adam_eps", self.adam_eps, "a number from 1e-16 to 1")
        _require(_is_number(self.beta, 0, 1000), "beta", self.beta, "a number from 0 to 1000")
        _require(
            _is_number(self.warmup_epochs, 0, 1e5), "warmup_epochs", self.warmup_epochs, "a number from 0 to 100000"
        )
        _require(self.schedule in SCHEDULES, "schedule", self.schedule, f"one of {', '.join(SCHEDULES)}")
        _require(self.gradient in GRADIENTS, "gradient", self.gradient, f"one of {', '.join(GRADIENTS)}")
        _require(self.device in DEVICES, "device", self.device, f"one of {', '.join(DEVICES)}")
        self._check_objective()

    def _check_objective(self) -> None:
        _require(self.bound in BOUNDS, "bound", self.bound, f"one of {', '.join(BOUNDS)}")
        _require(_is_int(self.samples, 1, 1000), "samples", self.samples, "a whole number from 1 to 1000")
        _require(_is_number(self.free_bits, 0, 100), "free_bits", self.free_bits, "a number from 0 to 100")
        _require(_is_number(self.adversarial, 0, 1000), "adversarial", self.adversarial, "a number from 0 to 1000")
        # The importance-weighted bounds know no KL of a dimension that could have a floor.
        floored = self.bound == "elbo" or not self.free_bits
        _require(floored, "free_bits", self.free_bits, f"0 with the bound {self.bound}")
        plain = self.bound == "elbo" and self.samples == 1
        allowed = plain or self.gradient == "pathwise"
        _require(allowed, "gradient", self.gradient, "pathwise, unless the bound is elbo and there is 1 sample")
        usual = plain and self.gradient == "pathwise" and not self.free_bits
        expected = "0, unless the bound is elbo, samples 1, the gradient pathwise and free_bits 0"
        _require(usual or not self.adversarial, "adversarial", self.adversarial, expected)


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
}
PRESET_WORDS = {
    "manifold": "Pixels-512-256-2: a two-dimensional latent, so that the whole space fits on a plane.",
    "tutorial": "Pixels-256-256-10 with dropout 0.5: the classic tutorial's set-up, done right.",
    "example": "Pixels-400-20: the network of the PyTorch examples.",
    "conv": "Convolution and pooling in, upsampling and convolution out, 2-D latent.",
    "burda": "200-200 tanh, 50-D, binarised pixels: the network of the importance-weighted autoencoder paper. Long.",
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
    _require(name in PRESETS, "preset", name, f"one of {', '.join(PRESETS)}")
    model, train = PRESETS[name]
    model_fields = {field.name for field in fields(ModelConfig)}
    train_fields = {field.name for field in fields(TrainConfig)}
    unknown = sorted(set(overrides) - model_fields - train_fields)
    _require(not unknown, "preset", unknown, "fields of ModelConfig or TrainConfig")
    for_model = {key: value for key, value in overrides.items() if key in model_fields}
    for_train = {key: value for key, value in overrides.items() if key in train_fields}
    return replace(model, image_shape=image_shape, **for_model), replace(train, **for_train)

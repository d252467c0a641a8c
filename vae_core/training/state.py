"""The state of a training: all that going on exactly where it was needs, as tensors and numbers, and as bytes.

Weights, Adam's averages, every random generator, the place in the epoch, the sums of the report that is due, the clock,
and the β and learning rate in force; of a VAE/GAN the discriminator's too.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors
from torch import Tensor, nn

from vae_core.measure import Figures

if TYPE_CHECKING:
    from vae_core.training.loop import Training

NUMBERS = (
    "step", "warm_from", "images", "total_images", "seconds", "beta", "learning_rate", "owes", "owed_distortion",
    "owed_rate",
)  # fmt: skip
AVERAGES = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True)
class State:
    """All that going on with a training needs.

    Attributes
    ----------
    tensors : dict of str to Tensor
        On the CPU, copies.
    numbers : dict of str to float
        ``step`` and ``warm_from`` in steps, ``images`` since the last report, ``total_images`` and ``seconds`` of the
        clock, ``beta`` and ``learning_rate`` in force, and ``owes``, whether (1 or 0) the report of this step is still
        to be made, with the training figures ``owed_distortion`` and ``owed_rate``, nats.
    """

    tensors: dict[str, Tensor]
    numbers: dict[str, float]

    @property
    def step(self) -> int:
        """Steps done."""
        return int(self.numbers["step"])


def of(training: "Training") -> State:
    """The state of a training at a yield."""
    steps, clock, config = training.steps, training.clock, training.config
    tensors = {
        "generator": steps.batches.generator.get_state(),
        "before_epoch": steps.batches.before_epoch,
        "torch": torch.get_rng_state(),
        "sums": steps.sums,
        **dict(_learned("model", training.model, steps.optimizer)),
    }
    if training.adversary:
        tensors["adversary.generator"] = training.adversary.generator.get_state()
        tensors |= dict(_learned("adversary", training.adversary.discriminator, training.adversary.optimizer))
    owed = training.owed or Figures(distortion=0.0, rate=0.0)
    numbers = (
        training.step, training.warm_from, steps.images, clock.total_images, clock.seconds, config.beta,
        config.learning_rate, training.owes, owed.distortion, owed.rate,
    )  # fmt: skip
    copies = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    return State(copies, dict(zip(NUMBERS, numbers, strict=True)))


def _learned(name: str, module: nn.Module, optimizer: torch.optim.Optimizer) -> Iterator[tuple[str, Tensor]]:
    """The weights of a module and what Adam keeps of each."""
    for parameter_name, parameter in module.named_parameters():
        yield f"{name}.{parameter_name}", parameter
        for kind, value in optimizer.state.get(parameter, {}).items():
            yield f"{name}.{parameter_name}.{kind}", value


def restore(training: "Training", kept: State) -> None:
    """Bring a training that has not begun into a state.

    Raises
    ------
    ValueError
        If the state is of another model, another optimiser or another training.
    """
    try:
        _restore(training, kept)
    except (KeyError, RuntimeError) as error:
        raise ValueError(
            "The kept state of this training does not fit its config.json; start a new run, or fork this one."
        ) from error


def _restore(training: "Training", kept: State) -> None:
    tensors, numbers = kept.tensors, kept.numbers
    steps, clock = training.steps, training.clock
    _learn("model", training.model, steps.optimizer, tensors)
    if training.adversary:
        _learn("adversary", training.adversary.discriminator, training.adversary.optimizer, tensors)
        training.adversary.generator.set_state(tensors["adversary.generator"])
        training.adversary.optimizer.param_groups[0]["lr"] = numbers["learning_rate"]
    torch.set_rng_state(tensors["torch"])
    steps.batches.before_epoch = tensors["before_epoch"]
    steps.batches.generator.set_state(tensors["generator"])
    training.step, training.warm_from = kept.step, int(numbers["warm_from"])
    steps.take_up(training.step % training.per_epoch)
    steps.sums.copy_(tensors["sums"])
    steps.images, clock.total_images = int(numbers["images"]), int(numbers["total_images"])
    clock.seconds = numbers["seconds"]
    training.owes = bool(numbers["owes"])
    if training.owes and training.step:
        training.owed = Figures(distortion=numbers["owed_distortion"], rate=numbers["owed_rate"])
    training.config = replace(training.config, beta=numbers["beta"], learning_rate=numbers["learning_rate"])


@torch.no_grad()
def _learn(name: str, module: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    for parameter_name, parameter in module.named_parameters():
        parameter.copy_(_fitting(tensors[f"{name}.{parameter_name}"], parameter))
        step = tensors.get(f"{name}.{parameter_name}.step")
        if step is None:  # it has not taken a step yet
            continue
        averages: dict[str, Any] = {"step": step.to(parameter.device)}
        for kind in AVERAGES:
            value = _fitting(tensors[f"{name}.{parameter_name}.{kind}"], parameter)
            averages[kind] = torch.empty_like(parameter).copy_(value)  # laid out in memory as the weights are
        optimizer.state[parameter] = averages


def _fitting(value: Tensor, parameter: Tensor) -> Tensor:
    if value.shape != parameter.shape:
        raise KeyError(f"{tuple(value.shape)} instead of {tuple(parameter.shape)}")
    return value


def dump(kept: State) -> bytes:
    """The bytes of a safetensors file that `parse` reads."""
    return safetensors.save(kept.tensors, metadata={"numbers": json.dumps(kept.numbers, allow_nan=False)})


def parse(content: bytes) -> State:
    """The state in the bytes that `dump` made; raises ValueError if they are damaged."""
    try:
        tensors = safetensors.load(content)
        length = int.from_bytes(content[:8], "little")  # of the header, a JSON object
        numbers = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["numbers"])
        return State(tensors, {name: float(numbers[name]) for name in NUMBERS})
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            "The kept state of this training is damaged, so it cannot be taken up; fork it at a snapshot instead."
        ) from error

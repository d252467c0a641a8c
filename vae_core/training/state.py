"""The state of a training: all that going on exactly where it was needs, as tensors and numbers, and as bytes.

Weights, Adam's averages, every random generator, the place in the epoch, the sums of the report that is due, the clock,
and the β and learning rate in force; of a VAE/GAN the discriminator's too.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors
from torch import Tensor, nn

from vae_core.training.adversarial import AdversarialLoss
from vae_core.training.steps import Steps

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


def tensors_of(steps: Steps, adversary: AdversarialLoss | None) -> dict[str, Tensor]:
    """Copies, on the CPU, of all tensors that the next steps depend on."""
    tensors = {
        "generator": steps.batches.generator.get_state(),
        "before_epoch": steps.batches.before_epoch,
        "torch": torch.get_rng_state(),
        "sums": steps.sums,
        **dict(_learned("model", steps.model, steps.optimizer)),
    }
    if adversary:
        tensors["adversary.generator"] = adversary.generator.get_state()
        tensors |= dict(_learned("adversary", adversary.discriminator, adversary.optimizer))
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}


def _learned(name: str, module: nn.Module, optimizer: torch.optim.Optimizer) -> Iterator[tuple[str, Tensor]]:
    """The weights of a module and what Adam keeps of each."""
    for parameter_name, parameter in module.named_parameters():
        yield f"{name}.{parameter_name}", parameter
        for kind, value in optimizer.state.get(parameter, {}).items():
            yield f"{name}.{parameter_name}.{kind}", value


def put_back(tensors: Mapping[str, Tensor], steps: Steps, adversary: AdversarialLoss | None) -> None:
    """Bring steps that have not begun to where others were, but for the place in the epoch.

    Raises
    ------
    ValueError
        If the tensors are those of another model or another training.
    """
    try:
        _learn("model", steps.model, steps.optimizer, tensors)
        if adversary:
            _learn("adversary", adversary.discriminator, adversary.optimizer, tensors)
            adversary.generator.set_state(tensors["adversary.generator"])
        torch.set_rng_state(tensors["torch"])
        steps.batches.before_epoch = tensors["before_epoch"]
        steps.batches.generator.set_state(tensors["generator"])
        steps.sums.copy_(tensors["sums"])
    except (KeyError, RuntimeError) as error:
        raise ValueError(
            "The kept state of this training does not fit its config.json; start a new run, or fork this one."
        ) from error


@torch.no_grad()
def _learn(name: str, module: nn.Module, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
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

"""The command line of a training: every option of the two configurations, as they declare it, and the run it asks for.

Torch-free: a wrong option is refused at once, not after the libraries of the training have been loaded.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vae_core import data, runs
from vae_core.config import PRESETS, ModelConfig, TrainConfig, options, preset
from vae_core.options import Choice, Flag, Option, Sizes
from vae_core.runs import lineage

# The first is the data's, and the second has an argument of its own, which knows the sets there are.
ELSEWHERE = ("image_shape", "dataset")


def parser() -> argparse.ArgumentParser:
    """The parser of ``python -m vae_core.train``."""
    train = argparse.ArgumentParser(prog="python -m vae_core.train", description="Train a VAE from a shell.")
    train.add_argument("--run", type=Path, help="train an existing run directory; no option below applies")
    train.add_argument("--resume", type=Path, metavar="RUN", help="take up a run; with --epochs: so many in all")
    train.add_argument("--fork", type=Path, metavar="RUN", help="a new run that begins as this one was --at a step")
    train.add_argument("--at", type=int, metavar="STEP", help="of --fork: the last snapshot up to it; default the last")
    train.add_argument("--preset", choices=PRESETS, help="where the options below start from; default the data's usual")
    train.add_argument("--dataset", default="mnist", choices=data.names())
    train.add_argument("--out", type=Path, help="the new run directory; default models/DATASET-PRESET-NUMBER")
    for configuration in (ModelConfig, TrainConfig):
        add_options(train, configuration)
    return train


def add_options(to: argparse.ArgumentParser, configuration: type) -> None:
    """One argument for each declared option of a dataclass, but those of ``ELSEWHERE``; None where it is not given."""
    for name, option in options(configuration).items():
        if name not in ELSEWHERE:
            to.add_argument(f"--{name.replace('_', '-')}", help=_help(option), **_reading(option))


def given(parsed: argparse.Namespace, configuration: type) -> dict[str, Any]:
    """What a command line says of the options of a dataclass; those left out are left out."""
    values = {name: getattr(parsed, name, None) for name in options(configuration) if name not in ELSEWHERE}
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if value is not None
    }


def asked_run(parsed: argparse.Namespace) -> runs.Run:
    """The run that a command line names, or a new one of the configuration it asks for.

    Raises
    ------
    OSError
        If the run cannot be read or made.
    ValueError
        If an option is out of range.
    """
    if parsed.run:
        return runs.open_run(parsed.run)
    changes = given(parsed, ModelConfig) | given(parsed, TrainConfig)
    if parsed.resume:
        return _resumed(runs.open_run(parsed.resume), changes)
    if parsed.fork:
        return lineage.fork(runs.open_run(parsed.fork), at=parsed.at, **_only(changes, lineage.CHANGES, "--fork"))
    facts = data.facts(parsed.dataset)
    name = parsed.preset or facts.preset
    changes.setdefault("likelihood", data.fitting(parsed.dataset, PRESETS[name][0].likelihood))
    configs = preset(name, image_shape=facts.image_shape, dataset=parsed.dataset, **changes)
    if parsed.out:
        return runs.create_run_at(parsed.out, *configs)
    return runs.create_run(f"{parsed.dataset}-{name}", *configs)


def _resumed(run: runs.Run, changes: dict[str, Any]) -> runs.Run:
    """A run that is taken up, with more epochs if they are asked for."""
    epochs = _only(changes, ("epochs",), "--resume").get("epochs")
    if not run.started():
        raise ValueError(f"The training of {run.name} has not begun; start it with --run.")
    return lineage.extend(run, epochs) if epochs and epochs != run.train.epochs else run


def _only(changes: dict[str, Any], names: Sequence[str], beside: str) -> dict[str, Any]:
    for name in changes:
        if name not in names:
            raise ValueError(f"--{name.replace('_', '-')} beside {beside}: expected only {', '.join(names)}.")
    return changes


def _help(option: Option) -> str:
    unit = f"{option.unit}: " if option.unit else ""
    sentences = f"{option.label}. {option.help}".strip()
    return f"{sentences} ({unit}{option.expected})".replace("%", "%%")


def _reading(option: Option) -> dict[str, Any]:
    """How argparse reads it; whether a value is possible is for the configuration to say."""
    if isinstance(option, Flag):
        return {"action": "store_const", "const": True}
    if isinstance(option, Sizes):
        return {"type": option.reads, "nargs": "*"}
    return {"type": option.reads, "metavar": "NAME"} if isinstance(option, Choice) else {"type": option.reads}

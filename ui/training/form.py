"""The training form: data, preset, and a field for every option that the configurations declare.

A new option of ``vae_core.config`` appears here by itself: among the fields under "More settings", in the order of its
declaration.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from ui import address, frame
from vae_core import config, data, jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import own
from vae_core.options import Choice, Flag, Number, Option, Sizes, Whole, options
from vae_core.runs import Run

MAIN = ("epochs", "latent_dim", "beta", "learning_rate")
BY_DATA = ("image_shape", "dataset")  # the choice of images decides them
STEPS = 150_000  # examples that a training in the lab sees at least
LONGEST_CHOICE = 12  # letters that half a row shows
LONGEST_STEM = 56  # a run's name may have 64 letters, and a number comes after the stem


@dataclass(frozen=True)
class Asked:
    """What a visitor wants to train.

    Attributes
    ----------
    stem : str
        What the run's name begins with.
    model : ModelConfig
        The network.
    train : TrainConfig
        The training.
    """

    stem: str
    model: ModelConfig
    train: TrainConfig


def form() -> Asked | None:
    """The fields and the start button; what was asked for in the run in which the button was pressed."""
    _warn_of_lost()
    left, right = st.columns(2)
    with left.popover("Settings", icon=":material/tune:", width="stretch"):
        dataset = address.choice("Data", offered(), key="dataset")
        st.caption(frame.plain(data.facts(dataset).words))
        preset = address.choice("Preset", _presets(dataset), key="preset")
        st.caption(config.PRESET_WORDS[preset])
        values = _fields(dataset, preset)
    pressed = right.button("Start training", type="primary", width="stretch")
    st.caption(
        f"{dataset}, {preset}: {values['latent_dim']}-D code, β = {values['beta']:g}, learning rate "
        f"{values['learning_rate']:g}, {values['epochs']:,} epochs of batches of {values['batch_size']:,}."
    )
    if pressed:
        with frame.saying_why():
            return _asked(dataset, preset, values)
    return None


def _warn_of_lost() -> None:
    asked = address.read("dataset") or ""
    if own.NAME.fullmatch(asked) and data.find(asked) is None:
        st.warning(f"The set {asked} {own.LOST} Another one is chosen.")


def _presets(dataset: str) -> list[str]:
    """All presets, the one that is usual for the data first."""
    usual = data.facts(dataset).preset
    return [usual, *(name for name in config.PRESETS if name != usual)]


def offered() -> list[str]:
    """The names of all sets; first the one to begin with: MNIST, or where it is not here, its part that always is."""
    usual = "mnist" if data.facts("mnist").here(data.data_root()) else data.facts("mnist").stand_in
    return sorted(data.names(), key=lambda name: name != usual)


def start(asked: Asked) -> Run:
    """A new run with its training started.

    Raises
    ------
    OSError
        If the disk is full.
    ValueError
        If its set is not on this machine: then no run is made, which could only fail.
    """
    known = data.facts(asked.train.dataset)
    if not data.here(asked.train.dataset):
        raise ValueError(
            f"{known.title} is not on this machine yet: {known.megabytes} MB. Download it on the page Data, then start."
        )
    run = runs.create_run(asked.stem, asked.model, asked.train)
    jobs.start(run, "train")
    return run


def _asked(dataset: str, preset: str, values: dict[str, Any]) -> Asked:
    known = _known()
    read = {
        name: _sizes(known[name], text) if isinstance(known[name], Sizes) else text for name, text in values.items()
    }
    shape = data.facts(dataset).image_shape
    model, train = config.preset(preset, image_shape=shape, dataset=dataset, **read)
    return Asked(stem(dataset, preset, values), model, train)


def stem(dataset: str, preset: str, values: dict[str, Any]) -> str:
    """What a run's name begins with: enough to tell the runs of one lesson apart."""
    others = [
        f"beta{values['beta']:.4g}" if values["beta"] != 1 else "",
        f"{values['bound']}{values['samples']}" if values["samples"] > 1 else "",
        f"free{values['free_bits']:.4g}" if values["free_bits"] else "",
        values["gradient"] if values["gradient"] != "pathwise" else "",
        f"gan{values['adversarial']:.4g}" if values["adversarial"] else "",
    ]
    words = "".join(f"-{word}" for word in others if word).replace(".", "p").replace("+", "")
    return f"{dataset}-{preset}-{values['latent_dim']}d{words}"[:LONGEST_STEM].rstrip("-")


def _known() -> dict[str, Option]:
    declared = options(ModelConfig) | options(TrainConfig)
    return {name: option for name, option in declared.items() if name not in BY_DATA}


def _fields(dataset: str, preset: str) -> dict[str, Any]:
    """The values of all fields by the names of their options; dense layers and the like as they are typed."""
    model, train = config.PRESETS[preset]
    starts = model.to_json() | train.to_json()
    # In a small set as many steps take more epochs.
    starts["epochs"] = min(max(min(train.epochs, 50), STEPS // data.facts(dataset).count), 500)
    known = _known()
    known["likelihood"] = _possible(known["likelihood"], data.facts(dataset).likelihoods)
    starts["likelihood"] = data.fitting(dataset, starts["likelihood"])
    values = _laid_out([known[name] for name in MAIN], starts, preset, dataset)
    with st.expander("More settings"):
        return values | _laid_out([known[name] for name in known if name not in MAIN], starts, preset, dataset)


def _possible(option: Option, names: Sequence[str]) -> Option:
    """A choice of fewer names."""
    assert isinstance(option, Choice)
    return replace(option, choices={name: option.choices[name] for name in names})


def _laid_out(asked: Sequence[Option], starts: dict[str, Any], preset: str, dataset: str) -> dict[str, Any]:
    """The values of some fields, two in a row; an option that does not matter keeps its value and has no field."""
    values: dict[str, Any] = {}
    row: list[Any] = []
    for option in asked:
        if option.only and values[option.only[0]] != option.only[1]:
            values[option.name] = starts[option.name]
            continue
        if not _is_long(option) and not row:
            row = list(st.columns(2))
        place = st if _is_long(option) else row.pop(0)
        key = _key(option.name, preset, dataset)
        values[option.name] = _field(place, option, starts[option.name], key=key)
    return values


def _is_long(option: Option) -> bool:
    """Whether half a row would cut off the words of its choices."""
    return isinstance(option, Choice) and max(map(len, option.choices.values())) > LONGEST_CHOICE


def _key(name: str, preset: str, dataset: str) -> str:
    """A field's key names what decides its first value, so that choosing another preset shows that one's values."""
    return f"{name}-{preset}-{dataset}" if name in ("epochs", "likelihood") else f"{name}-{preset}"


def _field(place: Any, option: Option, value: Any, *, key: str) -> Any:
    named = option.unit and option.unit not in option.label.lower()
    label = f"{option.label} ({option.unit})" if named else option.label
    common = {"key": key, "help": option.help or None}
    match option:
        case Choice():
            names = list(option.choices)
            return place.selectbox(label, names, names.index(value), format_func=option.words, **common)
        case Flag():
            return place.checkbox(label, value, **common)
        case Whole():
            return place.number_input(label, int(option.low), int(option.high), value, **common)
        case Number():
            bounds = (float(option.low), float(option.high), float(value), float(option.step))
            return place.number_input(label, *bounds, format="%g", **common)
        case Sizes():
            return place.text_input(label, ", ".join(map(str, value)), **common)
    raise TypeError(f"{option.name}: there is no field for a {type(option).__name__}.")


def _sizes(option: Option, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise ValueError(
            f"{option.label}: expected whole numbers with commas between them, such as 512, 256."
        ) from error

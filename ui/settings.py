"""The training form: data, preset, and the hyper-parameters that matter; the rest folded away."""

from collections.abc import Collection
from typing import Any

import streamlit as st

from ui import frame
from ui.card import LIKELIHOOD_WORDS
from vae_core import config, data, jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs import Run

Asked = tuple[str, ModelConfig, TrainConfig]
GRADIENT_WORDS = {
    "pathwise": "reparameterization",
    "score": "score function",
    "score-baseline": "score function with baseline",
}
BOUND_WORDS = {
    "elbo": "ELBO",
    "iwae": "importance-weighted bound (IWAE)",
    "dreg": "importance-weighted bound, doubly reparameterized (DReG)",
}


def form() -> Asked | None:
    """The fields and the start button; what was asked for in the run in which the button was pressed."""
    # Options as they are, no format_func: the address holds what the list shows.
    dataset = st.selectbox("Images", list(data.DATASETS), key="dataset", bind="query-params")
    st.caption(data.DATASETS[dataset].words)
    preset = st.selectbox("Preset", list(config.PRESETS), key="preset", bind="query-params")
    st.caption(config.PRESET_WORDS[preset])
    model, train = config.PRESETS[preset]
    # A field's key names the preset, so that choosing another preset shows that one's values.
    values = _main_fields(preset, dataset, model, train)
    with st.expander("More settings"):
        values |= _more_fields(preset, model, train)
    pressed = st.button("Start training", type="primary", width="stretch")
    st.caption(
        f"Trains {dataset}: {values['latent_dim']}-D code, β = {values['beta']:g}, learning rate "
        f"{values['learning_rate']:g}, {values['epochs']:,} epochs of batches of {values['batch_size']:,}."
    )
    if not pressed:
        return None
    try:
        values["hidden"] = _widths(values["hidden"])
        return _stem(dataset, preset, values), *config.preset(
            preset, image_shape=data.facts(dataset).image_shape, dataset=dataset, **values
        )
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return None


def _stem(dataset: str, preset: str, values: dict[str, Any]) -> str:
    """What the run's name begins with: enough to tell the runs of one lesson apart."""
    others = [
        f"beta{values['beta']:.4g}" if values["beta"] != 1 else "",
        f"{values['bound']}{values['samples']}" if values["samples"] > 1 else "",
        f"free{values['free_bits']:.4g}" if values["free_bits"] else "",
        values["gradient"] if values["gradient"] != "pathwise" else "",
        f"gan{values['adversarial']:.4g}" if values["adversarial"] else "",
    ]
    words = "".join(f"-{word}" for word in others if word).replace(".", "p").replace("+", "")
    return f"{dataset}-{preset}-{values['latent_dim']}d{words}"


def start(asked: Asked) -> Run:
    """A new run with its training started; raises OSError if the disk is full."""
    run = runs.create_run(*asked)
    jobs.start(run, "train")
    return run


def _main_fields(preset: str, dataset: str, model: ModelConfig, train: TrainConfig) -> dict[str, Any]:
    left, right = st.columns(2)
    # The embedded set is 40 times smaller than MNIST: as many steps take that many more epochs.
    epochs = max(100, train.epochs) if dataset == "digits" else min(train.epochs, 50)
    return {
        "epochs": left.number_input("Epochs", 1, 100_000, epochs, key=f"epochs-{preset}-{dataset}"),
        "latent_dim": right.number_input(
            "Latent dimensions",
            1,
            256,
            model.latent_dim,
            key=f"latent-{preset}",
            help="How many numbers the code z has.",
        ),
        "beta": left.number_input(
            "β (weight of the rate)",
            0.0,
            1000.0,
            train.beta,
            0.1,
            key=f"beta-{preset}",
            help="1 is the ELBO; 0 an autoencoder; above 1 squeezes the code. Reported figures never contain it.",
        ),
        "learning_rate": right.number_input(
            "Learning rate", 1e-6, 1.0, train.learning_rate, 1e-4, format="%.5f", key=f"rate-{preset}"
        ),
    }


def _more_fields(preset: str, model: ModelConfig, train: TrainConfig) -> dict[str, Any]:
    columns = st.columns(2)
    return _network_fields(columns, preset, model) | _training_fields(columns, preset, train)


def _choice(place: Any, label: str, options: Collection[str], value: str, **fields: Any) -> str:
    return place.selectbox(label, options, list(options).index(value), **fields)


def _network_fields(columns: list, preset: str, model: ModelConfig) -> dict[str, Any]:
    left, right = columns
    hidden, words = ", ".join(map(str, model.hidden)), LIKELIHOOD_WORDS.get
    return {
        "hidden": left.text_input(
            "Dense layers (units)", hidden, key=f"hidden-{preset}", help="Of the encoder; the decoder mirrors it."
        ),
        "activation": _choice(right, "Activation", config.ACTIVATIONS, model.activation, key=f"activation-{preset}"),
        "dropout": right.number_input("Dropout", 0.0, 0.95, model.dropout, 0.05, key=f"dropout-{preset}"),
        "likelihood": _choice(
            st, "Likelihood p(x|z)", config.LIKELIHOODS, model.likelihood, format_func=words, key=f"likelihood-{preset}"
        ),
    }


def _training_fields(columns: list, preset: str, train: TrainConfig) -> dict[str, Any]:
    left, right = columns

    def number(place: Any, label: str, most: float, value: float, step: float, name: str, **fields: Any) -> float:
        return place.number_input(label, 0.0, most, value, step, key=f"{name}-{preset}", **fields)

    def choice(place: Any, label: str, options: Collection[str], name: str, **fields: Any) -> str:
        return _choice(place, label, options, getattr(train, name), key=f"{name}-{preset}", **fields)

    gradient_help = "How the encoder learns from the distortion, z being random. All three are right on average."
    bound_help = "What is maximised. With several samples the importance-weighted bound is closer to log p(x)."
    samples_help = "Posterior samples of each image in a step; a step costs about as many times more."
    free_help = "Rate that each latent dimension has for free (free bits); against unused dimensions. ELBO only."
    verdict_help = "VAE-GAN: weight of a discriminator’s verdict in the decoder’s loss. About 3 draws sharper images."
    warmup_help = "β grows from 0 over so many epochs."
    return {
        "batch_size": left.number_input("Batch size", 1, 65_536, train.batch_size, key=f"batch-{preset}"),
        "warmup_epochs": number(left, "β warm-up (epochs)", 1e5, train.warmup_epochs, 1.0, "warmup", help=warmup_help),
        "gradient": choice(
            st,
            "Gradient through the sampling",
            config.GRADIENTS,
            "gradient",
            format_func=GRADIENT_WORDS.get,
            help=gradient_help,
        ),
        "bound": choice(st, "Bound", config.BOUNDS, "bound", format_func=BOUND_WORDS.get, help=bound_help),
        "samples": left.number_input(
            "Samples per image", 1, 1000, train.samples, key=f"samples-{preset}", help=samples_help
        ),
        "free_bits": number(right, "Free nats", 100.0, train.free_bits, 0.05, "free", help=free_help),
        "adversarial": number(left, "Discriminator", 1000.0, train.adversarial, 0.1, "adversarial", help=verdict_help),
        "seed": right.number_input("Seed", 0, 2**31 - 1, train.seed, key=f"seed-{preset}"),
        "schedule": choice(left, "Learning-rate schedule", config.SCHEDULES, "schedule"),
        "device": choice(right, "Device", config.DEVICES, "device"),
    }


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise ValueError("Dense layers: expected whole numbers with commas between them, such as 512, 256.") from error

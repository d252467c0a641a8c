"""The model card: the measured figures of a model, what it is made of, and its two files to take home."""

import streamlit as st

from ui import server, watch
from ui.plots import GRADIENT_TITLES
from vae_core import runs
from vae_core.config import TrainConfig, dump_config
from vae_core.runs import Run

BOUND_NAMES = {"elbo": "ELBO", "iwae": "IWAE", "dreg": "IWAE (DReG)"}
LIKELIHOOD_WORDS = {
    "grayscale": "grey-scale cross-entropy",
    "bernoulli": "Bernoulli, pixels binarised at random",
    "gaussian": "Gaussian",
    "continuous-bernoulli": "continuous Bernoulli",
}


def model_card(run: Run) -> None:
    """The measured figures of a model, or what to do to have them, and what it is made of."""
    card = run.card()
    if card is None:
        watch.measurement(run)
    else:
        _figures(run, card)
    model, train = run.model, run.train
    widths = " – ".join(map(str, (*model.channels, *model.hidden, model.latent_dim)))
    spread = f" with σ = {model.pixel_std:g} per pixel" if model.likelihood == "gaussian" else ""
    st.caption(
        f"{train.dataset} · {'convolutional' if model.channels else 'dense'} {widths} · {model.activation} · "
        f"likelihood: {LIKELIHOOD_WORDS[model.likelihood]}{spread} · β = {train.beta:g} · up to {train.epochs} epochs "
        f"of Adam at {train.learning_rate:g} ({train.schedule}) · batch {train.batch_size} · seed {train.seed}"
        f"{_particulars(train)}"
    )


def _particulars(train: TrainConfig) -> str:
    """What a training did otherwise than most: nothing if it maximised the plain ELBO."""
    words = [
        f"{BOUND_NAMES[train.bound]} of {train.samples} samples" if train.samples > 1 else "",
        f"{train.free_bits:g} nats of each dimension free" if train.free_bits else "",
        f"β from 0 over {train.warmup_epochs:g} epochs" if train.warmup_epochs else "",
        f"gradient: {GRADIENT_TITLES[train.gradient]}" if train.gradient != "pathwise" else "",
        f"discriminator of weight {train.adversarial:g}" if train.adversarial else "",
    ]
    return "".join(f" · {word}" for word in words if word)


def downloads(run: Run) -> None:
    """Links to the two files that make the model, for another lab or a notebook."""
    left, right = st.columns(2)
    left.link_button(
        "model.safetensors", server.table_url(run, runs.WEIGHTS), icon=":material/download:", width="stretch"
    )
    right.download_button(
        "config.json",
        dump_config(run.model, run.train),
        file_name="config.json",
        mime="application/json",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )


def _figures(run: Run, card: dict) -> None:
    columns = st.columns(5)
    columns[0].metric("Negative ELBO", f"{card['negative_elbo']:.1f} nats", help="Distortion + rate, on the test set.")
    columns[1].metric("Distortion", f"{card['distortion']:.1f} nats", help="−log p(x|z), summed over pixels.")
    columns[2].metric("Rate", f"{card['rate']:.1f} nats", help="KL(q(z|x) ‖ p(z)), summed over dimensions.")
    columns[3].metric(
        "Active units",
        f"{card['active_units']} of {run.model.latent_dim}",
        help="Latent dimensions whose mean varies over the test set by more than 0.01.",
    )
    columns[4].metric("k-NN accuracy", f"{card['knn_accuracy']:.1%}", help="5 nearest neighbours among the test codes.")
    if run.model.likelihood == "grayscale":
        st.caption(
            "On grey pixels the cross-entropy is no likelihood: even a perfect reconstruction costs the pixels' own "
            f"entropy, {card['pixel_entropy']:.1f} nats on this test set."
        )

"""The model card: the measured figures of a model, what it is made of, and its two files to take home."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui import frame, offers, server
from vae_core import data, runs
from vae_core.config import DENSITIES, dump_config
from vae_core.runs import Run

SUMMED = {"word": "letters"}  # what the distortion is a sum over, by what an example is called


def model_card(run: Run, *, offered: bool = False) -> None:
    """The measured figures of a model, or what to do to have them, and what it is made of.

    Parameters
    ----------
    run : Run
        The model.
    offered : bool
        Whether the page says already what to do for a model that is not measured.
    """
    card = run.card()
    if card is not None:
        _figures(run, card)
    elif not offered:
        offers.measurement(run)
    model, train = run.model, run.train
    widths = " – ".join(map(str, (*model.channels, *model.hidden, model.latent_dim)))
    network = f"{'convolutional' if model.channels else 'dense'} {widths}"
    st.caption(" · ".join([train.dataset, network, *model.said(), *train.said()]))


def downloads(run: Run) -> None:
    """Links to the two files that make the model, for another lab or a notebook."""
    left, right = st.columns(2)
    with left, frame.saying_why():
        url = server.table_url(run, runs.WEIGHTS)
        st.link_button("model.safetensors", url, icon=":material/download:", width="stretch")
    right.download_button(
        "config.json",
        dump_config(run.model, run.train),
        file_name="config.json",
        mime="application/json",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )


def _figures(run: Run, card: Mapping[str, Any]) -> None:
    unit = data.unit(run.train.dataset)
    columns = st.columns(5)
    columns[0].metric(
        "Negative ELBO", _nats(card["negative_elbo"]), help=f"Per {unit}: distortion + rate, on the test set."
    )
    columns[1].metric(
        "Distortion", _nats(card["distortion"]), help=f"−log p(x|z), summed over the {SUMMED.get(unit, 'pixels')}."
    )
    columns[2].metric("Rate", _nats(card["rate"]), help="KL(q(z|x) ‖ p(z)), summed over dimensions.")
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
    if "bigram_baseline" in card:
        st.caption(
            "Given z, each letter is drawn on its own: this model cannot make a letter depend on the one it drew "
            f"before. Beside its {card['negative_elbo']:.1f} nats per {unit}: letters drawn by how often each stands "
            f"at its position cost {card['position_baseline']:.1f}, letters drawn by the one before (bigrams) "
            f"{card['bigram_baseline']:.1f}."
        )
    if run.model.likelihood in DENSITIES:
        st.caption(
            "This distortion is the negative logarithm of a density, so it may be negative. Compare it only with that "
            "of models of the same data with the same likelihood and the same σ."
        )


def _nats(value: float) -> str:
    """A figure that fits its column, however large."""
    return f"{value:.1f} nats" if abs(value) < 1000 else f"{value:.0f} nats"

"""What every page begins with: its title, the chosen model and the link that restores it."""

from pathlib import Path

import streamlit as st

from vae_core import runs
from vae_core.runs import Run

PAGES = Path(__file__).parent.parent / "pages"
FIRST_CHOICE = "mnist-2d"
NO_CODES = (
    "This model has no encoded test set yet. It is made at the end of training or evaluation; "
    "choose another model meanwhile."
)
LIKELIHOOD_WORDS = {
    "grayscale": "grey-scale cross-entropy",
    "bernoulli": "Bernoulli, pixels binarised at random",
    "gaussian": "Gaussian",
    "continuous-bernoulli": "continuous Bernoulli",
}


def title(name: str, lead: str) -> None:
    """The page's title and the one sentence that says what to do here."""
    # A third of a projector's height is Streamlit's empty top; the picture comes first here.
    st.html("<style>.stMainBlockContainer { padding: 3.5rem clamp(1rem, 4vw, 5rem) 3rem; }</style>")
    st.title(name, anchor=False)
    st.markdown(lead)


def link(page: str, label: str, run: Run, *, icon: str | None = None) -> None:
    """A link to a page, by its file's stem, with a model chosen there."""
    st.page_link(str(PAGES / f"{page}.py"), label=label, icon=icon, query_params={"model": run.name})


def chosen_run() -> Run:
    """The model chosen in the sidebar, in the address as ``model``; without any model the page ends with advice."""
    usable = {run.name: run for run in runs.list_runs() if run.has(runs.WEIGHTS)}
    if not usable:
        st.info("There is no model yet. Train one on the page Train; it appears here.")
        st.stop()
    names = sorted(usable, key=lambda name: name != FIRST_CHOICE)
    _warn_of_unknown(set(names))
    # No format_func: the address holds what the list shows.
    return usable[st.sidebar.selectbox("Model", names, key="model", bind="query-params")]


def _warn_of_unknown(names: set[str]) -> None:
    asked = st.query_params.get("model")
    if asked and asked not in names:
        # Repeated only if it is a possible name: nothing from the address may become markup.
        named = f"named {asked} " if runs.NAME.fullmatch(asked) else "of the name in this address "
        st.warning(f"There is no model {named}here, so another one is shown. Choose a model in the sidebar.")


def plain(words: str) -> str:
    """Words that may quote a file or a path, made inert: no letter of them is markup."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+!|$~:" else letter for letter in words)


def model_card(run: Run) -> None:
    """The measured figures of a model and what it is made of."""
    card = run.card()
    if card is None:
        st.info("This model has not been measured yet: its figures appear when its training or evaluation ends.")
    else:
        _figures(run, card)
    model, train = run.model, run.train
    widths = " – ".join(map(str, (*model.channels, *model.hidden, model.latent_dim)))
    st.caption(
        f"{train.dataset} · {'convolutional' if model.channels else 'dense'} {widths} · {model.activation} · "
        f"likelihood: {LIKELIHOOD_WORDS[model.likelihood]} · β = {train.beta:g} · up to {train.epochs} epochs of Adam "
        f"at {train.learning_rate:g} ({train.schedule}) · batch {train.batch_size} · seed {train.seed}"
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

"""What a model can lack and this machine can make: said in a sentence, with the button that starts it."""

import streamlit as st

from ui import frame, live
from vae_core import data, jobs
from vae_core.data import own
from vae_core.jobs import State
from vae_core.runs import Run


def umap(run: Run) -> None:
    """What to do to have a run's UMAP, and its progress."""
    words = "The UMAP of this model has not been computed yet. It takes about half a minute, in the background."
    _offer(run, "umap", words=words, button="Compute the UMAP")


def measurement(run: Run) -> None:
    """What to do to have a run's test codes and figures, and the progress of measuring them; once on a page."""
    if jobs.state(run, "train").live:
        st.info(
            "This model is still in training. Its figures and its encoded test set come at the end; see the page Train."
        )
    elif own.NAME.fullmatch(run.train.dataset) and data.find(run.train.dataset) is None:
        st.info(f"This model cannot be measured here: its set {run.train.dataset} {own.LOST}")
    elif data.find(run.train.dataset) is None:
        st.info("This model was trained on images that the lab does not know, so it cannot be measured here.")
    else:
        title = data.facts(run.train.dataset).title
        words = (
            f"This model has not been measured yet: no test image of {title} has been encoded. It takes some seconds."
        )
        _offer(run, "evaluate", words=words, button="Measure this model")


def _offer(run: Run, kind: str, *, words: str, button: str) -> None:
    def show() -> None:
        state = jobs.state(run, kind)
        if state.live:
            waiting(run, kind, state)
            return
        if state.word == jobs.FAILED:
            st.error(frame.plain(state.message))
        st.info(words)
        if st.button(button, type="primary", key=f"start-{kind}"):
            with frame.saying_why():
                jobs.start(run, kind)
                st.rerun()

    live.follow(lambda: jobs.state(run, kind).live, show)


def waiting(run: Run, kind: str, state: State) -> None:
    """The progress of a job with a button that cancels it."""
    # A job's last line is its result as JSON, for the shell; a page that sees it only has to wait a moment more.
    words = "Finishing…" if state.message.startswith("{") else frame.plain(state.message) or "Starting…"
    st.progress(min(state.fraction, 1.0), text=words)
    st.button("Cancel", on_click=jobs.stop, args=(run, kind), key=f"cancel-{kind}-{run.name}")

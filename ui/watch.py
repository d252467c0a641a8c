"""What a page shows of a job: its progress once a second while it lives, a stop button, and how it ended."""

import time

import streamlit as st

from ui import cache, frame, lab
from vae_core import jobs, runs
from vae_core.jobs import State
from vae_core.runs import Run

ADVICE = {
    jobs.STOPPED: "Stopped before its end; the model is kept as it was.",
    jobs.CRASHED: "The training was killed from outside. Its curves and the model of its last whole epoch are kept.",
}


def training(run: Run) -> None:
    """The progress and curves of a run's training, live until it ends."""
    live = jobs.state(run, "train").live

    @st.fragment(run_every=1 if live else None)
    def follow() -> None:
        state = jobs.state(run, "train")
        if live and not state.live:
            st.rerun()
        _training_state(run, state)
        if run.metrics_size():
            lab.chart(cache.curves([run]), revision=run.name, height=460, key=f"live-{run.name}")

    follow()


def _training_state(run: Run, state: State) -> None:
    if state.word == jobs.WAITING:
        _waiting(run, "train", state)
    elif state.word == jobs.RUNNING:
        rows = run.metrics()
        st.progress(min(state.fraction, 1.0), text=_progress_words(run, rows, state.fraction))
        st.button("Stop and keep the model", on_click=jobs.stop, args=(run, "train"), key=f"stop-{run.name}")
    elif state.word == jobs.FAILED:
        st.error(frame.plain(state.message))
    elif state.word == jobs.ENDED_WELL:
        st.success(f"{run.name} is trained and in the list of models.")
    else:
        st.warning(ADVICE.get(state.word, "This run has not been started."))
    if not state.live and run.has(runs.WEIGHTS):
        frame.link("explore", f"Explore {run.name}", run, icon=":material/tune:")


def _waiting(run: Run, kind: str, state: State) -> None:
    st.progress(0.0, text=frame.plain(state.message) or "Starting…")
    st.button("Cancel", on_click=jobs.stop, args=(run, kind), key=f"cancel-{kind}-{run.name}")


def _progress_words(run: Run, rows: list[dict], fraction: float) -> str:
    last = rows[-1] if rows else {"epoch": 0.0, "images_per_second": 0.0}
    began = (run.path / runs.CONFIG).stat().st_mtime
    left = (time.time() - began) * (1 - fraction) / fraction if fraction > 0.01 else None
    words = f"Epoch {last['epoch']:.1f} of {run.train.epochs} · {last['images_per_second']:,.0f} images/s"
    return f"{words} · about {_duration(left)} left" if left is not None else words


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def umap(run: Run) -> None:
    """The button that starts a run's UMAP, and its progress with a cancel; reruns the page when it is there."""
    live = jobs.state(run, "umap").live

    @st.fragment(run_every=1 if live else None)
    def follow() -> None:
        state = jobs.state(run, "umap")
        if live and not state.live:
            st.rerun()
        if state.live:
            st.progress(state.fraction, text=frame.plain(state.message) or "Starting…")
            st.button("Cancel", on_click=jobs.stop, args=(run, "umap"), key="cancel-umap")
            return
        if state.word == jobs.FAILED:
            st.error(frame.plain(state.message))
        st.info("The UMAP of this model has not been computed yet. It takes about half a minute, in the background.")
        if st.button("Compute the UMAP", type="primary", key="start-umap"):
            jobs.start(run, "umap")
            st.rerun()

    follow()

"""What a page shows of a job: its progress once a second while it lives, a stop button, and how it ended."""

import streamlit as st

from ui import cache, frame, lab
from vae_core import data, jobs, runs
from vae_core.jobs import State
from vae_core.runs import Run


def training(run: Run) -> None:
    """The progress and curves of a run's training, live until it ends."""
    live = jobs.state(run, "train").live

    @st.fragment(run_every=1 if live else None)
    def follow() -> None:
        state = jobs.state(run, "train")
        if live and not state.live:
            st.rerun()
        _training_state(run, state)
        if run.metrics_version():
            lab.chart(cache.curves([run]), revision=run.name, height=600, key=f"live-{run.name}")

    follow()


def _training_state(run: Run, state: State) -> None:
    if state.word == jobs.WAITING:
        _progress(run, "train", state)
    elif state.word == jobs.RUNNING:
        st.progress(min(state.fraction, 1.0), text=_progress_words(run, state.fraction))
        st.button("Stop and keep the model", on_click=_stop, args=(run,), key=f"stop-{run.name}")
    elif state.word == jobs.FAILED:
        st.error(frame.plain(state.message))
    elif state.word == jobs.ENDED_WELL:
        st.success(f"{run.name} is trained and in the list of models.")
    else:
        st.warning(_how_it_ended(run, state))
    if not state.live and run.has(runs.WEIGHTS):
        frame.link("explore", f"Explore {run.name}", run, icon=":material/tune:")


def _stop(run: Run) -> None:
    jobs.stop(run, "train")
    st.toast("Stopping. The model is measured and saved; this takes some seconds.")


def removal(run: Run) -> None:
    """A button, with a second look, that deletes a run that is not at work."""
    if jobs.state(run, "train").live:
        return
    with st.popover("Delete this run"):
        st.markdown(f"**{run.name}**, its curves and its model will be gone from this machine, for everyone.")
        st.button("Delete for good", type="primary", on_click=_delete, args=(run,), key=f"delete-{run.name}")


def _delete(run: Run) -> None:
    runs.delete_run(run)
    st.query_params.pop("run", None)


def _how_it_ended(run: Run, state: State) -> str:
    if not run.has(runs.WEIGHTS):
        if state.word == jobs.CRASHED and state.message:
            return f"The training ended before there was a model. The last that it said: {frame.plain(state.message)}"
        return "This run ended before its first epoch did, so there is no model. Start it again with the same settings."
    if state.word == jobs.CRASHED:
        return "The training was killed from outside. Its curves and the model as it was last saved are kept."
    return "Stopped before its end; the model is kept as it was."


def _progress_words(run: Run, fraction: float) -> str:
    rows = run.metrics()
    last = rows[-1] if rows else {"epoch": 0.0, "images_per_second": 0.0, "seconds": 0.0}
    words = f"Epoch {last['epoch']:.1f} of {run.train.epochs} · {last['images_per_second']:,.0f} images/s"
    if fraction < 0.01:
        return words
    return f"{words} · about {_duration(last['seconds'] * (1 - fraction) / fraction)} left"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _progress(run: Run, kind: str, state: State) -> None:
    # A job's last line is its result as JSON, for the shell; a page that sees it only has to wait a moment more.
    words = "Finishing…" if state.message.startswith("{") else frame.plain(state.message) or "Starting…"
    st.progress(min(state.fraction, 1.0), text=words)
    st.button("Cancel", on_click=jobs.stop, args=(run, kind), key=f"cancel-{kind}-{run.name}")


def _offer(run: Run, kind: str, *, words: str, button: str) -> None:
    """The button that starts a job, and its progress with a cancel; reruns the page when it has ended."""
    live = jobs.state(run, kind).live

    @st.fragment(run_every=1 if live else None)
    def follow() -> None:
        state = jobs.state(run, kind)
        if live and not state.live:
            st.rerun()
        if state.live:
            _progress(run, kind, state)
            return
        if state.word == jobs.FAILED:
            st.error(frame.plain(state.message))
        st.info(words)
        if st.button(button, type="primary", key=f"start-{kind}"):
            jobs.start(run, kind)
            st.rerun()

    follow()


def umap(run: Run) -> None:
    """What to do to have a run's UMAP, and its progress."""
    words = "The UMAP of this model has not been computed yet. It takes about half a minute, in the background."
    _offer(run, "umap", words=words, button="Compute the UMAP")


def measurement(run: Run) -> None:
    """What to do to have a run's test codes and figures, and the progress of measuring them."""
    if jobs.state(run, "train").live:
        st.info(
            "This model is still in training. Its figures and its encoded test set come at the end; see the page Train."
        )
    elif run.train.dataset not in data.DATASETS:
        st.info("This model was trained on images that the lab does not know, so it cannot be measured here.")
    else:
        title = data.DATASETS[run.train.dataset].title
        words = (
            f"This model has not been measured yet: no test image of {title} has been encoded. It takes some seconds."
        )
        _offer(run, "evaluate", words=words, button="Measure this model")

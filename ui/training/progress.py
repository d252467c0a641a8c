"""What the page Train shows of a run: its progress and curves while it lives, a stop button, and how it ended."""

import math

import streamlit as st

from ui import address, cache, frame, live, offers, widgets
from vae_core import jobs, runs
from vae_core.jobs import State
from vae_core.runs import Run

STOPPING = "Stopping. The model is measured and saved; this takes some seconds."


def training(run: Run) -> None:
    """The progress and curves of a run's training, live until it ends."""

    def show() -> None:
        _stands(run, jobs.state(run, "train"))
        if run.metrics_version():
            widgets.chart(cache.curves([run]), revision=run.name, height=600, key=f"live-{run.name}")

    live.follow(lambda: jobs.state(run, "train").live, show)


def _stands(run: Run, state: State) -> None:
    if state.word == jobs.WAITING:
        offers.waiting(run, "train", state)
    elif state.word == jobs.RUNNING:
        _at_work(run, state.fraction)
    elif state.word == jobs.FAILED:
        st.error(frame.plain(state.message))
    elif state.word == jobs.ENDED_WELL:
        st.success(f"{run.name} is trained and in the list of models.")
    else:
        st.warning(how_it_ended(run, state))
    if not state.live and run.has(runs.WEIGHTS):
        frame.link("explore", f"Explore {run.name}", run, icon=":material/tune:")


def _at_work(run: Run, fraction: float) -> None:
    # The request itself is shown, not a toast of the callback: in a fragment that would replace the page's first
    # elements, and a toast knows nothing of a reload.
    asked = runs.stop_file(run, "train").exists()
    st.progress(min(fraction, 1.0), text=STOPPING if asked else _pace(run, fraction))
    key = f"stop-{run.name}"
    st.button("Stop and keep the model", on_click=jobs.stop, args=(run, "train"), key=key, disabled=asked)


def how_it_ended(run: Run, state: State) -> str:
    """What became of a training that neither reached its end nor says why."""
    every = math.ceil(run.train.epochs / 100)
    saved = "epoch" if every == 1 else f"{every:,} epochs"
    if not run.has(runs.WEIGHTS) and state.word == jobs.CRASHED and state.message:
        return f"The training ended before there was a model. The last that it said: {frame.plain(state.message)}"
    if not run.has(runs.WEIGHTS) and state.word == jobs.STOPPED:
        return "This run was stopped before there was a model to keep."
    if not run.has(runs.WEIGHTS):
        return (
            f"This run ended before its model was first saved, which is done every {saved}. Start it again with the "
            "same settings."
        )
    if state.word == jobs.CRASHED:
        return f"The training was killed from outside. Its curves are kept, and its model as saved every {saved}."
    return "Stopped before its end; the model is kept as it was."


def _pace(run: Run, fraction: float) -> str:
    last = run.last_report()
    if not last or not last["seconds"]:
        return f"Epoch 0 of {run.train.epochs:,}"  # no step is done, so no speed is known
    words = f"Epoch {last['epoch']:.1f} of {run.train.epochs:,} · {last['images_per_second']:,.0f} images/s"
    if fraction < 0.01:
        return words
    return f"{words} · about {_duration(last['seconds'] * (1 - fraction) / fraction)} left"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def removal(run: Run) -> None:
    """A button, with a second look, that deletes a run that is not at work."""
    if jobs.state(run, "train").live:
        return
    with st.popover("Delete this run", key=f"removal-{run.name}"):
        st.markdown(f"**{run.name}**, its curves and its model will be gone from this machine, for everyone.")
        st.button("Delete for good", type="primary", on_click=_delete, args=(run,), key=f"delete-{run.name}")


def _delete(run: Run) -> None:
    runs.delete_run(run)
    address.write({"run": ""})

"""The race of the gradients: one small training for each way through the sampling, started once and found again."""

from dataclasses import replace

import streamlit as st

from ui import cache, frame, lab
from ui.plots import GRADIENT_TITLES
from vae_core import config, jobs, runs
from vae_core.runs import Run

STEM = "race"
MODEL, TRAIN = config.preset("manifold", image_shape=(1, 8, 8), dataset="digits", epochs=30)


def entered(gradient: str) -> Run | None:
    """The run of the race with such a gradient that is finished or at work; None if there is none."""
    train = replace(TRAIN, gradient=gradient)
    for run in runs.list_runs():
        if run.name.startswith(f"{STEM}-{gradient}") and (run.model, run.train) == (MODEL, train):
            state = jobs.state(run, "train")
            if state.live or state.word == jobs.ENDED_WELL:
                return run
    return None


def start() -> None:
    """Start every training that is neither finished nor at work; raises OSError if the disk is full."""
    for gradient in GRADIENT_TITLES:
        if entered(gradient) is None:
            jobs.start(runs.create_run(f"{STEM}-{gradient}", MODEL, replace(TRAIN, gradient=gradient)), "train")


def _at_work(run: Run | None) -> bool:
    return run is not None and jobs.state(run, "train").live


def show() -> None:
    """The button, the race as it runs, and how it ended."""
    live = any(_at_work(entered(gradient)) for gradient in GRADIENT_TITLES)

    @st.fragment(run_every=1 if live else None)
    def follow() -> None:
        found = {gradient: run for gradient in GRADIENT_TITLES if (run := entered(gradient))}
        if live and not any(_at_work(run) for run in found.values()):
            st.rerun()
        if live:
            _progress(found)
        elif len(found) < len(GRADIENT_TITLES):
            _offer()
        if any(run.metrics_version() for run in found.values()):
            lab.chart(cache.race(found), revision="race", height=420, key="race", label="The race of the gradients")
        if not live and found:
            _ends(found)

    follow()


def _offer() -> None:
    st.caption("They run in the background, one after the other, some 10 to 25 seconds each.")
    if st.button("Train all three", type="primary", key="race-start"):
        try:
            start()
        except OSError as error:
            st.error(frame.plain(error.strerror or str(error)))
        else:
            st.rerun()


def _progress(found: dict[str, Run]) -> None:
    states = {gradient: jobs.state(run, "train") for gradient, run in found.items()}
    running = next((gradient for gradient, state in states.items() if state.word == jobs.RUNNING), None)
    words = f"Training: {GRADIENT_TITLES[running]}" if running else "Starting…"
    share = sum(state.fraction for state in states.values()) / len(GRADIENT_TITLES)
    st.progress(min(share, 1.0), text=words)
    if st.button("Stop the race", key="race-stop"):
        for run in found.values():
            jobs.stop(run, "train")


def _ends(found: dict[str, Run]) -> None:
    for column, (gradient, run) in zip(st.columns(len(found)), found.items(), strict=True):
        card = run.card()
        if not card:
            continue
        column.metric(GRADIENT_TITLES[gradient].capitalize(), f"{card['negative_elbo']:.2f} nats")
        with column:
            frame.link("latent_map", f"Map of {run.name}", run, icon=":material/grid_on:")

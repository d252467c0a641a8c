"""Sweeps over β on a page: which models are shown together, and the trainings that show what a mean does to β."""

from dataclasses import dataclass, replace

import streamlit as st

from ui import cache, frame, lab
from vae_core import jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs import Run

FEWEST = 3
SHIPPED = "beta-1"
MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(64,), latent_dim=8)
PIXELS = 64
TRAIN = TrainConfig(dataset="digits", epochs=100, learning_rate=3e-3, schedule="cosine")


@dataclass(frozen=True)
class Loss:
    """One way to write the loss.

    Attributes
    ----------
    name : str
        What its runs' names begin with.
    title : str
        What it is called.
    beta : float
        The weight of the rate that it amounts to on images of ``PIXELS`` pixels.
    """

    name: str
    title: str
    beta: float

    @property
    def train(self) -> TrainConfig:
        """How it is trained."""
        return replace(TRAIN, beta=self.beta)


LOSSES = (
    Loss("loss-sums", "Both sums: β = 1", 1.0),
    Loss("loss-mean-pixels", "Reconstruction averaged: β = 64", float(PIXELS)),
    Loss("loss-mean-kl", "KL divided by the pixels: β = 1/64", 1 / PIXELS),
)


def members(run: Run) -> list[Run]:
    """The models of a run's sweep that can be shown, one for each β and the run itself first, by β."""
    chosen: dict[float, Run] = {}
    for other in [run, *runs.sweep_of(run)]:
        if other.has(runs.WEIGHTS) and other.has(runs.LATENTS) and other.card():
            chosen.setdefault(other.train.beta, other)
    return [chosen[beta] for beta in sorted(chosen)]


def shipped() -> list[Run]:
    """The models of the sweep that comes with the lab; empty where it has been deleted."""
    try:
        return members(runs.find_run(SHIPPED))
    except FileNotFoundError:
        return []


def trained(loss: Loss) -> Run | None:
    """A run with such a loss: a finished one, else one at work, else the latest that failed; None if there is none."""
    found = [run for run in runs.list_runs() if (run.model, run.train) == (MODEL, loss.train)]
    states = {run: jobs.state(run, "train") for run in found}

    def first(word: str) -> Run | None:
        return next((run for run in found if states[run].word == word), None)

    live = next((run for run in found if states[run].live), None)
    return first(jobs.ENDED_WELL) or live or next(iter(found), None)


def train() -> None:
    """Start what is not finished and not at work; raises OSError if the disk is full."""
    for loss in LOSSES:
        run = trained(loss)
        state = run and jobs.state(run, "train")
        if state is None or not (state.live or state.word == jobs.ENDED_WELL):
            jobs.start(runs.create_run(loss.name, MODEL, loss.train), "train")


def mistake() -> None:
    """The button that trains with each loss, the trainings as they run, and what came of them."""
    live = any(run and jobs.state(run, "train").live for run in map(trained, LOSSES))

    @st.fragment(run_every=1 if live else None)
    def follow() -> None:
        found = {loss: run for loss in LOSSES if (run := trained(loss))}
        states = {loss: jobs.state(run, "train") for loss, run in found.items()}
        if live and not any(state.live for state in states.values()):
            st.rerun()
        done = [loss for loss, state in states.items() if state.word == jobs.ENDED_WELL]
        if live:
            share = sum(state.fraction for state in states.values()) / len(LOSSES)
            now = next((loss.title for loss, state in states.items() if state.word == jobs.RUNNING), "Starting…")
            st.progress(min(share, 1.0), text=now)
        elif len(done) < len(LOSSES):
            _offer([state.message for state in states.values() if state.word == jobs.FAILED])
        if not live and done:
            _results({loss: found[loss] for loss in done})
        reported = [run for run in found.values() if run.metrics_version()]
        if reported:
            lab.chart(cache.curves(reported), revision="mistake", height=600, key="mistake-curves")

    follow()


def _offer(problems: list[str]) -> None:
    for problem in problems:
        st.error(frame.plain(problem))
    if st.button("Train with all three losses", type="primary", key="mistake-train"):
        try:
            train()
        except OSError as error:
            st.error(frame.plain(error.strerror or str(error)))
        else:
            st.rerun()


def _results(found: dict[Loss, Run]) -> None:
    shown = {loss: run for loss, run in found.items() if run.has(runs.LATENTS) and run.card()}
    if not shown:
        return
    lab.comparison(list(shown.values()), [loss.title for loss in shown], key="comparison")
    if len(shown) == len(LOSSES):
        frame.link("beta", "Move through these three with the slider", found[LOSSES[0]], icon=":material/linear_scale:")

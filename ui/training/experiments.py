"""Experiments: several small trainings started as one, found again by what they train, and shown side by side.

An experiment is one entry of ``EXPERIMENTS``; nothing of it is stored but its runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from ui import cache, frame, live, widgets
from vae_core import config, jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs import Run


@dataclass(frozen=True)
class Entrant:
    """One training of an experiment.

    Attributes
    ----------
    name : str
        What its runs' names begin with, after the experiment's stem.
    title : str
        What it is called.
    train : TrainConfig
        How it is trained.
    """

    name: str
    title: str
    train: TrainConfig


@dataclass(frozen=True)
class Experiment:
    """Several trainings of one network that differ in one thing.

    Attributes
    ----------
    stem : str
        What the names of all its runs begin with.
    model : ModelConfig
        The network.
    entrants : tuple of Entrant
        The trainings.
    offer, button : str
        What is said before it is started, and what the button says.
    figure : callable
        The curves of the entrants that have reported, as a plotly figure.
    height : int
        Of the figure, pixels.
    results : callable
        Shows the entrants that are finished.
    """

    stem: str
    model: ModelConfig
    entrants: tuple[Entrant, ...]
    offer: str
    button: str
    figure: Callable[[Mapping[Entrant, Run]], dict[str, Any]]
    height: int
    results: Callable[[Mapping[Entrant, Run]], None]


def _race_figure(found: Mapping[Entrant, Run]) -> dict[str, Any]:
    return cache.race({entrant.name: run for entrant, run in found.items()})


def _race_results(done: Mapping[Entrant, Run]) -> None:
    for column, (entrant, run) in zip(st.columns(len(done)), done.items(), strict=True):
        card = run.card()
        if not card:
            continue
        column.metric(entrant.title.capitalize(), f"{card['negative_elbo']:.2f} nats")
        with column:
            frame.link("latent_map", f"Map of {run.name}", run, icon=":material/grid_on:")


def _loss_figure(found: Mapping[Entrant, Run]) -> dict[str, Any]:
    return cache.curves(list(found.values()))


def _loss_results(done: Mapping[Entrant, Run]) -> None:
    shown = {entrant: run for entrant, run in done.items() if run.has(runs.LATENTS) and run.card()}
    if not shown:
        return
    members = list(shown.values())
    titles = {run.name: entrant.title for entrant, run in shown.items()}
    widgets.mount("comparison", members, key="comparison", titles=titles)
    if len(shown) == len(EXPERIMENTS["loss"].entrants):
        frame.link("beta", "Move through these three with the slider", members[0], icon=":material/linear_scale:")


_RACE_MODEL, _RACE_TRAIN = config.preset("manifold", image_shape=(1, 8, 8), dataset="digits", epochs=30)
PIXELS = 64  # of an image of the digits: dividing one part of the loss by them is dividing or multiplying β
_LOSS_TRAIN = TrainConfig(dataset="digits", epochs=100, learning_rate=3e-3, schedule="cosine")
EXPERIMENTS = {
    "race": Experiment(
        stem="race",
        model=_RACE_MODEL,
        entrants=tuple(
            Entrant(gradient, words, replace(_RACE_TRAIN, gradient=gradient))
            for gradient, words in config.GRADIENTS.items()
        ),
        offer="They run in the background, one after the other, some 10 to 25 seconds each.",
        button="Train all three",
        figure=_race_figure,
        height=420,
        results=_race_results,
    ),
    "loss": Experiment(
        stem="loss",
        model=ModelConfig(image_shape=(1, 8, 8), hidden=(64,), latent_dim=8),
        entrants=(
            Entrant("sums", "Both sums: β = 1", _LOSS_TRAIN),
            Entrant("mean-pixels", "Reconstruction averaged: β = 64", replace(_LOSS_TRAIN, beta=float(PIXELS))),
            Entrant("mean-kl", "KL divided by the pixels: β = 1/64", replace(_LOSS_TRAIN, beta=1 / PIXELS)),
        ),
        offer="",
        button="Train with all three losses",
        figure=_loss_figure,
        height=600,
        results=_loss_results,
    ),
}


def found(experiment: Experiment) -> dict[Entrant, Run]:
    """The run of each entrant: a finished one, else one at work, else the latest; entrants without any are left out."""
    listed = [run for run in cache.listed() if run.model == experiment.model]
    alike = {entrant: [run for run in listed if run.train == entrant.train] for entrant in experiment.entrants}
    return {entrant: min(same, key=_rank) for entrant, same in alike.items() if same}


def _rank(run: Run) -> int:
    state = jobs.state(run, "train")
    return 0 if state.word == jobs.ENDED_WELL else 1 if state.live else 2


def start(experiment: Experiment) -> None:
    """Start every training that is neither finished nor at work; raises OSError if the disk is full."""
    cache.list_anew()  # another visitor may have started them since this page was drawn
    there = found(experiment)
    for entrant in experiment.entrants:
        if entrant not in there or _rank(there[entrant]) == 2:
            run = runs.create_run(f"{experiment.stem}-{entrant.name}", experiment.model, entrant.train)
            jobs.start(run, "train")


def show(name: str) -> None:
    """The button of an experiment, a key of ``EXPERIMENTS``; its trainings as they run, and what came of them."""
    experiment = EXPERIMENTS[name]
    live.follow(lambda: _at_work(found(experiment).values()), lambda: _stands(name, experiment))


def _at_work(entered: Sequence[Run] | Any) -> bool:
    return any(jobs.state(run, "train").live for run in entered)


def _stands(name: str, experiment: Experiment) -> None:
    entered = found(experiment)
    states = {entrant: jobs.state(run, "train") for entrant, run in entered.items()}
    live_now = any(state.live for state in states.values())
    done = {entrant: entered[entrant] for entrant, state in states.items() if state.word == jobs.ENDED_WELL}
    if live_now:
        _progress(name, experiment, entered, states)
    elif len(done) < len(experiment.entrants):
        _offer(name, experiment, [state.message for state in states.values() if state.word == jobs.FAILED])
    reported = {entrant: run for entrant, run in entered.items() if run.metrics_version()}
    if reported:
        figure, title = experiment.figure(reported), f"The curves of the {name}"
        widgets.chart(figure, revision=name, height=experiment.height, key=f"{name}-curves", label=title)
    if done and not live_now:
        experiment.results(done)


def _progress(
    name: str, experiment: Experiment, entered: Mapping[Entrant, Run], states: Mapping[Entrant, jobs.State]
) -> None:
    share = sum(state.fraction for state in states.values()) / len(experiment.entrants)
    now = [f"Training: {entrant.title}" for entrant, state in states.items() if state.word == jobs.RUNNING]
    waits = [frame.plain(state.message) for state in states.values() if state.ahead]
    st.progress(min(share, 1.0), text=[*now, *waits, "Starting…"][0])
    if st.button("Stop these trainings", key=f"{name}-stop"):
        for run in entered.values():
            jobs.stop(run, "train")


def _offer(name: str, experiment: Experiment, problems: Sequence[str]) -> None:
    for problem in problems:
        st.error(frame.plain(problem))
    if experiment.offer:
        st.caption(experiment.offer)
    if st.button(experiment.button, type="primary", key=f"{name}-start"):
        with frame.saying_why():
            start(experiment)
            st.rerun()

"""Every cache of the project: what many watchers of one file would otherwise compute many times."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui import plots
from vae_core import latent, runs
from vae_core.runs import Run, history

FLATTENS = 3.0  # times as many nats


def list_anew() -> None:
    """Read the list of all runs; once for each run of the script, and after it has made one."""
    st.session_state["listed-runs"] = runs.list_runs()


def listed() -> list[Run]:
    """All runs, as `list_anew` found them."""
    if "listed-runs" not in st.session_state:
        list_anew()
    found: list[Run] = st.session_state["listed-runs"]
    return found


def curves(chosen: list[Run], *, against: str = "epoch", logarithmic: bool = False) -> dict[str, Any]:
    """The curves of some runs as `plots.curves` draws them, built once for all who watch them."""
    marks = {run.name: history.marks(run) for run in chosen}
    return _curves(tuple((run.name, run.metrics_version()) for run in chosen), marks, against, logarithmic)


@st.cache_data(max_entries=16, show_spinner=False)
def _curves(
    names_and_versions: tuple[tuple[str, str], ...],
    marks: dict[str, list[history.Mark]],
    against: str,
    logarithmic: bool,
) -> dict[str, Any]:
    histories = {name: _history(name) for name, _ in names_and_versions}
    return plots.curves(histories, marks=marks, against=against, logarithmic=logarithmic)


def flattened(chosen: list[Run]) -> bool:
    """Whether one of some runs ends so much higher than another that it would flatten the others' curves."""
    last = [row["test_distortion"] for run in chosen if (row := _last_test(run.name))]
    return len(last) > 1 and max(last) > FLATTENS * min(last) > 0


def _last_test(name: str) -> dict[str, Any] | None:
    return next((row for row in reversed(_history(name)) if "test_distortion" in row), None)


def _history(name: str) -> list[dict[str, Any]]:
    """The reports of a run; none if it has just been deleted."""
    try:
        return runs.find_run(name).metrics()
    except (FileNotFoundError, ValueError):
        return []


def race(entered: Mapping[str, Run]) -> dict[str, Any]:
    """The curves of the runs of a race, by the names of their gradients, as `plots.race` draws them."""
    return _race(tuple((gradient, run.name, run.metrics_version()) for gradient, run in entered.items()))


@st.cache_data(max_entries=4, show_spinner=False)
def _race(entered: tuple[tuple[str, str, str], ...]) -> dict[str, Any]:
    return plots.race({gradient: _history(name) for gradient, name, _ in entered})


def slider_reach(run: Run) -> float:
    """How far a run's latent sliders go to each side, in σ of the prior; 3 if its codes are missing or damaged."""
    try:
        return _reach(run.name, run.content_hash(runs.LATENTS))
    except (OSError, ValueError, ArithmeticError, LookupError):
        return 3.0


@st.cache_data(max_entries=64, show_spinner=False)
def _reach(name: str, content: str) -> float:
    return latent.reach(runs.find_run(name).read(runs.LATENTS)["mu"])

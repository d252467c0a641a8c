"""Every cache of the project: what many watchers of one file would otherwise compute many times."""

from typing import Any

import streamlit as st

from ui import plots
from vae_core import runs
from vae_core.runs import Run


def curves(chosen: list[Run]) -> dict[str, Any]:
    """The curves of some runs, built once for all who watch them."""
    return _curves(tuple((run.name, run.metrics_size()) for run in chosen))


@st.cache_data(max_entries=16, show_spinner=False)
def _curves(names_and_sizes: tuple[tuple[str, int], ...]) -> dict[str, Any]:
    return plots.curves({name: runs.find_run(name).metrics() for name, _ in names_and_sizes})

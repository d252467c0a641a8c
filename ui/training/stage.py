"""The stage of a run on a page: a training as it happens or happened, watched by the browser alone."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui import address, cache, frame, plots, server, widgets
from ui.training import form, keeping
from vae_core import data, runs
from vae_core.runs import Run


def stage(run: Run) -> None:
    """The stage of a run; the page is run again only when its training begins or ends, or another run is opened."""
    key = f"stage-{run.name}"
    content: Mapping[str, Any] = {
        "run": run.name,
        "table": run.name,
        "spec": server.spec(run),
        "watch": f"{server.base()}/watch/{run.name}",
        "control": f"{server.base()}/control/{run.name}",
        "examples": widgets.examples(run)["examples"],
        "colours": list(plots.CLASS_COLOURS),
        "class_names": list(data.class_names(run.train.dataset)),
        "epochs": run.train.epochs,
    }
    widgets.mount("stage", key=key, on_state_change=lambda: _told(key), **content)


def _told(key: str) -> None:
    """Open the run that was forked; of what else the widget tells the page only needs to know that it was told."""
    told = (st.session_state.get(key) or {}).get("state") or {}
    name = told.get("open")
    if isinstance(name, str) and runs.NAME.fullmatch(name):
        address.choose("run", name)
        cache.list_anew()


def beside(run: Run) -> None:
    """What else can be done with a run: explore it, train its like, keep it."""
    left, right = st.columns(2)
    with left:
        if run.has(runs.WEIGHTS):
            frame.link("explore", f"Explore {run.name}", run, icon=":material/tune:")
    with right:
        keeping.keep(run)
    if not runs.trained_here(run):
        st.button(
            "Now train it yourself",
            type="primary",
            on_click=_train_like,
            args=(run,),
            key=f"like-{run.name}",
            help="The same network, data and settings, from the first step.",
        )


def _train_like(run: Run) -> None:
    with frame.saying_why():
        address.choose("run", form.start(form.Asked(run.name, run.model, run.train)).name)
        cache.list_anew()

"""The stage of a run on a page: a training as it happens or happened, watched by the browser alone."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui import address, cache, frame, plots, server, widgets
from ui.training import form
from vae_core import data, jobs, runs
from vae_core.layers import browser_spec
from vae_core.runs import Run


def stage(run: Run) -> None:
    """The stage of a run; the page is run again only when its training begins or ends, or another run is opened."""
    key = f"stage-{run.name}"
    owner = runs.examples_of(run.train.dataset, among=cache.listed())
    content: Mapping[str, Any] = {
        "run": run.name,
        "table": run.name,
        "spec": browser_spec(run.model),
        "watch": f"{server.base()}/watch/{run.name}",
        "control": f"{server.base()}/control/{run.name}",
        "examples": server.find_url(owner, runs.EXAMPLES) if owner else None,
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
        address.write({"run": name})
        cache.list_anew()


def beside(run: Run) -> None:
    """What else can be done with a run: explore it, train its like, delete it."""
    columns = st.columns(2)
    live = jobs.state(run, "train").live
    with columns[0]:
        if run.has(runs.WEIGHTS):
            frame.link("explore", f"Explore {run.name}", run, icon=":material/tune:")
    if not runs.trained_here(run):
        columns[1].button(
            "Now train it yourself",
            type="primary",
            on_click=_train_like,
            args=(run,),
            key=f"like-{run.name}",
            help="The same network, data and settings, from the first step.",
        )
    elif not live:
        with columns[1]:
            removal(run)


def _train_like(run: Run) -> None:
    with frame.saying_why():
        address.write({"run": form.start(form.Asked(run.name, run.model, run.train)).name})
        cache.list_anew()


def removal(run: Run) -> None:
    """A button, with a second look, that deletes a run."""
    with st.popover("Delete this run", key=f"removal-{run.name}"):
        st.markdown(f"**{run.name}**, its curves and its model will be gone from this machine, for everyone.")
        st.button("Delete for good", type="primary", on_click=_delete, args=(run,), key=f"delete-{run.name}")


def _delete(run: Run) -> None:
    if not jobs.state(run, "train").live:
        runs.delete_run(run)
    address.write({"run": ""})

"""Load a visitor's own model: two files are checked, named by their content and put into a run directory."""

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui import frame
from vae_core import data, jobs, runs
from vae_core.config import parse_config
from vae_core.runs import Run, tables

MAX_MEGABYTES = 80
MAX_WEIGHT = 1e6  # far beyond any that a training leaves; squares and sums of such still fit a float32


def form() -> None:
    """Two upload fields and, once both files are sound, a link to the new model."""
    st.markdown(
        "Give the two files of a run directory: **model.safetensors** (the weights) and **config.json** (the "
        "architecture). Any run trained here or with `python -m vae_core.train` has both."
    )
    left, right = st.columns(2)
    weights = left.file_uploader("model.safetensors", max_upload_size=MAX_MEGABYTES, key="upload-weights")
    config = right.file_uploader("config.json", max_upload_size=1, key="upload-config")
    if weights is None or config is None:
        return
    run = None
    with frame.saying_why():
        run = accept(weights.getvalue(), config.getvalue())
    if run is None:
        return
    st.success(f"Loaded as {run.name}. It is in the list of models now.")
    frame.link("explore", f"Explore {run.name}", run)


def _check_sizes(arrays: Mapping[str, Any]) -> None:
    for name, array in arrays.items():
        largest = float(abs(array).max(initial=0))
        if largest > MAX_WEIGHT:
            raise ValueError(
                f"Tensor {name}: got numbers up to {largest:.0e}, expected at most {MAX_WEIGHT:.0e}; no image would "
                "come of them. Choose the weights of a training that did not diverge."
            )


def accept(weights: bytes, config: bytes) -> Run:
    """The run that two uploaded files make; the same files make the same run.

    Its test set is encoded and measured in the background if the data set is one of the lab's.

    Raises
    ------
    ValueError
        If either file is damaged, too large or does not fit the other.
    OSError
        If the disk is full.
    """
    if len(weights) > MAX_MEGABYTES * 2**20:
        raise ValueError(f"The weights file is larger than {MAX_MEGABYTES} MB.")
    path = runs.models_root() / f"upload-{hashlib.sha256(weights + config).hexdigest()[:8]}"
    # The fields keep their files, so the page comes here at every rerun: what is accepted is not parsed again.
    if Run(path).has(runs.WEIGHTS):
        return runs.open_run(path)
    model, train = parse_config(config)
    arrays = tables.parse_weights(weights, model)
    _check_sizes(arrays)
    run = runs.open_run(path) if path.exists() else runs.create_run_at(path, model, train)
    run.write(runs.WEIGHTS, arrays)
    if data.find(train.dataset):
        jobs.start(run, "evaluate")
    return run

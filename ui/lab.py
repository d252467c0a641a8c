"""The only place that mounts browser components: a typed front for each widget in ``ui/browser``.

Python sends small JSON and the URLs of weights and tables; the browser decodes. Each function needs a `key` that is its
own on the page, and never raises because of a damaged run: the widget says in a sentence what is wrong.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import streamlit as st

from ui import plots, server
from vae_core import data, latent, runs
from vae_core.layers import browser_spec

TILES = 20
# The pixels that a widget takes, on a wide page and on a phone: kept free until it is there, so that nothing jumps.
HEIGHTS = {"explorer": (500, 800), "map": (620, 720), "flow": (600, 1240), "chart": (0, 0)}  # a chart says its own

_SCRIPT = """
const address = new URL("{url}", location.origin);
export default function (component) {{
  const root = component.parentElement.querySelector(".lab");
  const ready = import(address).then((module) => module.mount({{ ...component, data: component.data[0] }}));
  ready.catch((error) => {{
    root.textContent = "This widget could not be loaded; reload the page. (" + error.message + ")";
  }});
  return () => ready.then((stop) => stop(), () => undefined);
}}
"""


@cache
def _component(widget: str) -> Any:
    wide, phone = HEIGHTS[widget]
    css = f".lab {{ min-height: {wide}px; }}\n@media (max-width: 720px) {{ .lab {{ min-height: {phone}px; }} }}"
    return st.components.v2.component(
        f"vae-lab-{widget}",
        html='<div class="lab"></div>',
        css=css,
        js=_SCRIPT.format(url=server.module_url(f"{widget}.js")),
        # Plotly writes its style sheet into the document, where a shadow root would not see it.
        isolate_styles=widget != "chart",
    )


def _mount(widget: str, content: Mapping[str, Any], *, key: str, **callbacks: Any) -> None:
    # In a list, because Streamlit searches a mapping for data frames and imports pandas and pyarrow, 70 MB, to do so.
    _component(widget)(key=key, data=[content], **callbacks)


def _tables(run: runs.Run) -> dict[str, str | None]:
    urls = {
        name: server.table_url(run, name) if run.has(name) else None for name in runs.TABLES if name != runs.WEIGHTS
    }
    # MNIST's images are not shipped; any run trained here on the same set has them.
    owner = runs.examples_of(run.train.dataset)
    return urls | {runs.EXAMPLES: server.table_url(owner, runs.EXAMPLES) if owner else None}


def _model(run: runs.Run) -> dict[str, Any]:
    """What every widget that shows a model is told."""
    return {
        "spec": browser_spec(run.model),
        "pixel_std": run.model.pixel_std,
        "weights": server.table_url(run, runs.WEIGHTS) if run.has(runs.WEIGHTS) else None,
        "tables": _tables(run),
        "symbols": plots.SYMBOL_COLOURS,
    }


def _code(z: Sequence[float] | None, latent_dim: int) -> list[float] | None:
    """`z` as a code of the model, rounded as the browser rounds; None if it is of another model or not finite."""
    if z is None or len(z) != latent_dim or not all(math.isfinite(value) for value in z):
        return None
    return [round(float(value), 4) for value in z]


def _reconcile(run: runs.Run, wish: list[float] | None, key: str) -> dict[str, Any]:
    """The code to show and its token, from what the page wishes and what the browser last told.

    A page hands back what `explorer` returned, which by then may be older than what the browser shows: so only a z that
    differs from the last one returned is a wish, and only a wish gets a new token, and only that moves the sliders.
    """
    memory = st.session_state.setdefault(f"{key}/{run.name}", {"count": 0, "z": None})
    if wish is not None and wish != memory["z"]:
        memory.update(count=memory["count"] + 1, z=wish)
    token = f"{run.name}/{memory['count']}"
    told = (st.session_state.get(key) or {}).get("z") or {}
    if told.get("token") == token:
        memory["z"] = _code(told["z"], run.model.latent_dim) or memory["z"]
    return {"token": token, "z": memory["z"]}


def explorer(run: runs.Run, *, z: Sequence[float] | None, key: str) -> list[float] | None:
    """Sliders, the decoded image and test images to start from.

    Parameters
    ----------
    run : Run
        The model.
    z : sequence of float or None
        The code to show, of length latent_dim; one of another length is ignored. What this function returned may be
        handed back at the next run.
    key : str
        The widget's key.

    Returns
    -------
    list of float or None
        The code at which the hand let go, or `z` before that; rounded to four decimals.
    """
    state = _reconcile(run, _code(z, run.model.latent_dim), key)
    kl = (run.card() or {}).get("kl_per_dimension")
    more = {"kl": kl, "class_names": list(data.class_names(run.train.dataset)), **state}
    _mount("explorer", _model(run) | more, key=key, on_z_change=lambda: None)
    return state["z"]


def latent_map(
    run: runs.Run,
    *,
    table: str = runs.LATENTS,
    axes: tuple[int, int] = (0, 1),
    key: str,
) -> None:
    """The codes of the test images as a map; what lies under the pointer is decoded.

    Parameters
    ----------
    run : Run
        The model.
    table : str
        ``latents`` for the codes themselves, ``pca`` or ``umap`` for a projection of them.
    axes : tuple of int
        The two latent dimensions to show of ``latents``, counted from 0.
    key : str
        The widget's key.

    Raises
    ------
    ValueError
        If there is no such table or dimension.
    """
    if table not in (runs.LATENTS, runs.PCA, runs.UMAP):
        raise ValueError(f"table: got {table!r}, expected {runs.LATENTS}, {runs.PCA} or {runs.UMAP}.")
    dimensions = max(2, run.model.latent_dim)
    if not all(0 <= axis < dimensions for axis in axes):
        raise ValueError(f"axes: got {axes}, expected two of 0 to {dimensions - 1}.")
    more = {
        "table": table,
        "axes": list(axes),
        "class_names": list(data.class_names(run.train.dataset)),
        "colours": list(plots.CLASS_COLOURS),
        "quantiles": latent.manifold_quantiles(TILES),
    }
    _mount("map", _model(run) | more, key=key)


def flow(run: runs.Run, *, key: str) -> None:
    """One picture of the model with a real test image going through it; needs the run's ``examples`` table.

    Parameters
    ----------
    run : Run
        The model.
    key : str
        The widget's key.
    """
    _mount("flow", _model(run), key=key)


def chart(figure: Mapping[str, Any], *, revision: str, height: int, key: str, label: str = "Chart") -> None:
    """A plotly figure in a node of its own that stays when the data change, and in the page's colours.

    Parameters
    ----------
    figure : mapping
        ``data`` and ``layout`` as JSON values, for instance ``go.Figure(...).to_dict()``; its template is not used.
    revision : str
        Zoom and hidden traces are kept while this stays the same; for instance the name of the run.
    height : int
        Pixels.
    key : str
        The widget's key.
    label : str
        What the chart shows, for screen readers.
    """
    content = {"figure": figure, "revision": revision, "height": height, "label": label, "plotly": server.plotly_url()}
    _mount("chart", content, key=key)

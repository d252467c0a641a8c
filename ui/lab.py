"""The only place that mounts browser components: a typed front for each widget in ``ui/browser``.

Python sends small JSON and the URLs of weights and tables; the browser decodes. Each function needs a `key` that is its
own on the page, and never raises because of a damaged run: the widget says in a sentence what is wrong.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ui import address, cache, plots, server
from vae_core import data, runs
from vae_core.layers import browser_spec

# The pixels that a widget takes, on a wide page and on a phone: kept free until it is there, so that nothing jumps.
HEIGHTS = {
    "sliders": (780, 1000),
    "pad": (620, 720),
    "board": (820, 920),
    "paths": (460, 830),
    "flow": (600, 1240),
    "trick": (570, 720),
    "gradient": (640, 760),
    "estimators": (600, 1150),
    "sweep": (760, 1970),
    "guide": (440, 1150),
    "comparison": (375, 700),
    "bound": (1045, 1450),
    "kl": (470, 1055),
    "playground": (795, 915),
    "holes": (890, 1440),
    "chart": (0, 0),  # a chart says its own
}
# The room of each widget's module in ``ui/browser``.
ROOMS = {
    "sliders": "explore",
    "pad": "pad",
    "board": "draw",
    "paths": "paths",
    "flow": "home",
    "trick": "trick",
    "gradient": "trick",
    "estimators": "trick",
    "sweep": "sweep",
    "guide": "sweep",
    "comparison": "sweep",
    "bound": "bound",
    "kl": "bound",
    "playground": "bound",
    "holes": "bound",
    "chart": "kit",
}
PAD_ONLY = ("pins", "plane", "view", "show")
PAD_TELLS = ("z", *PAD_ONLY)
CHOICE = ("image", "eps", "sigma")  # of whoever brings the chooser of an image and draws z for it

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


@functools.cache
def _component(widget: str) -> Any:
    wide, phone = HEIGHTS[widget]
    css = f".lab {{ min-height: {wide}px; }}\n@media (max-width: 720px) {{ .lab {{ min-height: {phone}px; }} }}"
    return st.components.v2.component(
        f"vae-lab-{widget}",
        html='<div class="lab"></div>',
        css=css,
        js=_SCRIPT.format(url=server.module_url(f"{ROOMS[widget]}/{widget}.js")),
        # Plotly writes its style sheet into the document, where a shadow root would not see it.
        isolate_styles=widget != "chart",
    )


def _mount(widget: str, content: Mapping[str, Any], *, key: str, **callbacks: Any) -> None:
    # In a list, because Streamlit searches a mapping for data frames and imports pandas and pyarrow, 70 MB, to do so.
    _component(widget)(key=key, data=[content], **callbacks)


def _url(run: runs.Run, table: str) -> str | None:
    return server.table_url(run, table) if run.has(table) else None


def _model(run: runs.Run) -> dict[str, Any]:
    """What every widget that shows a model is told."""
    # MNIST's images are not shipped; any run trained here on the same set has them.
    owner = runs.examples_of(run.train.dataset)
    return {
        "spec": browser_spec(run.model),
        "pixel_std": run.model.pixel_std,
        "weights": _url(run, runs.DECODER),
        "encoder": _url(run, runs.ENCODER),
        "tables": {table: _url(run, table) for table in (runs.CODES, runs.WIDTHS, runs.PCA, runs.UMAP)}
        | {runs.EXAMPLES: _url(owner, runs.EXAMPLES) if owner else None},
        "symbols": plots.SYMBOL_COLOURS,
        "colours": list(plots.CLASS_COLOURS),
        "class_names": list(data.class_names(run.train.dataset)),
        "kl": (run.card() or {}).get("kl_per_dimension"),
    }


def _conversation(run: runs.Run, key: str, tells: Sequence[str]) -> dict[str, Any]:
    """What the browser is told of the widgets' state, after hearing what the address wishes and what the browser tells.

    The address may be older than what the browser shows: so only a state that was not written there of late is a wish,
    and only a wish gets a new token, and only a new token moves the browser's widgets. What the browser tells under
    another token than the present one is older than the wish. The memory is the model's, not the widget's, because all
    widgets on all pages share one state.
    """
    latent_dim = run.model.latent_dim
    memory = st.session_state.setdefault(f"lab/{run.name}", {"count": 0, "state": {}})
    wish = dict(set(address.read_state(latent_dim).items()) - {*memory["state"].items()} - address.underway())
    if wish:
        memory.update(count=memory["count"] + 1, state=memory["state"] | wish)
    token = f"{run.name}/{memory['count']}"
    told = (st.session_state.get(key) or {}).get("state") or {}
    if told.get("token") == token:
        memory["state"] |= {name: text for name, text in address.checked(told, latent_dim).items() if name in tells}
    address.write_state(memory["state"])
    return {"token": token, "state": memory["state"], "tells": list(tells)}


def _share(widget: str, run: runs.Run, *, key: str, tells: Sequence[str], **more: Any) -> None:
    content = _model(run) | _conversation(run, key, tells) | more
    _mount(widget, content, key=key, on_state_change=lambda: None)


def sliders(run: runs.Run, *, key: str) -> None:
    """The decoded image, a slider with its film-strip for each latent dimension, and test images to start from.

    Parameters
    ----------
    run : Run
        The model.
    key : str
        The widget's key.
    """
    _share("sliders", run, key=key, tells=("z", "off"), reach=cache.slider_reach(run))


def pad(run: runs.Run, *, table: str = runs.CODES, tells: Sequence[str] = PAD_TELLS, key: str) -> None:
    """A map of the latent space: the test codes, the decoded manifold, and what lies under the pointer.

    Parameters
    ----------
    run : Run
        The model, with test codes.
    table : str
        ``codes`` for planes of the latent space itself, ``pca`` or ``umap`` for a projection, on which a position is
        not a code and the nearest test image is shown.
    tells : sequence of str
        The keys of the address that this widget writes.
    key : str
        The widget's key.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    if table not in (runs.CODES, runs.PCA, runs.UMAP):
        raise ValueError(f"table: got {table!r}, expected {runs.CODES}, {runs.PCA} or {runs.UMAP}.")
    _share("pad", run, key=key, tells=tells, table=table)


def board(run: runs.Run, *, key: str) -> None:
    """A board to draw an image on, its posterior, its reconstruction and its ELBO.

    Parameters
    ----------
    run : Run
        The model.
    key : str
        The widget's key.
    """
    _share("board", run, key=key, tells=())


def paths(run: runs.Run, *, with_pad: bool, key: str) -> None:
    """The kept codes A to D, and the ways between them: straight, along the sphere, four corners, drawn by hand.

    Parameters
    ----------
    run : Run
        The model.
    with_pad : bool
        Whether the page has a pad too, on which a way can be drawn.
    key : str
        The widget's key.
    """
    _share("paths", run, key=key, tells=(), pad=with_pad)


def trick(run: runs.Run, *, key: str) -> None:
    """The chosen image on its way to z = μ + σ·ε and back, with ε under the hand.

    Parameters
    ----------
    run : Run
        The model.
    key : str
        The widget's key.
    """
    _share("trick", run, key=key, tells=CHOICE)


def gradient(run: runs.Run, *, chooser: bool, key: str) -> None:
    """The gradient of the drawn image's loss by layers, through the sampling or stopped by it.

    Parameters
    ----------
    run : Run
        The model.
    chooser : bool
        Whether the widget brings the chooser of the image, because no widget above it does.
    key : str
        The widget's key.
    """
    tells = (*CHOICE, "blocked") if chooser else ("blocked",)
    _share("gradient", run, key=key, tells=tells, chooser=chooser)


def estimators(run: runs.Run, *, chooser: bool, key: str) -> None:
    """Pathwise and score function on the same draws: what each says, their mean, variance and signal to noise.

    Parameters
    ----------
    run : Run
        The model.
    chooser : bool
        Whether the widget brings the chooser of the image, because no widget above it does.
    key : str
        The widget's key.
    """
    tells = (*CHOICE, "samples") if chooser else ("samples",)
    colours = list(plots.GRADIENT_COLOURS.values())
    _share("estimators", run, key=key, tells=tells, chooser=chooser, gradients=colours)


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


def sweep(members: Sequence[runs.Run], run: runs.Run, *, parts: Sequence[str], notice: str = "", key: str) -> None:
    """A slider through models that differ in β only: their rates and distortions, maps, samples, reconstructions.

    The chosen model follows the slider when the hand lets go, in the address and in the sidebar.

    Parameters
    ----------
    members : sequence of Run
        The models by β, each with weights, test codes and a card.
    run : Run
        The one of them that is shown.
    parts : sequence of str
        ``sweep`` for slider, map and plane, ``collapse`` for switching dimensions off.
    notice : str
        A sentence above all, kept until the page is left.
    key : str
        The widget's key.
    """
    names = {member.name for member in members}

    def follow() -> None:
        model = ((st.session_state.get(key) or {}).get("state") or {}).get("model")
        if model in names and model != st.query_params.get("model"):
            st.query_params["model"] = model
            address.write_state(dict.fromkeys(address.STATE, ""))  # what is there was said of another model

    content = _sweep(members, run) | _conversation(run, key, ("off",)) | {"parts": list(parts), "notice": notice}
    _mount("sweep", content, key=key, on_state_change=follow)


def _sweep(members: Sequence[runs.Run], run: runs.Run) -> dict[str, Any]:
    """What every widget that shows a sweep is told: what its models share once, and of each what is its own."""
    shared = _model(members[0])
    own = [_member(member) for member in members]
    of_one = ("weights", "encoder", "kl")
    return {name: value for name, value in shared.items() if name not in of_one} | {
        "tables": {runs.EXAMPLES: shared["tables"][runs.EXAMPLES]},
        "members": own,
        "chosen": run.name,
        "table": " ".join(f"{member['weights']} {member['codes']}" for member in own),
    }


def _member(run: runs.Run) -> dict[str, Any]:
    card = run.card() or {}
    return {
        "name": run.name,
        "beta": run.train.beta,
        "weights": _url(run, runs.DECODER),
        "codes": _url(run, runs.CODES),
        "kl": card["kl_per_dimension"],
        **{figure: card[figure] for figure in ("distortion", "rate", "negative_elbo", "active_units")},
    }


def guide(members: Sequence[runs.Run], run: runs.Run, *, key: str) -> None:
    """A table for diagnosing collapse, with the figures of the member of the sweep that is shown.

    Parameters
    ----------
    members : sequence of Run
        The models by β, as for `sweep`.
    run : Run
        The one of them that is shown.
    key : str
        The widget's key.
    """
    _mount("guide", _sweep(members, run), key=key)


def comparison(members: Sequence[runs.Run], titles: Sequence[str], *, key: str) -> None:
    """Models of one sweep one below the other: their figures, reconstructions and samples.

    Parameters
    ----------
    members : sequence of Run
        The models, as for `sweep`.
    titles : sequence of str
        What each is called.
    key : str
        The widget's key.
    """
    names = (member.name for member in members)
    _mount("comparison", _sweep(members, members[0]) | {"titles": dict(zip(names, titles, strict=True))}, key=key)


def bound(run: runs.Run, *, key: str) -> None:
    """The chooser of an image, its ELBO as bars, and how K importance samples tighten the bound.

    Parameters
    ----------
    run : Run
        The model.
    key : str
        The widget's key.
    """
    _share("bound", run, key=key, tells=("image", "samples"))


def kl(run: runs.Run, *, with_subject: bool, key: str) -> None:
    """The KL of the chosen image's posterior, computed in three ways.

    Parameters
    ----------
    run : Run
        The model.
    with_subject : bool
        Whether this widget brings the chooser of the image, because no other on the page does.
    key : str
        The widget's key.
    """
    _share("kl", run, key=key, tells=("image",) if with_subject else (), chooser=with_subject)


def playground(*, key: str) -> None:
    """Two Gaussians to drag, what their KL is the integral of, and the KL both ways.

    Parameters
    ----------
    key : str
        The widget's key.
    """
    _mount("playground", {"symbols": plots.SYMBOL_COLOURS}, key=key)


def holes(run: runs.Run, *, key: str) -> None:
    """Samples from the prior among the test codes, those in holes, and the aggregate posterior of a dimension.

    Parameters
    ----------
    run : Run
        The model.
    key : str
        The widget's key.
    """
    _share("holes", run, key=key, tells=("plane",))


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

"""The only place that mounts browser widgets: one table of them, and one function.

Python sends small JSON and the URLs of weights and tables; the browser decodes. Nothing here raises because of a
damaged run: the widget says in a sentence what is wrong.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ui import address, cache, plots, server, state
from vae_core import data, runs
from vae_core.runs import Run


@dataclass(frozen=True)
class Widget:
    """One widget of ``ui/browser``.

    Attributes
    ----------
    module : str
        Its file below ``ui/browser``.
    wide, phone : int
        The pixels that it takes on a wide page and on a phone: kept free until it is there, so that nothing jumps.
    tells : tuple of str, optional
        The keys of the address that it changes; None if it neither shows nor changes what widgets share.
    chooses : tuple of str
        The keys that it changes in addition where it brings the chooser of the image, because no widget above it does.
    later : bool
        Whether its modules are loaded only when somebody comes near.
    """

    module: str
    wide: int
    phone: int
    tells: tuple[str, ...] | None = None
    chooses: tuple[str, ...] = ()
    later: bool = False


PAD_ONLY = ("pins", "plane", "view", "show", "colour")
_SUBJECT = ("image", "eps", "sigma")
WIDGETS = {
    "flow": Widget("home/flow.js", 600, 1240),
    "sliders": Widget("explore/sliders.js", 780, 1000, tells=("z", "off")),
    "pad": Widget("pad/pad.js", 620, 720, tells=("z", *PAD_ONLY)),
    "board": Widget("draw/board.js", 820, 920, tells=()),
    "recorder": Widget("draw/recorder.js", 820, 1000, tells=()),
    "writer": Widget("draw/writer.js", 520, 700, tells=()),
    "paths": Widget("paths/paths.js", 460, 830, tells=()),
    "trick": Widget("trick/trick.js", 570, 720, tells=_SUBJECT),
    "gradient": Widget("trick/gradient.js", 640, 760, tells=("blocked",), chooses=_SUBJECT, later=True),
    "estimators": Widget("trick/estimators.js", 600, 1150, tells=("samples",), chooses=_SUBJECT, later=True),
    "bound": Widget("bound/bound.js", 1045, 1450, tells=("image", "samples")),
    "kl": Widget("bound/kl.js", 470, 1055, tells=(), chooses=("image",)),
    "playground": Widget("bound/playground.js", 795, 915, later=True),
    "holes": Widget("bound/holes.js", 890, 1440, tells=("plane",), later=True),
    "sweep": Widget("sweep/sweep.js", 760, 1970, tells=("off",)),
    "guide": Widget("sweep/guide.js", 440, 1150),
    "comparison": Widget("sweep/comparison.js", 375, 700),
    "stage": Widget("stage/stage.js", 1500, 3200, tells=()),
    "maps": Widget("compare/maps.js", 880, 1250),
    "runs": Widget("compare/table.js", 420, 480, tells=()),
    "chart": Widget("kit/chart.js", 0, 0),  # a chart says its own height
}
_SCRIPT = """
const [history, address] = ["{history}", "{url}"].map((path) => new URL(path, location.origin));
let loaded;
// All modules are asked for at once, not each when the one before it has said that it needs it.
const load = () => {{
  for (const href of {needed}) {{
    document.head.append(Object.assign(document.createElement("link"), {{ rel: "modulepreload", href }}));
  }}
  return Promise.all([import(address), import(history)]);
}};
export default function (component) {{
  const root = component.parentElement.querySelector(".lab");
  root.near ??= {near};
  const modules = root.near.then(() => (loaded ??= load()));
  const ready = modules.then(([module]) => module.mount({{ ...component, data: component.data[0] }}));
  modules.catch(() => (loaded = undefined));
  ready.catch((error) => {{
    root.textContent = "This widget could not be loaded; reload the page. (" + error.message + ")";
  }});
  return () => ready.then((stop) => stop(), () => undefined);
}}
"""
_AT_ONCE = "Promise.resolve()"
_NEAR = """new Promise((resolve) => {
    const watch = ([{ isIntersecting }], observer) => isIntersecting && (observer.disconnect(), resolve());
    new IntersectionObserver(watch, { rootMargin: "200px" }).observe(root);
  })"""


@functools.cache
def _component(name: str) -> Any:
    widget = WIDGETS[name]
    heights = f".lab {{ min-height: {widget.wide}px; }}"
    return st.components.v2.component(
        f"vae-lab-{name}",
        html='<div class="lab"></div>',
        css=f"{heights}\n@media (max-width: 720px) {{ .lab {{ min-height: {widget.phone}px; }} }}",
        js=_SCRIPT.format(
            url=server.module_url(widget.module),
            history=server.module_url("state/history.js"),
            needed=json.dumps([server.module_url(file) for file in server.needed_by(widget.module)]),
            near=_NEAR if widget.later else _AT_ONCE,
        ),
        # Plotly writes its style sheet into the document, where a shadow root would not see it.
        isolate_styles=name != "chart",
    )


def mount(
    name: str,
    subject: Run | Sequence[Run] | None = None,
    *,
    key: str,
    chooser: bool = False,
    tells: Sequence[str] | None = None,
    on_state_change: Any = None,
    **more: Any,
) -> None:
    """Mount a widget, or update the one that is there.

    Parameters
    ----------
    name : str
        A key of ``WIDGETS``.
    subject : Run or sequence of Run, optional
        The model that is shown; or a sweep, its models by β, each with weights, test codes and a card.
    key : str
        The widget's key, its own on the page.
    chooser : bool
        Whether it brings the chooser of the image.
    tells : sequence of str, optional
        The keys of the address that it changes here, if not those of the table.
    on_state_change : callable, optional
        Called when the widget has told something.
    **more
        What the widget takes besides, as its module says.
    """
    widget = WIDGETS[name]
    content: dict[str, Any] = {"symbols": plots.SYMBOL_COLOURS, "chooser": chooser}
    if isinstance(subject, Run):
        content |= _model(subject)
        if widget.tells is not None:
            told = [*(widget.tells if tells is None else tells), *(widget.chooses if chooser else ())]
            content |= state.conversation(subject, key, told)
    elif subject is not None:
        content |= _sweep(subject)
    callbacks = {} if widget.tells is None else {"on_state_change": on_state_change or (lambda: None)}
    # In a list, because Streamlit searches a mapping for data frames and imports pandas and pyarrow, 70 MB, to do so.
    _component(name)(key=key, data=[content | more], **callbacks)


def _model(run: Run) -> dict[str, Any]:
    """What every widget that shows a model is told."""
    return {
        "spec": server.spec(run),
        "pixel_std": run.model.pixel_std,
        "weights": server.find_url(run, runs.DECODER),
        "encoder": server.find_url(run, runs.ENCODER),
        "tables": {table: server.find_url(run, table) for table in (runs.CODES, runs.WIDTHS, runs.PCA, runs.UMAP)}
        | examples(run),
        "colours": list(plots.CLASS_COLOURS),
        "gradients": list(plots.GRADIENT_COLOURS.values()),
        "class_names": list(data.class_names(run.train.dataset)),
        "groups": data.groups(run.train.dataset),
        "kl": card["kl_per_dimension"] if (card := run.card()) else None,
    }


def examples(run: Run) -> dict[str, str | None]:
    """The URLs of the first test ``examples`` of a model's data, and of training examples that are ``stand_ins``.

    Where the set is not on this machine, a run that was trained on it may have kept some.
    """
    dataset = run.train.dataset
    known = data.find(dataset)
    fits = known is not None and known.image_shape == run.model.image_shape
    found = server.examples_urls(dataset) if fits else dict.fromkeys(("examples", "stand_ins"))
    owner = None if found["examples"] else runs.examples_of(dataset, among=cache.listed())
    return found | ({"examples": server.find_url(owner, runs.EXAMPLES), "stand_ins": None} if owner else {})


def _sweep(members: Sequence[Run]) -> dict[str, Any]:
    """What every widget that shows a sweep is told: what its models share once, and of each what is its own."""
    shared = _model(members[0])
    own = [_member(member) for member in members]
    of_one = ("weights", "encoder", "kl")
    return {name: value for name, value in shared.items() if name not in of_one} | {
        "tables": {runs.EXAMPLES: shared["tables"][runs.EXAMPLES]},
        "members": own,
        "table": " ".join(f"{member['weights']} {member['codes']}" for member in own),
    }


def _member(run: Run) -> dict[str, Any]:
    card: Mapping[str, Any] = run.card() or {}
    figures = ("distortion", "rate", "negative_elbo", "active_units")
    return {
        "name": run.name,
        "beta": run.train.beta,
        "weights": server.find_url(run, runs.DECODER),
        "codes": server.find_url(run, runs.CODES),
        "kl": card.get("kl_per_dimension"),
        **{figure: card.get(figure) for figure in figures},
    }


def sweep(members: Sequence[Run], run: Run, *, parts: Sequence[str], notice: str = "", key: str) -> None:
    """A slider through models that differ in β only: their rates and distortions, maps, samples, reconstructions.

    The chosen model follows the slider when the hand lets go, in the address and in the sidebar.

    Parameters
    ----------
    members : sequence of Run
        The models by β, as for `mount`.
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
        if model in names and model != address.read("model"):
            # What the address says of the widgets was said of another model.
            address.choose("model", model, drops=state.STATE)

    shared = state.conversation(run, key, WIDGETS["sweep"].tells or ())
    content: dict[str, Any] = {"chosen": run.name, "parts": list(parts), "notice": notice}
    mount("sweep", members, key=key, on_state_change=follow, **content | shared)


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
    content: dict[str, Any] = {"figure": figure, "revision": revision, "height": height, "label": label}
    mount("chart", key=key, plotly=server.plotly_url(), **content)

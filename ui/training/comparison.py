"""Several runs side by side: which, whether their figures compare, what they reach, in which settings they differ."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from ui import address, plots, server, widgets
from vae_core import data, runs
from vae_core.config import LIKELIHOODS, ModelConfig, TrainConfig
from vae_core.options import Number, Option, options
from vae_core.runs import Run, keeping

MOST = 8  # runs whose curves are drawn at once
FIGURES = {
    "negative_elbo": ("−ELBO", "{:.2f}"),
    "distortion": ("distortion", "{:.2f}"),
    "rate": ("rate", "{:.2f}"),
    "active_units": ("active units", "{:.0f}"),
    "knn_accuracy": ("k-NN", "{:.1%}"),
    "nll": ("NLL", "{:.2f}"),
    "images_per_second": ("images/s", "{:,.0f}"),
}


def chosen(available: Mapping[str, Run], *, usual: str) -> list[Run]:
    """The runs that a visitor compares: in a box that offers all, and in the address, where a former name will do.

    Parameters
    ----------
    available : mapping of str to Run
        All that can be compared, by name.
    usual : str
        The name of the run that is shown when nothing else is asked for.
    """
    box = f"runs-{usual}"
    usually = [usual] if usual in available else []
    asked = address.read("runs")
    first = address.went_back() or box not in st.session_state
    names = (asked.split(",") if asked else usually) if first else st.session_state[box]
    # What was chosen may have been renamed or deleted meanwhile.
    for name in filter(runs.NAME.fullmatch, names if first else ()):
        if name not in available:
            found = keeping.renamed(name, among=available.values())
            st.info(f"{name} {f'is called {found.name} now' if found else 'is not on this machine any more'}.")
    st.session_state[box] = _present(names, available) or (usually if first else [])
    picked: list[str] = st.multiselect("Runs to compare", list(available), key=box, max_selections=MOST)
    if picked != usually or asked:
        address.write({"runs": ",".join(picked)})
    return [available[name] for name in picked]


def _present(names: Sequence[str], available: Mapping[str, Run]) -> list[str]:
    """The present names of those runs that are there, each once and not too many."""
    found = [available.get(name) or keeping.renamed(name, among=available.values()) for name in names]
    return list(dict.fromkeys(run.name for run in found if run))[:MOST]


def apart(chosen: Sequence[Run]) -> list[str]:
    """A sentence for each reason why the nats of some runs do not compare; none if they do."""
    found = []
    sets = _grouped({run.name: run.train.dataset for run in chosen})
    if len(sets) > 1:
        found.append(f"These runs learned different images ({_listed(sets)}): their nats do not compare.")
    likelihoods = _grouped({run.name: LIKELIHOODS[run.model.likelihood] for run in chosen})
    if len(likelihoods) > 1:
        found.append(
            f"These runs have different likelihoods ({_listed(likelihoods)}): their distortions do not compare."
        )
    return found


def _grouped(kinds: Mapping[str, str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        groups.setdefault(kind, []).append(name)
    return groups


def _listed(groups: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in groups.items())


@dataclass(frozen=True)
class Column:
    """A column of the table of runs.

    Attributes
    ----------
    title : str
        What stands above it.
    figure : bool
        Whether it was measured; else it is a setting.
    number : bool
        Whether its cells are numbers.
    """

    title: str
    figure: bool
    number: bool


Cell = dict[str, Any]  # ``text``, its words, and ``value``, by which the column is sorted; None: it is empty


def table(available: Mapping[str, Run], chosen: Sequence[Run], *, usual: str) -> None:
    """A table of all runs, with the figures and the settings in which those compared differ; a tick compares one more.

    Parameters
    ----------
    available, usual
        As for `chosen`.
    chosen : sequence of Run
        Those that are compared.
    """
    key = f"table-{usual}"
    said = (st.session_state.get(key) or {}).get("state") or {}

    def told() -> None:
        names = ((st.session_state.get(key) or {}).get("state") or {}).get("runs")
        if isinstance(names, list):
            st.session_state[f"runs-{usual}"] = _present([str(name) for name in names], available)

    content = content_of(list(available.values())) | {
        "chosen": [run.name for run in chosen],
        "most": MOST,
        "heard": said.get("number") or 0,
    }
    widgets.mount("runs", key=key, on_state_change=told, **content)


def content_of(listed: Sequence[Run]) -> dict[str, Any]:
    """All that the table of runs shows: of each run its figures as far as they are measured, and its settings.

    Returns
    -------
    dict
        ``columns`` and ``rows`` as JSON values, as ``ui/browser/compare/rows.js`` describes them.
    """
    columns = [Column("epochs", figure=True, number=True)]
    columns += [Column(title, figure=True, number=True) for title, _ in FIGURES.values()]
    columns += [Column(option.label, figure=False, number=isinstance(option, Number)) for _, option in _settings()]
    return {"columns": [asdict(column) for column in columns], "rows": [_row(run) for run in listed]}


def _row(run: Run) -> dict[str, Any]:
    card: Mapping[str, Any] = run.card() or {}
    cells = {"epochs": _epochs(run)}
    cells |= {title: _figure(card.get(key), form) for key, (title, form) in FIGURES.items()}
    cells |= {option.label: _setting(run, part, option) for part, option in _settings()}
    return {"name": run.name, "url": f"train?run={run.name}", "note": keeping.note(run), "cells": cells}


def _figure(value: Any, form: str) -> Cell:
    return {"text": "" if value is None else form.format(value), "value": value}


def _epochs(run: Run) -> Cell:
    last = run.last_report()
    done = last["epoch"] if last else 0
    whole = f"{run.train.epochs:,}"
    return {"text": whole if done >= run.train.epochs else f"{done:,g} of {whole}", "value": done}


@functools.cache
def _settings() -> list[tuple[str, Option]]:
    """Every option of both configurations, with the name of its part."""
    parts = {"model": ModelConfig(), "train": TrainConfig()}
    found = [(part, option) for part, config in parts.items() for option in options(config).values()]
    return [(part, option) for part, option in found if option.name not in ("image_shape", "epochs")]


def _setting(run: Run, part: str, option: Option) -> Cell:
    config = getattr(run, part)
    if not option.matters(config):
        return {"text": "", "value": None}
    value = getattr(config, option.name)
    words = option.words(value)
    return {"text": words, "value": value if isinstance(option, Number) else words}


def comparable(chosen: Sequence[Run]) -> list[Run]:
    """Those of some runs whose codes can be shown side by side: measured, and on the data of the first that is."""
    measured = [run for run in chosen if run.has(runs.WEIGHTS) and run.has(runs.LATENTS)]
    return [run for run in measured if run.train.dataset == measured[0].train.dataset]


def maps(beside: Sequence[Run]) -> None:
    """The latent maps of two of some comparable runs, side by side; what is pointed at in one is marked in both."""
    first = beside[0].train.dataset
    members = [
        {
            "name": run.name,
            "spec": server.spec(run),
            "weights": server.find_url(run, runs.DECODER),
            "tables": {runs.CODES: server.find_url(run, runs.CODES)},
        }
        for run in beside
    ]
    content: dict[str, Any] = {
        "members": members,
        "examples": widgets.examples(beside[0])["examples"],
        "colours": list(plots.CLASS_COLOURS),
        "class_names": list(data.class_names(first)),
    }
    widgets.mount("maps", key=f"maps-{first}", **content)

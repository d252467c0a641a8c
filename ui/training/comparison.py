"""Several runs side by side: whether their figures compare, what they reach, and the settings in which they differ."""

from collections.abc import Mapping, Sequence
from typing import Any

from vae_core.config import LIKELIHOODS
from vae_core.options import options
from vae_core.runs import Run

FIGURES = {
    "negative_elbo": ("−ELBO", "{:.2f}"),
    "distortion": ("distortion", "{:.2f}"),
    "rate": ("rate", "{:.2f}"),
    "active_units": ("active units", "{:.0f}"),
    "knn_accuracy": ("k-NN", "{:.1%}"),
    "nll": ("NLL", "{:.2f}"),
    "images_per_second": ("images/s", "{:,.0f}"),
}


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


def table(chosen: Sequence[Run]) -> list[dict[str, str]]:
    """A row for each run: its figures as far as they are measured, and the settings in which the runs differ.

    Returns
    -------
    list of dict
        The words of each cell by the title of its column; all rows have the same columns, and none is empty in all.
    """
    cards: list[Mapping[str, Any]] = [run.card() or {} for run in chosen]
    rows = [{"run": run.name, "epochs": _epochs(run)} for run in chosen]
    for key, (title, form) in FIGURES.items():
        cells = [_cell(card.get(key), form) for card in cards]
        if any(cells):
            _add(rows, title, cells)
    for title, cells in _settings(chosen):
        if len(set(cells)) > 1:
            _add(rows, title, cells)
    return rows


def _add(rows: Sequence[dict[str, str]], title: str, cells: Sequence[str]) -> None:
    for row, cell in zip(rows, cells, strict=True):
        row[title] = cell


def _cell(value: Any, form: str) -> str:
    return "" if value is None else form.format(value)


def _epochs(run: Run) -> str:
    last = run.last_report()
    return f"{last['epoch']:g} of {run.train.epochs:,}" if last else f"0 of {run.train.epochs:,}"


def _settings(chosen: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """The words of every option of both configurations, by its label."""
    found = []
    for part in ("model", "train"):
        for name, option in options(getattr(chosen[0], part)).items():
            if name not in ("image_shape", "epochs"):
                found.append((option.label, [option.words(getattr(getattr(run, part), name)) for run in chosen]))
    return found


def markdown(rows: Sequence[Mapping[str, str]]) -> str:
    """The rows as a table in Markdown."""
    titles = list(rows[0])
    lines = [titles, ["---"] * len(titles), *([row[title] for title in titles] for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)

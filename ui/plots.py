"""Plotly figures from arrays; no Streamlit call, and no colour that depends on the theme."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vae_core.config import GRADIENTS

# After Paul Tol's "bright" and "vibrant" schemes: ten classes that colour-blind eyes tell apart on light and dark; ten
# more for data of many classes, whose names at their clusters must help.
CLASS_COLOURS = (
    "#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#9C6B30", "#EE7733", "#44AA99", "#8866CC",
    "#7FB3E6", "#D873C4", "#8C8413", "#77C26B", "#B3502F", "#1B8FA8", "#F0A6B0", "#C9A27C", "#6A62D9", "#8FD3C4",
)  # fmt: skip
# One colour per symbol everywhere: formulas, wires, charts, sliders. Each has a contrast of 3 on white and on black.
SYMBOL_COLOURS = {
    "x": "#7d8590", "mu": "#2f81d6", "sigma": "#2a9256", "eps": "#b97a00", "z": "#d6408a", "x_hat": "#8a63d2",
}  # fmt: skip
# The ways to a gradient through the sampling, by their names in ``config.GRADIENTS``.
GRADIENT_COLOURS = {"pathwise": "#44AA99", "score": "#EE6677", "score-baseline": "#4477AA"}
QUANTITIES = {
    "Negative ELBO = distortion + rate": ("distortion", "rate"),
    "Distortion −log p(x|z)": ("distortion",),
    "Rate KL(q(z|x) ‖ p(z))": ("rate",),
}
DURATIONS = {
    15: "15 s", 30: "30 s", 60: "1 min", 120: "2 min", 300: "5 min", 600: "10 min", 1200: "20 min", 3600: "1 h",
    7200: "2 h", 18000: "5 h", 36000: "10 h",
}  # fmt: skip
AXES = {"epoch": "epoch", "step": "optimiser step", "seconds": "seconds of training"}


# The marks of what a person changed on the way, in words; what a mark holds is filled in.
MARKS = {
    "beta": "β = {value:g}",
    "learning_rate": "learning rate {value:g}",
    "epochs": "{value} epochs",
    "fork": "from {of}",
}


def curves(
    histories: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    marks: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    against: str = "epoch",
    logarithmic: bool = False,
) -> dict[str, Any]:
    """Negative ELBO, distortion and rate one above the other, train and test, one colour a run.

    Parameters
    ----------
    histories : mapping of str to rows
        The metrics of each run, by its name.
    marks : mapping of str to marks, optional
        What was changed while each run trained, by its name: a line across, with its words at the top.
    against : str
        A key of ``AXES``: what runs to the right.
    logarithmic : bool
        Whether nats are drawn on logarithmic axes.

    Returns
    -------
    dict
        A plotly figure as JSON values; nats per image.
    """
    count = len(QUANTITIES)
    titles = list(QUANTITIES)
    figure = make_subplots(rows=count, cols=1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.09)
    for position, (name, rows) in enumerate(histories.items()):
        colour = CLASS_COLOURS[position % len(CLASS_COLOURS)]
        for place, parts in enumerate(QUANTITIES.values(), start=1):
            for split in ("train", "test"):
                points = [
                    (row[against], sum(row[f"{split}_{part}"] for part in parts))
                    for row in rows
                    if f"{split}_rate" in row
                ]
                line = _line(f"{name} {split}", points, test=split == "test", colour=colour, legend=place == 1)
                figure.add_trace(line, row=place, col=1)
        for where, words in _marked(rows, (marks or {}).get(name, ()), against):
            figure.add_vline(where, line={"color": colour, "width": 1.5, "dash": "dash"})
            figure.add_annotation(
                text=words, x=where, y=1, yref="y domain", yanchor="top", xanchor="left", xshift=4,
                showarrow=False, font={"color": colour, "size": 14}, row=1, col=1,
            )  # fmt: skip
    figure.update_layout(
        template="none", hovermode="x unified", margin={"l": 60, "r": 16, "t": 32, "b": 96},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    for title in figure.layout.annotations[:count]:
        title.update(x=0, xanchor="left", font={"size": 16})
    figure.update_xaxes(title_text=AXES[against], row=count, col=1)
    figure.update_yaxes(title_text="nats", type="log" if logarithmic else "linear")
    if not logarithmic:
        figure.update_yaxes(rangemode="tozero", row=count, col=1)
    return _as_json(figure)


def _marked(
    rows: Sequence[Mapping[str, Any]], marks: Sequence[Mapping[str, Any]], against: str
) -> list[tuple[float, str]]:
    """Where on an axis each mark stands, between the reports around its step, and its words."""
    found = []
    for mark in marks:
        before = [row for row in rows if row["step"] <= mark["step"]][-1:]
        after = [row for row in rows if row["step"] > mark["step"]][:1]
        words = _words(mark)
        if not words or not before:
            continue
        start, end = before[0], (after or before)[0]
        share = (mark["step"] - start["step"]) / max(1, end["step"] - start["step"])
        found.append((start[against] + share * (end[against] - start[against]), words))
    return found


def _words(mark: Mapping[str, Any]) -> str:
    """A mark in words, none of them markup; empty if it tells of no change, or is damaged."""
    try:
        return html.escape(MARKS.get(mark["kind"], "").format_map(mark))
    except (KeyError, ValueError):
        return ""


def _line(name: str, points: Sequence[tuple[float, float]], *, test: bool, colour: str, legend: bool) -> go.Scatter:
    return go.Scatter(
        x=[place for place, _ in points],
        y=[value for _, value in points],
        name=name,
        legendgroup=name,
        showlegend=legend,
        mode="lines+markers" if test else "lines",
        line={"color": colour, "width": 3 if test else 1.5, "dash": "solid" if test else "dot"},
        marker={"size": 6},
        hovertemplate="%{y:.2f}",
    )


def race(histories: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """The negative ELBO on the test set against epochs, one line for each way to a gradient.

    Parameters
    ----------
    histories : mapping of str to rows
        The metrics of a run, by the name of its gradient.

    Returns
    -------
    dict
        A plotly figure as JSON values; nats per image.
    """
    figure = go.Figure()
    for name, rows in histories.items():
        points = [(row["epoch"], row["test_distortion"] + row["test_rate"]) for row in rows if "test_rate" in row]
        figure.add_trace(_line(GRADIENTS[name], points, test=True, colour=GRADIENT_COLOURS[name], legend=True))
    figure.update_layout(
        template="none", hovermode="x unified", margin={"l": 60, "r": 16, "t": 8, "b": 96},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    figure.update_xaxes(title_text="epoch")
    figure.update_yaxes(title_text="test negative ELBO, nats")
    return _as_json(figure)


def wall_clock(measured: Mapping[str, Sequence[tuple[float, float]]], *, levels: Mapping[str, float]) -> dict[str, Any]:
    """NLL against seconds of training, and published figures as lines across.

    Parameters
    ----------
    measured : mapping of str to sequence of (seconds, nats)
        One curve of each training, by its name.
    levels : mapping of str to float
        Nats, by the words at the line.

    Returns
    -------
    dict
        A plotly figure as JSON values.
    """
    figure = go.Figure()
    for position, (name, points) in enumerate(measured.items()):
        colour = CLASS_COLOURS[position % len(CLASS_COLOURS)]
        figure.add_trace(_line(name, points, test=True, colour=colour, legend=True))
    for words, nats in levels.items():
        line = {"dash": "dash", "width": 1.5, "color": SYMBOL_COLOURS["x"]}
        figure.add_hline(nats, line=line, annotation={"text": words, "xanchor": "left"}, annotation_position="top left")
    figure.update_layout(
        template="none", hovermode="x unified", margin={"l": 60, "r": 16, "t": 8, "b": 96},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    figure.update_xaxes(title_text="training", type="log", tickvals=list(DURATIONS), ticktext=list(DURATIONS.values()))
    figure.update_yaxes(title_text="test NLL, nats")
    return _as_json(figure)


def kl_bars(kl: Sequence[float]) -> dict[str, Any]:
    """The rate of each latent dimension as bars, the largest first, in nats per image."""
    order = sorted(range(len(kl)), key=lambda dimension: -kl[dimension])
    figure = go.Figure(
        go.Bar(
            x=[f"z{dimension + 1}" for dimension in order],
            y=[kl[dimension] for dimension in order],
            marker={"color": SYMBOL_COLOURS["z"]},
            hovertemplate="%{x}: %{y:.3f} nats<extra></extra>",
        )
    )
    figure.update_layout(template="none", margin={"l": 60, "r": 16, "t": 16, "b": 48})
    figure.update_yaxes(title_text="nats / image", rangemode="tozero")
    figure.update_xaxes(title_text="latent dimension, by rate", type="category")
    return _as_json(figure)


def _as_json(figure: go.Figure) -> dict[str, Any]:
    content: dict[str, Any] = figure.to_plotly_json()
    return content

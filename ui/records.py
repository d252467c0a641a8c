"""The published figures, ``benchmarks/records.json``, as sentences and curves."""

import json
from pathlib import Path
from typing import Any

import streamlit as st

FILE = Path(__file__).parent.parent / "benchmarks" / "records.json"
TITLES = {
    "2d-dynamic": "Two latent dimensions, binarised pixels",
    "2d-grayscale": "Two latent dimensions, grey pixels",
    "burda": "One stochastic layer of 50, ELBO",
    "iwae-5": "One stochastic layer of 50, IWAE with 5 samples",
    "iwae-50": "One stochastic layer of 50, IWAE with 50 samples",
}
FIGURES = {"negative_elbo": "Negative ELBO", "nll": "NLL"}
PRODUCTS = {"highest": "float32 products", "high": "TF32 products", "medium": "products rounded to bfloat16"}
GREY_WORDS = "Grey pixels: a cross-entropy, not a likelihood, and never to be compared with binarised pixels."


def load(section: str) -> list[dict[str, Any]]:
    """The rows of a section of the file, in its order; none if the file is missing."""
    if not FILE.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8")).get(section, [])
    return rows


def title(row: dict[str, Any]) -> str:
    """What a row is, and whether its training was shortened."""
    name = TITLES.get(row["row"], row["row"])
    return f"{name}, shortened training" if row["shortened"] else name


def figures(row: dict[str, Any]) -> None:
    """A row of the table: the figures over the seeds, how far they are from the published ones, and the protocol."""
    with st.container(border=True):
        st.markdown(f"**{title(row)}**")
        measured = [name for name in FIGURES if name in row]
        for place, name in zip(st.columns(2), measured, strict=False):
            _metric(place, FIGURES[name], row[name])
        if row["pixels"] == "grayscale":
            st.caption(GREY_WORDS)
        if "seconds_to_nll" in row:
            st.markdown(wall_clock(row))
        st.caption(protocol(row))


def _metric(place: Any, name: str, values: dict[str, Any]) -> None:
    spread = "" if values["deviation"] is None else f" ± {values['deviation']:.2f}"
    published = values["published"]
    place.metric(
        f"{name}, nats per image",
        f"{values['mean']:.2f}{spread}",
        delta=None if published is None else f"{values['mean'] - published:+.2f} to the published {published:.2f}",
        delta_color="inverse",
        help=f"On the 10,000 test images; mean and standard deviation over {len(values['values'])} seeds."
        if spread
        else "On the 10,000 test images; one seed.",
    )


def wall_clock(row: dict[str, Any]) -> str:
    """Seconds of training to each level of NLL as a table in Markdown: a column per seed."""
    lines = {"seconds until an NLL of": [f"seed {seed}" for seed in row["seeds"]], "--:": ["--:" for _ in row["seeds"]]}
    times = {level: [_number(each) for each in seconds] for level, seconds in row["seconds_to_nll"].items()}
    return _markdown(lines | times)


def protocol(row: dict[str, Any]) -> str:
    """Everything that decides whether two figures may be compared."""
    parts = [
        f"{row['network']} {row['activation']}",
        row["pixels"],
        f"{row['train_images']:,} training images",
        _bound(row),
        f"{_each(row['optimiser_steps'])} steps of batch {row['batch']} ({_each(row['epochs'])} epochs)",
        f"Adam, {row['adam']}",
        f"NLL with K = {row['nll_samples']:,}" if row["nll_samples"] else "",
        f"seeds {', '.join(map(str, row['seeds']))}",
        row["selection"],
        f"{' / '.join(f'{value:,.0f}' for value in row['seconds'])} s on {row['device']}",
        PRODUCTS[row["matmul_precision"]],
        f"published: {row['source']}",
    ]
    return " · ".join(filter(None, parts))


def _each(values: list[int]) -> str:
    """Of each seed, or of all if they are the same."""
    return " / ".join(f"{value:,}" for value in (values if len(set(values)) > 1 else values[:1]))


def _bound(row: dict[str, Any]) -> str:
    return f"{row['bound'].upper()} of {row['samples']}"


def curves(rows: list[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Seconds of training and NLL on the way, of each row and seed that has them, by bound and seed."""
    return {
        f"{_bound(row)}, seed {seed}": [tuple(point) for point in points]
        for row in rows
        for seed, points in zip(row["seeds"], row.get("nll_curve", []), strict=False)
    }


def speeds(rows: list[dict[str, Any]]) -> dict[str, str]:
    """The rows of the speed benchmark as one table in Markdown for each machine: a column per batch size."""
    by_machine: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["batch"]):
        by_machine.setdefault(row["device"], []).append(row)
    return {machine: _table(measured) for machine, measured in by_machine.items()}


def _table(rows: list[dict[str, Any]]) -> str:
    lines = {
        "images per second": [f"batch {row['batch']}" for row in rows],
        "---": ["--:" for _ in rows],
        "**VAE Lab**": [f"**{row['images_per_second']:,.0f}**" for row in rows],
        "stock loop": [_number(row["stock_images_per_second"]) for row in rows],
        "pythae": [_number(row["pythae_images_per_second"]) for row in rows],
        "bound": [_number(row["bound_images_per_second"]) for row in rows],
        "VAE Lab / stock loop": [f"{row['ratio']:.1f}" for row in rows],
        "VAE Lab / bound": [f"{row['fraction_of_bound']:.0%}" for row in rows],
    }
    return _markdown(lines)


def _markdown(lines: dict[str, list[str]]) -> str:
    return "\n".join(f"| {' | '.join([name, *cells])} |" for name, cells in lines.items())


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"

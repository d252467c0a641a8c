"""The bars of the figures of an interaction, and how figures are printed beside them."""

import statistics
from collections.abc import Iterable, Mapping, Sequence

Figures = dict[str, float]
# What a figure must be: at least or at most so much, for dense models and for convolutional ones (None: no bar).
BARS: dict[str, tuple[str, float | None, float | None]] = {
    "frames_per_second": ("≥", 55, 55),
    "pointer_to_pixels_p95_ms": ("≤", 16.7, 16.7),
    "websocket_frames_while_dragging": ("≤", 0, 0),
    "max_abs_difference": ("≤", 1e-5, 1e-4),
    "hover_frames_per_second": ("≥", 55, 55),
    "hover_pointer_to_pixels_p95_ms": ("≤", 16.7, 16.7),
    "websocket_frames_after_release": ("≥", 1, 1),
    "slider_frames_per_frame_with_input": ("≥", 0.98, 0.98),
    "slider_websocket_frames_while_dragging": ("≤", 0, 0),
    "decode_p50_ms": ("≤", 1, 8),
    "stroke_to_code_p50_ms": ("≤", 8, None),
    "stroke_to_code_p95_ms": ("≤", 16.7, None),
    "first_picture_s": ("≤", 1, 1),
    "cold_bytes": ("≤", 1.2e6, None),
    "manifold_s": ("≤", 0.5, 0.5),
    "manifold_longest_task_ms": ("≤", 50, 50),
    "dots_70k_s": ("≤", 0.5, 0.5),
    "pan_70k_frames_per_second": ("≥", 50, 50),
    "zoom_70k_frames_per_second": ("≥", 50, 50),
    "module_bytes": ("≤", 60 * 1024, 60 * 1024),
}
ORDER = list(BARS)


def worse(name: str, values: Iterable[float]) -> float:
    """The worst of some values of a figure."""
    grows = name.endswith("_per_second") or BARS.get(name, ("≤",))[0] == "≥"
    return min(values) if grows else max(values)


def worst(tables: Iterable[Mapping[str, float]]) -> Figures:
    """The worst value of every figure in any of some tables, those with a bar first."""
    values: dict[str, list[float]] = {name: [] for name in ORDER}
    for table in tables:
        for name, value in table.items():
            values.setdefault(name, []).append(value)
    return {name: worse(name, found) for name, found in values.items() if found}


def missed(figures: Mapping[str, float], *, convolutional: bool = False) -> list[str]:
    """The names of the figures that do not meet their bars."""
    found = []
    for name in (name for name in ORDER if name in figures):
        bar = BARS[name][1 + convolutional]
        if bar is not None and figures[name] != bar and worse(name, (figures[name], bar)) == figures[name]:
            found.append(name)
    return found


def short(value: float) -> str:
    """A figure as a table shows it."""
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1e4 else f"{value:.3g}"


def plain(figures: Mapping[str, float]) -> Figures:
    """Figures for the JSON line: whole, or with three digits."""
    return {name: int(value) if float(value).is_integer() else float(f"{value:.3g}") for name, value in figures.items()}


def show(title: str, rounds: Sequence[Mapping[str, float]], *, convolutional: bool = False) -> Figures:
    """Print the medians of some rounds, the worst round and the bars; the medians."""
    medians = {name: statistics.median(row[name] for row in rounds) for name in rounds[0]}
    last, failed = worst(rounds), missed(medians, convolutional=convolutional)
    print(f"\n{title:40} {'median':>10} {'worst':>10}")
    for name in last:
        sign, *limits = BARS.get(name, ("", None, None))
        limit = limits[convolutional]
        verdict = "" if limit is None else f"{sign} {short(limit):<8} {'MISSED' if name in failed else 'met'}"
        print(f"{name:40} {short(medians[name]):>10} {short(last[name]):>10}  {verdict}".rstrip(), flush=True)
    return medians

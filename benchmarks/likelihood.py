"""Negative ELBO and NLL of the published rows, trained and measured: python -m benchmarks.likelihood [--rows …].

Each row and seed is a run directory under ``--out``; a finished one is found again and not trained twice. The full
protocol of the last rows is 9.8 million optimiser steps, for a GPU; ``--epochs`` shortens them, and the table says so.
Prints the protocol and the figures of each row and ends with one JSON line.
"""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from benchmarks import records
from vae_core import data, jobs, measure, runs
from vae_core.config import ModelConfig, TrainConfig, preset
from vae_core.jobs import evaluate, train
from vae_core.runs import Run
from vae_core.training import metrics
from vae_core.training.cpu import flush_denormals

CACHE = Path.home() / ".cache" / "vae-lab" / "records"
LEVELS = (90.0, 87.0, 86.76)  # nats of NLL whose wall-clock is published
CURVE_SAMPLES = 500  # K on the way: an estimate that is, on average, above that of the table's K
FIRST_MARK, MARK_RATIO = 15.0, 2.0  # seconds of training at which the curve is measured: 15, 30, 60, …


@dataclass(frozen=True)
class Row:
    """A published figure and how it is made again.

    Attributes
    ----------
    source : str
        Where the figures were published, and how that training differed.
    preset : str
        A key of ``config.PRESETS``.
    changes : dict
        Fields of either configuration that differ from the preset's.
    published, bars : dict
        Nats by figure, ``negative_elbo`` or ``nll``.
    nll_samples : int
        K of the NLL, that of the source; 0: none, the pixels are grey.
    long : bool
        Whether ``--epochs`` shortens it, and the time to each of ``LEVELS`` is measured.
    short : dict
        Fields that then differ: a schedule made for 3,280 epochs spends two thirds of a short run at a tenth of its
        learning rate, and a CPU makes as many steps a second with batches of 200 as with 20.
    """

    source: str
    preset: str
    changes: dict[str, Any]
    published: dict[str, float]
    bars: dict[str, float]
    nll_samples: int
    long: bool = False
    short: dict[str, Any] = field(default_factory=dict)


SHORT = {"schedule": "cosine", "learning_rate": 2e-3, "batch_size": 200, "adam_eps": 1e-8}
ROWS = {
    "2d-dynamic": Row(
        "S-VAE paper, Table 1 (batch 64, 100 epochs of warm-up, early stopping, K=500)",
        "manifold",
        {"hidden": (256, 128), "likelihood": "bernoulli", "epochs": 200},
        published={"negative_elbo": 137.08, "nll": 135.73},
        bars={"negative_elbo": 137.1, "nll": 135.7},
        nll_samples=500,
    ),
    "2d-grayscale": Row(
        "lyeoni/pytorch-mnist-VAE (batch 100, constant learning rate)",
        "manifold",
        {},
        published={"negative_elbo": 138.40},
        bars={"negative_elbo": 138.4},
        nll_samples=0,
    ),
    "burda": Row(
        "Burda et al. 2016, Table 1, k=1 (59,600 training images)",
        "burda",
        {},
        published={"nll": 86.76},
        bars={"nll": 86.76},
        nll_samples=5000,
        long=True,
        short=SHORT,
    ),
    "iwae-5": Row(
        "Burda et al. 2016, Table 1, IWAE k=5 (59,600 training images)",
        "burda",
        {"bound": "iwae", "samples": 5},
        published={"nll": 85.54},
        bars={"nll": 85.54},
        nll_samples=5000,
        long=True,
        short=SHORT,
    ),
    "iwae-50": Row(
        "Burda et al. 2016, Table 1, IWAE k=50 (59,600 training images)",
        "burda",
        {"bound": "iwae", "samples": 50},
        published={"nll": 84.78},
        bars={"nll": 84.78},
        nll_samples=5000,
        long=True,
        short=SHORT,
    ),
}


def configs(row: Row, *, seed: int, device: str, epochs: int | None) -> tuple[ModelConfig, TrainConfig]:
    """The row's two configurations, a long one's shortened to a number of epochs if there is one."""
    changes = row.changes | (row.short | {"epochs": epochs} if row.long and epochs else {})
    return preset(row.preset, image_shape=(1, 28, 28), **changes, seed=seed, device=device)


def obtain(name: str, images: data.ImageSet, *, seed: int, device: str, epochs: int | None, out: Path) -> Run:
    """The finished run of a row and seed: found under `out`, or trained now."""
    row = ROWS[name]
    path = out / f"{name}{f'-{epochs}epochs' if row.long and epochs else ''}-seed{seed}"
    model, config = configs(row, seed=seed, device=device, epochs=epochs)
    run = _finished(path, model, config)
    if run:
        return run
    run = runs.create_run_at(path, model, config)
    with jobs.at_work(run, "train"):
        train.run_training(run, watch=watching(images, seed=seed) if row.long else None)
    if run.card() is None or run.metrics()[-1]["epoch"] < config.epochs:
        sys.exit(f"{path.name} was stopped; the next call trains it again.")
    return run


def _finished(path: Path, model: ModelConfig, config: TrainConfig) -> Run | None:
    if not path.exists():
        return None
    run = runs.open_run(path)
    state = jobs.state(run, "train")
    if state.live:
        sys.exit(f"{path.name} is being trained by another process.")
    if state.word != jobs.ENDED_WELL:
        runs.delete_run(run)  # no optimiser state is kept: what was cut off begins again
        return None
    if (run.model, run.train) != (model, replace(config, device=run.train.device)):
        sys.exit(f"{path.name} was trained with another configuration; choose another folder with --out.")
    return run


def watching(images: data.ImageSet, *, seed: int) -> Callable[[metrics.Metrics, Any], dict]:
    """What measures the NLL on the way, each time the training clock has doubled."""
    mark = FIRST_MARK

    def watch(metrics: metrics.Metrics, model: Any) -> dict:
        nonlocal mark
        if not metrics.test or metrics.seconds < mark:
            return {}
        mark = max(mark, metrics.seconds) * MARK_RATIO
        return {"test_nll": nll(model, images, samples=CURVE_SAMPLES, seed=seed), "nll_samples": CURVE_SAMPLES}

    return watch


def nll(model: Any, images: data.ImageSet, *, samples: int, seed: int) -> float:
    """NLL of the test images on the model's device, nats per image; the model stays in evaluation mode."""
    device = next(model.parameters()).device
    pixels = torch.from_numpy(images.test).to(device)
    generator = torch.Generator(device).manual_seed(seed)
    return measure.negative_log_likelihood(model.eval(), pixels, samples=samples, generator=generator)


def measured(run: Run, images: data.ImageSet, *, samples: int) -> dict:
    """The run's card, with the NLL at the row's K; measured once and kept there."""
    card = run.card()
    if samples and card.get("nll_samples") != samples:
        model = evaluate.load_model(run).to(measure.choose_device(run.train.device))
        card |= {"nll": nll(model, images, samples=samples, seed=run.train.seed), "nll_samples": samples}
        run.write_card(card)
    return card


def curve(run: Run, card: dict) -> list[tuple[float, float]]:
    """Seconds of training and NLL: each measured on the way at ``CURVE_SAMPLES``, and the card's at the end."""
    on_the_way = [(entry["seconds"], entry["test_nll"]) for entry in run.metrics() if "test_nll" in entry]
    return [*on_the_way, (card["seconds"], card["nll"])]


def seconds_to(run: Run, card: dict, level: float) -> float | None:
    """Seconds of training at the first measured NLL at or below a level; None if no measurement was."""
    return next((seconds for seconds, nats in curve(run, card) if nats <= level), None)


def summary(name: str, found: list[Run], cards: list[dict], *, shortened: bool) -> dict:
    """Protocol, figures over the seeds and published figures of one row, as JSON values."""
    row, run, card = ROWS[name], found[0], cards[0]
    model, config = run.model, run.train
    device = measure.choose_device(config.device)
    out = {
        "row": name,
        "source": row.source,
        "shortened": shortened,
        "network": "-".join(map(str, (math.prod(model.image_shape), *model.hidden, model.latent_dim))),
        "activation": model.activation,
        "pixels": {"bernoulli": "dynamic binarisation"}.get(model.likelihood, model.likelihood),
        "train_images": card["train_images"],
        "latent_dim": model.latent_dim,
        "bound": config.bound,
        "samples": config.samples,
        "epochs": [other.train.epochs for other in found],
        "optimiser_steps": [other.metrics()[-1]["step"] for other in found],
        "batch": config.batch_size,
        "adam": f"learning rate {config.learning_rate:g} {config.schedule}, eps {config.adam_eps:g}",
        "weights": "float16 as stored",
        "nll_samples": row.nll_samples or None,
        "seeds": [other.train.seed for other in found],
        "selection": "last model; nothing was chosen on the test set",
        "device": records.machine(device),
        "matmul_precision": card.get("matmul_precision"),
        "seconds": [other["seconds"] for other in cards],
    }
    for figure in ("negative_elbo", "nll") if row.nll_samples else ("negative_elbo",):
        out[figure] = spread([other[figure] for other in cards], row, figure)
    if row.long:
        out["seconds_to_nll"] = {
            f"{level:g}": [seconds_to(*pair, level) for pair in zip(found, cards, strict=True)] for level in LEVELS
        }
        out["nll_curve"] = [curve(*pair) for pair in zip(found, cards, strict=True)]
    return out


def spread(values: list[float], row: Row, figure: str) -> dict:
    """Mean and standard deviation over seeds beside the published figure and the bar."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    bar = row.bars.get(figure)
    return {
        "mean": statistics.mean(values),
        "deviation": deviation,
        "values": values,
        "published": row.published.get(figure),
        "bar": bar,
        "met": None if bar is None else statistics.mean(values) <= bar,
    }


def show(row: dict) -> None:
    """Print the protocol of a row and its figures."""
    steps, seconds = (" / ".join(f"{value:,.0f}" for value in row[key]) for key in ("optimiser_steps", "seconds"))
    print(
        f"\n{row['row']}{' (shortened)' if row['shortened'] else ''}: {row['network']} {row['activation']}, "
        f"latent {row['latent_dim']}, {row['pixels']}, {row['train_images']:,} training images, "
        f"{row['bound']} of {row['samples']}\n"
        f"  {steps} steps of batch {row['batch']} ({' / '.join(map(str, row['epochs']))} epochs), Adam {row['adam']}\n"
        f"  seeds {', '.join(map(str, row['seeds']))}; {row['selection']}; weights {row['weights']}; "
        f"NLL with K={row['nll_samples']}\n"
        f"  {row['device']}, products {row['matmul_precision']}, {seconds} s of training\n"
        f"  published: {row['source']}"
    )
    for figure in ("negative_elbo", "nll"):
        if figure in row:
            print(_line(figure, row[figure]))
    for level, times in row.get("seconds_to_nll", {}).items():
        reached = ", ".join("not reached" if each is None else f"{each:,.0f} s" for each in times)
        print(f"  wall-clock to NLL {level}: {reached}")


def _line(figure: str, values: dict) -> str:
    deviation = "" if values["deviation"] is None else f" ± {values['deviation']:.2f}"
    published = "–" if values["published"] is None else f"{values['published']:.2f}"
    verdict = "" if values["bar"] is None else f"  bar {values['bar']:.2f}: {'met' if values['met'] else 'not met'}"
    ours = f"{values['mean']:.2f}{deviation} (n={len(values['values'])})"
    return f"  {figure:<14}{ours:>22}  published {published:>7}{verdict}"


def main(arguments: list[str] | None = None) -> None:
    """Train what is missing, print the rows and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.likelihood", description="Ours beside the published.")
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=ROWS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, help="shorten the long rows to so many epochs")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--out", type=Path, default=CACHE, help=f"where finished rows are kept; default {CACHE}")
    parser.add_argument("--save", action="store_true", help="publish the rows: write them to benchmarks/records.json")
    options = parser.parse_args(arguments)
    flush_denormals()
    try:
        images = data.load("mnist")
    except OSError as error:
        sys.exit(str(error))
    rows = []
    for name in options.rows:
        fields = {"device": options.device, "epochs": options.epochs, "out": options.out}
        found = [obtain(name, images, seed=seed, **fields) for seed in options.seeds]
        cards = [measured(run, images, samples=ROWS[name].nll_samples) for run in found]
        rows.append(summary(name, found, cards, shortened=bool(ROWS[name].long and options.epochs)))
        show(rows[-1])
    if options.save:
        records.keep("likelihood", rows, by=("row", "shortened", "device"))
    print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()

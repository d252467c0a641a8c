"""Train a run from its configuration to a finished model: ``python -m vae_core.train``."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, Self

import torch
from tqdm import tqdm

from vae_core import data, jobs, measure, runs
from vae_core.jobs import arguments, evaluate
from vae_core.model import VAE
from vae_core.training.compiled import CompiledLoss
from vae_core.training.control import SLICE_SECONDS, Control, steered
from vae_core.training.cpu import StepTuner, flush_denormals
from vae_core.training.loop import build, train
from vae_core.training.metrics import Metrics

Watch = Callable[[Metrics, VAE], dict[str, Any]]


class _Stop:
    """Whether the process was asked to end (SIGTERM, Ctrl-C) within the block; asked once, the loop saves and ends."""

    def __enter__(self) -> Self:
        self.asked = False
        names = (signal.SIGTERM, signal.SIGINT)
        self._before = {name: signal.signal(name, self._ask) for name in names}
        return self

    def __exit__(self, *_: object) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def _ask(self, *_: object) -> None:
        self.asked = True


def run_training(run: runs.Run, *, watch: Watch | None = None) -> runs.Card:
    """Train a run to its end or until the process is asked to stop, and leave a finished run directory.

    Parameters
    ----------
    run : Run
        A run that holds its configuration.
    watch : callable, optional
        Called at every report with it and the model, while the training clock stands; what it returns is added to the
        report's row in the run.

    Returns
    -------
    Card
        With the training's own keys.
    """
    flush_denormals()
    evaluate.check_data(run.model, run.train)
    print(f"Loading {data.facts(run.train.dataset).title}…", file=sys.stderr, flush=True)
    images = data.load(run.train.dataset)
    torch.set_float32_matmul_precision("high")  # TF32 on a GPU; on the CPU the tuner decides
    model = build(run.model, run.train, images)
    with _Stop() as stop, CompiledLoss() as loss:
        run.start()
        told = train(model, images, run.train, loss=loss, slice_seconds=SLICE_SECONDS)
        reports = steered(told, lambda: Control(stop=stop.asked))
        last = _follow(run, reports, model, loss=loss, watch=watch)
        run.write(runs.WEIGHTS, model.arrays())
        card = evaluate.record(run, images, device=measure.choose_device(run.train.device))
        card["images_per_second"] = round(last.images_per_second)
        card["seconds"] = round(last.seconds, 2)
        card["matmul_precision"] = torch.get_float32_matmul_precision()
        card["compiled"] = loss.ready
        run.write_card(card)
    return card


def _follow(
    run: runs.Run,
    reports: Iterator[Metrics | None],
    model: VAE,
    *,
    loss: CompiledLoss,
    watch: Watch | None = None,
) -> Metrics:
    """Write every report into the run, the weights with every test, show a bar, and see to the speed."""
    tuner = StepTuner(model, run.train.batch_size)
    tuner.adapt()
    layout = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"
    with tqdm(total=run.train.epochs, unit="epoch", bar_format=layout) as bar:
        for report in reports:
            tuner.adapt()
            if report is None:
                continue
            metrics = report
            run.append_metrics(metrics.to_json() | (watch(metrics, model) if watch else {}))
            if metrics.test and metrics.step:
                run.write(runs.WEIGHTS, model.arrays())
            bar.update(metrics.epoch - bar.n)
            figures = metrics.test or metrics.train
            if figures:
                nats = f"{figures.negative_elbo:.2f} nats = {figures.distortion:.2f} + {figures.rate:.2f}"
                bar.set_postfix_str(f"{nats}, {metrics.images_per_second:,.0f} images/s", refresh=False)
            if metrics.step:
                left = metrics.seconds * (run.train.epochs / metrics.epoch - 1)
                loss.consider(model, run.train, spent=metrics.seconds, left=left)
    return metrics


def work(run: runs.Run) -> None:
    """Do what a page asks for: train the run."""
    run_training(run)


def main(words: list[str] | None = None) -> None:
    """Train from a shell; the last line is JSON."""
    options = arguments.parser().parse_args(words)
    with jobs.exiting():
        run = arguments.asked_run(options)
    with jobs.at_work(run, "train"):
        card = run_training(run)
    keys = ("negative_elbo", "rate", "distortion", "images_per_second", "seconds")
    print(json.dumps({key: value for key, value in card.items() if key in keys} | {"run": str(run.path)}))

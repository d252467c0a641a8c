"""Train a run from its configuration, or from where it was, to a finished model: ``python -m vae_core.train``."""

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import torch
from tqdm import tqdm

from vae_core import data, jobs, measure, runs
from vae_core.jobs import arguments, evaluate
from vae_core.jobs.arithmetic import Arithmetic
from vae_core.jobs.heed import Listener
from vae_core.jobs.keep import Doing, Keeper, View
from vae_core.model import VAE
from vae_core.runs import history, tables
from vae_core.training import state
from vae_core.training.compiled import CompiledLoss
from vae_core.training.control import SLICE_SECONDS, Control, steered
from vae_core.training.cpu import flush_denormals
from vae_core.training.loop import Training, build
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

    A training that was begun goes on where its state was last kept: the run is then, bit by bit, the one that was not
    interrupted, if the arithmetic is the same.

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
    if not (run.started() or history.origin(run)):
        View(run, model, images).keep(0)  # at once: it takes torch a second to make an optimiser
    with _Stop() as stop, CompiledLoss() as loss:
        training = Training(model, images, run.train, loss=loss, slice_seconds=SLICE_SECONDS)
        _take_up(run, training)
        keeper = Keeper(run, training, images)
        last = _follow(run, training, keeper, loss=loss, stop=stop, watch=watch)
        if not stop.asked:
            keeper.save()
            keeper.tell(Doing(stopping=True))
        run.write(runs.WEIGHTS, training.model.arrays())
        card = evaluate.record(run, images, device=measure.choose_device(run.train.device))
        card["images_per_second"] = round(last.images_per_second)
        card["seconds"] = round(last.seconds, 2)
        card["matmul_precision"] = torch.get_float32_matmul_precision()
        card["compiled"] = loss.ready
        run.write_card(card)
    return card


def _take_up(run: runs.Run, training: Training) -> None:
    """Bring a training to where its run stands: its kept state, the snapshot it was forked from, or the beginning."""
    origin = history.origin(run)
    torch.manual_seed(run.train.seed)  # of dropout
    if runs.state_file(run).exists():
        training.take_up(state.parse(runs.state_file(run).read_bytes()))
        if origin and training.step == origin["step"]:  # a fork has its own
            training.steer(Control(beta=run.train.beta, learning_rate=run.train.learning_rate))
    elif origin:
        _load_snapshot(run, training.model, step=origin["step"])
        training.take_up_weights(origin["step"])


def _load_snapshot(run: runs.Run, model: VAE, *, step: int) -> None:
    """Give a model the weights of a snapshot, or, where a shipped history keeps only decoders, of the finished run."""
    encoder = runs.snapshot_file(run, step, runs.ENCODER)
    if not encoder.exists():
        arrays = run.read(runs.WEIGHTS)
    else:
        files = (encoder, runs.snapshot_file(run, step))
        parts = [tables.weights_of(tables.load(file.read_bytes(), "snapshot")) for file in files]
        arrays = parts[0] | parts[1]
    model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})


def _follow(
    run: runs.Run, training: Training, keeper: Keeper, *, loss: CompiledLoss, stop: _Stop, watch: Watch | None
) -> Metrics:
    """Carry out the training: what it yields is kept and shown, and it is told what is wished of it."""
    arithmetic = Arithmetic(run, training, loss)
    script = _Script(run, training)
    keeper.begin()
    training.stops = frozenset({*keeper.steps, *arithmetic.stops, *script.stops})
    keeper.look()  # the untrained model is to be seen before anything is probed or evaluated
    arithmetic.look()
    listener = Listener(keeper, lambda: stop.asked)
    last = Metrics(training.step, training.step / training.per_epoch, training.clock.seconds, 0.0, None, None, None)
    with _Bar(run, training) as bar:
        for report in steered(training.run(), lambda: script.followed(listener.listen())):
            if report is not None:
                last = report
                keeper.report(report.to_json() | (watch(report, training.model) if watch else {}))
                bar.show(report)
                arithmetic.consider(report)
            arithmetic.look()
            keeper.look()
    return last


class _Script:
    """The changes of β and learning rate that lie beyond the state that is taken up: they are made again."""

    def __init__(self, run: runs.Run, training: Training) -> None:
        self.training = training
        steered = [mark for mark in history.marks(run) if mark["kind"] in ("beta", "learning_rate")]
        self.marks = [mark for mark in steered if mark["step"] >= training.step]

    @property
    def stops(self) -> set[int]:
        return {mark["step"] for mark in self.marks}

    def followed(self, told: Control) -> Control:
        """What the training is told, and what was recorded at its step."""
        while self.marks and self.marks[0]["step"] <= self.training.step:
            mark = self.marks.pop(0)
            if getattr(told, mark["kind"]) is None:
                told = replace(told, **{mark["kind"]: mark["value"]})
        return told


class _Bar:
    """What a shell sees of a training."""

    def __init__(self, run: runs.Run, training: Training) -> None:
        self.start = training.step / training.per_epoch
        layout = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"
        self.bar = tqdm(total=run.train.epochs, initial=self.start, unit="epoch", bar_format=layout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def show(self, report: Metrics) -> None:
        """The last figures."""
        self.bar.update(report.epoch - self.bar.n)
        figures = report.test or report.train
        if figures:
            nats = f"{figures.negative_elbo:.2f} nats = {figures.distortion:.2f} + {figures.rate:.2f}"
            self.bar.set_postfix_str(f"{nats}, {report.images_per_second:,.0f} images/s", refresh=False)


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

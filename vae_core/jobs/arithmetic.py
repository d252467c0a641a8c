"""The arithmetic of a training on a CPU: chosen by a probe, written down as it changes, and followed when taken up.

Threads, the rounding of products and a compiled loss change the last bits of every step. So that a training that was
killed repeats what it did, each change is a mark of the run.
"""

from typing import Any

import torch

from vae_core.runs import Run, history
from vae_core.runs.history import ARITHMETIC, Mark
from vae_core.training.compiled import CompiledLoss
from vae_core.training.cpu import Choice, StepTuner
from vae_core.training.loop import Training
from vae_core.training.metrics import Metrics

FIXED: Choice = (1, "highest")  # one thread: how sums are split among several depends on the machine


class Arithmetic:
    """Chooses how the steps of a training are computed, or follows what was chosen before.

    Parameters
    ----------
    run : Run
        Whose marks are followed as far as they go, and written from there.
    training : Training
        Taken up already, if it is.
    loss : CompiledLoss
        The loss of its steps.
    """

    def __init__(self, run: Run, training: Training, loss: CompiledLoss) -> None:
        self.run, self.training, self.loss = run, training, loss
        self.fixed = run.train.deterministic
        self.tuner = StepTuner(training.model, run.train.batch_size)
        recorded = [mark for mark in history.marks(run) if mark["kind"] == ARITHMETIC]
        self.script = [mark for mark in recorded if mark["step"] > training.step]
        past = [mark for mark in recorded if mark["step"] <= training.step]
        self._written: dict[str, Any] = {}
        if past:
            self._follow(past[-1])
        elif self.fixed:
            self.tuner.follow(FIXED)

    @property
    def stops(self) -> set[int]:
        """The steps at which something recorded is followed."""
        return {mark["step"] for mark in self.script}

    def look(self) -> None:
        """Follow what was recorded; where nothing is, probe if it is time; and write down what has changed."""
        while self.script and self.script[0]["step"] <= self.training.step:
            self._follow(self.script.pop(0))
        if not self.script and not self.fixed:
            self.tuner.adapt()
        if self.tuner.on_cpu:
            self._record()

    def consider(self, report: Metrics) -> None:
        """Start to compile the loss, if the training is long enough for it to pay."""
        if report.step and not self.fixed:
            left = report.seconds * (self.run.train.epochs / report.epoch - 1)
            self.loss.consider(self.training.model, self.run.train, spent=report.seconds, left=left)

    def _follow(self, mark: Mark) -> None:
        choice: Choice = (mark["threads"], mark["precision"])
        self.tuner.follow(choice)
        if mark["compiled"] and self.tuner.on_cpu:
            self.loss.start(self.training.model, self.run.train)  # used as soon as it is ready
        self._written = {name: mark[name] for name in ("threads", "precision", "compiled")}

    def _record(self) -> None:
        now = {
            "threads": torch.get_num_threads(),
            "precision": torch.get_float32_matmul_precision(),
            "compiled": self.loss.ready,
        }
        if now != self._written:
            self._written = now
            history.mark(self.run, ARITHMETIC, step=self.training.step, **now)

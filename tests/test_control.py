"""A training can be looked at and stopped within half a second, and looking changes nothing of it."""

import json
import signal
import subprocess
import sys
import time

import pytest
import torch

from vae_core import jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs import history
from vae_core.training import control, loop, metrics
from vae_core.training.control import SLICE_SECONDS, Control, Pace, steered
from vae_core.training.steps import losses

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(16,))


@pytest.fixture
def clock(monkeypatch):
    """A clock that only tests move."""

    class Clock:
        now = 100.0

    for module in (control, metrics):
        monkeypatch.setattr(module, "perf_counter", lambda: Clock.now)
    return Clock


def _config(**fields):
    return TrainConfig(**{"dataset": "digits", "epochs": 2, "batch_size": 100, "device": "cpu"} | fields)


def _training(digits, *, config, loss=losses, slice_seconds=SLICE_SECONDS):
    model = loop.build(MODEL, config, digits)
    return model, loop.train(model, digits, config, loss=loss, slice_seconds=slice_seconds)


def _slow(clock, seconds):
    """The loss of a step that takes so long, and the moments at which steps were taken."""

    def loss(*given, **named):
        clock.now += seconds
        return losses(*given, **named)

    return loss


@pytest.mark.parametrize("seconds", [1e-3, 0.01, 0.04, 0.2])
def test_a_slice_is_at_most_half_a_second_however_slow_a_step(seconds, digits, clock):
    config = _config(epochs=2000, batch_size=20)  # 375 steps to a report
    _, reports = _training(digits, config=config, loss=_slow(clock, seconds))
    waited, before = [], clock.now
    for _, _ in zip(range(12), reports, strict=False):
        waited.append(clock.now - before)
        before = clock.now
    assert 0 < max(waited) <= 0.5
    assert clock.now > 102


def test_steps_slower_than_a_slice_are_looked_at_one_by_one(digits, clock):
    _, reports = _training(digits, config=_config(epochs=2000), loss=_slow(clock, 3.0))
    next(reports)
    moments = [clock.now for _, _ in zip(range(10), reports, strict=False)]
    assert moments == [103.0 + 3 * step for step in range(10)]


def test_steps_that_become_slower_keep_slices_short(digits, clock):
    speed = [1e-3]

    def loss(*given, **named):
        clock.now += speed[0]
        return losses(*given, **named)

    _, reports = _training(digits, config=_config(epochs=100_000, batch_size=20), loss=loss)
    for _ in range(5):
        next(reports)
    speed[0] = 1e-2  # ten times
    before = clock.now
    next(reports)
    assert clock.now - before <= 0.5


@pytest.mark.parametrize("slice_seconds", [0.0, 0.05])
def test_looks_change_neither_the_weights_nor_the_reports(slice_seconds, digits, clock, monkeypatch):
    monkeypatch.setattr(loop, "REPORTS", 10)
    config = _config(epochs=10, batch_size=50)
    (plain, reports), (looked, looks) = (
        _training(digits, config=config, loss=_slow(clock, 0.01), slice_seconds=slices)
        for slices in (float("inf"), slice_seconds)
    )
    rows = [(report.step, report.train, report.test, report.kl_per_dimension) for report in reports]
    seen = list(looks)
    assert seen.count(None) >= 30
    assert [(each.step, each.train, each.test, each.kl_per_dimension) for each in seen if each] == rows
    assert all(map(torch.equal, plain.parameters(), looked.parameters()))


def test_the_time_at_a_look_is_not_the_trainings(digits, clock):
    _, reports = _training(digits, config=_config(), loss=_slow(clock, 0.1))
    last = None
    for report in reports:
        clock.now += 50  # whoever looks takes their time
        last = report or last
    assert last.seconds == pytest.approx(30 * 0.1)


def test_without_slices_there_are_only_reports(digits):
    config = _config()
    assert None not in list(loop.train(loop.build(MODEL, config, digits), digits, config))


def test_a_stop_at_a_look_ends_with_a_report_of_the_steps_since_the_last(digits, clock):
    _, reports = _training(digits, config=_config(epochs=100_000), loss=_slow(clock, 0.1))
    looks = []
    told = list(steered(reports, lambda: Control(stop=len(looks) == 5 or looks.append(clock.now) is not None)))
    assert told[0].step == 0
    assert told[1:-1] == [None] * (len(told) - 2)
    assert (told[-1].train is not None, told[-1].test) == (True, None)
    assert told[-1].step == round(told[-1].seconds / 0.1) > 0


def test_a_stop_at_a_report_ends_at_once(digits):
    _, reports = _training(digits, config=_config())
    assert [report.step for report in steered(reports, lambda: Control(stop=True)) if report] == [0]


def test_a_stop_in_an_evaluation_ends_it(digits, monkeypatch):
    measured = []
    monkeypatch.setattr(Pace, "due", property(lambda self: True))
    monkeypatch.setattr(loop.measure, "measuring", lambda *_, **__: (measured.append(batch) for batch in range(99)))
    _, reports = _training(digits, config=_config())
    looked, report = steered(reports, lambda: Control(stop=True))
    assert (looked, report.step, report.test, len(measured)) == (None, 0, None, 1)


def test_a_training_is_not_told_what_nobody_says(digits):
    _, reports = _training(digits, config=_config(epochs=1))
    assert [report.step for report in steered(reports, Control) if report][-1] == 15


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to answer")
def test_a_training_with_reports_minutes_apart_stops_within_two_seconds(tmp_path):
    run = runs.Run(tmp_path / "deaf")
    command = [sys.executable, "-m", "vae_core.train", "--dataset", "digits", "--batch-size", "1", "--epochs", "100000"]
    with subprocess.Popen(
        [*command, "--device", "cpu", "--out", str(run.path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            deadline = time.monotonic() + 120
            while (
                not (history.status(run) or {}).get("step") and process.poll() is None and time.monotonic() < deadline
            ):
                time.sleep(0.05)
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            line = json.loads(process.communicate(timeout=60)[0])
            assert time.monotonic() - asked < 2
        finally:
            process.kill()
    assert jobs.state(run, "train").word == jobs.STOPPED
    assert line["negative_elbo"] > 0
    assert 0 < run.metrics()[-1]["epoch"] < 100_000

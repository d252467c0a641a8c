"""A training that is taken up is the one that was never interrupted: weights, reports and snapshots, bit by bit."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from vae_core import jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import keep, train
from vae_core.runs import history, lineage
from vae_core.training import loop, state
from vae_core.training.control import Control, steered

DENSE = ModelConfig(image_shape=(1, 8, 8), hidden=(16,))
CONV = ModelConfig(image_shape=(1, 8, 8), hidden=(16,), channels=(4,))
CONFIG = TrainConfig(dataset="digits", epochs=3, batch_size=100, device="cpu", deterministic=True)
KINDS = {
    "dense": (DENSE, CONFIG),
    "convolutional": (CONV, CONFIG),
    "dropout": (replace(DENSE, dropout=0.5), CONFIG),
    "binarised": (replace(DENSE, likelihood="bernoulli"), replace(CONFIG, schedule="cosine", warmup_epochs=2.0)),
    "IWAE": (DENSE, replace(CONFIG, bound="iwae", samples=3)),
    "VAE/GAN": (DENSE, replace(CONFIG, adversarial=3.0)),
}


def _training(images, model, config):
    torch.manual_seed(7)  # of dropout
    return loop.Training(loop.build(model, config, images), images, config, slice_seconds=0.0)


def _untimed(report):
    return {key: value for key, value in report.to_json().items() if key not in ("seconds", "images_per_second")}


def _rest(training):
    return [_untimed(report) for report in training.run() if report]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("looks", [2, 9, 24])
def test_a_state_goes_on_as_the_training_that_it_is_of(kind, looks, digits):
    model, config = KINDS[kind]
    whole = _training(digits, model, config)
    reports, before = whole.run(), []
    for _ in range(looks):
        report = next(reports)
        before += [_untimed(report)] if report else []
    content = state.dump(whole.state())
    after = [_untimed(report) for report in reports if report]

    resumed = _training(digits, model, config)
    resumed.take_up(state.parse(content))
    assert _rest(resumed) == after
    assert after and before
    for name, weights in whole.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], weights), name
    assert resumed.clock.total_images == whole.clock.total_images


def test_a_state_in_an_evaluation_makes_the_report_that_is_owed(digits, monkeypatch):
    whole = _training(digits, DENSE, CONFIG)
    reports = whole.run()
    while not (whole.owes and whole.step):
        next(reports)
    content = state.dump(whole.state())
    after = [_untimed(report) for report in reports if report]
    resumed = _training(digits, DENSE, CONFIG)
    resumed.take_up(state.parse(content))
    assert _rest(resumed) == after


def test_more_epochs_are_those_of_the_longer_training(digits):
    """With a constant learning rate the schedule of a run does not know its length."""
    longer = replace(CONFIG, epochs=5)
    whole = _training(digits, DENSE, longer)
    list(whole.run())
    short = _training(digits, DENSE, CONFIG)
    list(short.run())
    extended = _training(digits, DENSE, longer)
    extended.take_up(state.parse(state.dump(short.state())))
    list(extended.run())
    for name, weights in whole.model.state_dict().items():
        assert torch.equal(extended.model.state_dict()[name], weights), name


def test_a_beta_told_on_the_way_weighs_the_rate_from_that_step_on(digits):
    """Against a training whose loss is called with that weight: nothing before the step differs, all after does."""
    told, seen = [], []

    def loss(*given, weight, **named):
        seen.append(float(weight))
        return loop.losses(*given, weight=weight, **named)

    training = loop.Training(loop.build(DENSE, CONFIG, digits), digits, CONFIG, loss=loss, stops=[20])
    for _ in steered(training.run(), lambda: Control(beta=4.0) if training.step == 20 else Control()):
        told.append(training.step)
    assert seen == [1.0] * 20 + [4.0] * (training.total - 20)


def test_a_learning_rate_told_on_the_way_keeps_the_schedules_shape(digits):
    config = replace(CONFIG, schedule="cosine")
    training = loop.Training(loop.build(DENSE, config, digits), digits, config, stops=[20])
    for _ in steered(training.run(), lambda: Control(learning_rate=2e-3) if training.step == 20 else Control()):
        if training.step == 20:
            usual = [rate for rate, _ in training.steps.schedule]
    changed = [rate for rate, _ in training._schedule()]
    assert training.steps.schedule is not None
    total = training.total
    expected = [2e-3 * 0.5 * (1 + np.cos(np.pi * step / total)) for step in range(total - 15, total)]
    np.testing.assert_allclose([rate for rate, _ in training.steps.schedule], expected)
    assert usual[0] < 1e-3 and changed


def test_one_step_at_a_time(digits):
    training = _training(digits, DENSE, CONFIG)
    training.pace.slice_seconds = float("inf")
    looks = steered(training.run(), lambda: Control(until=training.step + 1))
    steps = [training.step for _ in islice(looks, 6)]
    assert steps == [0, 1, 2, 3, 4, 5]


def test_a_suspended_process_does_not_train(digits, monkeypatch):
    from vae_core.training import metrics

    class Time:
        wall, worked = 0.0, 0.0

    monkeypatch.setattr(metrics, "perf_counter", lambda: Time.wall)
    monkeypatch.setattr(metrics, "process_time", lambda: Time.worked)
    clock = metrics.Clock(steps=None)
    for wall, worked, counted in ((1.0, 0.5, 1.0), (3600.0, 0.2, 0.2), (10.0, 9.0, 10.0)):
        before = clock.seconds
        clock.resume()
        Time.wall += wall
        Time.worked += worked
        clock.pause()
        assert clock.seconds - before == pytest.approx(counted)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is damaged"), (b"\x08\0\0\0\0\0\0\0{}      ", "is damaged"), (None, "does not fit its config.json")],
)
def test_a_state_that_cannot_be_read_is_refused_in_a_sentence(content, sentence, digits):
    other = _training(digits, CONV, CONFIG)
    with pytest.raises(ValueError, match=sentence):
        _training(digits, DENSE, CONFIG).take_up(state.parse(state.dump(other.state()) if content is None else content))


def _shell(run, *more):
    command = [sys.executable, "-m", "vae_core.train", *(more or ("--run", str(run.path)))]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _until(true, seconds=90):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _rows(run):
    return [{k: v for k, v in row.items() if k not in ("seconds", "images_per_second")} for row in run.metrics()]


def _bytes(run):
    files = [run.file(runs.WEIGHTS), *sorted((run.path / "snapshots").iterdir())]
    return {file.name: file.read_bytes() for file in files}


@pytest.fixture
def keeping_often(monkeypatch):
    monkeypatch.setattr(keep, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(keep, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(keep, "STATE_SHARE", 1.0)


class _Killed(BaseException):
    """What ends a trainer between two yields without any of its own doing."""


def _killed_at(run, step, monkeypatch):
    with monkeypatch.context() as patched:
        look = keep.Keeper.look

        def until(keeper):
            look(keeper)
            if keeper.training.step >= step:
                raise _Killed

        patched.setattr(keep.Keeper, "look", until)
        with contextlib.suppress(_Killed):
            train.run_training(run)


def test_a_run_killed_twice_is_the_run_that_was_not(models, monkeypatch, keeping_often):
    config = replace(CONFIG, epochs=40)
    whole, killed = (runs.create_run_at(models / name, DENSE, config) for name in ("whole", "killed"))
    train.run_training(whole)
    _killed_at(killed, 200, monkeypatch)
    assert not (killed.path / runs.CARD).exists()
    _killed_at(killed, 400, monkeypatch)
    train.run_training(killed)
    begun = [mark["step"] for mark in history.marks(killed) if mark["kind"] == history.BEGIN]
    assert begun[0] == 0 and 0 < begun[1] < begun[2]
    assert _rows(killed) == _rows(whole)
    assert _bytes(killed) == _bytes(whole)


def test_a_run_killed_before_its_state_was_kept_begins_again(models, monkeypatch):
    whole, killed = (runs.create_run_at(models / name, DENSE, CONFIG) for name in ("whole", "killed"))
    train.run_training(whole)
    _killed_at(killed, 5, monkeypatch)
    assert killed.metrics() and not runs.state_file(killed).exists()
    train.run_training(killed)
    assert _rows(killed) == _rows(whole) and _bytes(killed) == _bytes(whole)


def test_what_was_chosen_and_told_beyond_the_kept_state_is_done_again(models, monkeypatch, digits):
    run = runs.create_run_at(models / "told", DENSE, replace(CONFIG, epochs=20))
    history.mark(run, "begin", step=0)
    history.mark(run, "beta", step=37, value=3.0)
    history.mark(run, history.ARITHMETIC, step=50, threads=1, precision="medium", compiled=False)
    seen = []
    monkeypatch.setattr(keep.Keeper, "look", lambda keeper: seen.append(
        (keeper.training.step, keeper.training.config.beta, torch.get_float32_matmul_precision())
    ))  # fmt: skip
    train.run_training(run)
    after = {step: (beta, precision) for step, beta, precision in seen}
    assert {beta for step, (beta, _) in after.items() if step < 37} == {1.0}
    assert {beta for step, (beta, _) in after.items() if step > 37} == {3.0}
    assert after[50][1] == "medium" and after[37][1] == "highest"
    assert [mark["kind"] for mark in history.marks(run)].count("beta") == 1


def test_a_stopped_run_goes_on_and_equals_the_one_that_did_not_stop(models):
    config = replace(CONFIG, epochs=400)
    whole, stopped = (runs.create_run_at(models / name, DENSE, config) for name in ("whole", "stopped"))
    process = _shell(stopped)
    _until(lambda: (history.status(stopped) or {}).get("step", 0) > 100)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    assert jobs.state(stopped, "train").word == jobs.STOPPED
    assert 0 < stopped.last_report()["epoch"] < 400
    process, other = _shell(stopped), _shell(whole)
    assert process.wait() == other.wait() == 0
    assert jobs.state(stopped, "train").word == jobs.ENDED_WELL
    assert _rows(stopped) == _rows(whole)
    assert _bytes(stopped) == _bytes(whole)


def test_a_finished_run_is_given_more_epochs(models):
    run = runs.create_run_at(models / "more", DENSE, CONFIG)
    train.run_training(run)
    with pytest.raises(ValueError, match=r"epochs: got 3, expected more than the 3 that are done"):
        lineage.extend(run, 3)
    longer = lineage.extend(run, 6)
    train.run_training(longer)
    assert longer.last_report()["epoch"] == 6 and longer.train.epochs == 6
    assert [(mark["step"], mark["value"]) for mark in history.marks(run) if mark["kind"] == "epochs"] == [(45, 6)]
    assert history.snapshots(longer)[-1] == 90
    assert runs.sweep_of(longer) == [longer]


def test_a_fork_where_the_state_was_kept_goes_on_exactly(models):
    """With nothing changed but the epochs, a fork at the end is the run extended."""
    run = runs.create_run_at(models / "parent", DENSE, CONFIG)
    train.run_training(run)
    forked = lineage.fork(run, epochs=6)
    extended = lineage.extend(run, 6)
    train.run_training(forked)
    train.run_training(extended)
    assert forked.name == "parent-fork-1" and history.origin(forked)["of"] == "parent"
    assert _rows(forked) == _rows(extended)
    assert forked.file(runs.WEIGHTS).read_bytes() == extended.file(runs.WEIGHTS).read_bytes()


def test_a_fork_at_a_snapshot_has_its_weights_and_what_was_before(models):
    run = runs.create_run_at(models / "parent", DENSE, replace(CONFIG, epochs=20))
    train.run_training(run)
    middle = history.snapshots(run)[len(history.snapshots(run)) // 2]
    forked = lineage.fork(run, at=middle + 1, beta=4.0)
    assert forked.train.beta == 4.0 and forked.train.epochs == 20
    assert history.snapshots(forked) == [step for step in history.snapshots(run) if step <= middle]
    assert _rows(forked) == [row for row in _rows(run) if row["step"] <= middle]
    train.run_training(forked)
    assert forked.last_report()["epoch"] == 20
    early, late = ([row["test_rate"] for row in each.metrics() if "test_rate" in row] for each in (forked, run))
    assert early[-1] < late[-1]  # β = 4 squeezes the code
    assert runs.sweep_of(forked) == [forked]


def test_a_history_without_encoders_is_forked_at_its_end_only(models):
    run = runs.create_run_at(models / "shipped", DENSE, CONFIG)
    train.run_training(run)
    for file in (run.path / "snapshots").glob("*.encoder.*"):
        file.unlink()
    runs.state_file(run).unlink()
    with pytest.raises(ValueError, match="keeps only decoders, to look at; it can be forked at its end, step 45"):
        lineage.fork(run, at=10)
    forked = lineage.fork(run)
    assert forked.train.epochs == 6
    train.run_training(forked)
    assert forked.metrics()[-1]["step"] == 90


def test_a_fork_that_begins_adams_averages_anew_does_not_leap(models):
    run = runs.create_run_at(models / "parent", DENSE, replace(CONFIG, epochs=60, learning_rate=0.01))
    train.run_training(run)
    runs.state_file(run).unlink()
    forked = lineage.fork(run, epochs=64)
    before = forked.metrics()[-1]
    train.run_training(forked)
    first = next(row for row in forked.metrics() if row["step"] > before["step"] and "test_rate" in row)
    elbo = [row["test_distortion"] + row["test_rate"] for row in (before, first)]
    assert elbo[1] - elbo[0] < 0.3


def test_a_full_disk_keeps_the_state_that_was_there(models, monkeypatch, keeping_often):
    run = runs.create_run_at(models / "full", DENSE, replace(CONFIG, epochs=40))
    _killed_at(run, 200, monkeypatch)
    before = runs.state_file(run).read_bytes()
    with monkeypatch.context() as patched:

        def full(*_):
            raise OSError(28, "The disk is full: train.state.safetensors could not be written. Free some space.")

        patched.setattr(keep.files, "replace", full)
        with pytest.raises(OSError, match="disk is full"):
            train.run_training(run)
    assert runs.state_file(run).read_bytes() == before
    train.run_training(run)
    assert run.last_report()["epoch"] == 40


def test_the_command_line_takes_up_extends_and_forks(models, capsys):
    run = runs.create_run_at(models / "shell", DENSE, CONFIG)
    with pytest.raises(SystemExit, match="has not begun"):
        train.main(["--resume", str(run.path)])
    train.main(["--run", str(run.path)])
    train.main(["--resume", str(run.path), "--epochs", "5"])
    assert runs.open_run(run.path).last_report()["epoch"] == 5
    with pytest.raises(SystemExit, match="--beta beside --resume: expected only epochs"):
        train.main(["--resume", str(run.path), "--beta", "2"])
    train.main(["--fork", str(run.path), "--at", "30", "--beta", "4"])
    made = json.loads(capsys.readouterr().out.splitlines()[-1])["run"]
    assert made.endswith("shell-beta4-1")
    forked = runs.open_run(models / "shell-beta4-1")
    assert forked.train.beta == 4 and history.origin(forked)["step"] <= 30

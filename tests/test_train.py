"""The loop is repeatable, reports honest averages, and leaves a finished run whatever ends it."""

import json
import math
import shutil
import signal
import subprocess
import sys
import time
from copy import deepcopy
from itertools import islice
from pathlib import Path

import pytest
import torch

from vae_core import jobs, measure, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import evaluate, train
from vae_core.prior import STANDARD_NORMAL
from vae_core.training import loop

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(16,))
BINARY = ModelConfig(image_shape=(1, 8, 8), hidden=(16,), likelihood="bernoulli")
SHELL = [sys.executable, "-m", "vae_core.train", "--dataset", "digits", "--preset", "example", "--hidden", "16"]


def _config(**fields):
    return TrainConfig(**{"dataset": "digits", "epochs": 2, "batch_size": 200, "device": "cpu"} | fields)


def _reports(digits, *, model=MODEL, **fields):
    config = _config(**fields)
    return loop.train(loop.build(model, config, digits), digits, config)


def _figures(reports):
    return [(metrics.step, metrics.train, metrics.test) for metrics in reports]


@pytest.mark.parametrize("model", [MODEL, BINARY])
def test_the_same_seed_gives_the_same_run(digits, model):
    assert _figures(_reports(digits, model=model, seed=3)) == _figures(_reports(digits, model=model, seed=3))


def test_another_seed_gives_another_run(digits):
    assert _figures(_reports(digits, seed=3)) != _figures(_reports(digits, seed=4))


def test_the_seed_decides_the_first_weights(digits):
    assert next(_reports(digits, seed=3)).test.rate != next(_reports(digits, seed=4)).test.rate


def test_the_seed_decides_the_order_and_the_noise(digits):
    model = loop.build(MODEL, _config(), digits)
    started = [loop.train(deepcopy(model), digits, _config(seed=seed)) for seed in (3, 4)]
    before, after = zip(*(islice(reports, 2) for reports in started), strict=True)
    assert before[0].test.rate == before[1].test.rate
    assert after[0].train.rate != after[1].train.rate


def test_the_loss_falls_in_ten_epochs(digits):
    *_, last = reports = list(_reports(digits, epochs=10, batch_size=100, learning_rate=1e-2))
    assert last.test.negative_elbo < reports[0].test.negative_elbo - 0.5
    assert last.train.negative_elbo < reports[1].train.negative_elbo - 0.5


def test_a_caller_can_pause_between_reports_and_go_on(digits):
    paused = _reports(digits)
    first = _figures(islice(paused, 5))
    assert first + _figures(paused) == _figures(_reports(digits))


def test_a_caller_who_stops_asking_keeps_the_model_of_the_last_report(digits):
    config = _config()
    model = loop.build(MODEL, config, digits)
    *_, last = islice(loop.train(model, digits, config), 9)
    test, _ = measure.measure(model.eval(), torch.from_numpy(digits.test), generator=torch.Generator().manual_seed(0))
    assert last.test == test


def test_the_smaller_last_batch_has_the_weight_of_its_images(digits, monkeypatch):
    monkeypatch.setattr(loop, "REPORTS", 1)
    config = _config(epochs=1, batch_size=1000, learning_rate=1e-8)
    model = loop.build(MODEL, config, digits)
    *_, last = loop.train(model, digits, config)
    codes = measure.encode_set(model, torch.from_numpy(digits.train))
    assert last.train.rate == pytest.approx(STANDARD_NORMAL.rate(*vars(codes).values()).sum(1).mean().item(), rel=1e-5)


@pytest.mark.parametrize("fields", [{"beta": 0.0}, {"beta": 20.0}, {"warmup_epochs": 5}])
def test_reported_figures_contain_neither_beta_nor_warm_up(digits, fields):
    plain, weighted = (_figures(islice(_reports(digits, **change), 2)) for change in ({}, fields))
    assert weighted == plain


@pytest.mark.parametrize("fields", [{"bound": "iwae"}, {"bound": "dreg"}, {"beta": 20.0}, {"warmup_epochs": 5}])
def test_reported_figures_of_several_samples_contain_no_choice_of_weights(digits, fields):
    plain, other = (_figures(islice(_reports(digits, samples=5, **change), 3)) for change in ({}, fields))
    assert other[:2] == plain[:2]
    assert other[2] != plain[2]  # but the steps differ


def test_reported_figures_do_not_contain_the_free_bits(digits):
    plain, free = (_figures(islice(_reports(digits, free_bits=change), 3)) for change in (0.0, 2.0))
    assert free[:2] == plain[:2]
    assert free[2] != plain[2]


def test_the_reported_rate_does_not_depend_on_the_number_of_samples(digits):
    one, five = ([*islice(_reports(digits, samples=samples), 2)][1].train for samples in (1, 5))
    assert five.rate == pytest.approx(one.rate, rel=1e-6)
    assert five.distortion == pytest.approx(one.distortion, rel=0.01)
    assert five.distortion != one.distortion


@pytest.mark.parametrize("bound", ["elbo", "iwae", "dreg"])
@pytest.mark.parametrize("warmup", [0, 5])
def test_several_samples_lower_the_loss(digits, bound, warmup):
    fields = {"epochs": 10, "batch_size": 100, "learning_rate": 1e-2, "warmup_epochs": warmup}
    *_, last = reports = list(_reports(digits, model=BINARY, samples=4, bound=bound, **fields))
    assert last.test.negative_elbo < reports[0].test.negative_elbo - 0.5


def test_free_bits_keep_every_dimension_in_use(digits):
    model = ModelConfig(image_shape=(1, 8, 8), hidden=(16,), latent_dim=8)
    fields = {"epochs": 30, "batch_size": 100, "learning_rate": 1e-2, "beta": 4.0}
    plain, free = ([*_reports(digits, model=model, free_bits=bits, **fields)][-1] for bits in (0.0, 0.3))
    assert min(plain.kl_per_dimension) < 0.05
    assert min(free.kl_per_dimension) > 0.2


@pytest.mark.parametrize("gradient", ["score", "score-baseline"])
def test_reported_figures_do_not_depend_on_the_estimator_of_the_gradient(digits, gradient):
    plain, other = (_figures(islice(_reports(digits, gradient=name), 3)) for name in ("pathwise", gradient))
    assert other[:2] == plain[:2]
    assert other[2] != plain[2]


def test_the_score_function_with_its_baseline_lowers_the_loss(digits):
    *_, last = reports = list(
        _reports(digits, epochs=10, batch_size=100, learning_rate=1e-2, gradient="score-baseline")
    )
    assert last.test.negative_elbo < reports[0].test.negative_elbo - 0.5
    assert last.test.rate > 0.5  # without a baseline the code stays unused for that long


def test_beta_lowers_the_rate_and_raises_the_distortion(digits):
    plain, heavy = ([*_reports(digits, epochs=20, learning_rate=1e-2, beta=beta)][-1].test for beta in (0.1, 5.0))
    assert heavy.rate < plain.rate - 0.5
    assert heavy.distortion > plain.distortion + 0.5


def test_the_schedule_reaches_the_optimiser(digits):
    constant, cosine = ([*_reports(digits, schedule=schedule)][-1].test for schedule in ("constant", "cosine"))
    assert constant != cosine


def test_the_end_of_every_epoch_is_tested(digits, monkeypatch):
    monkeypatch.setattr(loop, "REPORTS", 5)  # of 8 steps an epoch, a training figure every fifth
    reports = list(_reports(digits, epochs=3))
    assert [metrics.epoch for metrics in reports if metrics.test] == [0, 1, 2, 3]


def test_a_long_run_reports_a_bounded_number_of_times(digits, monkeypatch):
    monkeypatch.setattr(loop, "REPORTS", 10)
    monkeypatch.setattr(loop, "TESTS", 4)
    reports = list(_reports(digits, epochs=20, batch_size=1500))
    assert len(reports) <= 1 + 10 + 4
    assert sum(metrics.test is not None for metrics in reports) == 1 + 4


def test_the_first_report_comes_before_the_first_step(digits):
    first = next(_reports(digits))
    assert (first.step, first.seconds, first.train) == (0, 0.0, None)
    assert first.test.rate == pytest.approx(sum(first.kl_per_dimension), rel=1e-5)


def test_the_clock_stops_while_the_caller_works(digits):
    began = time.perf_counter()
    *_, last = (time.sleep(0.03) or metrics for metrics in _reports(digits))
    slept = 17 * 0.03  # one report before each of the 16 steps, and the last
    assert 0 < last.seconds < time.perf_counter() - began - slept
    assert last.images_per_second == pytest.approx(2 * 1497 / last.seconds)


def test_a_report_is_a_row_of_json_without_what_was_not_measured(digits):
    first, second = (metrics.to_json() for metrics in islice(_reports(digits), 2))
    assert json.loads(json.dumps(first, allow_nan=False)) == first
    assert {"test_rate", "test_distortion", "kl_per_dimension"} <= set(first)
    assert {key for key in second if "_" in key} == {"images_per_second", "train_rate", "train_distortion"}


def test_dropout_is_off_in_the_tests_and_on_again_after_them(digits):
    config = _config()
    model = loop.build(ModelConfig(image_shape=(1, 8, 8), dropout=0.5), config, digits)
    reports = loop.train(model, digits, config)
    modes = [model.training for _ in islice(reports, 10)]  # tests before the first step and after the eighth
    assert modes == [False, *[True] * 7, False, True]


def test_a_diverged_run_ends_with_advice(digits):
    config = _config()
    model = loop.build(MODEL, config, digits)
    model.encoder[1].weight.data[0, 0] = math.nan
    with pytest.raises(ArithmeticError, match=r"diverged.*lower learning rate\.$"):
        list(loop.train(model, digits, config))


# The shell.


@pytest.fixture(scope="module")
def shell_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("shell") / "first"
    command = [*SHELL, "--epochs", "2", "--latent-dim", "3", "--device", "cpu", "--out", str(path)]
    return runs.Run(path), subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_shell_ends_with_one_line_of_json(shell_run):
    run, done = shell_run
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert set(line) == {"negative_elbo", "rate", "distortion", "images_per_second", "seconds", "run"}
    assert line["run"] == str(run.path)


def test_the_shell_leaves_a_finished_run(shell_run):
    run, _ = shell_run
    assert jobs.state(run, "train").word == jobs.ENDED_WELL
    assert run.metrics()[-1]["epoch"] == 2
    assert all(run.has(table) for table in (runs.WEIGHTS, runs.LATENTS, runs.PCA, runs.EXAMPLES))


def test_the_options_of_the_shell_reach_the_configuration(shell_run):
    run, _ = shell_run
    assert (run.model.hidden, run.model.latent_dim, run.train.epochs, run.train.batch_size) == ((16,), 3, 2, 128)


def test_the_card_is_of_the_weights_in_the_file(shell_run, digits):
    run, _ = shell_run
    seeded = torch.Generator().manual_seed(run.train.seed)
    figures, _ = measure.measure(evaluate.load_model(run), torch.from_numpy(digits.test), generator=seeded)
    assert run.card()["negative_elbo"] == pytest.approx(figures.negative_elbo, abs=1e-5)


def test_the_card_is_the_last_test_of_the_run_but_for_the_rounding_of_the_weights(shell_run):
    run, _ = shell_run
    assert run.card()["rate"] == pytest.approx(run.metrics()[-1]["test_rate"], abs=1e-3)


def test_an_existing_run_is_never_overwritten(tmp_path):
    (tmp_path / "first").mkdir()
    with pytest.raises(SystemExit) as caught:
        train.main([*SHELL[3:], "--out", str(tmp_path / "first")])
    assert "first" in caught.value.code
    assert not caught.value.code.startswith("[Errno")
    assert not list((tmp_path / "first").iterdir())


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--out", "Upper Case"], "cannot name a model"),
        (["--out", "x", "--latent-dim", "0"], "latent_dim: got 0"),
        (["--out", "x", "--likelihood", "poisson"], "likelihood: got 'poisson'"),
        (["--out", "x", "--gradient", "reinforce"], "gradient: got 'reinforce', expected one of pathwise, score, "),
        (["--run", "absent"], "There is no model in absent"),
    ],
)
def test_the_shell_refuses_in_a_sentence(options, word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=word):
        train.main([*SHELL[3:], *options])
    assert not list(tmp_path.iterdir())


def _files(run):
    return {path.name: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def _from_a_shell(run):
    train.main(["--run", str(run.path)])


def _from_a_page(run):
    jobs.start(run, "train")


@pytest.mark.parametrize("start", [_from_a_shell, _from_a_page])
def test_a_finished_run_is_not_trained_again(shell_run, start):
    run, _ = shell_run
    before = _files(run)
    with pytest.raises((SystemExit, ValueError), match="is trained to its end; give it more epochs"):
        start(run)
    assert _files(run) == before
    assert jobs.state(run, "train").word == jobs.ENDED_WELL


def test_a_shipped_model_is_not_trained_again_and_stays_a_shipped_one(models):
    shipped = runs.Run(models / "digits-2d")
    shutil.copytree(Path(__file__).parent.parent / "models" / "digits-2d", shipped.path)
    before = _files(shipped)
    with pytest.raises(SystemExit, match="holds a trained model"):
        train.main(["--run", str(shipped.path)])
    assert _files(shipped) == before and not runs.trained_here(shipped)


def test_a_run_that_was_ended_half_way_is_not_trained_from_its_beginning(models):
    run = runs.create_run_at(models / "half", MODEL, _config())
    run.append_metrics({"step": 1, "epoch": 0.5, "seconds": 1.0, "images_per_second": 1.0})
    with pytest.raises(SystemExit, match=r"was begun and did not end.*: train a new run with the same settings\.$"):
        train.main(["--run", str(run.path)])
    assert len(run.metrics()) == 1


def test_a_step_needs_neither_the_queue_nor_maps():
    code = (
        "import sys, vae_core.training.loop; print({'umap', 'numba', 'vae_core.jobs', 'filelock'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_run_of_another_shape_fails_in_a_sentence(models):
    run = runs.create_run_at(models / "wrong", ModelConfig(), TrainConfig(dataset="digits"))
    with pytest.raises(SystemExit, match="image_shape"):
        train.main(["--run", str(run.path)])
    assert jobs.state(run, "train").word == jobs.FAILED


def test_what_a_watcher_returns_stands_in_the_row_of_its_report(models):
    run = runs.create_run_at(models / "watched", MODEL, _config(epochs=1))
    train.run_training(run, watch=lambda metrics, model: {"extra": metrics.step} if metrics.test else {})
    assert [row["extra"] for row in run.metrics() if "test_rate" in row] == [0, 8]
    assert not [row for row in run.metrics() if "extra" in row and "test_rate" not in row]


def test_after_a_training_the_process_can_be_ended_again(models):
    before = [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)]
    train.run_training(runs.create_run_at(models / "short", MODEL, _config(epochs=1)))
    assert [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)] == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to answer")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_run_asked_to_stop_saves_the_model_and_ends_well(name, tmp_path):
    run = runs.Run(tmp_path / "long")
    command = [*SHELL, "--epochs", "5000", "--device", "cpu", "--out", str(run.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 60
            while len(run.metrics()) < 3 and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.Signals[name])
            line = json.loads(process.communicate(timeout=30)[0])
        finally:
            process.kill()
    assert process.returncode == 0
    assert jobs.state(run, "train").word == jobs.STOPPED
    assert run.card()["rate"] == line["rate"]
    model = evaluate.load_model(runs.open_run(run.path))
    assert model.decode(torch.zeros(1, 20)).isfinite().all()

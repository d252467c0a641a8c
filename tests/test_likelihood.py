"""The likelihood benchmark trains what is missing and nothing else, and says what it did."""

from dataclasses import replace

import pytest

from benchmarks import likelihood
from vae_core import jobs, runs
from vae_core.config import PRESETS, dump_config
from vae_core.runs import files

CARD = {
    "negative_elbo": 137.0, "distortion": 130.0, "rate": 7.0, "nll": 135.5, "nll_samples": 500, "pixel_entropy": 0.0,
    "kl_per_dimension": [3.0, 4.0], "active_units": 2, "knn_accuracy": 0.8, "test_images": 10_000, "seconds": 100.0,
    "train_images": 60_000,
}  # fmt: skip
ROW = {"step": 1, "epoch": 1.0, "seconds": 1.0, "images_per_second": 100.0}


@pytest.fixture
def trained(monkeypatch):
    """The runs that were trained, each finished at once."""
    done = []

    def finish(run, *, watch):
        done.append(run.name)
        run.append_metrics(ROW | {"step": 7, "epoch": run.train.epochs})
        run.write_card(CARD)

    monkeypatch.setattr(likelihood.train, "run_training", finish)
    return done


def _obtain(digits, out, *, name="2d-dynamic", seed=0, epochs=None):
    return likelihood.obtain(name, digits, seed=seed, device="cpu", epochs=epochs, out=out)


@pytest.mark.parametrize("name", likelihood.ROWS)
@pytest.mark.parametrize("epochs", [None, 20])
def test_every_row_is_a_possible_training_of_binary_or_grey_pixels(name, epochs):
    row = likelihood.ROWS[name]
    model, _ = likelihood.configs(row, seed=1, device="cpu", epochs=epochs)
    assert (model.likelihood == "bernoulli") == bool(row.nll_samples)
    assert set(row.published) >= set(row.bars)


def test_a_long_row_is_the_published_protocol_unless_shortened():
    full, short = (
        likelihood.configs(likelihood.ROWS["burda"], seed=0, device="auto", epochs=epochs) for epochs in (None, 1357)
    )
    assert full == PRESETS["burda"]
    assert short[0] == full[0]
    assert short[1] == replace(full[1], epochs=1357, **likelihood.SHORT)


def test_a_finished_row_is_not_trained_twice(digits, trained, tmp_path):
    first, again, other = (_obtain(digits, tmp_path, seed=seed) for seed in (0, 0, 1))
    assert first.path == again.path != other.path
    assert trained == ["2d-dynamic-seed0", "2d-dynamic-seed1"]


def test_a_row_that_was_cut_off_is_trained_again(digits, trained, tmp_path):
    model, config = likelihood.configs(likelihood.ROWS["2d-dynamic"], seed=0, device="cpu", epochs=None)
    runs.create_run_at(tmp_path / "2d-dynamic-seed0", model, config).append_metrics(ROW | {"epoch": 0.1})
    assert _obtain(digits, tmp_path).metrics()[-1]["step"] == 7
    assert trained == ["2d-dynamic-seed0"]


def test_a_row_that_another_process_is_training_is_left_to_it(digits, trained, tmp_path):
    model, config = likelihood.configs(likelihood.ROWS["2d-dynamic"], seed=0, device="cpu", epochs=None)
    run = runs.create_run_at(tmp_path / "2d-dynamic-seed0", model, config)
    with jobs.at_work(run, "train"), pytest.raises(SystemExit, match="is being trained"):
        _obtain(digits, tmp_path)
    assert run.path.exists()
    assert trained == []


def test_a_row_of_another_configuration_is_neither_used_nor_overwritten(digits, trained, tmp_path):
    run = _obtain(digits, tmp_path)
    files.replace(run.path / runs.CONFIG, dump_config(run.model, replace(run.train, learning_rate=0.1)))
    with pytest.raises(SystemExit, match="another configuration"):
        _obtain(digits, tmp_path)
    assert run.card() == CARD


def test_epochs_shorten_only_a_long_row(digits, trained, tmp_path):
    long, other = (_obtain(digits, tmp_path, name=name, epochs=90) for name in ("burda", "2d-dynamic"))
    assert (long.name, long.train.epochs) == ("burda-90epochs-seed0", 90)
    assert (other.name, other.train.epochs) == ("2d-dynamic-seed0", 200)


def test_a_training_that_was_stopped_ends_the_benchmark(digits, monkeypatch, tmp_path):
    monkeypatch.setattr(likelihood.train, "run_training", lambda run, **_: run.append_metrics(ROW))
    with pytest.raises(SystemExit, match="2d-dynamic-seed0 was stopped"):
        _obtain(digits, tmp_path)


def test_the_time_to_a_level_is_that_of_the_first_measurement_below_it(digits, trained, tmp_path):
    run = _obtain(digits, tmp_path)
    for seconds, nats in ((15, 95.0), (30, 89.9), (60, 88.0)):
        run.append_metrics(ROW | {"seconds": seconds, "test_nll": nats})
    card = CARD | {"nll": 86.9}
    assert [likelihood.seconds_to(run, card, level) for level in likelihood.LEVELS] == [30, 100, None]


def test_the_summary_holds_the_protocol_and_compares_the_mean(digits, trained, tmp_path, capsys):
    found = [_obtain(digits, tmp_path, seed=seed) for seed in (0, 1)]
    row = likelihood.summary("2d-dynamic", found, [CARD, CARD | {"nll": 136.5}], shortened=False)
    assert (row["network"], row["seeds"], row["nll_samples"]) == ("784-256-128-2", [0, 1], 500)
    assert (row["negative_elbo"]["met"], row["nll"]["mean"], row["nll"]["met"]) == (True, 136.0, False)
    likelihood.show(row)
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("dynamic binarisation", "60,000", "seeds 0, 1", "137.08", "not met", "K=500"))


def test_a_shortened_long_row_says_so_and_when_each_level_was_reached(digits, trained, tmp_path, capsys):
    found = [_obtain(digits, tmp_path, name="burda", seed=seed, epochs=2) for seed in (0, 1)]
    row = likelihood.summary("burda", found, [CARD | {"nll": nats} for nats in (89.0, 91.0)], shortened=True)
    assert row["seconds_to_nll"] == {"90": [100.0, None], "87": [None, None], "86.76": [None, None]}
    assert (row["negative_elbo"]["published"], row["negative_elbo"]["met"]) == (None, None)
    likelihood.show(row)
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("burda (shortened)", "NLL 90: 100 s, not reached", "86.76: not met"))


def test_the_curve_is_measured_each_time_the_clock_has_doubled(digits, monkeypatch):
    monkeypatch.setattr(likelihood, "nll", lambda *_, **__: 90.0)
    watch = likelihood.watching(digits, seed=0)

    def asked(seconds, test=True):
        metrics = likelihood.train.Metrics(1, 1.0, seconds, 1.0, None, test or None, None)
        return bool(watch(metrics, None))

    assert [asked(seconds) for seconds in (0, 14, 16, 31, 33, 70)] == [False, False, True, False, True, True]
    assert not asked(1000, test=False)

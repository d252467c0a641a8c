"""A run directory is read whole or refused in a sentence, whatever is in it and whoever writes to it meanwhile."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from vae_core import runs
from vae_core.config import ModelConfig, TrainConfig, dump_config
from vae_core.layers import tensor_shapes
from vae_core.runs import files, lock, tables
from vae_core.runs import run as run_module

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(4,))
TRAIN = TrainConfig(dataset="digits")
CONFIG_BYTES = dump_config(MODEL, TRAIN)
LATENTS = {
    "mu": np.zeros((3, 2), np.float32),
    "logvar": np.ones((3, 2), np.float32),
    "labels": np.array([1, 2, 3], np.uint8),
}

CARD = {
    "negative_elbo": 3.0, "distortion": 2.0, "rate": 1.0, "nll": None, "nll_samples": None, "pixel_entropy": 0.5,
    "kl_per_dimension": [0.4, 0.6], "active_units": 2, "knn_accuracy": 0.9, "test_images": 300, "train_images": 1497,
    "matmul_precision": "high", "compiled": False,
}  # fmt: skip


def _row(step, **figures):
    return {"step": step, "epoch": step / 10, "seconds": 1.0, "images_per_second": 1000.0} | figures


def _weights(value=0.5, model=MODEL):
    return {name: np.full(shape, value, np.float32) for name, shape in tensor_shapes(model).items()}


@pytest.fixture
def run(models):
    return runs.create_run_at(models / "tiny", MODEL, TRAIN)


@pytest.fixture
def full_disk(monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)


def _is_sentence(error):
    return error.strerror.startswith("The disk is full") and error.strerror.endswith("Free some space.")


# Writing.


def test_a_reader_never_sees_half_a_checkpoint(models):
    model = ModelConfig(image_shape=(1, 8, 8), hidden=(1000, 200))
    run = runs.create_run_at(models / "wide", model, TRAIN)
    run.write(runs.WEIGHTS, _weights(0, model))
    checkpoints = [_weights(value, model) for value in range(15)]
    writer = threading.Thread(target=lambda: [run.write(runs.WEIGHTS, weights) for weights in checkpoints])
    writer.start()
    seen = []
    while writer.is_alive():
        seen.append({value for array in run.read(runs.WEIGHTS).values() for value in (array.min(), array.max())})
    assert seen and all(len(values) == 1 for values in seen)


def test_a_full_disk_is_reported_and_leaves_the_old_file(run, full_disk):
    run.path.joinpath("model.safetensors").write_bytes(save(_weights(1)))
    with pytest.raises(OSError, match=r"model\.safetensors") as caught:
        run.write(runs.WEIGHTS, _weights(2))
    assert _is_sentence(caught.value)
    assert run.read(runs.WEIGHTS)["decoder.0.bias"].max() == 1


def test_a_failed_write_leaves_no_temporary_file(run, full_disk):
    before = sorted(run.path.iterdir())
    with pytest.raises(OSError, match="disk is full"):
        run.write_card({"rate": 1.0})
    assert sorted(run.path.iterdir()) == before


def test_another_fault_of_the_disk_keeps_its_own_words(run, monkeypatch):
    monkeypatch.setattr(
        os, "replace", lambda *_: (_ for _ in ()).throw(PermissionError(errno.EACCES, "Permission denied"))
    )
    with pytest.raises(PermissionError, match="Permission denied"):
        run.write_card({})


def test_an_almost_full_disk_refuses_a_new_run(models, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 100, 63 * 2**20))
    with pytest.raises(OSError, match="63 MiB are left") as caught:
        runs.create_run("new", MODEL, TRAIN)
    assert _is_sentence(caught.value)
    assert runs.list_runs() == []


def test_a_run_that_could_not_be_created_does_not_take_its_name(models, full_disk):
    with pytest.raises(OSError, match="disk is full"):
        runs.create_run_at(models / "tiny", MODEL, TRAIN)
    assert not (models / "tiny").exists()


# Tables.


def test_a_table_survives_the_disk(run):
    arrays = {"xy": np.arange(6, dtype=np.float32).reshape(3, 2), "labels": np.array([1, 2, 3], np.uint8)}
    run.write(runs.PCA, arrays)
    again = run.read(runs.PCA)
    assert all((again[name] == arrays[name]).all() and again[name].dtype == arrays[name].dtype for name in arrays)


@pytest.mark.parametrize("table", [runs.PCA, runs.UMAP])
def test_maps_are_stored_as_halves_and_read_as_floats(run, table):
    run.write(table, {"xy": np.full((3, 2), 0.1), "labels": np.array([1, 2, 255], np.uint8)})
    stored, again = load(run.file(table).read_bytes()), run.read(table)
    assert (stored["xy"].dtype, again["xy"].dtype) == (np.float16, np.float32)
    assert (again["xy"] == np.float16(0.1)).all()
    assert again["labels"].dtype == np.uint8 and again["labels"].tolist() == [1, 2, 255]


def test_a_table_of_an_older_run_is_read_in_its_own_precision(run):
    run.file(runs.PCA).write_bytes(save({"xy": np.full((3, 2), 0.1, np.float32)}))
    assert (run.read(runs.PCA)["xy"] == np.float32(0.1)).all()


def test_a_transposed_view_is_written_as_it_looks(run):
    grid = np.arange(6, dtype=np.float32).reshape(2, 3)
    run.write(runs.PCA, {"xy": grid.T})
    assert (run.read(runs.PCA)["xy"] == grid.T).all()


def test_a_table_is_there_once_written(run):
    before = run.has(runs.PCA)
    run.write(runs.PCA, {"xy": np.zeros((1, 2), np.float32)})
    assert (before, run.has(runs.PCA)) == (False, True)


def test_the_content_hash_is_that_of_the_content(run):
    run.write(runs.PCA, {"xy": np.zeros((3, 2), np.float32)})
    old = run.content_hash(runs.PCA)
    run.write(runs.PCA, {"xy": np.ones((4, 2), np.float32)})
    new = run.content_hash(runs.PCA)
    run.write(runs.PCA, {"xy": np.zeros((3, 2), np.float32)})
    assert old != new
    assert run.content_hash(runs.PCA) == old


def test_two_contents_of_one_size_within_a_clock_tick_have_two_hashes(run):
    hashes = []
    for value in (1, 2):
        run.write(runs.PCA, {"xy": np.full((3, 2), value, np.float32)})
        os.utime(run.file(runs.PCA), (1e9, 1e9))
        hashes.append(run.content_hash(runs.PCA))
    assert hashes[0] != hashes[1]


# Weights and parts.


def test_weights_are_stored_as_halves_and_read_as_floats(run):
    run.write(runs.WEIGHTS, _weights(0.1))
    again = run.read(runs.WEIGHTS)
    assert {array.dtype for array in load(run.file(runs.WEIGHTS).read_bytes()).values()} == {np.dtype(np.float16)}
    assert {array.dtype for array in again.values()} == {np.dtype(np.float32)}
    assert all((array == np.float16(0.1)).all() for array in again.values())


def test_weights_that_were_read_are_written_as_they_were(run):
    run.write(runs.WEIGHTS, _weights(1 / 3))
    first = run.file(runs.WEIGHTS).read_bytes()
    run.write(runs.WEIGHTS, run.read(runs.WEIGHTS))
    assert run.file(runs.WEIGHTS).read_bytes() == first


def test_weights_of_another_model_are_refused_when_a_run_is_read(run):
    run.file(runs.WEIGHTS).write_bytes(save(_weights(model=ModelConfig(image_shape=(1, 8, 8), hidden=(5,)))))
    with pytest.raises(ValueError, match=r"expected float16 or float32 \[4"):
        run.read(runs.WEIGHTS)


@pytest.mark.parametrize(("part", "table"), runs.PARTS.items())
def test_a_part_is_there_when_its_table_is(run, part, table):
    before = run.has(part)
    run.write(table, LATENTS if table == runs.LATENTS else _weights())
    assert (before, run.has(part)) == (False, True)
    assert run.content_hash(part) == run.content_hash(table)
    assert run.part(part) == tables.cut(run.file(table).read_bytes(), part)


def test_a_part_of_a_table_that_is_not_there_is_not_found(run):
    with pytest.raises(FileNotFoundError):
        run.part("codes")


def test_a_replaced_table_has_new_parts(run):
    parts = []
    for value in (1, 2, 1):
        run.write(runs.WEIGHTS, _weights(value))
        parts.append(load(run.part("decoder"))["decoder.0.bias"][0])
    assert parts == [1, 2, 1]


def test_a_part_is_cut_once(run, monkeypatch):
    run.write(runs.WEIGHTS, _weights(7))
    first = run.part("decoder")
    monkeypatch.setattr(tables, "cut", lambda *_: pytest.fail("cut again"))
    assert run.part("decoder") is first


def test_parts_of_a_large_table_are_not_kept(run, monkeypatch):
    monkeypatch.setattr(run_module, "MAX_CACHED_BYTES", 100)
    run.write(runs.WEIGHTS, _weights(8))
    assert run.part("decoder") == run.part("decoder")
    assert run.part("decoder") is not run.part("decoder")


@pytest.mark.parametrize("limit", [0, 10**9])
def test_a_table_replaced_while_it_is_cut_gives_no_part_under_its_old_hash(run, monkeypatch, limit):
    monkeypatch.setattr(run_module, "MAX_CACHED_BYTES", limit)
    run.write(runs.WEIGHTS, _weights(9))
    old = run.content_hash(runs.WEIGHTS)
    run.write(runs.WEIGHTS, _weights(10))
    monkeypatch.setattr(runs.Run, "content_hash", lambda *_: old)
    with pytest.raises(FileNotFoundError, match="written anew"):
        run.part("decoder")


@pytest.mark.parametrize("part", runs.PARTS)
def test_a_part_of_a_damaged_table_is_refused_in_a_sentence(run, part):
    run.file(runs.PARTS[part]).write_bytes(b"garbage " * 100)
    with pytest.raises(ValueError, match="no readable safetensors file"):
        run.part(part)


# Metrics and card.


def test_a_half_written_last_report_waits_for_its_other_half(run):
    run.append_metrics(_row(1))
    line = json.dumps(_row(2)).encode() + b"\n"
    path = run.path / runs.METRICS
    whole = path.read_bytes()
    for cut in range(len(line)):
        path.write_bytes(whole + line[:cut])
        assert run.metrics() == [_row(1)]
    path.write_bytes(whole + line)
    assert run.metrics() == [_row(1), _row(2)]


def test_reports_after_a_half_written_one_are_read(run):
    run.append_metrics(_row(1))
    with (run.path / runs.METRICS).open("ab") as file:
        file.write(b'{"step": 2, "train_')
    run.append_metrics(_row(3))
    run.append_metrics(_row(4))
    assert run.metrics() == [_row(1), _row(4)]


def test_a_run_without_reports_has_none(run):
    assert (run.metrics(), run.metrics_version(), run.started(), run.card()) == ([], "", False, None)


def test_a_started_run_has_no_reports_yet(run):
    run.start()
    assert (run.metrics(), run.started()) == ([], True)


def test_the_metrics_version_changes_with_every_report(run):
    versions = {run.append_metrics(_row(step)) or run.metrics_version() for step in range(3)}
    assert len(versions) == 3 and "" not in versions


def test_the_card_is_the_one_last_written(run):
    run.write_card(CARD)
    first = run.card()
    run.write_card(CARD | {"rate": 2.25})
    assert (first, run.card()) == (CARD, CARD | {"rate": 2.25})


def test_a_caller_who_changes_the_card_changes_nothing_for_others(run):
    run.write_card(CARD)
    run.card()["rate"] = 99.0
    assert run.card() == CARD


# Names.


@pytest.mark.parametrize(
    "name", ["../outside", "a/b", "Upper", "ünï", "-a", "a_b", "a.b", "a" * 65, "tiny\n", "tiny ", "x\ty"]
)
def test_a_run_of_an_impossible_name_is_not_found_though_it_is_there(models, name):
    (models / name).mkdir(parents=True)
    (models / name / "config.json").write_bytes(CONFIG_BYTES)
    with pytest.raises(FileNotFoundError, match="There is no model of that name"):
        runs.find_run(name)
    assert runs.list_runs() == []


def test_an_absolute_path_is_no_name(run):
    with pytest.raises(FileNotFoundError, match="There is no model of that name"):
        runs.find_run(str(run.path))


@pytest.mark.parametrize("name", ["", ".", "..", "a\0b", "\0", "tiny/", "tiny/.", "~", "tiny\x00.json"])
def test_what_can_be_no_name_is_not_found(run, name):
    with pytest.raises(FileNotFoundError, match="There is no model of that name"):
        runs.find_run(name)


@pytest.mark.parametrize("name", ["tiny", "0", "mnist-2d", "a" * 64])
def test_a_run_is_found_by_its_name(models, name):
    runs.create_run_at(models / name, MODEL, TRAIN)
    assert runs.find_run(name).model == MODEL


def test_a_refusal_does_not_tell_the_path(run):
    with pytest.raises(FileNotFoundError) as caught:
        runs.find_run("absent")
    assert str(run.path.parent) not in str(caught.value)


@pytest.mark.parametrize("name", ["Upper", "a_b", "ü", "a" * 65])
def test_a_run_is_not_created_under_an_impossible_name(models, name):
    with pytest.raises(ValueError, match="cannot name a model"):
        runs.create_run_at(models / name, MODEL, TRAIN)


def test_a_run_is_never_created_over_another(run):
    with pytest.raises(FileExistsError):
        runs.create_run_at(run.path, ModelConfig(), TRAIN)
    assert runs.open_run(run.path).model == MODEL


def test_new_runs_are_numbered(models):
    assert [runs.create_run("mine", MODEL, TRAIN).name for _ in range(3)] == ["mine-1", "mine-2", "mine-3"]


def test_two_students_who_create_at_once_get_two_runs(models):
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(runs.create_run("mine", MODEL, TRAIN).name)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"mine-{number}" for number in range(1, 9)]


def test_a_new_run_holds_its_configuration_and_nothing_else(run):
    assert [path.name for path in run.path.iterdir()] == ["config.json"]
    assert (runs.open_run(run.path).model, runs.open_run(run.path).train) == (MODEL, TRAIN)


# Lists.


def test_the_list_skips_what_is_no_readable_run(run):
    for name, content in (
        ("half", CONFIG_BYTES[:40]),
        ("empty", b""),
        ("other", b'{"format": 2}'),
        ("binary", b"\xff\xfe\x00"),
    ):
        (run.path.parent / name).mkdir()
        (run.path.parent / name / "config.json").write_bytes(content)
    (run.path.parent / "no-config").mkdir()
    (run.path.parent / "a-file").write_text("")
    assert [run.name for run in runs.list_runs()] == ["tiny"]


def test_shipped_runs_come_first_then_the_newest(models):
    for age, name in enumerate(("old", "new", "b-shipped", "a-shipped")):
        made = runs.create_run_at(models / name, MODEL, TRAIN)
        os.utime(made.path / "config.json", (1000 + age, 1000 + age))
        if "shipped" not in name:
            runs.write_text(runs.job_file(made, "train"), "{}")
    assert [run.name for run in runs.list_runs()] == ["a-shipped", "b-shipped", "new", "old"]


def _sweep(models, betas, *, prefix="beta-", **changes):
    for beta in betas:
        name = f"{prefix}{beta}".replace(".", "-")
        runs.create_run_at(models / name, MODEL, replace(TRAIN, **{"beta": beta, **changes}))


def _names(listed):
    return [run.name for run in listed]


def test_shipped_runs_are_in_natural_order(models):
    for name in ("mnist-10d", "digits-2d", "mnist-2d-conv", "mnist-2d"):
        runs.create_run_at(models / name, MODEL, TRAIN)
    assert _names(runs.list_runs()) == ["digits-2d", "mnist-2d", "mnist-2d-conv", "mnist-10d"]


def test_a_shipped_sweep_comes_last_by_beta(models):
    _sweep(models, [10, 0.5, 2, 0, 0.25])
    for seed, name in enumerate(("zebra", "digits-2d"), start=1):
        runs.create_run_at(models / name, MODEL, replace(TRAIN, seed=seed))
    shipped = ["digits-2d", "zebra", "beta-0", "beta-0-25", "beta-0-5", "beta-2", "beta-10"]
    assert _names(runs.list_runs()) == shipped


def test_three_betas_make_a_block_but_two_do_not_and_neither_do_copies(models):
    _sweep(models, [0, 1])
    for name in ("alpha", "upload-1"):
        runs.create_run_at(models / name, MODEL, TRAIN)
    two = _names(runs.list_runs())
    _sweep(models, [0.5])
    assert two == ["alpha", "beta-0", "beta-1", "upload-1"]
    assert _names(runs.list_runs()) == ["beta-0", "beta-0-5", "alpha", "beta-1", "upload-1"]


def test_what_a_student_trains_does_not_move_a_shipped_model(models):
    _sweep(models, [0, 2], prefix="mine-")
    for path in models.iterdir():
        runs.write_text(runs.job_file(runs.Run(path), "train"), "{}")
    for name in ("a-shipped", "b-shipped"):
        runs.create_run_at(models / name, MODEL, replace(TRAIN, seed=int(name == "b-shipped")))
    assert _names(runs.list_runs())[:2] == ["a-shipped", "b-shipped"]


def test_without_a_folder_there_are_no_runs(models):
    assert runs.list_runs() == []


def test_examples_are_found_in_any_run_on_the_data_set(run, models):
    other = runs.create_run_at(models / "other", MODEL, TRAIN)
    other.write(runs.EXAMPLES, {"images": np.zeros((1, 1, 8, 8), np.uint8)})
    assert runs.examples_of("digits").name == "other"
    assert runs.examples_of("mnist") is None


# Sweeps.


def test_a_sweep_is_what_differs_in_beta_alone_by_beta(models):
    _sweep(models, [10, 0, 0.25, 1])
    expected = ["beta-0", "beta-0-25", "beta-1", "beta-10"]
    assert [_names(runs.sweep_of(member)) for member in runs.list_runs()] == [expected] * 4


@pytest.mark.parametrize(
    ("model", "train"),
    [
        ({"latent_dim": 3}, {}),
        ({"dropout": 0.5}, {}),
        ({}, {"seed": 1}),
        ({}, {"epochs": 11}),
        ({}, {"warmup_epochs": 1.0}),
        ({}, {"dataset": "mnist"}),
    ],
)
def test_a_run_that_differs_in_more_is_in_another_sweep(models, model, train):
    _sweep(models, [0, 1])
    other = runs.create_run_at(models / "other", replace(MODEL, **model), replace(TRAIN, beta=2.0, **train))
    assert _names(runs.sweep_of(runs.find_run("beta-0"))) == ["beta-0", "beta-1"]
    assert _names(runs.sweep_of(other)) == ["other"]


def test_a_students_run_joins_a_shipped_sweep(models):
    _sweep(models, [0, 1])
    mine = runs.create_run("mine", MODEL, replace(TRAIN, beta=0.5))
    runs.write_text(runs.job_file(mine, "train"), "{}")
    assert _names(runs.sweep_of(runs.find_run("beta-1"))) == ["beta-0", "mine-1", "beta-1"]


def test_runs_of_one_beta_stand_side_by_side_in_a_sweep(models):
    _sweep(models, [0, 1, 2])
    runs.create_run_at(models / "again", MODEL, TRAIN)
    assert _names(runs.sweep_of(runs.find_run("beta-2"))) == ["beta-0", "again", "beta-1", "beta-2"]


@pytest.mark.parametrize("content", [b"", CONFIG_BYTES[:40], CONFIG_BYTES.replace(b'"beta": 1.0', b'"beta": -1.0')])
def test_a_damaged_run_beside_them_is_in_no_sweep(models, content):
    _sweep(models, [0, 1, 2])
    (models / "beta-1" / "config.json").write_bytes(content)
    assert _names(runs.sweep_of(runs.find_run("beta-2"))) == ["beta-0", "beta-2"]


def test_a_run_outside_the_folder_of_models_is_in_its_own_sweep(models, tmp_path):
    _sweep(models, [0, 1])
    outside = runs.create_run_at(tmp_path / "outside", MODEL, replace(TRAIN, beta=0.5))
    assert _names(runs.sweep_of(outside)) == ["beta-0", "outside", "beta-1"]


def test_listing_again_reads_no_configuration_when_nothing_changed(models, monkeypatch):
    _sweep(models, [0, 1, 2])
    before = runs.list_runs()
    monkeypatch.setattr(run_module, "parse_config", lambda content: pytest.fail("parsed again"))
    assert runs.list_runs() == before


@pytest.mark.parametrize("where", ["in place", "replaced"])
def test_a_changed_configuration_is_seen_at_once(run, where):
    seen = [runs.list_runs()[0].train.beta]
    for beta in (2.0, 3.0, 4.5):
        content = dump_config(MODEL, replace(TRAIN, beta=beta))
        if where == "in place":
            (run.path / "config.json").write_bytes(content)
            os.utime(run.path / "config.json", (beta, beta))
        else:
            files.replace(run.path / "config.json", content)
        seen.append(runs.list_runs()[0].train.beta)
    assert seen == [1.0, 2.0, 3.0, 4.5]


def test_a_run_is_listed_among_those_trained_here_as_soon_as_it_is(models):
    for name in ("alpha", "beta"):
        runs.create_run_at(models / name, MODEL, TRAIN)
    before = _names(runs.list_runs())
    runs.job_file(runs.Run(models / "alpha"), "train").touch()
    assert (before, _names(runs.list_runs())) == (["alpha", "beta"], ["beta", "alpha"])


def test_runs_come_and_go_while_others_list_them(models):
    kept, done, seen = runs.create_run_at(models / "kept", MODEL, TRAIN), threading.Event(), []

    def come_and_go():
        for number in range(150):
            made = runs.create_run("mine", MODEL, replace(TRAIN, seed=number))
            made.append_metrics(_row(1))
            made.write_card(CARD)
            runs.delete_run(made)
        done.set()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    while not done.is_set():
        for run in runs.list_runs():
            seen.append((run.name, run.train.dataset, len(run.metrics()), run.metrics_version(), run.card()))
        runs.sweep_of(kept)
        runs.examples_of("digits")
    thread.join()
    assert {name for name, *_ in seen} >= {"kept"}


# What is broken.


@pytest.mark.parametrize("stem", ["x" * 64, "fashion-mnist-" * 8, "a-" * 40])
def test_a_stem_too_long_for_a_name_is_cut(models, stem):
    made = [runs.create_run(stem, MODEL, TRAIN).name for _ in range(11)]
    assert len(set(made)) == 11 and all(runs.NAME.fullmatch(name) for name in made)
    assert made[-1].endswith("-11") and stem.startswith(made[-1].removesuffix("-11"))


DAMAGED_CARDS = [
    b"", b"[]", b"null", b"3", b"{}", b"\xff\xfe", b"[" * 10_000, json.dumps(CARD).encode()[:50],
    json.dumps(CARD | {"rate": float("nan")}).encode(), json.dumps(CARD | {"nll": float("inf")}).encode(),
    json.dumps(CARD | {"kl_per_dimension": [1.0, float("-inf")]}).encode(),
    json.dumps(CARD | {"kl_per_dimension": 3}).encode(), json.dumps(CARD | {"rate": "1"}).encode(),
    json.dumps(CARD | {"rate": True}).encode(), json.dumps({"rate": 1.0}).encode(),
    json.dumps(CARD | {"rate": 0}).encode().replace(b'"rate": 0', b'"rate": 1e999'),
    json.dumps(CARD | {"rate": 0}).encode().replace(b'"rate": 0', b'"rate": 1' + b"0" * 400),
    json.dumps(CARD).encode() + b" " * 2**20,
]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED_CARDS, ids=lambda content: repr(content[:40]))
def test_a_damaged_card_is_no_card(run, content):
    (run.path / runs.CARD).write_bytes(content)
    assert run.card() is None


def test_a_card_that_is_not_finite_is_not_written(run):
    run.write_card(CARD)
    with pytest.raises(ArithmeticError, match="not finite"):
        run.write_card(CARD | {"rate": float("nan")})
    assert run.card() == CARD


def test_every_shipped_card_and_history_is_sound():
    shipped = [runs.Run(path.parent) for path in (Path(__file__).parent.parent / "models").glob("*/card.json")]
    assert len(shipped) >= 15
    for run in shipped:
        assert run.card() == json.loads((run.path / runs.CARD).read_text())
        assert run.metrics() == [json.loads(line) for line in (run.path / runs.METRICS).read_text().splitlines()]


DAMAGED_ROWS = [
    b"null", b"text", b"[]", b"{}", b'"x"', b"{" * 5000, b'{"step": 1}', json.dumps(_row(float("nan"))).encode(),
    json.dumps(_row(1, train_rate=1.0)).encode(), json.dumps(_row(1, test_rate=1.0, test_distortion="2")).encode(),
    json.dumps(_row(1, train_rate=float("inf"), train_distortion=1.0)).encode(),
    json.dumps(_row(1, kl_per_dimension=2.0)).encode(), json.dumps(_row(1, kl_per_dimension=[None])).encode(),
    b"\xff\x00\xfe", json.dumps(_row(1)).encode()[:-5],
]  # fmt: skip


@pytest.mark.parametrize("line", DAMAGED_ROWS, ids=lambda line: repr(line[:40]))
def test_a_damaged_report_is_left_out_and_no_other(run, line):
    lines = [json.dumps(_row(1)).encode(), line, json.dumps(_row(3, test_rate=1.0, test_distortion=2.0)).encode()]
    (run.path / runs.METRICS).write_bytes(b"\n".join([*lines, b""]))
    assert [row["step"] for row in run.metrics()] == [1, 3]
    assert run.last_report()["step"] == 3


def test_a_huge_history_is_read_in_bounded_memory_and_time(run):
    line = json.dumps(_row(7, train_rate=1.0, train_distortion=2.0)).encode() + b"\n"
    with (run.path / runs.METRICS).open("wb") as file:
        for _ in range(200):
            file.write(line * (2**20 // len(line)))
    tracemalloc.start()
    try:
        assert run.last_report()["step"] == 7 and run.metrics_are_cut()
        assert tracemalloc.get_traced_memory()[1] < 2 * 2**20
        assert run.metrics()[-1]["step"] == 7
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


def test_a_history_of_one_endless_line_is_no_report(run):
    (run.path / runs.METRICS).write_bytes(b"x" * (5 * 2**20))
    assert run.metrics() == []


@pytest.mark.parametrize("key", ["hidden", "latent_dim", "extra"])
def test_a_configuration_nested_too_deep_is_refused_in_a_sentence(run, key):
    content = json.loads(CONFIG_BYTES)
    content["model"][key] = "DEEP"
    for depth in (100, *range(600, 1000), 5000, 100_000):  # what is too deep depends on the caller's own depth
        nested = json.dumps(content).replace('"DEEP"', "[" * depth + "]" * depth)
        (run.path / "config.json").write_text(nested)
        with pytest.raises(ValueError, match=r"\.$"):
            runs.open_run(run.path)
    assert runs.list_runs() == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"mu": None}, "lacks the array 'mu'"),
        ({"labels": None}, "lacks the array 'labels'"),
        ({"mu": np.zeros((3, 5), np.float32)}, "another model"),
        ({"logvar": np.zeros((2, 2), np.float32)}, "another model"),
        ({"labels": np.zeros((3, 1), np.uint8)}, "another model"),
        ({"mu": np.full((3, 2), np.nan, np.float32)}, "NaN or infinity"),
        ({"logvar": np.full((3, 2), np.inf, np.float32)}, "NaN or infinity"),
    ],
)
def test_damaged_codes_are_refused_in_a_sentence(run, change, word):
    arrays = {name: array for name, array in (LATENTS | change).items() if array is not None}
    run.file(runs.LATENTS).write_bytes(save(arrays))
    for read in (lambda: run.read(runs.LATENTS), lambda: run.part(runs.CODES), lambda: run.part(runs.WIDTHS)):
        with pytest.raises(ValueError, match=word):
            read()


def test_a_linked_run_is_called_as_the_link_and_only_the_link_is_deleted(run, models, tmp_path):
    elsewhere = tmp_path / "Their Folder"
    shutil.copytree(run.path, elsewhere)
    (models / "link").symlink_to(elsewhere)
    (models / "dangling").symlink_to(tmp_path / "nowhere")
    (models / "circle").symlink_to(models / "circle")
    assert _names(runs.list_runs()) == ["link", "tiny"]
    assert runs.find_run("link").name == "link"
    for name in ("dangling", "circle"):
        with pytest.raises(FileNotFoundError, match="There is no model in"):
            runs.find_run(name)
    runs.delete_run(runs.find_run("link"))
    assert _names(runs.list_runs()) == ["tiny"] and (elsewhere / "config.json").exists()


# Many writers.

WRITER = """
import sys, threading
from pathlib import Path
from vae_core.runs import files
def write(letter):
    for _ in range(30):
        files.replace(Path(sys.argv[1]), letter.encode() * 50_000)
threads = [threading.Thread(target=write, args=(letter,)) for letter in sys.argv[2]]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_many_threads_and_processes_write_one_file_and_nobody_reads_half(run):
    path = run.path / "shared"
    files.replace(path, b"a" * 50_000)
    command = [sys.executable, "-W", "error", "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, letters], stderr=subprocess.PIPE) for letters in ("abc", "def", "ghi")]
    torn = 0
    while any(writer.poll() is None for writer in writers):
        content = path.read_bytes()
        torn += len(content) != 50_000 or len(set(content)) != 1
    said = [writer.communicate()[1] for writer in writers]
    assert (torn, said, [writer.returncode for writer in writers]) == (0, [b"", b"", b""], [0, 0, 0])
    assert sorted(path.name for path in run.path.iterdir()) == ["config.json", "shared"]


def test_what_a_killed_writer_left_is_swept_and_what_is_being_written_is_not(run):
    left, new, writing = (run.path / f".model.safetensors.{name}.tmp" for name in ("left", "new", "writing"))
    for path in (left, new, writing):
        path.write_bytes(b"half")
    for path in (left, writing):
        os.utime(path, (1e9, 1e9))
    with writing.open("rb") as file:
        assert lock.grab(file.fileno())
        files.sweep(run.path)
    assert sorted(path.name for path in run.path.iterdir()) == [new.name, writing.name, "config.json"]

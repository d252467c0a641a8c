"""A run directory is read whole or refused in a sentence, whatever is in it and whoever writes to it meanwhile."""

import errno
import json
import os
import shutil
import threading

import numpy as np
import pytest
from safetensors.numpy import save

from vae_core import runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.layers import tensor_shapes

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(4,))
TRAIN = TrainConfig(dataset="digits")
CONFIG_BYTES = json.dumps({"format": 1, "model": MODEL.to_json(), "train": TRAIN.to_json()}).encode()


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
    arrays = {"mu": np.arange(6, dtype=np.float32).reshape(3, 2), "labels": np.array([1, 2, 3], np.uint8)}
    run.write(runs.LATENTS, arrays)
    again = run.read(runs.LATENTS)
    assert all((again[name] == arrays[name]).all() and again[name].dtype == arrays[name].dtype for name in arrays)


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


# Metrics and card.


def test_a_half_written_last_report_waits_for_its_other_half(run):
    run.append_metrics({"step": 1})
    line = json.dumps({"step": 2}).encode() + b"\n"
    path = run.path / runs.METRICS
    whole = path.read_bytes()
    for cut in range(len(line)):
        path.write_bytes(whole + line[:cut])
        assert run.metrics() == [{"step": 1}]
    path.write_bytes(whole + line)
    assert run.metrics() == [{"step": 1}, {"step": 2}]


def test_reports_after_a_half_written_one_are_read(run):
    run.append_metrics({"step": 1})
    with (run.path / runs.METRICS).open("ab") as file:
        file.write(b'{"step": 2, "train_')
    run.append_metrics({"step": 3})
    assert run.metrics()[0] == {"step": 1}


def test_a_run_without_reports_has_none(run):
    assert (run.metrics(), run.metrics_version(), run.started(), run.card()) == ([], "", False, None)


def test_a_started_run_has_no_reports_yet(run):
    run.start()
    assert (run.metrics(), run.started()) == ([], True)


def test_the_metrics_version_changes_with_every_report(run):
    versions = {run.append_metrics({"step": step}) or run.metrics_version() for step in range(3)}
    assert len(versions) == 3 and "" not in versions


def test_the_card_is_the_one_last_written(run):
    run.write_card({"rate": 1.0})
    first = run.card()
    run.write_card({"rate": 2.25})
    assert (first, run.card()) == ({"rate": 1.0}, {"rate": 2.25})


def test_a_caller_who_changes_the_card_changes_nothing_for_others(run):
    run.write_card({"rate": 1.0})
    run.card()["rate"] = 99.0
    assert run.card() == {"rate": 1.0}


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


def test_without_a_folder_there_are_no_runs(models):
    assert runs.list_runs() == []


def test_examples_are_found_in_any_run_on_the_data_set(run, models):
    other = runs.create_run_at(models / "other", MODEL, TRAIN)
    other.write(runs.EXAMPLES, {"images": np.zeros((1, 1, 8, 8), np.uint8)})
    assert runs.examples_of("digits").name == "other"
    assert runs.examples_of("mnist") is None


# What comes from outside.


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"3",
        b"\xff\xfe\xfd",
        b"[" * 100_000,
        b'{"format": 1}',
        CONFIG_BYTES.replace(b'"format": 1', b'"format": 2'),
        CONFIG_BYTES.replace(b'"format": 1', b'"format": 1, "code": "x"'),
        CONFIG_BYTES.replace(b'"beta": 1.0', b'"beta": NaN'),
        CONFIG_BYTES.replace(b'"beta": 1.0', b'"beta": 1e999'),
        CONFIG_BYTES.replace(b'"beta": 1.0', b'"beta": 1' + b"0" * 400),
        CONFIG_BYTES.replace(b'"beta": 1.0', b'"beta": 1' + b"0" * 5000),
        CONFIG_BYTES.replace(b'"latent_dim": 2', b'"latent_dim": [[2]]'),
        CONFIG_BYTES.replace(b'"hidden": [4]', b'"hidden": {"0": 4}'),
        CONFIG_BYTES.replace(b'"hidden": [4]', b'"hidden": [[4]]'),
        CONFIG_BYTES.replace(b'"latent_dim"', b'"latent_dims"'),
        CONFIG_BYTES.replace(b'"relu"', b'"__import__"'),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_a_damaged_configuration_is_refused(content):
    assert content != CONFIG_BYTES
    with pytest.raises(ValueError):  # any sentence will do, any other exception will not
        runs.parse_config(content)


def test_a_configuration_survives_the_disk():
    assert runs.parse_config(CONFIG_BYTES) == (MODEL, TRAIN)


def test_whole_weights_are_read():
    arrays = runs.parse_weights(save(_weights()), MODEL)
    assert {name: array.shape for name, array in arrays.items()} == tensor_shapes(MODEL)


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 9, 100, -1, -4])
def test_weights_cut_short_are_refused(cut):
    with pytest.raises(ValueError, match="damaged or cut short"):
        runs.parse_weights(save(_weights())[:cut], MODEL)


@pytest.mark.parametrize(
    "content",
    [
        b"garbage " * 100,
        b"\x00" * 1000,
        b"\xff" * 1000,
        b"\x80\x04\x95 a pickle",
        b"PK\x03\x04 a zip file",
        (2).to_bytes(8, "little") + b"[]",
        (1 << 62).to_bytes(8, "little") + b"{}",
        save(_weights()) + b"more",
    ],
)
def test_what_is_no_safetensors_file_is_refused(content):
    with pytest.raises(ValueError, match="damaged or cut short"):
        runs.parse_weights(content, MODEL)


def test_a_missing_tensor_is_named():
    weights = _weights()
    del weights["decoder.0.bias"]
    with pytest.raises(ValueError, match=r"lacks the tensor 'decoder\.0\.bias'"):
        runs.parse_weights(save(weights), MODEL)


def test_an_extra_tensor_is_named():
    with pytest.raises(ValueError, match="holds an unexpected tensor 'hook'"):
        runs.parse_weights(save(_weights() | {"hook": np.zeros(1, np.float32)}), MODEL)


@pytest.mark.parametrize("shape", [(5,), (4, 1), (), (0,)])
def test_a_tensor_of_another_shape_is_named(shape):
    with pytest.raises(ValueError, match=r"Tensor decoder\.0\.bias: got float32 .*expected float32 \[4\]"):
        runs.parse_weights(save(_weights() | {"decoder.0.bias": np.zeros(shape, np.float32)}), MODEL)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32, np.uint8])
def test_a_tensor_of_another_type_is_named(dtype):
    with pytest.raises(ValueError, match=rf"Tensor decoder\.0\.bias: got {np.dtype(dtype)}"):
        runs.parse_weights(save(_weights() | {"decoder.0.bias": np.zeros(4, dtype)}), MODEL)


def test_a_type_that_numpy_does_not_know_is_refused():
    content = save(_weights()).replace(b'"dtype":"F32"', b'"dtype":"BF16"', 1)
    with pytest.raises(ValueError, match=r"safetensors|Tensor"):
        runs.parse_weights(content, MODEL)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_tensor_that_is_not_finite_is_named(value):
    weights = _weights()
    weights["decoder.0.bias"][3] = value
    with pytest.raises(ValueError, match=r"Tensor decoder\.0\.bias holds NaN or infinity"):
        runs.parse_weights(save(weights), MODEL)


def test_a_model_too_large_to_load_is_refused_before_its_weights_are_read():
    with pytest.raises(ValueError, match=r"has [\d,]+ weights; at most 20,000,000"):
        runs.parse_weights(b"never looked at", ModelConfig(hidden=(4096,) * 8))


def test_weights_of_another_model_are_refused_when_a_run_is_read(run):
    run.file(runs.WEIGHTS).write_bytes(save(_weights(model=ModelConfig(image_shape=(1, 8, 8), hidden=(5,)))))
    with pytest.raises(ValueError, match=r"expected float32 \[4"):
        run.read(runs.WEIGHTS)

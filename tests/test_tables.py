"""Weights survive as the nearest halves, a damaged file is refused in a sentence, and a part is exactly a part."""

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import load, save

from vae_core.config import ModelConfig
from vae_core.layers import tensor_shapes
from vae_core.runs.tables import check_latents, cut, dump, dump_halves, dump_weights, parse_weights, widened

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(4,))
CONV = ModelConfig(image_shape=(1, 8, 8), channels=(2, 3), hidden=(5,), latent_dim=3)
LARGEST = 65504


def _weights(value=0.5, model=MODEL):
    return {name: np.full(shape, value, np.float32) for name, shape in tensor_shapes(model).items()}


def _random(model=MODEL, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in tensor_shapes(model).items()}


def _stored(content):
    """(type, shape, bytes) of each tensor, read from the file as the format's description says."""
    (length,) = struct.unpack("<Q", content[:8])
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    return {
        name: (entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])])
        for name, entry in header.items()
        if name != "__metadata__"
    }


# Half precision.


def test_weights_are_rounded_as_numpy_rounds_them():
    arrays = _random()
    stored = load(dump_weights(arrays))
    assert all(stored[name].dtype == np.float16 for name in arrays)
    assert all((stored[name] == arrays[name].astype(np.float16)).all() for name in arrays)


@pytest.mark.parametrize(
    ("weight", "kept"),
    [
        (1 + 2**-11, 1),  # half-way between two halves: to the even one
        (1 + 3 * 2**-11, 1 + 2**-9),
        (-1 - 2**-11 - 2**-20, -1 - 2**-10),
        (2**-24, 2**-24),  # the smallest half
        (2**-26, 0),
        (LARGEST, LARGEST),
        (-LARGEST, -LARGEST),
    ],
)
def test_a_weight_becomes_the_nearest_half(weight, kept):
    content = dump_weights(_weights(weight))
    assert _stored(content)["decoder.0.bias"] == ("F16", [4], struct.pack("<4e", *[kept] * 4))
    assert (parse_weights(content, MODEL)["decoder.0.bias"] == np.float32(kept)).all()


@pytest.mark.parametrize("large", [np.nextafter(np.float32(LARGEST), np.float32(1e9)), -65520, 1e30])
def test_one_weight_beyond_the_range_of_halves_keeps_all_as_they_are(large):
    arrays = _random()
    arrays["decoder.0.bias"][3] = large
    stored = load(dump_weights(arrays))
    assert all(stored[name].dtype == np.float32 and (stored[name] == arrays[name]).all() for name in arrays)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_files_of_either_precision_are_read_as_float32(dtype):
    arrays = {name: array.astype(dtype) for name, array in _random().items()}
    again = parse_weights(save(arrays), MODEL)
    assert all(again[name].dtype == np.float32 and (again[name] == arrays[name]).all() for name in arrays)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_diverged_halves_are_refused_by_name(value):
    weights = {name: array.astype(np.float16) for name, array in _weights().items()}
    weights["decoder.0.bias"][1] = value
    with pytest.raises(ValueError, match=r"Tensor decoder\.0\.bias holds NaN or infinity"):
        parse_weights(save(weights), MODEL)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_diverged_weights_are_written_as_they_are(value):
    stored = load(dump_weights(_weights(value)))
    assert all(np.array_equal(stored[name], array, equal_nan=True) for name, array in _weights(value).items())


def _latents(**arrays):
    rng = np.random.default_rng(0)
    mu, logvar = rng.normal(size=(2, 50, 3)).astype(np.float32)
    return {"mu": mu, "logvar": logvar, "labels": rng.integers(0, 10, 50).astype(np.uint8)} | arrays


def test_codes_are_rounded_as_numpy_rounds_them_and_labels_are_kept():
    latents = _latents()
    stored = load(dump_halves(latents))
    assert {name: array.dtype for name, array in stored.items()} == {
        "mu": np.float16,
        "logvar": np.float16,
        "labels": np.uint8,
    }
    assert all((stored[name] == latents[name].astype(stored[name].dtype)).all() for name in latents)


def test_a_code_moves_by_less_than_a_pixel_of_a_map():
    mu = np.random.default_rng(0).uniform(-4, 4, (1000, 2)).astype(np.float32)
    assert np.abs(load(dump_halves({"mu": mu}))["mu"] - mu).max() < 0.001


def test_a_code_beyond_the_range_of_halves_is_clipped_and_moves_no_other():
    far = np.array([[1e9, -1e9, np.inf], [65_519, 65_521, 0.1]], np.float32)
    halves = load(dump_halves({"mu": far}))["mu"]
    assert halves.tolist() == [[LARGEST, -LARGEST, LARGEST], [LARGEST, LARGEST, np.float16(0.1)]]


def test_halves_are_widened_and_nothing_else_is():
    arrays = {"half": np.float16([0.1]), "single": np.float32([0.1]), "label": np.uint8([7])}
    wide = widened(arrays)
    assert [wide[name].dtype for name in arrays] == [np.float32, np.float32, np.uint8]
    assert all((wide[name] == array).all() for name, array in arrays.items())


# What comes from outside.


def test_whole_weights_are_read():
    arrays = parse_weights(save(_weights()), MODEL)
    assert {name: array.shape for name, array in arrays.items()} == tensor_shapes(MODEL)


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 9, 100, -1, -4])
def test_weights_cut_short_are_refused(cut):
    with pytest.raises(ValueError, match="damaged or cut short"):
        parse_weights(save(_weights())[:cut], MODEL)


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
        parse_weights(content, MODEL)


def test_a_missing_tensor_is_named():
    weights = _weights()
    del weights["decoder.0.bias"]
    with pytest.raises(ValueError, match=r"lacks the tensor 'decoder\.0\.bias'"):
        parse_weights(save(weights), MODEL)


def test_an_extra_tensor_is_named():
    with pytest.raises(ValueError, match="holds an unexpected tensor 'hook'"):
        parse_weights(save(_weights() | {"hook": np.zeros(1, np.float32)}), MODEL)


@pytest.mark.parametrize("shape", [(5,), (4, 1), (), (0,)])
def test_a_tensor_of_another_shape_is_named(shape):
    with pytest.raises(ValueError, match=r"Tensor decoder\.0\.bias: got float32 .*expected float16 or float32 \[4\]"):
        parse_weights(save(_weights() | {"decoder.0.bias": np.zeros(shape, np.float32)}), MODEL)


@pytest.mark.parametrize("dtype", [np.float64, np.int16, np.int32, np.uint8, np.complex64])
def test_a_tensor_of_another_type_is_named(dtype):
    with pytest.raises(ValueError, match=rf"Tensor decoder\.0\.bias: got {np.dtype(dtype)}"):
        parse_weights(save(_weights() | {"decoder.0.bias": np.zeros(4, dtype)}), MODEL)


def test_a_type_that_numpy_does_not_know_is_refused():
    content = save(_weights()).replace(b'"dtype":"F32"', b'"dtype":"BF16"', 1)
    with pytest.raises(ValueError, match=r"safetensors|Tensor"):
        parse_weights(content, MODEL)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_tensor_that_is_not_finite_is_named(value):
    weights = _weights()
    weights["decoder.0.bias"][3] = value
    with pytest.raises(ValueError, match=r"Tensor decoder\.0\.bias holds NaN or infinity"):
        parse_weights(save(weights), MODEL)


def test_a_model_too_large_to_load_is_refused_before_its_weights_are_read():
    with pytest.raises(ValueError, match=r"has [\d,]+ weights; at most 20,000,000"):
        parse_weights(b"never looked at", ModelConfig(hidden=(4096,) * 8))


# Parts.


@pytest.mark.parametrize("model", [MODEL, CONV], ids=["dense", "conv"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_encoder_and_decoder_are_the_whole_file_byte_for_byte(model, dtype):
    whole = save({name: array.astype(dtype) for name, array in _random(model).items()})
    encoder, decoder = (_stored(cut(whole, part)) for part in ("encoder", "decoder"))
    assert all(name.startswith("encoder.") for name in encoder)
    assert all(name.startswith("decoder.") for name in decoder)
    assert encoder | decoder == _stored(whole)


@pytest.mark.parametrize("dumped", [dump, dump_halves], ids=["floats", "halves"])
@pytest.mark.parametrize(("part", "names"), [("codes", ["labels", "mu"]), ("widths", ["logvar"])])
def test_codes_and_widths_are_passed_on_as_they_are_stored(dumped, part, names):
    whole = dumped(_latents())
    assert _stored(cut(whole, part)) == {name: _stored(whole)[name] for name in names}


def test_second_labels_go_along_with_the_codes():
    whole = dump(_latents() | {"groups": np.arange(len(_latents()["labels"]), dtype=np.uint8)})
    assert _stored(cut(whole, "codes")) == {name: _stored(whole)[name] for name in ("groups", "labels", "mu")}


def test_second_labels_of_other_codes_are_refused():
    latents = _latents()
    with pytest.raises(ValueError, match="second labels"):
        check_latents(latents | {"groups": latents["labels"][1:]}, latents["mu"].shape[1])


@pytest.mark.parametrize("part", ["decoder", "encoder", "codes", "widths"])
@pytest.mark.parametrize("content", [b"", b"garbage " * 100, dump(_weights())[:-1], dump(_latents())[:90]])
def test_a_part_of_a_damaged_file_is_refused(part, content):
    with pytest.raises(ValueError, match="The table is no readable safetensors file"):
        cut(content, part)


@pytest.mark.parametrize(("part", "name"), [("codes", "mu"), ("codes", "labels"), ("widths", "logvar")])
def test_a_table_that_lacks_an_array_is_refused(part, name):
    latents = _latents()
    del latents[name]
    with pytest.raises(ValueError, match=f"lacks the array '{name}'"):
        cut(dump(latents), part)

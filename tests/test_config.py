"""A configuration is either possible or refused in a sentence that names the field."""

import json
from dataclasses import fields

import pytest

from vae_core.config import PRESET_WORDS, PRESETS, ModelConfig, TrainConfig, dump_config, parse_config, preset

TINY = ModelConfig(image_shape=(1, 8, 8), hidden=(4,))
CONFIG_BYTES = json.dumps({"format": 1, "model": TINY.to_json(), "train": {"dataset": "digits", "beta": 1.0}}).encode()
NAN, INFINITY = float("nan"), float("inf")
BAD_MODEL = {
    "image_shape": [(28, 28), (0, 28, 28), (1, 28, 1025), (1, 28.0, 28), "abc", 28, None, ()],
    "latent_dim": [0, 257, -1, 2.0, "2", True, None, (2,)],
    "hidden": [(0,), (4097,), (True,), (1.5,), (8,) * 9, 512, None],
    "channels": [(0,), (513,), (8, 8, 8), (1,) * 7, (False,), 16],
    "activation": ["gelu", "", None, "RELU", ("relu",)],
    "dropout": [-0.1, 0.96, NAN, True, "0.5", None],
    "likelihood": ["poisson", None, 0],
    "pixel_std": [0, 0.0009, 10.1, NAN, INFINITY, True, "1"],
}
BAD_TRAIN = {
    "dataset": ["", None, 3],
    "epochs": [0, 100_001, 1.5, True, "3", NAN],
    "batch_size": [0, 65_537, 128.0, True],
    "learning_rate": [0, 1.1, -1e-3, NAN, INFINITY, True, "1e-3"],
    "schedule": ["linear", None, ""],
    "adam_eps": [0, 2, NAN, True],
    "beta": [-1, 1001, NAN, INFINITY, True, 10**400],
    "warmup_epochs": [-0.5, 100_001, NAN, True],
    "gradient": ["reinforce", "", None, 0, "Pathwise"],
    "samples": [0, 1001, 1.0, True, "5", None],
    "bound": ["", "vimco", None, 1, "IWAE"],
    "free_bits": [-0.1, 101, NAN, True, "1"],
    "adversarial": [-0.1, 1001, NAN, True, "1", None],
    "seed": [-1, 2**31, 0.0, True],
    "deterministic": [1, "yes", None],
    "device": ["mps", "", None, 0],
}
TABLES = [(ModelConfig, BAD_MODEL), (TrainConfig, BAD_TRAIN)]
CASES = [(cls, field, bad) for cls, table in TABLES for field, values in table.items() for bad in values]


@pytest.mark.parametrize(("cls", "field", "bad"), CASES, ids=lambda value: str(value)[:20])
def test_an_impossible_value_is_refused_by_the_name_of_its_field(cls, field, bad):
    with pytest.raises(ValueError, match=rf"^{field}: got .*expected"):
        cls(**{field: bad})


@pytest.mark.parametrize(("cls", "table"), TABLES)
def test_every_field_is_checked(cls, table):
    assert {field.name for field in fields(cls)} == set(table)


def test_a_json_list_is_read_as_sizes():
    assert ModelConfig.from_json({"hidden": [8, 4], "image_shape": [1, 8, 8]}).hidden == (8, 4)


@pytest.mark.parametrize(
    "limits",
    [
        {"latent_dim": 1, "hidden": (), "dropout": 0, "pixel_std": 1e-3, "image_shape": (1, 1, 1)},
        {"latent_dim": 256, "hidden": (4096,) * 8, "dropout": 0.95, "pixel_std": 10},
        {"channels": (512,) * 6, "image_shape": (3, 64, 128)},
    ],
)
def test_the_limits_themselves_are_possible(limits):
    config = ModelConfig(**limits)
    assert {name: getattr(config, name) for name in limits} == limits


@pytest.mark.parametrize(("channels", "side"), [((8, 8, 8), 28), ((8,), 7), ((8, 8), 30)])
def test_stages_that_do_not_halve_the_image_are_refused(channels, side):
    with pytest.raises(ValueError, match=rf"channels.*{side}×{side}"):
        ModelConfig(image_shape=(1, side, side), channels=channels)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_json(name):
    for config in PRESETS[name]:
        assert type(config).from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize("cls", [ModelConfig, TrainConfig])
def test_an_unknown_key_is_refused_by_its_name(cls):
    with pytest.raises(ValueError, match="unknown key 'optimiser'"):
        cls.from_json({"optimiser": "adam"})


@pytest.mark.parametrize("values", [None, [], "{}", 3])
def test_what_is_no_json_object_is_refused(values):
    with pytest.raises(ValueError, match="expected a JSON object"):
        ModelConfig.from_json(values)


def test_every_preset_has_its_words():
    assert set(PRESET_WORDS) == set(PRESETS)


def test_a_preset_takes_fields_of_both_configurations():
    model, train = preset("example", image_shape=(1, 8, 8), latent_dim=3, epochs=7)
    assert (model.image_shape, model.latent_dim, model.hidden) == ((1, 8, 8), 3, (400,))
    assert (train.epochs, train.batch_size) == (7, 128)


@pytest.mark.parametrize(
    ("name", "override"), [("absent", {}), ("example", {"depth": 3}), ("conv", {"channels": (1,) * 6})]
)
def test_an_impossible_preset_is_refused(name, override):
    with pytest.raises(ValueError, match="got"):
        preset(name, image_shape=(1, 28, 28), **override)


# config.json, which may come from outside.


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
        parse_config(content)


def test_a_written_configuration_is_read():
    assert parse_config(CONFIG_BYTES) == (TINY, TrainConfig(dataset="digits"))


def test_a_configuration_older_than_the_choice_of_gradient_was_trained_by_the_pathwise_one():
    values = json.loads(dump_config(TINY, TrainConfig(dataset="digits", gradient="score")))
    del values["train"]["gradient"]
    assert parse_config(json.dumps(values).encode()) == (TINY, TrainConfig(dataset="digits", gradient="pathwise"))


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"bound": "iwae", "free_bits": 0.1}, "free_bits: got 0.1, expected 0 with the bound iwae"),
        ({"bound": "dreg", "free_bits": 0.1}, "free_bits"),
        ({"gradient": "score", "samples": 2}, "gradient: got 'score', expected pathwise"),
        ({"gradient": "score-baseline", "bound": "iwae"}, "gradient"),
        (
            {"adversarial": 0.1, "bound": "iwae"},
            "adversarial: got 0.1, expected 0, unless the bound is elbo, samples 1",
        ),
        ({"adversarial": 1, "samples": 2}, "adversarial"),
        ({"adversarial": 1, "gradient": "score"}, "adversarial"),
        ({"adversarial": 1, "free_bits": 0.1}, "adversarial"),
    ],
)
def test_objectives_that_do_not_go_together_are_refused(fields, word):
    with pytest.raises(ValueError, match=f"^{word}"):
        TrainConfig(**fields)


def test_a_configuration_older_than_the_choice_of_objective_was_trained_on_the_plain_elbo():
    values = json.loads(dump_config(TINY, TrainConfig(dataset="digits", samples=5, bound="dreg")))
    for key in ("samples", "bound", "free_bits"):
        del values["train"][key]
    assert parse_config(json.dumps(values).encode()) == (TINY, TrainConfig(dataset="digits"))


def test_a_configuration_older_than_the_discriminator_was_trained_without_one():
    values = json.loads(dump_config(TINY, TrainConfig(dataset="digits", adversarial=2.5)))
    assert values["train"].pop("adversarial") == 2.5
    assert parse_config(json.dumps(values).encode()) == (TINY, TrainConfig(dataset="digits"))


@pytest.mark.parametrize("name", PRESETS)
def test_a_configuration_survives_the_disk(name):
    assert parse_config(dump_config(*PRESETS[name])) == PRESETS[name]

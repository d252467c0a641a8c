"""An option is declared once, and everything that deals with options knows it from there."""

import argparse
import subprocess
import sys
from dataclasses import dataclass, fields

import pytest

from vae_core.config import ModelConfig, Option, TrainConfig, options
from vae_core.jobs import arguments
from vae_core.options import Choice, Declared, Number, Sizes, Whole, declare

HEAVY = "import sys, vae_core.options, vae_core.jobs.arguments; print(*{'torch', 'umap', 'sklearn'} & set(sys.modules))"


@dataclass(frozen=True)
class Soup(Declared):
    """A configuration of this test alone."""

    salt: float = declare(
        Number(0.5, "Salt", low=0, high=20, help="How salty; 100% is the sea.", unit="grams", said="{salt} g of salt")
    )
    portions: int = declare(Whole(4, "Portions", low=1, high=99, said="for {portions}", always=True))
    kind: str = declare(Choice("clear", "Kind", choices={"clear": "a broth", "thick": "a stew"}))
    cream: float = declare(Number(1.0, "Cream", low=0, high=5, said="{cream} of cream", only=("kind", "thick")))
    spoons: tuple[int, ...] = declare(Sizes((1, 2), "Spoons", high=9, longest=3, parts="spoons"))


def _help() -> str:
    parser = argparse.ArgumentParser()
    arguments.add_options(parser, Soup)
    return " ".join(parser.format_help().split())


def _parsed(*words: str) -> dict[str, object]:
    parser = argparse.ArgumentParser()
    arguments.add_options(parser, Soup)
    return arguments.given(parser.parse_args(words), Soup)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"salt": 21}, "salt: got 21, expected a number from 0 to 20."),
        ({"salt": True}, "salt: got True, expected a number from 0 to 20."),
        ({"portions": 2.0}, "portions: got 2.0, expected a whole number from 1 to 99."),
        ({"kind": "cold"}, "kind: got 'cold', expected one of clear, thick."),
        ({"spoons": (1, 1, 1, 1)}, "spoons: got [1, 1, 1, 1], expected a list of whole numbers from 1 to 9, at most 3"),
    ],
)
def test_a_new_option_is_validated(wrong, sentence):
    with pytest.raises(ValueError) as caught:
        Soup.from_json(wrong)
    assert str(caught.value).startswith(sentence)


def test_a_new_option_is_read_from_the_command_line():
    assert _parsed("--salt", "3", "--spoons", "4", "5") == {"salt": 3.0, "spoons": (4, 5)}
    assert Soup(**_parsed("--kind", "thick", "--portions", "7")) == Soup(kind="thick", portions=7)


@pytest.mark.parametrize(
    "word", ["--salt", "How salty; 100% is the sea.", "grams: a number from 0 to 20", "--portions"]
)
def test_the_help_tells_a_new_option_with_its_range_and_unit(word):
    assert word in _help()


def test_a_card_tells_what_is_not_usual_and_what_is_always_told():
    assert Soup().said() == ["for 4"]
    assert Soup(salt=3, kind="thick").said() == ["3 g of salt", "for 4"]


def test_an_option_without_effect_is_not_told():
    assert Soup(cream=2.5).said() == ["for 4"]
    assert Soup(cream=2.5, kind="thick").said() == ["for 4", "2.5 of cream"]


def test_json_brings_a_new_option_back():
    soup = Soup(salt=2, spoons=(3,))
    assert Soup.from_json(soup.to_json()) == soup


@pytest.mark.parametrize("configuration", [ModelConfig, TrainConfig])
def test_every_field_is_an_option_whose_default_is_possible_and_that_has_its_words(configuration):
    known = options(configuration)
    assert list(known) == [field.name for field in fields(configuration)]
    for name, option in known.items():
        assert isinstance(option, Option)
        assert (option.name, option.label != "", option.accepts(option.default)) == (name, True, True)


def test_every_option_of_a_training_is_in_its_help(monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")  # no name is broken at its hyphen
    words = " ".join(arguments.parser().format_help().split())
    for configuration in (ModelConfig, TrainConfig):
        for name, option in options(configuration).items():
            assert name in arguments.ELSEWHERE or f"--{name.replace('_', '-')} " in words
            assert name in arguments.ELSEWHERE or option.expected in words


def test_a_card_of_a_gaussian_model_tells_the_width_of_a_pixel():
    assert "σ = 0.25 per pixel" in ModelConfig(likelihood="gaussian", pixel_std=0.25).said()
    assert not any("per pixel" in phrase for phrase in ModelConfig(pixel_std=0.25).said())


def test_a_card_tells_the_bound_with_its_samples():
    phrases = TrainConfig(bound="iwae", samples=5, warmup_epochs=3.0).said()
    assert "IWAE of 5 samples" in phrases
    assert "β from 0 over 3 epochs" in phrases


def test_the_command_line_is_read_without_the_libraries_of_the_training():
    done = subprocess.run([sys.executable, "-c", HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

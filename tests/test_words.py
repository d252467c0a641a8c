"""Words are one-hot, split once and for all; a list of one's own becomes a set, or a sentence says why not."""

import json
import os
import shutil
import subprocess
from collections import Counter

import numpy as np
import pytest

from ui.server import BROWSER
from vae_core import data
from vae_core.data import own, words

LIST = "\n".join(f"{first}{last}" for first in "bdgk" for last in ("an", "en", "il", "oru", "ama", "é"))


@pytest.fixture(scope="module")
def names():
    return data.load("names")


def _all(images):
    return words.read(np.concatenate([images.train, images.test]), words.ALPHABET)


def test_every_name_is_there_once_and_in_one_split(names):
    found = _all(names)
    assert len(found) == len(set(found)) and 15_000 < len(found) < 25_000
    assert all(word.isascii() and word.isalpha() and word.islower() and 2 <= len(word) <= 12 for word in found)
    assert len(names.test) == round(len(found) / 10)


def test_each_position_holds_one_letter_or_the_empty_symbol(names):
    assert set(np.unique(names.test)) == {0, 255}
    assert (names.test.sum(axis=1, dtype=int) == 255).all()
    letters = names.test[:, :, 0, :].argmax(axis=1)
    assert (np.diff((letters == 0).astype(int), axis=1) >= 0).all()  # nothing comes after a word's end


def test_the_split_is_the_same_every_time(names):
    np.testing.assert_array_equal(data.load("names").test, names.test)


def test_a_name_of_several_languages_belongs_to_the_one_with_fewest():
    found = words.first_names()
    listed = {language: set().union(*map(words._listed, words.LOCALES[language])) for language in words.LOCALES}
    for language, own_names in found.items():
        for name in own_names[:50]:
            fewer = [other for other, known in listed.items() if name in known and len(known) < len(listed[language])]
            assert fewer == [], (name, language)


def test_every_language_has_names_in_both_splits(names):
    for labels in (names.train_labels, names.test_labels):
        assert len(Counter(labels.tolist())) == len(data.class_names("names")) == len(words.LOCALES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Zoë", "zoe"),
        ("Søren", "soren"),
        ("Þór", "thor"),
        ("I\u015f\u0131l", "isil"),
        ("J", None),
        ("Anna-Lena", None),
        ("Ия", None),
    ],
)
def test_accents_are_stripped(name, expected):
    assert words.plain(name) == expected


def test_without_the_package_the_sentence_says_what_to_install(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(words.importlib, "import_module", missing)
    with pytest.raises(OSError, match="pip install faker"):
        data.load("names")


def test_reading_undoes_writing():
    letters = ("", "a", "b", "ß")
    assert words.read(words.one_hot(["ab", "", "ßßß"], letters, 3), letters) == ["ab", "", "ßßß"]


@pytest.mark.skipif(shutil.which("node") is None and "CI" not in os.environ, reason="node is not installed")
def test_the_browser_writes_and_reads_words_as_python_does():
    letters, listed = ("", "a", "é", "ж", " "), ["", "a", "éa ж", "жжжж"]
    script = f"""
import {{ oneHot, read, unknown }} from {(BROWSER / "core/letters.js").as_uri()!r};
const [letters, words, shape] = JSON.parse(process.argv[1]);
const made = words.map((word) => oneHot(word, letters, shape));
const strangers = unknown('abzab', letters);
console.log(JSON.stringify([made.map((x) => [...x]), made.map((x) => read(x, letters, shape)), strangers]));
"""
    asked = json.dumps([letters, listed, [len(letters), 1, 4]])
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", script, asked], capture_output=True, text=True, check=True, timeout=60
    )
    made, said, strangers = json.loads(done.stdout)
    np.testing.assert_array_equal(np.array(made) * 255, words.one_hot(listed, letters, 4).reshape(len(listed), -1))
    assert said == listed and strangers == ["b", "z"]


def test_a_list_of_ones_own_is_kept_and_found(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path))
    images, entry = words.from_text(f"{LIST}\n\n  ban \n".encode(), "own-my-list")
    own.save(images, entry)
    known = data.facts("own-my-list")
    assert known.title == "My list" and known.likelihoods == ("categorical",) and known.preset == "words"
    assert known.class_names == ("2", "3", "4") and known.image_shape == entry.image_shape == (
        len("abdegiklmnorué") + 1,
        1,
        4,
    )
    loaded = data.load("own-my-list")
    found = words.read(np.concatenate([loaded.train, loaded.test]), known.kind["letters"])
    assert sorted(found) == sorted(LIST.split("\n"))
    lengths = [int(known.class_names[label]) for label in [*loaded.train_labels, *loaded.test_labels]]
    assert lengths == [len(word) for word in found]


@pytest.mark.parametrize("script", ["абвгд", "あいうえお", "אבגדה", "ΑΒΓΔΕ"])
def test_letters_of_any_script_are_taken(script):
    listed = [one + other for one in script for other in script]
    images, entry = words.from_text("\n".join(listed), "own-other")
    assert entry.kind["letters"] == ["", *sorted(script)] and len(images.train) + len(images.test) == 25


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        ("\n".join("abcdefghijklmnopqrs"), "19 different words"),
        ("aa\n" * 100, "1 different words"),
        (f"{LIST}\n{'x' * 33}", "Line 25 has 33 characters"),
        (f"{LIST}\n\x00\x01", "no letters"),
        ("\n".join(map(chr, range(0x4E00, 0x4E00 + 121))), "121 different letters"),
        ("Zoë\n".encode("latin-1") * 30, "not UTF-8"),
    ],
)
def test_a_list_that_cannot_be_is_one_sentence(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        words.from_text(text, "own-list")


def test_too_many_words_are_refused_before_the_table_is_made(monkeypatch):
    monkeypatch.setattr(words, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="too many to hold in memory; with these letters at most 16"):
        words.from_text(LIST, "own-list")


def test_a_name_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="cannot name a set of your own"):
        words.from_text(LIST, "../x")


def test_the_simple_models_are_what_their_definitions_say():
    listed = ["ab", "ba", "aab", "b"]
    letters = ("", "a", "b")
    table = words.one_hot(listed, letters, 3)
    images = data.ImageSet("x", table, np.zeros(4, np.uint8), table, np.zeros(4, np.uint8))
    found = words.baselines(images)
    padded = [word.ljust(3, ".") for word in listed]
    by_position = Counter(pair for word in padded for pair in enumerate(word))
    position = -sum(np.log((by_position[pair] + 1) / (4 + 3)) for word in padded for pair in enumerate(word)) / 4
    pairs = [pair for word in listed for pair in zip(f".{word}", f"{word}."[:3], strict=False)]
    steps, before = Counter(pairs), Counter(one for one, _ in pairs)
    bigram = -sum(np.log((steps[pair] + 1) / (before[pair[0]] + 3)) for pair in pairs) / 4
    assert found == pytest.approx({"position_baseline": position, "bigram_baseline": bigram})
    assert data.simple_models(images, "word") == found and data.simple_models(images, "image") == {}

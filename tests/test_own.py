"""A set that somebody brought along is kept whole, found by its name and refused when it is damaged."""

import json
from dataclasses import replace

import numpy as np
import pytest

from vae_core import data
from vae_core.data import own
from vae_core.data.sets import Entry, ImageSet


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def faces():
    random = np.random.default_rng(0)
    train, test = (random.integers(0, 256, (count, 3, 8, 12), np.uint8) for count in (20, 5))
    labels = [random.integers(0, 2, count, np.uint8) for count in (20, 5)]
    entry = Entry("Faces", "Ours.", (3, 8, 12), ("glad", "<b>sad"), load=None, likelihoods=("gaussian", "bernoulli"))
    return ImageSet("own-faces", train, labels[0], test, labels[1]), entry


def test_it_is_loaded_as_it_was_kept(root, faces):
    images, entry = faces
    own.save(images, entry)
    loaded = data.load("own-faces")
    for part in own.PARTS:
        np.testing.assert_array_equal(getattr(loaded, part), getattr(images, part))
    known = data.facts("own-faces")
    assert replace(known, load=None, first=None) == replace(entry, count=20)
    assert data.class_names("own-faces") == ("glad", "<b>sad") and data.names()[-1] == "own-faces"
    np.testing.assert_array_equal(data.examples("own-faces").images, images.test)


def test_the_digest_is_of_the_content(root, faces):
    images, entry = faces
    first = own.save(images, entry)
    assert own.save(images, replace(entry, title="Others")) == first
    assert own.save(replace(images, test=images.test[::-1]), entry) != first


def test_the_usual_likelihood_is_the_first_that_makes_sense(root, faces):
    own.save(*faces)
    assert data.fitting("own-faces", "bernoulli") == "bernoulli"
    assert data.fitting("own-faces", "grayscale") == "gaussian"


@pytest.mark.parametrize("name", ["mnist", "own-", "own-../../x", "own-A", "own-" + "a" * 37, "own-a/b"])
def test_a_name_that_cannot_be_is_refused(root, faces, name):
    images, entry = faces
    with pytest.raises(ValueError, match="cannot name a set of your own"):
        own.save(replace(images, name=name), entry)
    assert own.entry(name) is None and not any(root.rglob("*"))


def test_a_deleted_set_is_gone(root, faces):
    own.save(*faces)
    own.delete("own-faces")
    assert data.find("own-faces") is None and own.names() == []
    with pytest.raises(ValueError, match="is not on this machine any more; bring it along again"):
        data.load("own-faces")


def test_models_trained_on_a_deleted_set_still_know_its_classes(root, faces):
    images, entry = faces
    own.save(images, replace(entry, kind={"name": "word", "letters": 3}))
    own.delete("own-faces")
    own.delete("own-faces")
    assert data.class_names("own-faces") == ("glad", "<b>sad")
    assert data.kind("own-faces") == {"name": "word", "letters": 3}


def test_the_name_of_a_deleted_set_is_free_for_the_same_images_only(root, faces):
    images, entry = faces
    own.save(images, entry)
    own.delete("own-faces")
    with pytest.raises(ValueError, match="There was another set named own-faces"):
        own.save(replace(images, test=images.test[::-1]), entry)
    assert own.names() == []
    own.save(images, entry)
    assert own.names() == ["own-faces"] and own.remembered("own-faces") is None


@pytest.mark.parametrize(
    ("title", "name"), [("Faces", "own-faces"), (" Ärger & Söhne! ", "own-arger-sohne"), ("x" * 99, "own-" + "x" * 36)]
)
def test_a_title_becomes_a_name(title, name):
    assert own.name_of(title) == name


@pytest.mark.parametrize("title", ["", "   ", "顔", "../..", "<>"])
def test_a_title_without_letters_is_refused(title):
    with pytest.raises(ValueError, match="cannot name a set"):
        own.name_of(title)


def test_small_files_lie_beside_a_set(root, faces):
    own.save(*faces, beside={own.REPORT: b"{}"})
    assert own.beside("own-faces", own.REPORT) == b"{}" and own.beside("own-faces", own.SHEET) is None


def test_damaged_files_are_sentences(root, faces):
    own.save(*faces)
    file = own.folder("own-faces") / own.ARRAYS
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(OSError, match="is damaged; bring it along again"):
        data.load("own-faces")
    facts = own.folder("own-faces") / own.FACTS
    sound = json.loads(facts.read_text())
    for wrong in ({"image_shape": [0, 1, 1]}, {"image_shape": "abc"}, {"kind": {}}, {"kind": None}):
        facts.write_text(json.dumps(sound | wrong))
        assert own.entry("own-faces") is None and own.names() == []
    facts.write_bytes(b"[" * 2000)
    assert own.entry("own-faces") is None


def test_a_full_disk_leaves_what_was_there(root, faces, monkeypatch):
    images, entry = faces
    own.save(images, entry)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError):
        own.save(replace(images, test=images.test[:1]), entry)
    assert len(data.load("own-faces").test) == 5
    assert [path.name for path in (root / "own").iterdir()] == ["own-faces"]

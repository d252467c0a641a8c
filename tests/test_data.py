"""Data sets arrive as uint8 arrays, and what goes wrong on the way is said in one sentence."""

import gzip
import hashlib
import socket
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from sklearn.datasets import load_digits

from vae_core import data
from vae_core.data import idx

FAMILY = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}  # and their folders
ABSENT = "http://127.0.0.1:9/"  # the port of a service that nobody runs


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def _idx(array):
    return b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


ARRAYS = [
    np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 4),
    np.array([2, 0, 1], np.uint8),
    np.full((2, 2, 4), 255, np.uint8),
    np.array([1, 1], np.uint8),
]


@pytest.fixture
def mirror(tmp_path):
    """A family of four small files, the folder they are served from, and the requests that were made."""
    served, asked = tmp_path / "served", []
    served.mkdir()
    for name, array in zip(idx.FILES, ARRAYS, strict=True):
        (served / f"{name}.gz").write_bytes(gzip.compress(_idx(array)))
    digests = tuple(hashlib.md5((served / f"{name}.gz").read_bytes()).hexdigest() for name in idx.FILES)

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=served)) as server:
        threading.Thread(target=server.serve_forever).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        yield idx.Family("Tiny", folder="Tiny", mirrors=(address,), md5=digests), served, asked
        server.shutdown()


def _is_sentence(text):
    return text[0].isupper() and text.endswith(".") and "\n" not in text and "Errno" not in text


def test_digits_have_their_documented_shape_and_type(digits):
    assert (digits.train.shape, digits.test.shape) == ((1497, 1, 8, 8), (300, 1, 8, 8))
    assert (digits.train_labels.shape, digits.test_labels.shape) == ((1497,), (300,))
    arrays = (digits.train, digits.test, digits.train_labels, digits.test_labels)
    assert {array.dtype for array in arrays} == {np.dtype(np.uint8)}


def test_digits_are_every_image_of_scikit_learn_once(digits):
    def rows(images, labels):
        return sorted((*image.ravel().tolist(), int(label)) for image, label in zip(images, labels, strict=True))

    bunch = load_digits()
    both = rows(np.concatenate([digits.train, digits.test]) / 255 * 16, [*digits.train_labels, *digits.test_labels])
    assert np.allclose(both, rows(bunch.images, bunch.target), atol=0.05)


def test_digits_are_the_same_at_every_load(digits):
    again = data.load("digits")
    assert (again.train == digits.train).all()
    assert (again.test_labels == digits.test_labels).all()


def test_digits_use_the_whole_range_of_grey(digits):
    assert (digits.train.min(), digits.train.max()) == (0, 255)


def test_both_splits_hold_every_digit_in_like_shares(digits):
    shares = [np.bincount(labels, minlength=10) / len(labels) for labels in (digits.train_labels, digits.test_labels)]
    assert np.abs(shares[0] - shares[1]).max() < 3 * np.sqrt(0.1 * 0.9 / 300)


def test_facts_agree_with_the_images(digits):
    assert data.facts("digits").image_shape == digits.train.shape[1:]
    images = [facts for facts in data.DATASETS.values() if facts.kind["name"] == "image"]
    assert all(len(facts.class_names) == 10 for facts in images)


def test_an_unknown_set_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'cats'.*mnist.*digits"):
        data.load("cats")


@pytest.mark.parametrize("content", [b"\0\0 this is no idx file", b"", _idx(ARRAYS[0])[:-1], _idx(ARRAYS[0]) + b"x"])
@pytest.mark.parametrize("name", FAMILY)
def test_a_damaged_file_is_reported_with_advice(name, content, tmp_path, offline):
    raw = tmp_path / FAMILY[name] / "raw"
    raw.mkdir(parents=True)
    for file in idx.FILES:
        (raw / file).write_bytes(content)
    with pytest.raises(OSError, match=r"files of .* delete .*start again") as caught:
        data.load(name, root=tmp_path)
    assert _is_sentence(str(caught.value))


@pytest.mark.parametrize("name", FAMILY)
def test_a_missing_network_is_reported_with_advice(name, tmp_path, offline):
    with pytest.raises(OSError, match=r"could not be downloaded .*embedded digits") as caught:
        data.load(name, root=tmp_path)
    assert _is_sentence(str(caught.value))


def test_a_set_is_downloaded_once_and_then_found(mirror, tmp_path):
    family, _, asked = mirror
    for _ in range(2):
        tiny = family.load("tiny", tmp_path)
        loaded = (tiny.train[:, 0], tiny.train_labels, tiny.test[:, 0], tiny.test_labels)
        assert all(np.array_equal(*pair) for pair in zip(loaded, ARRAYS, strict=True))
    assert len(asked) == 4


def test_the_next_mirror_is_asked_where_one_fails(mirror, tmp_path):
    family, _, _ = mirror
    assert len(replace(family, mirrors=(ABSENT, *family.mirrors)).load("tiny", tmp_path).train) == 3


def test_a_download_with_another_digest_is_refused_and_not_kept(mirror, tmp_path):
    family, served, _ = mirror
    (served / f"{idx.FILES[2]}.gz").write_bytes(gzip.compress(_idx(ARRAYS[0])))
    with pytest.raises(OSError, match="Tiny could not be downloaded"):
        family.load("tiny", tmp_path)
    assert sorted(path.name for path in (tmp_path / "Tiny" / "raw").glob("*.gz")) == sorted(
        f"{name}.gz" for name in idx.FILES[:2]
    )


def test_two_that_load_at_once_download_once(mirror, tmp_path):
    family, _, asked = mirror
    threads = [threading.Thread(target=family.load, args=("tiny", tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 4


@pytest.mark.parametrize("damage", [lambda content: content[:-9], lambda content: content[:12] + b"!!!" + content[15:]])
def test_a_damaged_compressed_file_is_reported_with_advice(damage, mirror, tmp_path):
    family, _, _ = mirror
    family.load("tiny", tmp_path)
    path = tmp_path / "Tiny" / "raw" / f"{idx.FILES[0]}.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(OSError, match=r"files of Tiny .* delete .*start again"):
        family.load("tiny", tmp_path)


def test_labels_of_another_number_than_the_images_are_damage(mirror, tmp_path):
    family, _, _ = mirror
    family.load("tiny", tmp_path)
    (tmp_path / "Tiny" / "raw" / idx.FILES[1]).write_bytes(_idx(ARRAYS[3]))
    with pytest.raises(OSError, match="damaged"):
        family.load("tiny", tmp_path)


def test_a_new_kind_of_data_is_one_entry(monkeypatch, mirror, tmp_path):
    entry = data.Entry("Tiny", "Tiny pictures.", (1, 2, 4), ("a", "b", "c"), mirror[0].load)
    monkeypatch.setitem(data.DATASETS, "tiny", entry)
    assert data.load("tiny", root=tmp_path).train.shape[1:] == data.facts("tiny").image_shape
    assert data.class_names("tiny") == ("a", "b", "c")


def test_mnist_has_its_published_shape_and_mean(mnist):
    assert (mnist.train.shape, mnist.test.shape) == ((60_000, 1, 28, 28), (10_000, 1, 28, 28))
    assert np.bincount(mnist.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert mnist.train.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


@pytest.mark.parametrize("chosen", ["somewhere", ""])
def test_the_folder_of_downloads_can_be_chosen(chosen, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", chosen)
    assert data.data_root().name == (chosen or "vae-lab")


def test_the_digits_are_scikit_learns_however_they_are_read(monkeypatch):
    from sklearn.datasets import load_digits

    from vae_core.data import images

    bunch = load_digits()
    expected = np.c_[bunch.data, bunch.target]
    np.testing.assert_array_equal(images._digits_table(), expected)
    monkeypatch.setattr(images.importlib.util, "find_spec", lambda _: None)  # the file is elsewhere
    np.testing.assert_array_equal(images._digits_table(), expected)


def test_the_embedded_part_of_mnist_is_of_its_training_images(mnist):
    part = data.load("mnist-5k")
    assert part.train.shape == (4000, 1, 28, 28) and part.test.shape == (1000, 1, 28, 28)
    known = {image.tobytes(): label for image, label in zip(mnist.train, mnist.train_labels, strict=True)}
    for images, labels in ((part.train, part.train_labels), (part.test, part.test_labels)):
        assert [known[image.tobytes()] for image in images] == labels.tolist()
    assert np.bincount(np.concatenate([part.train_labels, part.test_labels])).tolist() == [500] * 10
    assert len({image.tobytes() for image in np.concatenate([part.train, part.test])}) == 5000


def test_its_split_is_fixed():
    digest = hashlib.sha256(data.load("mnist-5k").test.tobytes()).hexdigest()
    assert digest.startswith("810669cbfd3d")


def test_examples_are_test_images_where_the_set_is_here(mnist):
    found = data.examples("mnist")
    assert found.of_test
    np.testing.assert_array_equal(found.images, mnist.test[:500])
    np.testing.assert_array_equal(found.labels, mnist.test_labels[:500])


def _with_files(root, content):
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, array in zip(idx.FILES, ARRAYS, strict=True):
        (raw / name).write_bytes(content(array))


def test_training_images_stand_in_for_a_set_that_is_not_here(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path))
    found = data.examples("mnist")
    assert not found.of_test and found.images.shape == (500, 1, 28, 28)
    assert data.examples("fashion-mnist") is None and data.examples("no-such-set") is None
    _with_files(tmp_path, _idx)
    found = data.examples("mnist")
    assert found.of_test
    np.testing.assert_array_equal(found.images, ARRAYS[2][:, None])


def test_damaged_files_have_no_examples(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path))
    _with_files(tmp_path, lambda _: b"nothing")
    assert data.examples("mnist") is None

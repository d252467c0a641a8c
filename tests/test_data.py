"""Image sets arrive as uint8 arrays, and what goes wrong on the way is said in one sentence."""

import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pytest
from sklearn.datasets import load_digits

from vae_core import data

# Where the compiled operators cannot be loaded, torchvision is what it is beside a torch it was not built for.
MISMATCHED_BUILD = """
import torch

def refuse(path):
    raise OSError("undefined symbol")

torch.ops.load_library = refuse
from vae_core.data import images
print(images._torchvision_datasets().MNIST.__name__, images._torchvision_datasets().KMNIST.__name__)
"""


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_, **__):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


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
    assert all(len(facts.class_names) == 10 for facts in data.DATASETS.values())


def test_an_unknown_set_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'cats'.*mnist.*digits"):
        data.load("cats")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_a_damaged_file_is_reported_with_advice(name, tmp_path, offline):
    raw = tmp_path / data.DATASETS[name].source / "raw"
    raw.mkdir(parents=True)
    for kind in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (raw / f"{kind}-ubyte").write_bytes(b"\x00\x00 this is no idx file")
    with pytest.raises(OSError, match=r"files of .* delete .*start again") as caught:
        data.load(name, root=tmp_path)
    assert _is_sentence(str(caught.value))


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_a_missing_network_is_reported_with_advice(name, tmp_path, offline):
    with pytest.raises(OSError, match=r"could not be downloaded .*embedded digits") as caught:
        data.load(name, root=tmp_path)
    assert _is_sentence(str(caught.value))


def test_a_torchvision_built_for_another_torch_still_reads_files():
    done = subprocess.run([sys.executable, "-c", MISMATCHED_BUILD], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["MNIST", "KMNIST"], done.stderr


def test_mnist_has_its_published_shape_and_mean(mnist):
    assert (mnist.train.shape, mnist.test.shape) == ((60_000, 1, 28, 28), (10_000, 1, 28, 28))
    assert np.bincount(mnist.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert mnist.train.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


@pytest.mark.parametrize("chosen", ["somewhere", ""])
def test_the_folder_of_downloads_can_be_chosen(chosen, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", chosen)
    assert data.data_root().name == (chosen or "vae-lab")

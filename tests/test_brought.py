"""What somebody brings along becomes the set it should be: labels, sizes, colours, splits, copies, arrays."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae_core import data
from vae_core.data import arrays, brought, labels, own, takers
from vae_core.data.__main__ import main
from vae_core.data.archive import File, opened
from vae_core.data.choices import Choices
from vae_core.data.sets import Entry, ImageSet

PLAIN = Choices(8, True, "crop")


def png(pixels: np.ndarray, form: str = "PNG", **more) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, form, **more)
    return content.getvalue()


def noise(count: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8)


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def made(path: Path, choices: Choices | None = PLAIN) -> brought.Made:
    return brought.make(path, "own-x", title="X", choices=choices)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path / "data"))
    return tmp_path


def test_every_image_of_the_digits_comes_back_with_its_label(tmp_path, digits):
    """A set written as PNGs in class folders is, up to its order, the set that was written."""
    images = np.concatenate([digits.train, digits.test])
    numbers = np.concatenate([digits.train_labels, digits.test_labels])
    files = {f"digits/{n}/{i}.png": png(image[0]) for i, (image, n) in enumerate(zip(images, numbers, strict=True))}
    found = made(zipped(tmp_path / "d.zip", files), None)
    assert found.entry.class_names == tuple("0123456789") and found.entry.image_shape == (1, 8, 8)
    theirs = {(image.tobytes(), int(n)) for image, n in zip(images, numbers, strict=True)}
    parts = [(found.images.train, found.images.train_labels), (found.images.test, found.images.test_labels)]
    train, test = ({(x.tobytes(), int(n)) for x, n in zip(*part, strict=True)} for part in parts)
    assert train | test == theirs and not train & test
    assert len(found.images.test) == pytest.approx(len(theirs) / 6, abs=1)
    share = np.bincount(found.images.test_labels) / np.bincount(numbers)
    np.testing.assert_allclose(share, 1 / 6, atol=0.01)


def test_the_split_is_fixed_and_of_every_class():
    numbers = np.random.default_rng(1).integers(0, 7, 500).astype(np.uint8)
    train, test = labels.split(numbers)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(500))
    for again, first in zip(labels.split(numbers), (train, test), strict=True):
        np.testing.assert_array_equal(again, first)
    expected = np.bincount(numbers) / 6
    assert (np.abs(np.bincount(numbers[test]) - expected) <= 1).all()
    assert (np.diff(numbers[train].astype(int)) != 0).sum() > 200  # in no order of the classes


@pytest.mark.parametrize("count", [36, 37, 41, 100])
def test_the_least_set_has_neighbours_enough_for_its_figures(count):
    train, test = labels.split(np.arange(count, dtype=np.uint8) % 13)
    assert len(test) >= 6 and len(train) + len(test) == count


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a/1.png", "b/2.png"], ["a", "b"]),
        (["my set/a/1.png", "my set/b/2.png"], ["a", "b"]),
        (["train/a/1.png", "test/a/2.png", "test/b/1.png"], ["a", "a", "b"]),
        (["a/images/1.png", "b/images/2.png"], ["a", "b"]),
        (["1.png", "2.png"], ["unlabelled"] * 2),
        (["set/1.png", "set/2.png"], ["unlabelled"] * 2),
        (["a/1.png", "2.png"], ["a", "unlabelled"]),
        (["a\u202eb\n/1.png", f"{'x' * 99}/2.png"], ["a?b", f"{'x' * 30}…{'x' * 9}"]),
    ],
)
def test_folders_are_labels(names, expected):
    assert labels.of_files([File(name, 0, io.BytesIO) for name in names], None) == (expected, [])


def test_classes_are_in_the_order_of_their_numbers():
    assert labels.classes(["10", "9", "b2", "b10", "unlabelled", "a"]) == ("9", "10", "a", "b2", "b10", "unlabelled")


@pytest.mark.parametrize("table", ["file,label\n{}", "\ufeffimage,class\r\n{}", "{}"])
def test_a_table_gives_labels(tmp_path, table):
    lines = "\n".join(f"{name},{label}" for name, label in [("a/0.png", "cat"), ("1.png", "dog"), ("gone.png", "cat")])
    files = {f"set/{'a' if not i else 'b'}/{i}.png": png(x) for i, x in enumerate(noise(40, 8, 8))}
    found = made(zipped(tmp_path / "t.zip", files | {"set/labels.csv": table.format(lines).encode()}))
    assert found.entry.class_names == ("cat", "dog", "unlabelled")
    assert brought.report(found)["counts"] == [1, 1, 38]
    assert any("line" in note and "1" in note for note in found.notes)


def test_copies_and_what_is_no_picture_are_left_out_and_counted(tmp_path):
    files = {f"{i}.png": png(x) for i, x in enumerate(noise(40, 8, 8))}
    files |= {"copy.png": files["3.png"], "again.png": files["3.png"], "broken.png": files["4.png"][:60]}
    files |= {"notes.txt": b"hello", "__MACOSX/._1.png": b"x", ".DS_Store": b"x"}
    found = made(zipped(tmp_path / "c.zip", files))
    assert len(found.images.train) + len(found.images.test) == 40
    told = " ".join(found.notes)
    assert "2 exact copies were left out" in told and "1 picture was left out: broken.png" in told
    assert "1 file was left out, being no picture: notes.txt" in told


def test_what_a_picture_becomes(tmp_path):
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, 20:40] = (255, 0, 0)  # the middle square is red, and black is left and right of it
    path = zipped(
        tmp_path / "w.zip", {f"{i}.png": png(wide + np.array([0, i % 10, i // 10], np.uint8)) for i in range(40)}
    )
    middle = made(path, Choices(8, False, "crop")).images.train[0]
    assert middle.shape == (3, 8, 8) and (middle[0] > 220).all() and (middle[1:] < 12).all()
    padded = made(path, Choices(12, False, "pad")).images.train[0]
    assert (padded[0, 4:8, 5:7] > 240).all() and (padded[:, :4] < 12).all() and (padded[:, 8:] < 12).all()
    stretched = made(path, Choices(12, False, "stretch")).images.train[0]
    assert (stretched[0, :, 5:7] > 240).all() and (stretched[0, :, :3] < 12).all()
    red = Image.new("RGB", (20, 20), (255, 0, 0))
    assert (brought.pictures.image(red, PLAIN) == 76).all()  # 0.299 of white


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_picture_is_read(tmp_path, form, mode):
    gradient = Image.fromarray(np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1)))
    picture = Image.fromarray(np.asarray(gradient).astype(np.uint16) * 257) if mode == "I;16" else gradient
    if mode == "I;16" and form != "PNG":
        pytest.skip("only PNG has 16 bits")
    picture = picture if picture.mode == mode else picture.convert(mode)
    content = io.BytesIO()
    try:
        picture.save(content, form)
    except (OSError, KeyError, ValueError):
        pytest.skip(f"no {form} of mode {mode}")
    path = tmp_path / f"x.{form.lower()}"
    path.write_bytes(content.getvalue())
    with opened(path) as files:
        examples = takers.taker_of(files).pictures(files, False)
        image = brought.pictures.image(examples.picture(0), PLAIN)[0].astype(int)
    assert np.abs(np.diff(image.mean(0)) - 32).max() <= 14 and np.ptp(image, axis=0).max() <= 40


def test_transparent_pixels_are_white():
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[4:12, 4:12, 3] = 255
    picture = brought.pictures.decoded(png(ink), "x.png")
    assert picture.mode == "RGB" and picture.getpixel((0, 0)) == (255, 255, 255) and picture.getpixel((8, 8))[0] == 0


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (noise(40, 8, 8), 1),
        (noise(40, 8, 8) / 255, 255),
        (noise(40, 8, 8).astype(float), 1),
        (noise(40, 8, 8) > 127, 255),
        (noise(40, 8, 8).astype(">u2") * 257, 1 / 257),
        (np.asfortranarray(noise(40, 8, 8)), 1),
        ((noise(40, 8, 8) % 17).astype(np.int64), 255 / 16),
    ],
)
@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_an_array_comes_back(tmp_path, values, scale, ending):
    path = tmp_path / f"x.{ending}"
    np.save(path, values) if ending == "npy" else np.savez_compressed(path, x=values, y=np.arange(40) % 3 + 5)
    found = made(path, None)
    theirs = {np.round(image * scale).astype(np.uint8).tobytes() for image in values}
    ours = {image.tobytes() for image in np.concatenate([found.images.train, found.images.test])}
    assert ours == theirs and found.entry.image_shape == (1, 8, 8)
    if ending == "npz":
        assert found.entry.class_names == ("5", "6", "7")


@pytest.mark.parametrize("shape", [(40, 8, 8, 3), (40, 3, 8, 8)])
def test_channels_are_first_or_last(tmp_path, shape):
    values = noise(*shape)
    np.save(tmp_path / "x.npy", values)
    found = made(tmp_path / "x.npy", None)
    channels_first = values if shape[1] == 3 else values.transpose(0, 3, 1, 2)
    ours = {image.tobytes() for image in np.concatenate([found.images.train, found.images.test])}
    assert ours == {image.tobytes() for image in channels_first}
    assert found.entry.likelihoods[0] == "gaussian"


def test_the_four_arrays_of_keras_are_one_set(tmp_path):
    x, y = noise(60, 8, 8), np.arange(60) % 4
    np.savez(tmp_path / "k.npz", x_train=x[:45], y_train=y[:45], x_test=x[45:], y_test=y[45:])
    found = made(tmp_path / "k.npz", None)
    pairs = {(image.tobytes(), str(label)) for image, label in zip(x, y, strict=True)}
    names = found.entry.class_names
    parts = [(found.images.train, found.images.train_labels), (found.images.test, found.images.test_labels)]
    assert {(image.tobytes(), names[n]) for part in parts for image, n in zip(*part, strict=True)} == pairs


def test_no_chunk_of_an_array_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "CHUNK_BYTES", 100)
    values = noise(40, 8, 8)
    np.save(tmp_path / "x.npy", values)
    with opened(tmp_path / "x.npy") as files:
        np.testing.assert_array_equal(arrays.images(files[0])[0][..., 0], values)


def test_a_first_look_guesses_and_says_what_there_is(tmp_path):
    files = {f"{'ab'[i % 2]}/{i}.png": png(x) for i, x in enumerate(noise(40, 50, 40, 3))}
    told = brought.look(zipped(tmp_path / "l.zip", files | {"a/odd.png": png(noise(1, 99, 30)[0])}))
    assert told["count"] == 41 and told["classes"] == {"a": 21, "b": 20}
    assert told["choices"] == {"size": 32, "grey": False, "fit": "crop"}
    assert "2 sizes, from 30×50 to 40×99" in told["notes"][0]
    assert len(told["tiles"]) == 12 and {tile["words"] for tile in told["tiles"]} == {"a", "b"}


def test_another_kind_of_data_is_one_line_of_the_table(tmp_path, monkeypatch):
    def ready(files, name):
        images = ImageSet(name, noise(30, 1, 4, 27), np.zeros(30, np.uint8), noise(6, 1, 4, 27), np.zeros(6, np.uint8))
        return images, Entry("?", f"{len(files[0].read().split())} words.", (1, 4, 27), ("word",), load=None)

    monkeypatch.setitem(takers.TAKERS, ".list", takers.Taker(ready=ready))
    (tmp_path / "words.list").write_text("one\ntwo\n")
    assert brought.look(tmp_path / "words.list") == {"choices": None, "tiles": [], "notes": ["2 words."]}
    assert made(tmp_path / "words.list", None).entry.title == "X"


def test_a_list_of_words_is_one_of_them(tmp_path):
    (tmp_path / "w.txt").write_text("\n".join(f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))
    assert "26 different words" in brought.look(tmp_path / "w.txt")["notes"][0]
    found = made(tmp_path / "w.txt", None)
    assert found.entry.kind["name"] == "word" and len(found.images.train) + len(found.images.test) == 26


def test_a_folder_becomes_a_set_from_a_shell(root, capsys):
    for i, x in enumerate(noise(40, 30, 20)):
        folder = root / "faces" / ("glad" if i % 2 else "sad")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{i}.jpg").write_bytes(png(x, "JPEG"))
    main([str(root / "faces"), "--name", "Our faces", "--size", "16", "--grey", "--fit", "pad"])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["name"] == "own-our-faces" and told["counts"] == [20, 20]
    entry = data.facts("own-our-faces")
    assert (entry.title, entry.image_shape, entry.class_names) == ("Our faces", (1, 16, 16), ("glad", "sad"))
    sheet = Image.open(io.BytesIO(own.beside("own-our-faces", own.SHEET)))
    images = data.load("own-our-faces")
    assert sheet.size == (16 * 16, 2 * 16)
    first = images.train[images.train_labels == 1][0, 0]
    np.testing.assert_array_equal(np.asarray(sheet)[16:, :16], first)
    mean = np.asarray(Image.open(io.BytesIO(own.beside("own-our-faces", own.MEAN))))
    np.testing.assert_allclose(mean, images.train[:, 0].mean(0), atol=0.51)
    with pytest.raises(SystemExit, match="There is a set own-our-faces already"):
        main([str(root / "faces"), "--name", "our faces"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Give a zip"),
        (["nowhere.zip", "--name", "x"], "No such file"),
        (["--fetch", "nothing"], "There is no data set 'nothing'"),
    ],
)
def test_a_wrong_command_line_is_a_sentence(root, words, sentence):
    done = subprocess.run([sys.executable, "-m", "vae_core.data", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and sentence in done.stderr and "Traceback" not in done.stderr


def test_two_gigabytes_are_refused_before_they_are_read(root):
    with (root / "huge.zip").open("wb") as file:
        file.truncate(2**31)
    with pytest.raises(ValueError, match="has 2,048 MB; expected at most 200 MB"), opened(root / "huge.zip"):
        pass

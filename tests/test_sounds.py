"""Sounds: spectrograms against scipy, files of every make, what is wrong with one in a sentence, and what is heard."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import wave
import zipfile
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import scipy.signal
from scipy.io import wavfile

from ui.server import BROWSER
from vae_core import data
from vae_core.data import own, sounds, tarball, wav

NODE = shutil.which("node")
in_node = pytest.mark.skipif(NODE is None, reason="node is not installed")
RATE, SHAPE = sounds.RATE, (1, sounds.BINS, sounds.FRAMES)


def tone(frequency=500.0, seconds=0.3, rate=RATE):
    moments = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * frequency * moments)).astype(np.float32)


def glide(seed=0, seconds=0.4):
    """Something like a voice: harmonics of a falling pitch, with a little noise."""
    rng = np.random.default_rng(seed)
    moments = np.arange(round(seconds * RATE)) / RATE
    pitch = np.cumsum(180 - 120 * moments + 20 * np.sin(9 * moments)) / RATE
    voice = sum(np.sin(2 * np.pi * k * pitch) / k for k in range(1, 16))
    return (0.1 * np.hanning(len(moments)) * voice + 1e-3 * rng.normal(size=len(moments))).astype(np.float32)


def packed(samples, rate=RATE, dtype=np.int16):
    """The bytes of a WAV file of samples in -1..1."""
    file = io.BytesIO()
    if np.dtype(dtype).kind == "f":
        wavfile.write(file, rate, samples.astype(dtype))
    elif dtype is np.uint8:
        wavfile.write(file, rate, np.round(128 + 127 * samples).astype(np.uint8))
    else:
        wavfile.write(file, rate, np.round(samples * np.iinfo(dtype).max).astype(dtype))
    return file.getvalue()


def of_24_bits(samples, rate=RATE):
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 3, rate, 0, "NONE", ""))
        numbers = np.round(samples * (2**23 - 1)).astype("<i4")
        written.writeframes(numbers.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    return file.getvalue()


def _is_sentence(text):
    return text.endswith(".") and "\n" not in text and "Traceback" not in text


# --- spectrograms -------------------------------------------------------------------------------------------------


def test_a_spectrogram_is_the_log_magnitude_that_scipy_computes():
    sound = glide()
    length = (sounds.FRAMES - 1) * sounds.HOP
    padded = np.pad(sound, (0, length - len(sound)))
    _, _, spectrum = scipy.signal.stft(padded, nperseg=sounds.WINDOW, noverlap=sounds.WINDOW - sounds.HOP)
    magnitude = np.abs(spectrum)[: sounds.BINS]
    decibels = 20 * np.log10(np.maximum(magnitude / magnitude.max(), 1e-12))
    expected = 255 * (1 - np.maximum(decibels, sounds.FLOOR_DB) / sounds.FLOOR_DB)
    levels = sounds.spectrogram(sound, sounds.FRAMES)
    assert levels.shape == SHAPE and levels.dtype == np.uint8
    assert np.abs(levels[0, ::-1] - expected).max() <= 0.501


def test_low_frequencies_are_at_the_bottom_and_time_runs_to_the_right():
    levels = sounds.spectrogram(tone(500.0, 0.2), sounds.FRAMES)[0]
    assert sounds.BINS - 1 - levels[:, 10].argmax() == 500 * sounds.WINDOW // RATE
    assert levels[:, :20].any() and not levels[:, -20:].any()


def test_silence_around_a_sound_is_left_out_and_a_silent_one_is_nothing():
    around = np.concatenate([np.zeros(4000, np.float32), tone(), np.zeros(4000, np.float32)])
    assert len(tone()) <= len(sounds.trimmed(around)) <= len(tone()) + 4 * sounds.HOP
    assert len(sounds.trimmed(np.zeros(4000, np.float32))) == len(sounds.trimmed(np.zeros(0, np.float32))) == 0


# --- WAV files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_samples_of_every_type_are_read_at_full_scale_1(dtype):
    assert np.abs(wav.read(packed(tone(), dtype=dtype), RATE) - tone()).max() < 0.01


def test_24_bits_are_read():
    assert np.abs(wav.read(of_24_bits(tone()), RATE) - tone()).max() < 1e-5


def test_stereo_is_averaged():
    both = np.stack([tone(), np.zeros_like(tone())], axis=1)
    assert np.abs(wav.read(packed(both), RATE) - tone() / 2).max() < 1e-3


@pytest.mark.parametrize("rate", [11_025, 16_000, 44_100, 48_000])
def test_another_rate_is_resampled(rate):
    samples = wav.read(packed(tone(rate=rate), rate), RATE)
    assert abs(len(samples) - len(tone())) <= 3
    middle = slice(400, 2000)
    assert np.abs(samples[middle] - tone()[middle]).max() < 0.02


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", b"no sound at all", packed(tone())[:30], packed(tone()[:0]), packed(tone(), rate=7)],
)
def test_what_is_no_sound_is_refused_in_a_sentence(content):
    with pytest.raises(ValueError) as error:
        wav.read(content, RATE)
    assert _is_sentence(str(error.value))


def test_numbers_that_are_no_sound_are_refused():
    with pytest.raises(ValueError, match="no sound"):
        wav.read(packed(np.full(4000, np.nan, np.float32), dtype=np.float32), RATE)


def test_a_huge_file_is_refused(monkeypatch):
    monkeypatch.setattr(wav, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="cut it"):
        wav.read(packed(tone()), RATE)


# --- sounds of one's own ------------------------------------------------------------------------------------------


def some(number=24, folders=("low", "high"), seconds=0.3):
    pitch = {folder: 300.0 * (k + 1) for k, folder in enumerate(folders)}
    names = ((folder, k) for k in count() for folder in folders)
    return {
        f"{folder}/{k}.wav" if folder else f"{k}.wav": packed(tone(pitch[folder], seconds))
        for (folder, k), _ in zip(names, range(number), strict=False)
    }


def test_a_folder_is_a_class_and_the_split_is_always_the_same():
    images, entry = sounds.from_files(some(), "own-tones")
    again, _ = sounds.from_files(dict(reversed(some().items())), "own-tones")
    assert entry.class_names == ("high", "low") and entry.kind["name"] == "sound"
    assert len(images.train) == 22 and len(images.test) == 2
    assert images.train.shape[1:] == entry.image_shape and images.train.dtype == np.uint8
    assert np.array_equal(images.train, again.train) and np.array_equal(images.test_labels, again.test_labels)
    assert images.train[images.train_labels == 1].std(0).max() == 0  # all low ones are alike


def test_a_spectrogram_is_as_wide_as_the_longest_sound_needs():
    files = some() | {"low/long.wav": packed(tone(300.0, 1.0))}
    _, entry = sounds.from_files(files, "own-tones")
    assert entry.image_shape == (1, 64, 128)


def test_sounds_of_ones_own_are_kept_and_found_again(tmp_path):
    images, entry = sounds.from_files(some(folders=("",)), "own-tones")
    own.save(images, entry, root=tmp_path)
    kept = own.entry("own-tones", tmp_path)
    assert kept is not None and kept.class_names == ("sound",) and kept.kind == entry.kind and kept.grouped == ""
    assert np.array_equal(kept.load("own-tones", tmp_path).train, images.train)
    assert np.array_equal(entry.load("own-tones", tmp_path).test, images.test)


def test_a_zip_of_sounds_is_taken_in_as_the_page_does(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path))
    with zipfile.ZipFile(tmp_path / "tones.zip", "w") as packed_sounds:
        for name, content in some().items():
            packed_sounds.writestr(name, content)
    command = [sys.executable, "-m", "vae_core.data", str(tmp_path / "tones.zip"), "--name", "tones"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["name"] == "own-tones"
    assert data.facts("own-tones").class_names == ("high", "low") and data.kind("own-tones")["name"] == "sound"


WRONG = {
    "few": ({"a.wav": packed(tone())}, "1 sounds"),
    "no WAV": (some() | {"low/words.wav": b"words"}, "words.wav"),
    "silent": (some() | {"low/silent.wav": packed(np.zeros(4000, np.float32))}, "silent.wav is silent"),
    "short": (some() | {"low/click.wav": packed(tone(seconds=0.02))}, "click.wav lasts 0.02 s"),
    "long": (some() | {"low/song.wav": packed(tone(seconds=2.5))}, "song.wav lasts 2.5"),
    "folders": (some(folders=tuple("abcdefghijkl")), "12 folders"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_one_sentence_with_the_name_of_the_file(what):
    files, words = WRONG[what]
    with pytest.raises(ValueError) as error:
        sounds.from_files(files, "own-tones")
    assert words in str(error.value) and _is_sentence(str(error.value))


# --- the archive --------------------------------------------------------------------------------------------------


def _archive(path, files):
    with tarfile.open(path, "w:gz") as packed_files:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed_files.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("top/0_link_0.wav")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed_files.addfile(link)


def test_only_plain_files_of_an_archive_are_read_in_the_order_of_their_names(tmp_path):
    _archive(tmp_path / "a.tar.gz", {"top/b.wav": b"2", "top/README.md": b"0", "../a.wav": b"1"})
    assert tarball.recordings(tmp_path / "a.tar.gz", ".wav") == {"a.wav": b"1", "b.wav": b"2"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]


def test_an_archive_that_holds_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tarball, "MOST_BYTES", 3)
    _archive(tmp_path / "a.tar.gz", {"top/b.wav": b"1234"})
    with pytest.raises(ValueError, match="too much"):
        tarball.recordings(tmp_path / "a.tar.gz", ".wav")


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_damaged_archive_is_said_in_a_sentence(content, tmp_path):
    set_of = tarball.SPOKEN_DIGITS
    (tmp_path / set_of.folder).mkdir()
    path = tmp_path / set_of.folder / set_of.file
    if content is None:
        _archive(path, {"recordings/0_george_0.wav": b"another"})
    else:
        path.write_bytes(content)
    with pytest.raises(OSError, match="damaged") as error:
        data.load("spoken-digits", root=tmp_path)
    assert _is_sentence(str(error.value))


def test_without_a_network_the_sentence_says_what_to_do_and_nothing_is_left(tmp_path):
    away = replace(tarball.SPOKEN_DIGITS, url="http://127.0.0.1:9/a.tar.gz")
    with pytest.raises(OSError, match="check the network") as error:
        away.load(tmp_path)
    assert _is_sentence(str(error.value))
    assert [path.name for path in (tmp_path / away.folder).iterdir()] in ([], [".lock"])


# --- the spoken digits --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spoken():
    if not (data.data_root() / tarball.SPOKEN_DIGITS.folder / tarball.SPOKEN_DIGITS.file).is_file():
        pytest.skip("the spoken digits are not in VAE_LAB_DATA")
    return data.load("spoken-digits")


def test_the_spoken_digits_are_split_as_their_makers_say(spoken):
    assert spoken.train.shape == (2700, *SHAPE) and spoken.test.shape == (300, *SHAPE)
    assert np.bincount(spoken.test_labels).tolist() == [30] * 10
    assert np.bincount(spoken.train_labels).tolist() == [270] * 10
    assert np.bincount(spoken.test_groups).tolist() == [50] * 6
    first = set(zip(spoken.test_labels[:60].tolist(), spoken.test_groups[:60].tolist(), strict=True))
    assert len(first) == 60  # each digit by each speaker


# --- heard --------------------------------------------------------------------------------------------------------

HEAR = """
const { heard, spectrogram, trimmed } = await import(process.argv[1]);
const { levels, samples, shape, kind } = JSON.parse(require('node:fs').readFileSync(0));
const found = levels.map((x) => {
  const sound = heard(x, shape, kind, 255);
  return { length: sound.length, peak: Math.max(...sound.map(Math.abs)), again: [...spectrogram(sound, shape, kind)] };
});
const own = samples.map((one) => [...spectrogram(trimmed(Float32Array.from(one), kind), shape, kind)]);
console.log(JSON.stringify({ found, own }));
"""


def _hear(levels=(), samples=()):
    told = {
        "levels": [np.ravel(one).tolist() for one in levels],
        "samples": [one.tolist() for one in samples],
        "shape": SHAPE,
        "kind": dict(sounds.KIND),
    }
    module = (BROWSER / "core/spectrogram.js").as_uri()
    script = f"(async () => {{ {HEAR} }})();"
    done = subprocess.run(
        [NODE, "--eval", script, module],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@in_node
def test_the_browser_sees_a_sound_as_python_does():
    around = np.concatenate([np.zeros(900, np.float32), glide(), np.zeros(700, np.float32)])
    (seen,) = _hear(samples=[around])["own"]
    expected = sounds.spectrogram(sounds.trimmed(around), sounds.FRAMES)
    assert np.abs(255 * np.array(seen) - expected.ravel()).max() <= 0.51


@in_node
def test_what_is_heard_looks_like_what_was_decoded():
    levels = [sounds.spectrogram(glide(seed), sounds.FRAMES) for seed in range(3)]
    for one, sound in zip(levels, _hear(levels)["found"], strict=True):
        assert sound["length"] == (sounds.FRAMES - 1) * sounds.HOP and sound["peak"] == pytest.approx(0.7, abs=1e-6)
        assert np.corrcoef(one.ravel(), sound["again"])[0, 1] > 0.95


@in_node
def test_recordings_are_heard_as_they_look(spoken):
    levels = spoken.test[::30]
    found = _hear(levels)["found"]
    pairs = zip(levels, found, strict=True)
    assert min(np.corrcoef(one.ravel(), sound["again"])[0, 1] for one, sound in pairs) > 0.97


@in_node
def test_silence_is_heard_as_silence():
    (found,) = _hear([np.zeros(SHAPE)])["found"]
    assert found["peak"] == 0

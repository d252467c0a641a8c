"""Sounds as pictures: the log-magnitude spectrogram of each recording is the example; the spoken digits, and one's own.

A spectrogram has no phase: what is heard of it again has one that the browser estimates. Torch-free.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vae_core.data import own, tarball, wav
from vae_core.data.sets import Entry, ImageSet

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]

RATE = 8000  # samples a second
WINDOW = 128  # samples under one Hann window: 16 ms
HOP = WINDOW // 2  # samples from one window to the next
BINS = WINDOW // 2  # frequencies, 62.5 Hz apart; the topmost of 65, half the rate, is left out
FLOOR_DB = -50.0  # what is fainter than this below the loudest place of its recording is silence
TRIM_DB = -35.0  # a moment this far below the loudest one is silence, at the beginning and at the end
FRAMES = 80  # of a spoken digit: 0.63 s; two recordings of a hundred are longer, and cut there

SHORTEST, LONGEST = 0.05, 2.0  # seconds of a sound of one's own, without the silence around it
LEAST, MOST = 20, 20_000  # sounds of a set of one's own
MOST_CLASSES = 10
TEST_SHARE = 0.1
FAINTEST = 1e-4  # of full scale


def trimmed(samples: Floats) -> Floats:
    """A sound without the silence before and after it, but for 8 ms of each; of a silent one nothing."""
    count = len(samples) // HOP
    power = np.square(samples[: count * HOP]).reshape(count, HOP).mean(1)
    loud = np.flatnonzero(power > power.max(initial=0) * 10 ** (TRIM_DB / 10))
    if not len(loud):
        return samples[:0]
    return samples[max(0, loud[0] - 1) * HOP : (loud[-1] + 2) * HOP]


def spectrogram(samples: Floats, frames: int) -> Bytes:
    """The log-magnitude spectrogram of a sound, uint8 of shape (1, ``BINS``, frames), low frequencies at the bottom.

    255 is its loudest place, 0 is ``FLOOR_DB`` below it or fainter, in equal steps of dB. The middle of frame k lies at
    sample k * ``HOP``; a shorter sound ends in silence, a longer one is cut.
    """
    length = (frames + 1) * HOP
    padded = np.zeros(length, np.float32)
    kept = samples[: length - HOP]
    padded[HOP : HOP + len(kept)] = kept
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    slices = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]  # (frames, WINDOW)
    magnitudes = np.abs(np.fft.rfft(slices * window))[:, :BINS].T[::-1]  # (BINS, frames), the highest first
    decibels = 20 * np.log10(np.maximum(magnitudes / max(float(magnitudes.max()), 1e-12), 1e-12))
    levels: Bytes = np.round(255 * (1 - np.maximum(decibels, FLOOR_DB) / FLOOR_DB)).astype(np.uint8)
    return levels[None]


KIND = {
    "name": "sound",
    "unit": "sound",
    "rate": RATE,
    "window": WINDOW,
    "hop": HOP,
    "floor_db": FLOOR_DB,
    "trim_db": TRIM_DB,
}


# --- the spoken digits -------------------------------------------------------------------------------------------

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
FIRST_TRAINING = 5  # of the 50 recordings of a digit by a speaker, 0 to 4 are the test set


def _spoken_digits(name: str, root: Path) -> ImageSet:
    recordings = tarball.SPOKEN_DIGITS.load(root)
    # By index, so that the first 60 of either part are one of each digit by each speaker.
    places = sorted((_place(file), file) for file in recordings)
    images = np.stack([spectrogram(trimmed(wav.read(recordings[file], RATE)), FRAMES) for _, file in places])
    indices, digits, speakers = np.array([place for place, _ in places], np.uint8).T
    test = indices < FIRST_TRAINING
    return ImageSet(
        name,
        images[~test],
        digits[~test],
        images[test],
        digits[test],
        train_groups=speakers[~test],
        test_groups=speakers[test],
    )


def _place(file: str) -> tuple[int, int, int]:
    digit, speaker, index = file.removesuffix(".wav").split("_")
    return int(index), int(digit), SPEAKERS.index(speaker)


SOUNDS = {
    "spoken-digits": Entry(
        "Spoken digits",
        "English digits by six speakers, 3,000 recordings as spectrograms of 64×80, downloaded on first use.",
        (1, BINS, FRAMES),
        tuple("0123456789"),
        _spoken_digits,
        kind=KIND,
        likelihoods=("gaussian",),
        count=2700,
        here=tarball.SPOKEN_DIGITS.here,
        megabytes=15,
        grouped="speaker",
        group_names=tuple(name.capitalize() for name in SPEAKERS),
    )
}


# --- sounds of one's own -----------------------------------------------------------------------------------------


def from_files(files: Mapping[str, bytes], name: str) -> tuple[ImageSet, Entry]:
    """A set of somebody's own sounds, split at random, always in the same way.

    Parameters
    ----------
    files : mapping of str to bytes
        WAV files by their paths; the folder that a file lies in, if it lies in one, is its class.
    name : str
        The name of the set; begins with ``own-``.

    Returns
    -------
    images : ImageSet
        One spectrogram of each sound, all as wide as the longest one needs.
    entry : Entry
        What is known of the set.

    Raises
    ------
    ValueError
        In one sentence that says what is wrong with which file, what is expected and what to do.
    """
    if not LEAST <= len(files) <= MOST:
        raise ValueError(f"There are {len(files):,} sounds; bring {LEAST} to {MOST:,} WAV files.")
    paths = sorted(files)
    folders = [PurePosixPath(path).parent.name for path in paths]
    classes = sorted(set(folders))
    if len(classes) > MOST_CLASSES:
        raise ValueError(f"The sounds lie in {len(classes)} folders; at most {MOST_CLASSES} classes can be told apart.")
    sounds = [_own(path, files[path]) for path in paths]
    frames = _frames(sounds)
    images = np.stack([spectrogram(sound, frames) for sound in sounds])
    labels = np.array([classes.index(folder) for folder in folders], np.uint8)
    return _split(images, labels, name), _entry(images, classes, name)


def _own(path: str, content: bytes) -> Floats:
    """The samples of one file without silence; raises ValueError that names it."""
    shown = PurePosixPath(path).name[:60]
    try:
        samples = wav.read(content, RATE)
    except ValueError as error:
        raise ValueError(f"{shown}: {error}") from error
    if np.abs(samples).max(initial=0) < FAINTEST:
        raise ValueError(f"{shown} is silent; leave it out, or record it again.")
    sound = trimmed(samples)
    seconds = len(sound) / RATE
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError(
            f"{shown} lasts {seconds:.2f} s without the silence around it; expected {SHORTEST:g} to {LONGEST:g} s: "
            "cut it, or leave it out."
        )
    return sound


def _frames(sounds: Sequence[Floats]) -> int:
    """How wide the spectrograms of a set are: as the longest sound needs, in steps that convolutions can halve."""
    return 8 * -(-max(len(sound) // HOP + 1 for sound in sounds) // 8)


def _split(images: Bytes, labels: Bytes, name: str) -> ImageSet:
    order = np.random.default_rng(0).permutation(len(images))
    train, test = np.split(order, [len(images) - max(1, round(TEST_SHARE * len(images)))])
    return ImageSet(name, images[train], labels[train], images[test], labels[test])


def _entry(images: Bytes, classes: Sequence[str], name: str) -> Entry:
    seconds = (images.shape[3] - 1) * HOP / RATE
    return Entry(
        title=name.removeprefix("own-"),
        words=f"{len(images):,} sounds of your own, up to {seconds:.2f} s, as spectrograms of "
        f"{BINS}×{images.shape[3]}.",
        image_shape=(1, BINS, images.shape[3]),
        class_names=tuple(folder or "sound" for folder in classes),
        load=own.load,
        kind=KIND,
        likelihoods=("gaussian",),
        count=round((1 - TEST_SHARE) * len(images)),
    )

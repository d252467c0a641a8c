"""WAV files as samples at one rate: mono or several channels, 8 to 64 bit, whole numbers or floats. Torch-free."""

import io
import struct
import warnings
from fractions import Fraction
from typing import Any

import numpy as np

MOST_BYTES = 16 * 2**20  # of one file: a minute and a half of stereo at 44.1 kHz
RATES = (1000, 384_000)  # samples a second
FINEST = 1000  # the greatest denominator of a ratio of rates: an odd rate is off by less than a thousandth


def read(content: bytes, rate: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The samples of a WAV file, its channels averaged, resampled to `rate`, full scale being 1.

    Raises
    ------
    ValueError
        If the bytes are no WAV file, hold no sound, or are too many, in one sentence that says what to do.
    """
    from scipy.io import wavfile

    if len(content) > MOST_BYTES:
        raise ValueError(f"it has {len(content) / 2**20:.0f} MiB, at most {MOST_BYTES // 2**20} are read; cut it.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what other programs write beside the sound
            found, samples = wavfile.read(io.BytesIO(content))
    except (ValueError, EOFError, KeyError, IndexError, OverflowError, MemoryError, struct.error) as error:
        raise ValueError("it is no WAV file that can be read; save it as WAV, PCM.") from error
    if not RATES[0] <= found <= RATES[1] or not samples.size:
        raise ValueError("this WAV file is empty; record it again.")
    mono = _unit(samples).reshape(len(samples), -1).mean(1)
    if not np.isfinite(mono).all():
        raise ValueError("this WAV file holds numbers that are no sound; save it again.")
    return _resampled(mono, Fraction(rate, found).limit_denominator(FINEST)).astype(np.float32)


def _unit(samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Samples of any type with full scale 1; those of 8 bit have their zero at 128."""
    if samples.dtype.kind == "f":
        return samples.astype(np.float64)
    if samples.dtype.kind == "u":
        return (samples.astype(np.float64) - 128) / 128
    return samples / -float(np.iinfo(samples.dtype).min)


def _resampled(samples: np.ndarray[Any, Any], ratio: Fraction) -> np.ndarray[Any, Any]:
    if ratio == 1:
        return samples
    from scipy.signal import resample_poly

    resampled: np.ndarray[Any, Any] = resample_poly(samples, ratio.numerator, ratio.denominator)
    return resampled

"""Words as data: first names by language, and lists of words that somebody brought along.

A word is one-hot: of shape (letters, 1, positions), 255 where a letter stands. Every position after the word's end
holds the empty symbol, the first of the letters, so that a model also learns how long words are. Torch-free.
"""

import importlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.data.own import NAME
from vae_core.data.own import load as load_own
from vae_core.data.sets import Entry, ImageSet

WORD = "word"
EMPTY = ""  # what stands after the end of a word
ALPHABET = (EMPTY, *"abcdefghijklmnopqrstuvwxyz")
NAME_LENGTH = 12
# Of which of faker's lists each language is made.
LOCALES = {
    "English": ("en", "en_GB", "en_US"),
    "Icelandic": ("is_IS",),
    "German": ("de_DE", "de_CH", "de_AT"),
    "Turkish": ("tr_TR",),
    "Spanish": ("es_ES", "es_CL", "es_CO", "es_MX"),
    "French": ("fr_FR", "fr_BE", "fr_CH"),
    "Dutch": ("nl_NL", "nl_BE"),
    "Swedish": ("sv_SE",),
    "Irish": ("ga_IE",),
    "Indonesian": ("id_ID",),
    "Romanian": ("ro_RO",),
    "Danish": ("da_DK",),
    "Italian": ("it_IT",),
    "Finnish": ("fi_FI",),
}
# Letters that are more than a letter with an accent.
PLAIN = str.maketrans(
    {"ø": "o", "\u0131": "i", "ł": "l", "ð": "d", "đ": "d", "þ": "th", "æ": "ae", "ß": "ss", "œ": "oe"}
)
LISTS = ("first_names", "first_names_male", "first_names_female")
TEST_SHARE = 0.1

FEWEST_WORDS, LONGEST_WORD, MOST_LETTERS = 20, 32, 120
MOST_BYTES = 2**28  # of the one-hot table
STAGE = 4  # positions are a multiple of it, so that two stages of a convolution can halve them


def one_hot(words: Sequence[str], letters: Sequence[str], positions: int) -> np.ndarray[Any, Any]:
    """Words as an array of uint8, shape (words, letters, 1, positions), 255 where a letter or the empty symbol stands.

    Parameters
    ----------
    words : sequence of str
        Each of at most `positions` letters, all of them known.
    letters : sequence of str
        The empty symbol and all letters, in the order of the channels.
    positions : int
        How many letters there is room for.
    """
    place = {letter: row for row, letter in enumerate(letters)}
    rows = np.array([[place[letter] for letter in word] + [0] * (positions - len(word)) for word in words])
    table = np.zeros((len(words), len(letters), positions), np.uint8)
    np.put_along_axis(table, rows[:, None, :], 255, axis=1)
    return table[:, :, None, :]


def read(examples: np.ndarray[Any, Any], letters: Sequence[str]) -> list[str]:
    """The most likely letters of examples of shape (words, letters, 1, positions), as words."""
    return ["".join(letters[k] for k in row) for row in examples[:, :, 0, :].argmax(axis=1)]


def kind(letters: Sequence[str]) -> dict[str, Any]:
    """What the browser must know to paint and to read such words."""
    return {"name": WORD, "letters": list(letters), "unit": WORD}


def split(name: str, words: Sequence[str], labels: Sequence[int], letters: Sequence[str], positions: int) -> ImageSet:
    """A set of distinct words, a tenth of them for the test, drawn with a fixed seed."""
    order = np.random.default_rng(0).permutation(len(words))
    table, classes = one_hot(words, letters, positions), np.array(labels, np.uint8)
    count = max(1, round(TEST_SHARE * len(words)))
    test, train = order[:count], order[count:]
    return ImageSet(name, table[train], classes[train], table[test], classes[test])


def plain(name: str) -> str | None:
    """A name in the letters a to z, its accents stripped; None if it has others or not 2 to 12 of them."""
    parts = unicodedata.normalize("NFKD", name.lower().translate(PLAIN))
    letters = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return letters if re.fullmatch(rf"[a-z]{{2,{NAME_LENGTH}}}", letters) else None


def _listed(locale: str) -> set[str]:
    """The names in the lists of one of faker's locales."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    lists = [vars(provider).get(name, ()) for name in LISTS]
    return {found for names in lists if isinstance(names, Iterable) for name in names if (found := plain(name))}


def first_names() -> dict[str, list[str]]:
    """Distinct first names by language, in the order of the alphabet.

    A name of several languages belongs to the one that has the fewest names: most names that many share would otherwise
    be English, and little would be left of the others.
    """
    found = {language: set[str]().union(*map(_listed, locales)) for language, locales in LOCALES.items()}
    taken: set[str] = set()
    for language in sorted(found, key=lambda language: len(found[language])):
        found[language] -= taken
        taken |= found[language]
    return {language: sorted(names) for language, names in found.items()}


def _load_names(name: str, root: Path) -> ImageSet:
    try:
        known = first_names()
    except ImportError as error:
        raise OSError(
            "The first names come with the package faker, which is not installed: pip install faker."
        ) from error
    words = [word for names in known.values() for word in names]
    labels = [label for label, names in enumerate(known.values()) for _ in names]
    return split(name, words, labels, ALPHABET, NAME_LENGTH)


WORDS = {
    "names": Entry(
        "First names",
        f"First names in {len(LOCALES)} languages, 2 to {NAME_LENGTH} letters a–z, from the package faker.",
        (len(ALPHABET), 1, NAME_LENGTH),
        tuple(LOCALES),
        _load_names,
        kind=kind(ALPHABET),
        likelihoods=("categorical",),
        preset="words",
        count=14_000,  # about: the lists of another version of faker differ a little
    )
}


def baselines(images: ImageSet) -> dict[str, float]:
    """What a word of the test split costs under two simple models of the training split, nats per word.

    Returns
    -------
    dict of str to float
        ``position_baseline``: each position draws its letter on its own, by how often it stands there; a VAE whose
        decoder ignores z reaches this. ``bigram_baseline``: each letter is drawn by the one before. Every count is
        raised by 1, so that nothing is impossible.
    """
    train, test = (part[:, :, 0, :].argmax(axis=1) for part in (images.train, images.test))
    letters, positions = images.train.shape[1], images.train.shape[3]
    by_position = np.ones((positions, letters))
    np.add.at(by_position, (np.broadcast_to(np.arange(positions), train.shape), train), 1)
    by_last = np.ones((letters, letters))
    np.add.at(by_last, _pairs(train), 1)
    costs = -np.log(by_position / by_position.sum(axis=1, keepdims=True))
    steps = -np.log(by_last / by_last.sum(axis=1, keepdims=True))
    return {
        "position_baseline": float(costs[np.arange(positions), test].sum(axis=1).mean()),
        "bigram_baseline": float(steps[_pairs(test)].sum() / len(test)),
    }


def _pairs(rows: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Each letter and the one before; the empty symbol stands before a word, and once after it."""
    before = np.pad(rows[:, :-1], ((0, 0), (1, 0)))
    within = np.pad(rows[:, :-1] != 0, ((0, 0), (1, 0)), constant_values=True)
    return before[within], rows[within]


def from_text(text: bytes | str, name: str) -> tuple[ImageSet, Entry]:
    """A set of one's own from a text file, for ``own.save``: one word or short line a line, each counted once.

    A word's class is its number of letters. A tenth of the words, drawn with a fixed seed, are for the test.

    Parameters
    ----------
    text : bytes or str
        The content of the file; bytes are UTF-8. Letters of any script; capitals are letters of their own.
    name : str
        Of the set: ``own-`` and letters a to z, digits, hyphens.

    Raises
    ------
    ValueError
        If the name is none, or the text is not UTF-8, empty, of fewer than 20 different words, of more than 120
        different letters, has a line of more than 32 characters, or is too much to hold in memory.
    """
    if not NAME.fullmatch(name):
        raise ValueError(
            f"{name[:40]!r} cannot name a set of your own: expected own-, then letters a-z, digits, hyphens."
        )
    words = _lines(_decoded(text))
    letters = (EMPTY, *sorted(set("".join(words))))
    _require_letters(letters)
    positions = STAGE * -(-max(map(len, words)) // STAGE)
    _require_room(len(words), len(letters) * positions)
    lengths = sorted({len(word) for word in words})
    labels = [lengths.index(len(word)) for word in words]
    title = name.removeprefix("own-").replace("-", " ").capitalize()
    entry = Entry(
        title,
        f"{len(words):,} different words of a visitor's, up to {lengths[-1]} letters long; the class is the length.",
        (len(letters), 1, positions),
        tuple(str(length) for length in lengths),
        load_own,
        kind=kind(letters),
        likelihoods=("categorical",),
        preset="words",
    )
    return split(name, words, labels, letters, positions), entry


def _decoded(text: bytes | str) -> str:
    try:
        return text if isinstance(text, str) else text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"The text is not UTF-8 (byte {error.start:,} is not): save it again with the encoding UTF-8."
        ) from error


def _lines(text: str) -> list[str]:
    """The different words of a text, in the order in which they come."""
    lines = [" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines()]
    words = list(dict.fromkeys(line for line in lines if line))
    if not words:
        raise ValueError("The text is empty: expected a word on each line.")
    if unprintable := next((word for word in words if not word.isprintable()), None):
        raise ValueError(f"The line {unprintable[:LONGEST_WORD]!r} holds signs that are no letters: is it a text file?")
    if long := next((line for line in lines if len(line) > LONGEST_WORD), None):
        raise ValueError(
            f"Line {lines.index(long) + 1:,} has {len(long):,} characters; at most {LONGEST_WORD} are possible: put "
            "each word on a line of its own."
        )
    if len(words) < FEWEST_WORDS:
        raise ValueError(f"The text has {len(words)} different words; a model needs at least {FEWEST_WORDS}.")
    return words


def _require_letters(letters: Sequence[str]) -> None:
    if len(letters) - 1 > MOST_LETTERS:
        raise ValueError(
            f"The text has {len(letters) - 1:,} different letters; at most {MOST_LETTERS} are possible: leave out "
            "words with rare signs, or write all in lower case."
        )


def _require_room(words: int, size: int) -> None:
    if words * size > MOST_BYTES:
        raise ValueError(
            f"{words:,} words are too many to hold in memory; with these letters at most {MOST_BYTES // size:,} are "
            "possible: take the first ones."
        )

"""What class each file is of, and which of them are kept for testing."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from vae_core.data.archive import File, shown

TABLE = "labels.csv"
HEADINGS = ("file", "filename", "image", "name")
UNLABELLED = "unlabelled"
MOST_CLASSES = 256  # a label is one byte
LONGEST = 40  # letters of a class's name
TABLE_BYTES = 2**22
EVERY = 6  # one of so many examples is kept for testing


def of_files(files: Sequence[File], table: File | None) -> tuple[list[str], list[str]]:
    """The class of each file, and sentences on what was odd: by a table if there is one, else by the folders.

    Raises
    ------
    ValueError
        If the table cannot be read, or names none of the files.
    """
    return _by_table(files, table) if table else (_by_folder([file.name for file in files]), [])


def _by_folder(names: Sequence[str]) -> list[str]:
    """The innermost level of folders at which names differ; all unlabelled where none do."""
    folders = [PurePosixPath(name).parent.parts[::-1] for name in names]
    for level in range(max(map(len, folders), default=0)):
        found = [plain(parts[level]) if level < len(parts) else UNLABELLED for parts in folders]
        if len(set(found)) > 1:
            return found
    return [UNLABELLED] * len(names)


def _by_table(files: Sequence[File], table: File) -> tuple[list[str], list[str]]:
    rows = _rows(table)
    root = PurePosixPath(table.name).parent
    label_of = {str(root / file): label for file, label in rows.items()} | rows
    keys = [(file.name, PurePosixPath(file.name).name) for file in files]
    found = [next((label_of[key] for key in both if key in label_of), UNLABELLED) for both in keys]
    known = sum(label != UNLABELLED for label in found)
    if not known:
        raise ValueError(f"{TABLE} names none of the pictures; expected lines such as photos/one.png,cat.")
    missing = len(rows) - known
    return found, [f"{missing:,} lines of {TABLE} name no picture that is here."] if missing > 0 else []


def _rows(table: File) -> dict[str, str]:
    """The label of each file that a table names."""
    try:
        text = table.read(TABLE_BYTES).decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text)) if len(row) >= 2]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{TABLE} is no text in UTF-8 with a file and a label on each line.") from error
    named = {file.strip().replace("\\", "/"): plain(label) for file, label, *_ in rows}
    return {file: label for file, label in named.items() if file.lower() not in HEADINGS}


def plain(label: str) -> str:
    """A class's name: short, of visible letters only."""
    return shown(label.strip())[:LONGEST] or UNLABELLED


def classes(labels: Sequence[str]) -> tuple[str, ...]:
    """The names of the classes in their order, numbers by their value; raises ValueError if they are too many."""
    found = sorted(set(labels), key=lambda name: (name == UNLABELLED, _by_number(name)))
    if len(found) > MOST_CLASSES:
        raise ValueError(
            f"There are {len(found):,} different labels; expected at most {MOST_CLASSES}. Put the pictures of one "
            "class into one folder, or all into one folder without labels."
        )
    return tuple(found)


def _by_number(name: str) -> list[tuple[int, str]]:
    """What sorts 10 after 9."""
    return [(int(part), "") if part.isdecimal() and len(part) < 10 else (-1, part) for part in re.split(r"(\d+)", name)]


def split(labels: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Which examples are for training and which for testing, a sixth of each class, both in random order.

    Always the same for the same labels.
    """
    random = np.random.default_rng(0)
    by_class = np.lexsort((random.random(len(labels)), labels))
    test = by_class[EVERY // 2 :: EVERY]
    train = np.setdiff1d(by_class, test)
    return random.permutation(train), random.permutation(test)

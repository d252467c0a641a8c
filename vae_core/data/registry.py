"""The table of all data sets: a new kind of data is a module with its entries, and one line here."""

from pathlib import Path

from vae_core.data.images import DIGIT_NAMES, IMAGES
from vae_core.data.sets import Entry, ImageSet, data_root

DATASETS: dict[str, Entry] = {**IMAGES}


def facts(name: str) -> Entry:
    """What is known of a set; raises ValueError if there is no such set."""
    if name not in DATASETS:
        raise ValueError(f"There is no data set {name[:40]!r}; expected one of {', '.join(DATASETS)}.")
    return DATASETS[name]


def class_names(name: str) -> tuple[str, ...]:
    """What each label of a set stands for; ten digits for a set that is not the lab's."""
    return DATASETS[name].class_names if name in DATASETS else DIGIT_NAMES


def load(name: str, *, root: Path | None = None) -> ImageSet:
    """The data set of that name, downloaded first if it is not on this machine.

    Raises
    ------
    ValueError
        If there is no such set.
    OSError
        If it cannot be downloaded or its files are damaged, in one sentence that says what to do.
    """
    return facts(name).load(name, root or data_root())

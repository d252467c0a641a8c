"""The table of all data sets: a new kind of data is a module with its entries, and one line here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_core.data import own
from vae_core.data.images import DIGIT_NAMES, IMAGES
from vae_core.data.sets import IMAGE, Entry, ImageSet, data_root
from vae_core.data.sounds import SOUNDS
from vae_core.data.words import WORD, WORDS, baselines

DATASETS: dict[str, Entry] = {**IMAGES, **WORDS, **SOUNDS}
SIMPLE_MODELS: dict[str, Callable[[ImageSet], dict[str, float]]] = {WORD: baselines}


def names() -> list[str]:
    """All sets: the lab's, then those that somebody brought along."""
    return [*DATASETS, *own.names()]


def find(name: str) -> Entry | None:
    """What is known of a set; None if there is no such set here."""
    return DATASETS.get(name) or own.entry(name)


def facts(name: str) -> Entry:
    """What is known of a set; raises ValueError if there is no such set."""
    found = find(name)
    if found is None and own.NAME.fullmatch(name):
        raise ValueError(f"The set {name} {own.LOST}")
    if found is None:
        raise ValueError(f"There is no data set {name[:40]!r}; expected one of {', '.join(names())}.")
    return found


def fitting(name: str, likelihood: str) -> str:
    """A likelihood if it makes sense for a set, else the one that is usual there."""
    possible = facts(name).likelihoods
    return likelihood if likelihood in possible else possible[0]


def class_names(name: str) -> tuple[str, ...]:
    """What each label of a set stands for; ten digits for a set that was never here."""
    found = find(name) or own.remembered(name)
    return found.class_names if found else DIGIT_NAMES


def groups(name: str) -> dict[str, Any] | None:
    """What the second label of a set is called and what each of it stands for; None where there is no second label."""
    found = find(name)
    return {"name": found.grouped, "names": list(found.group_names)} if found and found.grouped else None


def kind(name: str) -> dict[str, Any]:
    """What the examples of a set are, for those who paint and play them; images for a set that was never here."""
    found = find(name) or own.remembered(name)
    return dict(found.kind) if found else {"name": IMAGE}


def here(name: str) -> bool:
    """Whether a set is on this machine; raises ValueError if there is no such set."""
    return facts(name).here(data_root())


def unit(name: str) -> str:
    """What one example of a set is called where figures are given: nats per image, per word."""
    return str(kind(name).get("unit", IMAGE))


def simple_models(images: ImageSet, of: str) -> dict[str, float]:
    """What a test example costs under simple models of a kind of data, nats, by their names; of images there are none.

    Parameters
    ----------
    images : ImageSet
        A set.
    of : str
        The name of its kind.
    """
    return SIMPLE_MODELS[of](images) if of in SIMPLE_MODELS else {}


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

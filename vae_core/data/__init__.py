"""Kinds of data, each as one array per split; the registry knows every set by its name."""

from vae_core.data.examples import Examples, examples
from vae_core.data.registry import (
    DATASETS,
    class_names,
    facts,
    find,
    fitting,
    groups,
    here,
    kind,
    load,
    names,
    simple_models,
    unit,
)
from vae_core.data.sets import Entry, ImageSet, data_root

__all__ = [
    "DATASETS",
    "Entry",
    "Examples",
    "ImageSet",
    "class_names",
    "data_root",
    "examples",
    "facts",
    "find",
    "fitting",
    "groups",
    "here",
    "kind",
    "load",
    "names",
    "simple_models",
    "unit",
]

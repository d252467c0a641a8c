"""Kinds of data, each as one array per split; the registry knows every set by its name."""

from vae_core.data.images import DATASETS, Facts, ImageSet, class_names, data_root, facts, load, torchvision_split

__all__ = ["DATASETS", "Facts", "ImageSet", "class_names", "data_root", "facts", "load", "torchvision_split"]

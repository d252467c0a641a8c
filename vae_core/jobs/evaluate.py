"""Measure a run on its test set, and keep its card and tables if asked: ``python -m vae_core.evaluate RUN``."""

import argparse
import json
import sys
from pathlib import Path
from typing import cast

import torch

from vae_core import data, jobs, latent, likelihood, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.sets import SHOWN
from vae_core.measure import choose_device, knn_accuracy, measure, negative_log_likelihood, to_unit
from vae_core.model import VAE, from_arrays
from vae_core.runs.tables import Array

EXAMPLES = SHOWN


Tables = dict[str, dict[str, Array]]


def record(run: runs.Run, images: data.ImageSet, *, device: torch.device, nll_samples: int = 0) -> runs.Card:
    """Measure a run on its test set and write latents, PCA, examples and the card into it; returns the card.

    Raises ArithmeticError as `figures_of` does, and then leaves the run as it was.
    """
    card, tables = figures_of(run, images, device=device, nll_samples=nll_samples)
    for table, arrays in tables.items():
        run.write(table, arrays)
    earlier = run.card()
    kept: runs.Card = {**earlier, **card} if earlier else card  # what the training wrote there (its speed) stays
    run.write_card(kept)
    return kept


def figures_of(
    run: runs.Run, images: data.ImageSet, *, device: torch.device, nll_samples: int = 0
) -> tuple[runs.Card, Tables]:
    """The card of a run and the tables of its test set, by their names; writes nothing.

    The model is read from the run: its stored weights are rounded, and every figure is of what others will load. The
    codes are rounded only as they are written, after everything was computed from them.

    Raises
    ------
    ArithmeticError
        If a figure is not finite: the weights are so large that numbers overflow.
    """
    model = load_model(run).to(device)
    generator = torch.Generator(device).manual_seed(run.train.seed)
    pixels = torch.from_numpy(images.test).to(device)
    figures, codes = measure(model, pixels, generator=generator)
    _require_finite(codes.mu, codes.logvar, torch.tensor([figures.distortion, figures.rate]))
    mu, logvar = codes.mu.cpu().numpy(), codes.logvar.cpu().numpy()
    nll = negative_log_likelihood(model, pixels, samples=nll_samples, generator=generator) if nll_samples else None
    kl = model.prior.rate(codes.mu, codes.logvar).mean(0)
    _require_finite(kl, torch.tensor(nll or 0.0), codes.mu.square().sum())
    card = runs.Card(
        negative_elbo=figures.negative_elbo,
        distortion=figures.distortion,
        rate=figures.rate,
        nll=nll,
        nll_samples=nll_samples or None,
        pixel_entropy=likelihood.pixel_entropy(to_unit(pixels)).mean().item(),
        kl_per_dimension=kl.tolist(),
        active_units=latent.active_units(mu),
        knn_accuracy=knn_accuracy(mu, images.test_labels),
        test_images=len(images.test),
        train_images=len(images.train),
    )
    card |= cast(runs.Card, data.simple_models(images, data.kind(images.name)["name"]))
    codes_table = {"mu": mu, "logvar": logvar, "labels": images.test_labels}
    if images.test_groups is not None:
        codes_table["groups"] = images.test_groups
    return card, {
        runs.LATENTS: codes_table,
        runs.PCA: {"xy": latent.pca(mu)},
        runs.EXAMPLES: {"images": images.test[:EXAMPLES]},
    }


def _require_finite(*tensors: torch.Tensor) -> None:
    if not all(tensor.isfinite().all() for tensor in tensors):
        raise ArithmeticError(
            "The figures of this model are not finite: its weights are so large that numbers overflow. Train it again "
            "with a lower learning rate."
        )


def load_model(run: runs.Run) -> VAE:
    """The model of a run, in evaluation mode on the CPU; raises ValueError as ``tables.parse_weights`` does."""
    return from_arrays(run.model, run.read(runs.WEIGHTS))


def main(arguments: list[str] | None = None) -> None:
    """Measure a run from a shell; the last line is JSON. The run is changed only with ``--save``."""
    parser = argparse.ArgumentParser(prog="python -m vae_core.evaluate", description="Measure a trained model.")
    parser.add_argument("run", type=Path, help="the run directory, for example models/mnist-2d")
    parser.add_argument("--nll-samples", type=int, default=0, help="importance samples per image; 0: no NLL")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--save", action="store_true", help="write the card and the tables of codes into the run")
    options = parser.parse_args(arguments)
    with jobs.exiting():
        run = runs.open_run(options.run)
    with jobs.at_work(run, "evaluate") if options.save else jobs.exiting():
        card = work(run, device=options.device, nll_samples=options.nll_samples, save=options.save)
    keys = ("nll", "negative_elbo", "rate", "distortion", "active_units", "knn_accuracy")
    print(json.dumps({key: value for key, value in card.items() if key in keys}))


def work(run: runs.Run, *, device: str = "auto", nll_samples: int = 0, save: bool = True) -> runs.Card:
    """Measure a run on the test set of its data, and keep the figures in it unless told otherwise.

    Raises
    ------
    ValueError
        If the data set is unknown or its images are not the model's, or the device is not there.
    """
    check_data(run.model, run.train)
    print(f"Encoding and measuring {data.facts(run.train.dataset).title}…", file=sys.stderr, flush=True)
    images, chosen = data.load(run.train.dataset), choose_device(device)
    if save:
        return record(run, images, device=chosen, nll_samples=nll_samples)
    return figures_of(run, images, device=chosen, nll_samples=nll_samples)[0]


def check_data(model: ModelConfig, train: TrainConfig) -> None:
    """Raise ValueError unless the data set exists and its images have the model's shape."""
    known = data.facts(train.dataset)
    if model.image_shape != known.image_shape:
        raise ValueError(
            f"image_shape: got {list(model.image_shape)}, but {train.dataset} has {list(known.image_shape)}."
        )
    if model.likelihood not in known.likelihoods:
        raise ValueError(
            f"likelihood: got {model.likelihood!r}, but {train.dataset} needs one of {', '.join(known.likelihoods)}."
        )

"""Measure a run on its test set and keep its card and tables: ``python -m vae_core.evaluate RUN``."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from vae_core import data, jobs, latent, likelihood, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.measure import choose_device, knn_accuracy, measure, negative_log_likelihood, to_unit
from vae_core.model import VAE, from_arrays

EXAMPLES = 500


def record(run: runs.Run, images: data.ImageSet, *, device: torch.device, nll_samples: int = 0) -> dict:
    """Measure a run on its test set and write latents, PCA, examples and the card into it; returns the card.

    The model is read from the run: its stored weights are rounded, and every figure is of what others will load. The
    codes are rounded only as they are written, after everything was computed from them.
    """
    model = load_model(run).to(device)
    generator = torch.Generator(device).manual_seed(run.train.seed)
    pixels = torch.from_numpy(images.test).to(device)
    figures, codes = measure(model, pixels, generator=generator)
    mu, logvar = codes.mu.cpu().numpy(), codes.logvar.cpu().numpy()
    nll = negative_log_likelihood(model, pixels, samples=nll_samples, generator=generator) if nll_samples else None
    card = {
        "negative_elbo": figures.negative_elbo,
        **asdict(figures),
        "nll": nll,
        "nll_samples": nll_samples or None,
        "pixel_entropy": likelihood.pixel_entropy(to_unit(pixels)).mean().item(),
        "kl_per_dimension": model.prior.rate(codes.mu, codes.logvar).mean(0).tolist(),
        "active_units": latent.active_units(mu),
        "knn_accuracy": knn_accuracy(mu, images.test_labels),
        "test_images": len(images.test),
        "train_images": len(images.train),
    }
    run.write(runs.LATENTS, {"mu": mu, "logvar": logvar, "labels": images.test_labels})
    run.write(runs.PCA, {"xy": latent.pca(mu)})
    run.write(runs.EXAMPLES, {"images": images.test[:EXAMPLES]})
    # What the training wrote there (its speed) stays.
    card = {**(run.card() or {}), **card}
    run.write_card(card)
    return card


def load_model(run: runs.Run) -> VAE:
    """The model of a run, in evaluation mode on the CPU; raises ValueError as ``tables.parse_weights`` does."""
    return from_arrays(run.model, run.read(runs.WEIGHTS))


def main(arguments: list[str] | None = None) -> None:
    """Measure a run from a shell; the last line is JSON."""
    parser = argparse.ArgumentParser(prog="python -m vae_core.evaluate", description="Measure a trained model.")
    parser.add_argument("run", type=Path, help="the run directory, for example models/mnist-2d")
    parser.add_argument("--nll-samples", type=int, default=0, help="importance samples per image; 0: no NLL")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    options = parser.parse_args(arguments)
    with jobs.reporting(options.run, "evaluate"), jobs.slot("evaluate"):
        run = runs.open_run(options.run)
        check_data(run.model, run.train)
        print(f"Encoding and measuring {data.facts(run.train.dataset).title}…", file=sys.stderr, flush=True)
        device, images = choose_device(options.device), data.load(run.train.dataset)
        card = record(run, images, device=device, nll_samples=options.nll_samples)
    keys = ("nll", "negative_elbo", "rate", "distortion", "active_units", "knn_accuracy")
    print(json.dumps({key: card[key] for key in keys}))


def check_data(model: ModelConfig, train: TrainConfig) -> None:
    """Raise ValueError unless the data set exists and its images have the model's shape."""
    shape = data.facts(train.dataset).image_shape
    if model.image_shape != shape:
        raise ValueError(
            f"image_shape: got {list(model.image_shape)}, but {train.dataset} has images of {list(shape)}."
        )

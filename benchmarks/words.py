"""What a VAE reaches on names, nats per name of a random tenth, beside two simple models: python -m benchmarks.words.

The file is makemore's list of 32,032 first names, at ``names/names.txt`` in the folder of downloads. Of names that the
list has twice one may be in the test and the other in the training split. Prints a table and ends with one JSON line.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import torch
from tqdm import tqdm

from vae_core import measure
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import ImageSet, data_root, words
from vae_core.model import VAE
from vae_core.training.cpu import flush_denormals
from vae_core.training.loop import build, train

POSITIONS = 16  # the longest name has 15 letters
MODEL = ModelConfig(
    image_shape=(len(words.ALPHABET), 1, POSITIONS),
    hidden=(1024, 512),
    latent_dim=32,
    activation="silu",
    likelihood="categorical",
)
TRAINING = TrainConfig(
    dataset="names", epochs=40, warmup_epochs=8, batch_size=256, learning_rate=2e-3, schedule="cosine"
)


def names(root: Path) -> ImageSet:
    """The names of the file as a set of one class, a tenth of it for the test; raises OSError if there is no file."""
    listed = (root / "names" / "names.txt").read_text(encoding="utf-8").split()
    return words.split("names", listed, [0] * len(listed), words.ALPHABET, POSITIONS)


def trained(images: ImageSet, config: TrainConfig) -> VAE:
    """The benchmark's network after a training."""
    model = build(MODEL, config, images)
    with tqdm(total=config.epochs, unit="epoch") as bar:
        for report in train(model, images, config):
            if report and report.test:
                bar.update(report.epoch - bar.n)
                bar.set_postfix_str(f"test {report.test.negative_elbo:.2f} nats", refresh=False)
    return model.eval()


def main() -> None:
    """Train, measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--epochs", type=int, default=TRAINING.epochs)
    options.add_argument("--seed", type=int, default=TRAINING.seed)
    options.add_argument("--nll-samples", type=int, default=100, help="importance samples of each name for the NLL")
    asked = options.parse_args()
    config = replace(TRAINING, epochs=asked.epochs, seed=asked.seed, warmup_epochs=asked.epochs / 5)
    flush_denormals()
    images = names(data_root())
    began = time.perf_counter()
    model = trained(images, config)
    seconds = time.perf_counter() - began
    pixels = torch.from_numpy(images.test).to(next(model.parameters()).device)
    generator = torch.Generator(pixels.device).manual_seed(config.seed)
    figures, _ = measure.measure(model, pixels, generator=generator)
    nll = measure.negative_log_likelihood(model, pixels, samples=asked.nll_samples, generator=generator)
    found = {
        "negative_elbo": figures.negative_elbo,
        "distortion": figures.distortion,
        "rate": figures.rate,
        "nll": nll,
        **words.baselines(images),
    }
    for name, nats in found.items():
        print(f"{name.replace('_', ' '):<20}{nats:8.2f} nats per name")
    facts = {"nll_samples": asked.nll_samples, "epochs": config.epochs, "seed": config.seed, "seconds": seconds}
    rounded = {name: round(value, 3) for name, value in (found | facts).items()}
    print(json.dumps(rounded | {"test_names": len(images.test), "train_names": len(images.train)}))


if __name__ == "__main__":
    main()

"""Seconds that the NLL of 10,000 test images takes at K = 5000, beside its matrix products: python -m benchmarks.nll.

The network of the ``burda`` preset, untrained: its figures do not change its speed. Both are measured in turn over some
images and scaled to all of them. Prints a table and ends with one JSON line.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch

from benchmarks import records
from vae_core import measure
from vae_core.config import preset
from vae_core.layers import parts
from vae_core.model import VAE

IMAGES, SAMPLES = 10_000, 5000


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """Of one call, the device's work included."""
    began = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - began


def products(model: VAE, device: torch.device, *, images: int) -> Callable[[], None]:
    """The decoder's matrix products for K samples of some images, in the tiles that the estimate uses, and no more."""
    rows = measure.TILES[device.type][0] * measure.TILES[device.type][1]
    layers = [layer.sizes for layer in parts(model.config)["decoder"] if layer.kind == "linear"]
    pairs = [(torch.randn((rows, a), device=device), torch.randn((a, b), device=device)) for a, b in layers]

    def work() -> None:
        for _ in range(images * SAMPLES // rows):
            for x, weight in pairs:
                torch.mm(x, weight)

    return work


def table(*, device: torch.device, images: int, rounds: int) -> dict:
    """Medians over rounds of the estimate and of its products, scaled to 10,000 images, and of their ratio."""
    model_config, _ = preset("burda", image_shape=(1, 28, 28))
    model = VAE(model_config).to(device).eval()
    generator = torch.Generator(device).manual_seed(0)
    pixels = torch.randint(0, 256, (images, 1, 28, 28), dtype=torch.uint8, device=device, generator=generator)

    def estimate() -> None:
        measure.negative_log_likelihood(model, pixels, samples=SAMPLES, generator=generator)

    bound = products(model, device, images=images)
    turns = [(seconds(estimate, device), seconds(bound, device)) for _ in range(rounds + 1)][1:]  # the first warms up
    ours, least = (statistics.median(turn) * IMAGES / images for turn in zip(*turns, strict=True))
    return {
        "nll_seconds": round(ours, 1),
        "bound_seconds": round(least, 1),
        "ratio_to_bound": round(statistics.median(ours / bound for ours, bound in turns), 2),
        "samples": SAMPLES,
        "images": IMAGES,
        "images_measured": images,
        "threads": torch.get_num_threads(),
        "device": records.machine(device),
    }


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nll", description="Speed of the NLL.")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    device = measure.choose_device(options.device)
    row = table(device=device, images=IMAGES if device.type == "cuda" else 100, rounds=options.rounds)
    for name, value in row.items():
        print(f"{name:>16}  {value}")
    print(json.dumps(row))


if __name__ == "__main__":
    main()

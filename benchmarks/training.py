"""Training speed of the ``example`` preset against the stock loop, in turn: python -m benchmarks.training.

The stock loop is what tutorials show: DataLoader, PIL image and ToTensor per image, sigmoid and cross-entropy in
probabilities, unfused Adam and ``.item()`` at every step. Prints a table and ends with one JSON line.
"""

import argparse
import json
import os
import statistics
import time
from itertools import islice

import torch
import torch.nn.functional as F
from torch import nn

from vae_core import data, train
from vae_core.config import preset
from vae_core.evaluate import choose_device
from vae_core.threads import choose_threads


class StockVAE(nn.Module):
    """The network of the PyTorch examples, 784-400-20, sigmoid at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.mu, self.logvar = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.up, self.out = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        hidden = F.relu(self.hidden(x.view(-1, 784)))
        mu, logvar = self.mu(hidden), self.logvar(hidden)
        z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
        return torch.sigmoid(self.out(F.relu(self.up(z)))), mu, logvar


def stock_loop(*, batch: int, device: torch.device, steps: int) -> float:
    """Images per second of the stock loop over some steps, after three that are not counted."""
    from torchvision import transforms

    images = data.torchvision_split("mnist", train=True, transform=transforms.ToTensor())
    loader = torch.utils.data.DataLoader(images, batch_size=batch, shuffle=True)
    model = StockVAE().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    total = 0.0
    for step, (x, _) in enumerate(islice(loader, steps + 3)):
        if step == 3:
            began = time.perf_counter()
        x = x.to(device)
        optimizer.zero_grad()
        output, mu, logvar = model(x)
        loss = F.binary_cross_entropy(output, x.view(-1, 784), reduction="sum")
        loss = loss - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        loss.backward()
        total += loss.item()
        optimizer.step()
    return steps * batch / (time.perf_counter() - began)


def our_loop(images: data.ImageSet, *, batch: int, device: str, steps: int) -> float:
    """Images per second of ``vae_core.train`` as its command runs it: threads chosen, nothing else."""
    model_config, config = preset("example", image_shape=(1, 28, 28), batch_size=batch, device=device)
    model = train.build(model_config, config, images)
    if next(model.parameters()).device.type == "cpu":
        choose_threads(model, batch)
    # The first report with training figures closes the first window, which warms up; the clock of the second is read.
    reports = (report for report in train.train(model, images, config) if report.train)
    first = next(reports)
    for report in reports:
        if report.step - first.step >= steps:
            return (report.step - first.step) * batch / (report.seconds - first.seconds)
    raise ValueError(f"An epoch has fewer than {steps} steps at batch {batch}.")


def compare(images: data.ImageSet, *, batch: int, device: str, rounds: int) -> dict:
    """Median speeds of both loops, run in turn, and the median of the ratios of neighbours."""
    steps = 12_800 // batch
    threads = torch.get_num_threads()
    pairs = []
    for _ in range(rounds):
        ours = our_loop(images, batch=batch, device=device, steps=4 * steps)
        torch.set_num_threads(threads)
        pairs.append((ours, stock_loop(batch=batch, device=choose_device(device), steps=steps)))
    speeds, stock = zip(*pairs, strict=True)
    return {
        "images_per_second": round(statistics.median(speeds)),
        "stock_images_per_second": round(statistics.median(stock)),
        "ratio": round(statistics.median(ours / theirs for ours, theirs in pairs), 2),
        "device": str(choose_device(device)),
        "batch": batch,
    }


def main() -> None:
    """Print the table and the JSON line of the preset's own batch size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description="Ours against the stock loop.")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    images = data.load("mnist")
    print(f"torch {torch.__version__}, {os.cpu_count()} cores, {options.rounds} rounds, medians, preset example, MNIST")
    print(f"{'batch':>6} {'images/s':>10} {'stock':>8} {'ratio':>6}")
    rows = [compare(images, batch=batch, device=options.device, rounds=options.rounds) for batch in (512, 128)]
    for row in rows:
        print(
            f"{row['batch']:>6} {row['images_per_second']:>10,} {row['stock_images_per_second']:>8,} {row['ratio']:>6}"
        )
    print(json.dumps(rows[-1]))


if __name__ == "__main__":
    main()

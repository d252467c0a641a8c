"""Training speed of the ``example`` preset against the stock loop, in turn: python -m benchmarks.training.

The stock loop is what tutorials show: DataLoader, PIL image and ToTensor per image, sigmoid and cross-entropy in
probabilities, unfused Adam and ``.item()`` at every step. Prints a table and ends with one JSON line.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from itertools import islice

import torch
import torch.nn.functional as F
from torch import nn

from vae_core import data, train
from vae_core.config import preset
from vae_core.cpu import StepTuner, flush_denormals
from vae_core.evaluate import choose_device
from vae_core.layers import parts


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
    """Images per second of ``vae_core.train`` as its command runs it, threads and precision chosen by a probe."""
    model_config, config = preset("example", image_shape=(1, 28, 28), batch_size=batch, device=device)
    model = train.build(model_config, config, images)
    StepTuner(model, batch).adapt()
    # The first report with training figures closes the first window, which warms up; the clock of the second is read.
    reports = (report for report in train.train(model, images, config) if report.train)
    first = next(reports)
    for report in reports:
        if report.step - first.step >= steps:
            return (report.step - first.step) * batch / (report.seconds - first.seconds)
    raise ValueError(f"An epoch has fewer than {steps} steps at batch {batch}.")


def product_bound(*, batch: int, device: str) -> float:
    """Images per second that the step's float32 matrix products alone would allow, all threads, nothing else done."""
    place = choose_device(device)
    model_config, _ = preset("example", image_shape=(1, 28, 28))
    sizes = [layer.sizes for layers in parts(model_config).values() for layer in layers if layer.kind == "linear"]
    tensors = [
        [torch.randn(shape, device=place) for shape in ((batch, fan_in), (fan_in, fan_out), (batch, fan_out))]
        for fan_in, fan_out in sizes
    ]

    def products() -> None:
        for position, (x, weight, gradient) in enumerate(tensors):
            torch.mm(x, weight)
            torch.mm(x.t(), gradient)
            if position:  # the images themselves need no gradient
                torch.mm(gradient, weight.t())

    return batch / _seconds(products, place)


def _seconds(function: Callable[[], None], device: torch.device, times: int = 200) -> float:
    for count in (20, times):
        began = time.perf_counter()
        for _ in range(count):
            function()
        if device.type == "cuda":
            torch.cuda.synchronize()
    return (time.perf_counter() - began) / times


def compare(images: data.ImageSet, *, batch: int, device: str, rounds: int) -> dict:
    """Median speeds of both loops and the bound, run in turn, and the median of the ratios of neighbours."""
    steps = 12_800 // batch
    threads = torch.get_num_threads()
    pairs = []
    for _ in range(rounds):
        ours = our_loop(images, batch=batch, device=device, steps=4 * steps)
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision("highest")
        stock = stock_loop(batch=batch, device=choose_device(device), steps=steps)
        pairs.append((ours, stock, product_bound(batch=batch, device=device)))
    speeds, stock, bounds = zip(*pairs, strict=True)
    return {
        "images_per_second": round(statistics.median(speeds)),
        "stock_images_per_second": round(statistics.median(stock)),
        "ratio": round(statistics.median(ours / theirs for ours, theirs, _ in pairs), 2),
        "bound_images_per_second": round(statistics.median(bounds)),
        "fraction_of_bound": round(statistics.median(ours / bound for ours, _, bound in pairs), 2),
        "device": str(choose_device(device)),
        "batch": batch,
    }


def main() -> None:
    """Print the table and the JSON line of the preset's own batch size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description="Ours against the stock loop.")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    flush_denormals()
    try:
        images = data.load("mnist")
    except OSError as error:
        sys.exit(str(error))
    print(f"torch {torch.__version__}, {os.cpu_count()} cores, {options.rounds} rounds, medians, preset example, MNIST")
    names = (
        "batch",
        "images_per_second",
        "stock_images_per_second",
        "ratio",
        "bound_images_per_second",
        "fraction_of_bound",
    )
    print(*names, sep="  ")
    rows = [compare(images, batch=batch, device=options.device, rounds=options.rounds) for batch in (512, 128)]
    for row in rows:
        print(*(f"{row[name]:>{len(name)},}" for name in names), sep="  ")
    print(json.dumps(rows[-1]))


if __name__ == "__main__":
    main()

"""Training speed of the ``example`` preset beside its peers and its bound, in turn: python -m benchmarks.training.

Ours is measured over two epochs after the first report (ten on a GPU), on a CPU twice: as its steps are written, and
with the compiled loss that a long training goes over to. Prints a table and ends with one JSON line.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import takewhile

import torch

from benchmarks import records
from benchmarks.peers import pythae_loop, stock_loop
from vae_core import data
from vae_core.config import preset
from vae_core.layers import parts
from vae_core.measure import choose_device
from vae_core.training import loop
from vae_core.training.compiled import CompiledLoss
from vae_core.training.cpu import StepTuner, flush_denormals

THREADS = torch.get_num_threads()
COLUMNS = {
    "batch": "batch",
    "images_per_second": "ours",
    "as_written_images_per_second": "as written",
    "stock_images_per_second": "stock",
    "pythae_images_per_second": "pythae",
    "ratio": "ours/stock",
    "bound_images_per_second": "bound",
    "fraction_of_bound": "ours/bound",
    "seconds_to_compiled": "compiled after s",
    "ten_epochs_seconds": "10 epochs s",
}


def our_loop(images: data.ImageSet, *, batch: int, device: str, compiled: bool) -> tuple[float, float | None]:
    """Images per second of ``vae_core.train`` as its command runs it, and how long the compiler took if asked for."""
    model_config, config = preset("example", image_shape=(1, 28, 28), batch_size=batch, device=device)
    model = loop.build(model_config, config, images)
    StepTuner(model, batch).adapt()
    epochs = 10 if choose_device(device).type == "cuda" else 2
    with CompiledLoss() as loss:
        took = _wait_for_compiler(loss, model, config) if compiled else None
        # The first report with training figures closes the first window, which warms up.
        every = (report for report in loop.train(model, images, config, loss=loss) if report.train)
        first, *_, last = takewhile(lambda report: report.epoch <= epochs, every)
    return (last.step - first.step) * batch / (last.seconds - first.seconds), took


def _wait_for_compiler(loss: CompiledLoss, model: torch.nn.Module, config: object) -> float:
    began = time.perf_counter()
    loss.start(model, config)
    loss.wait()
    return time.perf_counter() - began


def product_bound(*, batch: int, device: str) -> float:
    """Images per second that the step's float32 matrix products alone would allow, all threads, nothing else done.

    On a GPU the products are TF32, as the steps' are.
    """
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


def as_torch_has_it(device: torch.device) -> None:
    """Threads and precision for those whom the tuner does not serve; TF32 stays on a GPU."""
    torch.set_num_threads(THREADS)
    if device.type == "cpu":
        torch.set_float32_matmul_precision("highest")


def turn(images: data.ImageSet, *, batch: int, device: str) -> dict[str, float | None]:
    """One measurement of everything, one after the other."""
    place, steps = choose_device(device), 12_800 // batch
    ours, took = our_loop(images, batch=batch, device=device, compiled=False)
    row: dict[str, float | None] = {"as_written_images_per_second": ours}
    if place.type == "cpu":
        ours, took = our_loop(images, batch=batch, device=device, compiled=True)
    row |= {"images_per_second": ours, "seconds_to_compiled": took}
    as_torch_has_it(place)
    row["stock_images_per_second"] = stock_loop(batch=batch, device=place, steps=steps)
    row["pythae_images_per_second"] = pythae_loop(images, batch=batch, device=place, steps=steps)
    row["bound_images_per_second"] = product_bound(batch=batch, device=device)
    row["ratio"] = row["images_per_second"] / row["stock_images_per_second"]
    row["fraction_of_bound"] = row["images_per_second"] / row["bound_images_per_second"]
    row["ten_epochs_seconds"] = 600_000 / row["images_per_second"]
    return row


def compare(images: data.ImageSet, *, batch: int, device: str, rounds: int) -> dict:
    """Medians over several turns."""
    turns = [turn(images, batch=batch, device=device) for _ in range(rounds)]
    medians = {
        name: None if turns[0][name] is None else statistics.median(each[name] for each in turns) for name in turns[0]
    }
    medians["seconds_to_compiled"] = turns[0]["seconds_to_compiled"]  # later turns find it compiled
    rounded = {name: value and round(value, 0 if value > 1000 else 2) for name, value in medians.items()}
    return {"batch": batch, "rounds": rounds, "device": records.machine(choose_device(device))} | rounded


def main() -> None:
    """Print the table and the JSON line, whose first level is the preset's own batch size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description="Ours beside its peers.")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--save", action="store_true", help="publish the rows: write them to benchmarks/records.json")
    options = parser.parse_args()
    flush_denormals()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder  # as on a machine that never compiled
        _compare_and_show(options)


def _compare_and_show(options: argparse.Namespace) -> None:
    torch.set_float32_matmul_precision("high")
    try:
        images = data.load("mnist")
    except OSError as error:
        sys.exit(str(error))
    device = choose_device(options.device)
    print(f"{records.machine(device)}, {options.rounds} rounds, medians, preset example, MNIST")
    print(*COLUMNS.values(), sep="  ")
    rows = [compare(images, batch=batch, device=options.device, rounds=options.rounds) for batch in (512, 128)]
    for row in rows:
        cells = ("–" if row[name] is None else f"{row[name]:,g}" for name in COLUMNS)
        print(*(f"{cell:>{len(title)}}" for cell, title in zip(cells, COLUMNS.values(), strict=True)), sep="  ")
    if options.save:
        records.keep("training", rows, by=("batch", "device"))
    print(json.dumps(rows[-1] | {"other_batches": rows[:-1]}))


if __name__ == "__main__":
    main()

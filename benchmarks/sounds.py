"""What a model of sounds reaches, and how well it is heard: python -m benchmarks.sounds [--model models/NAME].

Of a model of the spoken digits: the negative ELBO of the 300 test recordings (a density: it may be negative), and how
often the 5 nearest other test codes agree on the digit, and on the speaker. Of the browser's Griffin-Lim, in node: the
milliseconds of one sound, and the correlation of the log-magnitude spectrogram of what is heard with what the model
decoded, for recordings that went through the model and for recordings as they are. Prints a table and ends with one
JSON line.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import records
from vae_core import data, likelihood, runs
from vae_core.jobs.evaluate import load_model
from vae_core.measure import encode_set, knn_accuracy, measure
from vae_core.model import VAE

ROOT = Path(__file__).parent.parent
SOUNDS = 60  # of the test recordings, at equal distances


def decoded(model: VAE, pixels: torch.Tensor) -> np.ndarray:
    """What the model makes of recordings: the mean of p(x|z) at the posterior's mean, uint8 as the browser has it."""
    with torch.inference_mode():
        mean = likelihood.of(model.config).mean(model.decode(encode_set(model, pixels).mu))
    return (mean * 255).round().byte().numpy()


def listened(levels: np.ndarray, kind: dict[str, Any]) -> tuple[float, list[float]]:
    """The median of the milliseconds that a sound takes, and each one's correlation with its spectrogram."""
    node = shutil.which("node")
    if node is None:
        raise SystemExit("node is not on the PATH, and the sounds are made by the browser's own modules.")
    with tempfile.NamedTemporaryFile() as file:
        file.write(np.ascontiguousarray(levels).tobytes())
        file.flush()
        told = json.dumps({"shape": levels.shape[1:], "kind": kind})
        core = (ROOT / "ui" / "browser" / "core").as_uri()
        command = [node, str(ROOT / "benchmarks" / "sounds.js"), core, file.name, told]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return statistics.median(each["ms"] for each in found), [each["correlation"] for each in found]


def table(run: runs.Run) -> dict[str, Any]:
    """All figures of a model."""
    images = data.load(run.train.dataset)
    model = load_model(run)
    pixels = torch.from_numpy(images.test)
    figures, codes = measure(model, pixels, generator=torch.Generator().manual_seed(run.train.seed))
    mu = codes.mu.numpy()
    every = len(images.test) // SOUNDS
    kind = data.kind(run.train.dataset)
    milliseconds, of_decoded = listened(decoded(model, pixels[::every]), kind)
    _, of_recorded = listened(images.test[::every], kind)
    return {
        "model": run.name,
        "negative_elbo": round(figures.negative_elbo, 1),
        "distortion": round(figures.distortion, 1),
        "rate": round(figures.rate, 2),
        "knn_digit_accuracy": round(knn_accuracy(mu, images.test_labels), 4),
        "knn_speaker_accuracy": None if images.test_groups is None else round(knn_accuracy(mu, images.test_groups), 4),
        "knn_neighbours": "5 nearest other test codes",
        "griffin_lim_ms": round(milliseconds, 1),
        "heard_correlation": round(statistics.mean(of_decoded), 4),
        "heard_correlation_least": round(min(of_decoded), 4),
        "heard_correlation_of_recordings": round(statistics.mean(of_recorded), 4),
        "test_sounds": len(images.test),
        "sounds_heard": len(of_decoded),
        "device": records.machine(torch.device("cpu")),
    }


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sounds", description="Models of sounds, heard.")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "spoken-digits-16d")
    row = table(runs.open_run(parser.parse_args().model))
    for name, value in row.items():
        print(f"{name:>31}  {value}")
    print(json.dumps(row))


if __name__ == "__main__":
    main()

"""The compiled loss is the loss, and never stands in the way of a training."""

import logging
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from torch._dynamo.utils import counters

from vae_core import jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import train
from vae_core.training import compiled, loop
from vae_core.training.compiled import CompiledLoss
from vae_core.training.steps import losses, noise_shape

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(16,), likelihood="bernoulli")


def _config(**fields):
    return TrainConfig(**{"dataset": "digits", "epochs": 2, "batch_size": 100, "device": "cpu"} | fields)


@pytest.fixture
def restored():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def _prepared(model, config):
    """A loss whose thread has ended, with its compiled form in use even where it is not faster."""
    loss = CompiledLoss()
    loss.start(model, config)
    loss.wait()
    loss.ready = True
    return loss


def _gradients(loss, model, x, eps, config):
    value, distortions, rates = loss(model, x, eps=eps, weight=0.7, config=config)
    return value, distortions, rates, *torch.autograd.grad(value, list(model.parameters()))


@pytest.mark.parametrize("fields", [{}, {"bound": "iwae", "samples": 3}])
def test_compiled_and_written_agree_on_every_batch_size(digits, fields, restored, caplog):
    config = _config(**fields)
    model = loop.build(MODEL, config, digits).train()
    with caplog.at_level(logging.INFO, "vae_core.training.compiled"), _prepared(model, config) as loss:
        assert "Compiled in" in caplog.text
        graphs = counters["stats"]["unique_graphs"]
        assert graphs > 0
        for batch in (100, 97):
            x = torch.rand(batch, 1, 8, 8).round()
            eps = torch.randn(noise_shape(config, batch, 2))
            for got, expected in zip(
                *(_gradients(each, model, x, eps, config) for each in (loss, losses)), strict=True
            ):
                torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
        for threads in (1, compiled.cores()):
            torch.set_num_threads(threads)
            _gradients(loss, model, x, eps, config)
        assert counters["stats"]["unique_graphs"] == graphs  # no step waited for the compiler


def test_the_thread_leaves_the_training_alone(digits, restored):
    model = loop.build(MODEL, _config(), digits).train()
    before, threads, state = model.arrays(), torch.get_num_threads(), torch.get_rng_state()
    with _prepared(model, _config()):
        assert torch.get_num_threads() == threads
    assert all((array == before[name]).all() for name, array in model.arrays().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)


WITHOUT_COMPILER = """
import torch
from vae_core import config, data
from vae_core.training import loop, steps
from vae_core.training.compiled import CompiledLoss
images = data.load("digits")
model_config, training = config.preset("example", image_shape=(1, 8, 8), dataset="digits", device="cpu")
model = loop.build(model_config, training, images)
x, eps = torch.rand(5, 1, 8, 8), torch.randn(5, model_config.latent_dim)
with CompiledLoss() as loss:
    loss.start(model, training)
    loss.wait()
    both = [each(model, x, eps=eps, weight=1.0, config=training) for each in (loss, steps.losses)]
print(loss.ready, all(map(torch.equal, *both)))
"""


def test_without_a_compiler_the_training_goes_on_as_written(tmp_path):
    environment = os.environ | {"CXX": "no-such-compiler", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path)}
    shell = subprocess.run([sys.executable, "-c", WITHOUT_COMPILER], capture_output=True, text=True, env=environment)
    assert shell.stdout == "False True\n", shell.stderr
    assert "The steps are not compiled" in shell.stderr


@pytest.mark.parametrize(
    ("spent", "left", "dropout", "starts"),
    [(6, 70, 0.0, True), (4, 70, 0.0, False), (6, 50, 0.0, False), (6, 70, 0.5, False)],
)
def test_only_a_run_that_wins_the_time_back_compiles(spent, left, dropout, starts, digits, monkeypatch):
    started = []
    monkeypatch.setattr(CompiledLoss, "start", lambda self, *_: started.append(self))
    model = loop.build(ModelConfig(image_shape=(1, 8, 8), dropout=dropout), _config(), digits)
    CompiledLoss().consider(model, _config(), spent=spent, left=left)
    assert bool(started) == starts


def test_a_run_goes_over_to_the_compiled_loss_and_says_so(models, monkeypatch, restored):
    monkeypatch.setattr(compiled, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(compiled, "PAYS_BACK_SECONDS", 0.0)
    monkeypatch.setattr(compiled, "LEAST_GAIN", 0.0)
    monkeypatch.setattr(CompiledLoss, "start", lambda self, *given: self.ready or _start_and_wait(self, *given))
    run = train.runs.create_run_at(models / "compiled", MODEL, _config())
    assert train.run_training(run)["compiled"]
    assert run.metrics()[-1]["epoch"] == 2


def _start_and_wait(loss, *given, start=CompiledLoss.start):
    start(loss, *given)
    loss.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to answer")
def test_a_run_that_is_stopped_does_not_wait_for_the_compiler(tmp_path):
    called, compiler, run = tmp_path / "called", tmp_path / "compiler", runs.Run(tmp_path / "run")
    compiler.write_text(f"#!/bin/sh\necho $$ > {called}\nexec sleep 600\n")
    compiler.chmod(0o755)
    environment = os.environ | {"CXX": str(compiler), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "vae_core.train", "--dataset", "digits", "--epochs", "100000"]
    with subprocess.Popen(
        [*command, "--device", "cpu", "--out", str(run.path)], env=environment, stderr=subprocess.DEVNULL
    ) as process:
        try:
            deadline = time.monotonic() + 120
            while not called.exists() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
            os.kill(int(called.read_text()), signal.SIGKILL)
    assert jobs.state(run, "train").word == jobs.STOPPED
    assert run.card()["compiled"] is False

"""The choice of threads and precision leaves everything but speed as it was."""

import subprocess
import sys

import pytest
import torch

from vae_core import measure
from vae_core.training.cpu import StepTuner


@pytest.fixture
def restored():
    threads, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
    yield
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(precision)


def test_a_probe_leaves_weights_gradients_and_random_numbers_alone(trained, restored):
    before, state = trained.arrays(), torch.get_rng_state()
    tuner = StepTuner(trained.requires_grad_(True), 50)
    torch.set_rng_state(state)
    tuner.adapt()
    trained.requires_grad_(False)
    assert all((array == before[name]).all() for name, array in trained.arrays().items())
    assert all(parameter.grad is None for parameter in trained.parameters())
    assert torch.equal(torch.get_rng_state(), state)


def test_the_precision_is_chosen_once(trained, restored):
    tuner = StepTuner(trained.requires_grad_(True), 50)
    tuner.adapt()
    trained.requires_grad_(False)
    assert tuner.precisions == (torch.get_float32_matmul_precision(),)


def test_evaluation_is_in_full_precision_whatever_training_chose(trained, digits, restored):
    pixels = torch.from_numpy(digits.test)
    torch.set_float32_matmul_precision("highest")
    exact = measure.encode_set(trained, pixels).mu
    torch.set_float32_matmul_precision("medium")
    assert torch.equal(measure.encode_set(trained, pixels).mu, exact)
    assert torch.get_float32_matmul_precision() == "medium"


def test_denormals_are_taken_as_zero_in_every_thread():
    code = (
        "import torch; from vae_core.training.cpu import flush_denormals; flush_denormals(); torch.set_num_threads(4);"
        "print(int((torch.full((4_000_000,), 1e-30) * 1e-10).count_nonzero()))"
    )
    shell = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shell.stdout == "0\n"

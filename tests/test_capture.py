"""Steps made for a CUDA graph do what plain steps do, on the CPU too; on a GPU the captured ones as well."""

import logging

import pytest
import torch

from vae_core.config import ModelConfig, TrainConfig
from vae_core.training import loop
from vae_core.training.capture import CapturedSteps
from vae_core.training.steps import Steps, schedule

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(16,), likelihood="bernoulli")
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


class Doing:
    """Records nothing: a launch does the work itself, with all that is on the device and every fixed shape."""

    def __init__(self, generator):
        self.generator = generator

    def warm_up(self, work):
        work()

    def record(self, work):
        return work


def _steps(make, digits, *, device="cpu", model=MODEL, **fields):
    fields = {"dataset": "digits", "epochs": 2, "batch_size": 100, "warmup_epochs": 1, "schedule": "cosine"} | fields
    config = TrainConfig(device=device, **fields)
    vae = loop.build(model, config, digits).train()
    return make(vae, torch.from_numpy(digits.train).to(device), config)


def _trained(steps, *, counts=(3, 7, 5)):
    """Weights and sums after two epochs of 15 steps, the last of each on 97 images, taken in pieces."""
    assert sum(counts) == steps.batches.per_epoch == 15
    for epoch in range(2):
        steps.begin(schedule(steps.config, epoch, per_epoch=15))
        for count in counts:
            steps.advance(count)
    return [value.detach().cpu() for value in steps.model.parameters()], steps.sums.cpu(), steps.images


def _equal(one, other, *, rtol=1e-4):
    assert one[2] == other[2] == 2 * 1497
    torch.testing.assert_close(one[1], other[1], rtol=rtol, atol=0)
    torch.testing.assert_close(one[0], other[0], rtol=rtol, atol=1e-5)


OBJECTIVES = [
    {},
    {"gradient": "score-baseline"},
    {"bound": "iwae", "samples": 3},
    {"bound": "dreg", "samples": 3},
    {"free_bits": 0.3, "beta": 2.0},
]


@pytest.mark.parametrize("fields", OBJECTIVES)
def test_with_everything_on_the_device_the_steps_are_the_same(digits, fields):
    plain = _trained(_steps(Steps, digits, **fields))
    steps = _steps(lambda *given: CapturedSteps(*given, recorder=Doing), digits, **fields)
    _equal(_trained(steps), plain)
    assert steps.captured


def test_the_pieces_of_an_epoch_do_not_matter(digits):
    counts = [(15,), (1,) * 15, (14, 1)]
    ways = [CapturedSteps, lambda *given: CapturedSteps(*given, recorder=Doing)]
    first, *others = [_trained(_steps(way, digits), counts=pieces) for way in ways for pieces in counts]
    for other in others:
        _equal(other, first, rtol=1e-6)


def test_many_steps_are_few_launches(digits):
    steps = _steps(lambda *given: CapturedSteps(*given, recorder=Doing), digits)
    _trained(steps, counts=(15,))
    assert set(steps._launches) == {(4, 100), (1, 100), (1, 97)}
    assert steps.warm == 4  # the first launch of an epoch, which is done and not recorded


def test_without_a_gpu_the_steps_are_carried_out_and_the_reason_is_logged(digits, caplog):
    with caplog.at_level(logging.WARNING):
        steps = _steps(CapturedSteps, digits)
    assert not steps.captured
    assert "(the model is on the device cpu); they are carried out one by one" in caplog.text
    _equal(_trained(steps), _trained(_steps(Steps, digits)))


def test_a_failing_capture_falls_back_in_the_middle_of_an_epoch(digits, caplog):
    class Failing(Doing):
        def record(self, work):
            torch.rand(7, generator=self.generator)
            raise RuntimeError("operation not permitted when stream is capturing\nmore")

    steps = _steps(lambda *given: CapturedSteps(*given, recorder=Failing), digits)
    _equal(_trained(steps), _trained(_steps(Steps, digits)))
    assert not steps.captured
    assert caplog.text.count("not permitted when stream is capturing)") == 1


@gpu
@pytest.mark.parametrize("fields", OBJECTIVES)
def test_captured_steps_are_the_plain_steps(digits, fields):
    steps = _steps(CapturedSteps, digits, device="cuda", **fields)
    captured = _trained(steps)
    assert steps.captured
    _equal(captured, _trained(_steps(Steps, digits, device="cuda", **fields)), rtol=1e-3)


@gpu
def test_dropout_draws_anew_at_every_launch(digits):
    model = ModelConfig(image_shape=(1, 8, 8), hidden=(16,), dropout=0.5)
    runs = []
    for make in (Steps, CapturedSteps):
        torch.cuda.manual_seed(0)
        runs.append(_trained(_steps(make, digits, device="cuda", model=model)))
    _equal(*runs, rtol=1e-3)

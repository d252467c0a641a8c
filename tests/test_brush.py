"""What the drawing board computes, against numpy; node runs the very modules that the browser loads."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest

from ui.server import BROWSER

NODE = shutil.which("node")
SHAPES = [(1, 28, 28), (3, 16, 24), (1, 8, 8)]

pytestmark = pytest.mark.skipif(NODE is None and "CI" not in os.environ, reason="node is not installed")


def _node(module, script, **values):
    assert NODE, "node is missing, and in CI that is a failure"
    prelude = f"const the = await import({(BROWSER / module).as_uri()!r});"
    prelude += "import { readFileSync } from 'node:fs'; const given = JSON.parse(readFileSync(0, 'utf8'));"
    command = [NODE, "--input-type=module", "--eval", f"{prelude} console.log(JSON.stringify({script}));"]
    done = subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _draw(shape, places):
    script = """(() => {
        const pixels = new Float32Array(given.shape.reduce((a, b) => a * b)), steps = [];
        given.places.slice(1).forEach((place, i) => {
            the.stroke(pixels, given.shape, given.places[i], place);
            steps.push([...pixels]);
        });
        return steps;
    })()"""
    return np.array(_node("core/brush.js", script, shape=shape, places=places)).reshape(-1, *shape)


def _pieces(mask):
    """How many pieces a mask has, pixels that touch at a side or a corner being of one piece."""
    left, count = set(zip(*np.nonzero(mask), strict=True)), 0
    while left:
        count, waiting = count + 1, [left.pop()]
        while waiting:
            y, x = waiting.pop()
            near = {(y + j, x + i) for j in (-1, 0, 1) for i in (-1, 0, 1)} & left
            left -= near
            waiting += near
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stroke_is_soft_by_the_distance_to_its_segment(shape):
    _, height, width = shape
    a, b = (0.2 * width, 0.3 * height), (0.75 * width, 0.9 * height)
    inked = _draw(shape, [a, b])[0]
    y, x = np.mgrid[:height, :width] + 0.5
    points = np.linspace(a, b, 2001)
    distance = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1]).min(-1)
    radius = max(0.55, 1.3 / 28 * width)
    np.testing.assert_allclose(inked, np.broadcast_to(np.clip(radius + 0.5 - distance, 0, 1), shape), atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_fast_hand_leaves_no_dots_and_ink_only_adds(shape):
    _, height, width = shape
    places = np.random.default_rng(0).uniform(0, 1, (12, 2)) * (width, height)
    steps = _draw(shape, places.tolist())
    assert all(_pieces(step[0] >= 0.3) == 1 for step in steps)
    assert (np.diff(steps, axis=0) >= 0).all() and steps.max() <= 1
    assert (steps == steps[:, :1]).all()  # all channels are inked alike


def test_a_touch_is_a_dot_and_one_outside_the_board_changes_nothing():
    assert _draw((1, 28, 28), [(14.5, 14.5)] * 2)[0].sum() == pytest.approx(np.pi * 1.3**2, rel=0.1)
    assert not _draw((1, 28, 28), [(-9, 5), (-9, 40)])[0].any()


def _fit(ink, shape):
    script = "[...(the.fit(given.ink.flat(), given.size, given.shape) ?? [])]"
    found = _node("core/scan.js", script, ink=ink.tolist(), size=ink.shape, shape=shape)
    return np.array(found).reshape(shape) if found else None


def _ink(grey):
    script = "[...the.inkOf(Float32Array.from(given.grey.flat()), given.size)]"
    return np.array(_node("core/scan.js", script, grey=grey.tolist(), size=grey.shape)).reshape(grey.shape)


def _seven(size=240, thick=14):
    """A seven, not in the middle of its picture."""
    ink = np.zeros((size, size))
    ink[40 : 40 + thick, 60:170] = 1
    for i in range(120):
        ink[40 + i, 170 - thick - i // 2 : 170 - i // 2] = 1
    return ink


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 28, 28), (1, 40, 28)])
def test_a_picture_is_fitted_as_mnists_digits_were(shape):
    image = _fit(_seven(), shape)
    sides = [np.ptp(np.flatnonzero(image[0].max(axis))) + 1 for axis in (1, 0)]
    assert max(28 / 20 * inked / side for inked, side in zip(sides, shape[1:], strict=True)) == pytest.approx(1)
    y, x = np.mgrid[: shape[1], : shape[2]]
    middle = [(axis * image[0]).sum() / image[0].sum() for axis in (y, x)]
    np.testing.assert_allclose(middle, [side / 2 for side in shape[1:]], atol=0.55)  # whole pixels, as MNIST's
    assert (image == image[:1]).all() and image.min() >= 0 and image.max() <= 1 + 1e-6


def test_fitting_twice_changes_nothing():
    once = _fit(_seven(), (1, 28, 28))
    np.testing.assert_allclose(_fit(once[0], (1, 28, 28)), once, atol=1e-6)


def test_an_image_of_nearly_the_right_size_is_only_moved():
    inked = _draw((1, 28, 28), [(6, 4), (15, 5), (9, 19)])[-1]
    moved = _fit(inked[0], (1, 28, 28))
    assert not np.array_equal(moved, inked)
    np.testing.assert_allclose(np.sort(moved, axis=None), np.sort(inked, axis=None), atol=1e-6)


def test_a_tiny_image_is_filled_like_the_digits_of_its_set():
    image = _fit(_seven(), (1, 8, 8))[0]
    assert image.max(1).min() > 0.2  # scikit-learn's digits reach from the first row to the last


def test_a_blank_board_has_nothing_to_fit():
    assert _fit(np.zeros((28, 28)), (1, 28, 28)) is None


@pytest.mark.parametrize("dark", [True, False], ids=["dark on bright", "bright on dark"])
@pytest.mark.parametrize("fall", [0, 0.5], ids=["even light", "light from one side"])
def test_ink_is_found_on_noisy_paper(dark, fall):
    ink, rng = _seven(), np.random.default_rng(0)
    light = 1 - fall * np.linspace(0, 1, 240)
    grey = light * (0.9 - 0.75 * ink if dark else 0.1 + 0.75 * ink) + 0.02 * rng.standard_normal(ink.shape)
    grey[0, 7], grey[2, 9] = 0, 1.5  # specks
    found = _ink(grey)
    assert found[ink == 1].mean() > 0.9 and found[ink == 0].mean() < 0.01
    np.testing.assert_allclose(_fit(found, (1, 28, 28)), _fit(ink, (1, 28, 28)), atol=0.35)


def test_clean_ink_keeps_its_greys():
    ink = np.zeros((60, 60))
    ink[20:40, 20:40] = np.linspace(0.2, 1, 20)
    np.testing.assert_allclose(_ink(1 - ink), ink, atol=0.09)


def test_blank_paper_has_no_ink():
    assert not _ink(0.9 + 0.01 * np.random.default_rng(0).standard_normal((60, 80))).any()


@pytest.mark.parametrize(("latent", "most"), [(1, 4), (2, 4), (3, 4), (4, 4), (20, 4), (2, 1), (20, 8)])
def test_the_fixed_noise_has_the_moments_of_the_prior(latent, most):
    script = "the.noises(given.latent, given.most).map((row) => [...row])"
    noise = np.array(_node("draw/meter.js", script, latent=latent, most=most))
    assert len(noise) <= 2 * most and len(np.unique(noise, axis=0)) == len(noise)
    np.testing.assert_array_equal(noise[::2], -noise[1::2])  # antithetic pairs: every odd moment is 0
    covariance = noise.T @ noise / len(noise)
    np.testing.assert_array_equal(np.diag(covariance), 1)
    if latent <= len(noise) / 2:
        np.testing.assert_array_equal(covariance, np.eye(latent))

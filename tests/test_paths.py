"""Ways between codes and their GIFs; node runs the very modules that the browser loads."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ui.server import BROWSER
from vae_core.latent import interpolate

NODE = shutil.which("node")
STEPS = 9

pytestmark = pytest.mark.skipif(NODE is None and "CI" not in os.environ, reason="node is not installed")


def _node(module, expression, folder, **inputs):
    """What the expression gives, as JSON; it sees the module's exports as `m` and the inputs by their names."""
    assert NODE, "node is missing, and in CI that is a failure"
    (folder / "inputs.json").write_text(json.dumps(inputs, default=lambda array: array.tolist()))
    script = f"""
    import * as m from {(BROWSER / module).as_uri()!r};
    import {{ readFileSync, writeFileSync }} from 'node:fs';
    const {{ {", ".join(inputs)} }} = JSON.parse(readFileSync('inputs.json'));
    const plain = (key, value) => ArrayBuffer.isView(value) ? [...value] : value;
    console.log(JSON.stringify({expression}, plain) ?? null);
    """
    command = [NODE, "--input-type=module", "--eval", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _codes(*shape, seed=0):
    # As the browser has them: in single precision.
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32).astype(float)


def _pairs(latent):
    a, b = _codes(2, latent, seed=latent)
    zero = np.zeros(latent)
    unlike = [[a, b], [3 * a, b], [1e-3 * a, b]]
    return [*unlike, [a, 2 * a], [a, -a], [a, -0.5 * a], [a, a], [zero, b], [a, zero], [zero, zero]]


@pytest.mark.parametrize("latent", [1, 2, 20])
@pytest.mark.parametrize("spherical", [False, True])
def test_node_interpolates_as_the_core_does(latent, spherical, tmp_path):
    pairs, shares = np.array(_pairs(latent)), np.linspace(0, 1, STEPS)
    curve = "m.slerp" if spherical else "m.lerp"
    ours = _node(
        "core/ways.js",
        f"pairs.map(([a, b]) => shares.map((t) => {curve}(a, b, t)))",
        tmp_path,
        pairs=pairs,
        shares=shares,
    )
    theirs = [interpolate(start, end, steps=STEPS, spherical=spherical) for start, end in pairs]
    np.testing.assert_allclose(ours, theirs, atol=2e-6)


def test_along_the_sphere_the_norm_changes_evenly(tmp_path):
    a, b = _codes(2, 20)
    norms = _node(
        "core/ways.js", "shares.map((t) => m.norm(m.slerp(a, b, t)))", tmp_path, a=a, b=b, shares=[0, 0.25, 0.5, 1]
    )
    first, last = np.linalg.norm(a), np.linalg.norm(b)
    np.testing.assert_allclose(norms, first + (last - first) * np.array([0, 0.25, 0.5, 1]), rtol=1e-6)


def test_four_corners_blend_bilinearly(tmp_path):
    codes, sides = _codes(4, 5), np.linspace(0, 1, 5)
    blends = _node(
        "core/ways.js",
        "sides.map((v) => sides.map((u) => m.bilinear(codes, u, v)))",
        tmp_path,
        codes=codes,
        sides=sides,
    )
    u, v = sides[None, :, None], sides[:, None, None]
    a, b, c, d = codes
    expected = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)
    np.testing.assert_allclose(blends, expected, atol=1e-6)
    np.testing.assert_array_equal([blends[0][0], blends[0][-1], blends[-1][0], blends[-1][-1]], codes)
    np.testing.assert_allclose(blends[2][2], codes.mean(axis=0), atol=1e-6)


def test_a_tour_is_at_each_code_after_the_same_time(tmp_path):
    codes = _codes(4, 3)
    places = _node(
        "core/ways.js", "shares.map(m.tour(codes, m.slerp))", tmp_path, codes=codes, shares=[0, 1 / 3, 2 / 3, 1]
    )
    np.testing.assert_allclose(places, codes, atol=1e-6)


@pytest.mark.parametrize("doubled", [False, True])
def test_a_polyline_is_walked_at_even_speed(doubled, tmp_path):
    # Legs of very different lengths; a hand that rests draws the same code twice, also at the start and at the end.
    codes = np.repeat(_codes(6, 3) * np.array([1, 1, 5, 0.1, 1, 3])[:, None], 2 if doubled else 1, axis=0)
    shares = np.linspace(0, 1, 101)
    places = np.array(_node("core/ways.js", "shares.map(m.along(codes))", tmp_path, codes=codes, shares=shares))
    gone = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(codes, axis=0), axis=1))])
    for dimension in range(3):
        kept = np.concatenate([[True], np.diff(gone) > 0])
        expected = np.interp(shares * gone[-1], gone[kept], codes[kept, dimension])
        np.testing.assert_allclose(places[:, dimension], expected, atol=1e-5)


def test_a_polyline_that_stays_in_one_place_is_no_error(tmp_path):
    codes = [[1, 2], [1, 2], [1, 2]]
    assert _node("core/ways.js", "[0, 0.5, 1].map(m.along(codes))", tmp_path, codes=codes) == codes


def _images(kind, count, shape):
    noise = np.random.default_rng(1).integers(0, 256, (count, *shape))
    if kind == "noise":
        return noise
    ramp = np.arange(np.prod(shape)).reshape(shape) % 256
    return np.stack([ramp if kind == "ramps" else np.full(shape, 9 * frame) for frame in range(count)])


def _nearest(level, step):
    return np.floor(level / step + 0.5) * step // 1


def _shown(image, scale):
    enlarged = image.repeat(scale, axis=1).repeat(scale, axis=2)
    if len(image) == 1:
        return enlarged.repeat(3, axis=0)
    red, green, blue = enlarged[0], enlarged[1 if len(image) > 2 else 0], enlarged[-1]
    return np.stack([_nearest(red, 51), _nearest(green, 42.5), _nearest(blue, 51)])


SHAPES = [((1, 8, 8), 28), ((1, 28, 28), 8), ((3, 28, 28), 4), ((2, 6, 9), 5), ((1, 1, 1), 1), ((1, 300, 7), 1)]


@pytest.mark.parametrize("kind", ["noise", "flat", "ramps"])
@pytest.mark.parametrize(("shape", "scale"), SHAPES)
def test_pillow_reads_the_gif(kind, shape, scale, tmp_path):
    images = _images(kind, 3, shape)
    frames = "images.map((image) => m.frame(image, shape, scale, delay))"
    write = f"writeFileSync('out.gif', Buffer.concat(m.gif({frames}, shape, scale)))"
    _node("core/gif.js", write, tmp_path, images=images.reshape(3, -1), shape=shape, scale=scale, delay=15)
    with Image.open(tmp_path / "out.gif") as picture:
        assert (picture.n_frames, picture.info["loop"]) == (3, 0)
        assert picture.size == (shape[2] * scale, shape[1] * scale)
        for frame, image in zip(ImageSequence.Iterator(picture), images, strict=True):
            assert frame.info["duration"] == 150
            np.testing.assert_array_equal(np.array(frame.convert("RGB")).transpose(2, 0, 1), _shown(image, scale))

"""The browser's planes of the latent space against numpy; node runs the very module that the browser loads."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest

from ui.server import BROWSER

NODE = shutil.which("node")
LATENT = 5
pytestmark = pytest.mark.skipif(NODE is None and "CI" not in os.environ, reason="node is not installed")


def run(script: str, **values: object) -> object:
    """What a script returns that sees both modules as ``P`` and each array as a Float32Array of its name."""
    assert NODE, "node is missing, and in CI that is a failure"
    plain = {name: np.asarray(value, dtype=np.float32).ravel().tolist() for name, value in values.items()}
    text = f"import * as A from {(BROWSER / 'core/planes.js').as_uri()!r};"
    text += f"import * as B from {(BROWSER / 'core/spans.js').as_uri()!r};"
    text += "const P = { ...A, ...B };"
    text += f"const given = {json.dumps(plain)};"
    text += "".join(f"const {name} = Float32Array.from(given.{name});" for name in plain)
    text += f"const answer = (() => {{ {script} }})();"
    text += "console.log(JSON.stringify(answer, (_, v) => ArrayBuffer.isView(v) ? Array.from(v) : v));"
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", text], capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture
def codes() -> np.ndarray:
    scales = np.array([0.3, 2.0, 1.0, 0.1, 1.4])
    return (np.random.default_rng(0).normal(size=(400, LATENT)) * scales + 0.5).astype(np.float32)


def test_an_axes_plane_changes_two_dimensions_only() -> None:
    seen = [0.1, 0.2, 0.3, 0.4, 0.5]
    code = run(f"return P.axesPlane({LATENT}, 3, 1, []).at([7, 8], seen)", seen=seen)
    assert code == pytest.approx([0.1, 8, 0.3, 7, 0.5])


def test_the_principal_plane_spans_the_first_eigenvectors(codes: np.ndarray) -> None:
    plane = run(f"return P.principalPlane(codes, {LATENT}, [])", codes=codes)
    _, vectors = np.linalg.eigh(np.cov(codes.T))
    for name, position in (("right", -1), ("up", -2)):
        assert abs(np.dot(plane[name], vectors[:, position])) == pytest.approx(1, abs=1e-4)
    assert plane["origin"] == pytest.approx(codes.mean(axis=0).tolist(), abs=1e-5)


def test_a_plane_through_three_codes_contains_them(codes: np.ndarray) -> None:
    script = "const p = P.planeThrough([a, b, c], []); return [a, b, c].map((code) => p.at(p.place(code), a));"
    back = run(script, a=codes[0], b=codes[1], c=codes[2])
    np.testing.assert_allclose(back, codes[:3], atol=1e-5)


def test_three_codes_on_a_line_span_no_plane() -> None:
    assert run("return P.planeThrough([a, b, c], [])", a=[0, 0, 1], b=[1, 0, 1], c=[3, 0, 1]) is None


def test_projecting_a_table_is_placing_each_code(codes: np.ndarray) -> None:
    script = f"const p = P.principalPlane(codes, {LATENT}, []); const rows = (i) => codes.subarray(i * 5, i * 5 + 5);"
    script += "return [p.project(codes).slice(0, 20), Array.from({ length: 10 }, (_, i) => p.place(rows(i))).flat()];"
    projected, placed = run(script, codes=codes)
    np.testing.assert_allclose(projected, placed, atol=1e-5)


def test_the_ellipse_is_that_of_the_projected_covariance(codes: np.ndarray) -> None:
    logvar = np.array([0.1, -1, 0.5, -2, 0.3])
    script = "const p = P.planeThrough([a, b, c], []); return { ...p.ellipse(logvar), right: p.right, up: p.up };"
    found = run(script, a=codes[0], b=codes[1], c=codes[2], logvar=logvar)
    basis = np.array([found["right"], found["up"]])
    values, vectors = np.linalg.eigh(basis @ np.diag(np.exp(logvar)) @ basis.T)
    assert [found["minor"], found["major"]] == pytest.approx(np.sqrt(values), abs=1e-5)
    along = np.array([np.cos(found["angle"]), np.sin(found["angle"])])
    assert abs(along @ vectors[:, 1]) == pytest.approx(1, abs=1e-5)


def test_the_nearest_code_and_the_reach_are_those_of_all_pairs(codes: np.ndarray) -> None:
    z = np.full(LATENT, 0.3)
    script = (
        f"const all = P.heeded({LATENT}); return [P.nearest(codes, {LATENT}, z, all), P.reach(codes, {LATENT}, all)];"
    )
    near, reach = run(script, codes=codes, z=z)
    distances = np.linalg.norm(codes - z, axis=1)
    assert near == {"index": int(distances.argmin()), "distance": pytest.approx(float(distances.min()), abs=1e-5)}
    pairs = np.linalg.norm(codes[:, None] - codes[None], axis=2) + np.diag(np.full(len(codes), np.inf))
    assert np.quantile(pairs.min(axis=1), 0.9) <= reach <= np.quantile(pairs.min(axis=1), 0.99)


def test_a_dimension_that_carries_nothing_keeps_no_distance(codes: np.ndarray) -> None:
    z = [0.3, 0.3, 9, 0.3, 9]
    script = f"return P.nearest(codes, {LATENT}, z, P.heeded({LATENT}, [1, 1, 0.001, 1, 0]));"
    near = run(script, codes=codes, z=z)
    distances = np.linalg.norm(codes[:, [0, 1, 3]] - 0.3, axis=1)
    assert near == {"index": int(distances.argmin()), "distance": pytest.approx(float(distances.min()), abs=1e-5)}

"""The browser's engine computes what torch computes; node runs the very modules that the browser loads."""

import json
import os
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from ui.server import BROWSER
from vae_core import objective, runs
from vae_core.config import ACTIVATIONS, LIKELIHOODS, ModelConfig
from vae_core.jobs import evaluate
from vae_core.layers import browser_spec
from vae_core.model import VAE
from vae_core.prior import STANDARD_NORMAL

NODE = shutil.which("node")
SAMPLES = 100
MODELS = Path(__file__).parent.parent / "models"
DENSE = ModelConfig(hidden=(64, 32), latent_dim=2)
CONV = ModelConfig(hidden=(32,), channels=(8, 12), latent_dim=3)
WORDS = ModelConfig(hidden=(32,), latent_dim=3, image_shape=(27, 1, 12), likelihood="categorical")

pytestmark = pytest.mark.skipif(NODE is None and "CI" not in os.environ, reason="node is not installed")


def _node(script, *arguments):
    assert NODE, "node is missing, and in CI that is a failure"
    prelude = f"import {{ parseSafetensors }} from {(BROWSER / 'core/safetensors.js').as_uri()!r};"
    prelude += f"import {{ buildVae }} from {(BROWSER / 'core/vae.js').as_uri()!r};"
    prelude += f"import {{ distortion, placesOf }} from {(BROWSER / 'core/likelihood.js').as_uri()!r};"
    prelude += f"import {{ rates }} from {(BROWSER / 'core/prior.js').as_uri()!r};"
    prelude += "import { readFileSync, writeFileSync } from 'node:fs';"
    prelude += "const bytes = (path) => Uint8Array.from(readFileSync(path)).buffer;"
    command = [NODE, "--input-type=module", "--eval", prelude + script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


RUN_ALL = """
const [folder, spec] = process.argv.slice(1);
const read = (name) => parseSafetensors(bytes(`${folder}/${name}.safetensors`));
const vae = buildVae(JSON.parse(spec), { ...read('decoder'), ...read('encoder') });
const { x, z } = read('inputs');
const rows = ({ shape: [count], data }) =>
  Array.from({ length: count }, (_, i) => data.subarray(i * data.length / count, (i + 1) * data.length / count));
const codes = rows(x).map((image) => vae.encode(image));
const results = {
  mu: codes.map((code) => [...code.mu]), logvar: codes.map((code) => [...code.logvar]),
  output: rows(z).map((code) => [...vae.decode(code)]), mean: rows(z).map((code) => [...vae.mean(code)]),
  distortion: rows(z).map((code, i) => [
    distortion(vae.decode(code), rows(x)[i], vae.likelihood, 0.1, placesOf(vae.shape))]),
  rates: codes.map((code) => rates(code.mu, code.logvar)),
};
writeFileSync(`${folder}/results.json`, JSON.stringify(results));
"""


def _inputs(config):
    x = torch.rand(SAMPLES, *config.image_shape) * (torch.rand(SAMPLES, *config.image_shape) < 0.5)
    return x, 2 * torch.randn(SAMPLES, config.latent_dim)


def _in_node(config, parts, x, z, folder):
    contents = parts | {"inputs": save({"x": x.numpy(), "z": z.numpy()})}
    for name, content in contents.items():
        (folder / f"{name}.safetensors").write_bytes(content)
    done = _node(RUN_ALL, folder, json.dumps(browser_spec(config)))
    assert done.returncode == 0, done.stderr
    return {name: np.array(rows) for name, rows in json.loads((folder / "results.json").read_text()).items()}


@torch.no_grad()
def _in_torch(model, x, z):
    mu, logvar = model.encode(x)
    output = model.decode(z)
    return {
        "mu": mu,
        "logvar": logvar,
        "output": output.flatten(1),
        # In double precision, as JavaScript computes: the continuous Bernoulli's mean cancels digits near 1/2.
        "mean": objective.mean_image(output.double(), model.config).flatten(1),
        "distortion": objective.distortion(output, x, model.config)[:, None],
        "rates": STANDARD_NORMAL.rate(mu, logvar),
    }


CONFIGS = [
    *(replace(DENSE, activation=activation) for activation in ACTIVATIONS),
    *(replace(DENSE, likelihood=likelihood) for likelihood in LIKELIHOODS),
    replace(DENSE, hidden=(37, 13, 7), latent_dim=5, image_shape=(1, 9, 7), dropout=0.5),
    replace(DENSE, hidden=(), latent_dim=1, image_shape=(3, 5, 3)),
    *(replace(CONV, activation=activation) for activation in ACTIVATIONS),
    replace(CONV, image_shape=(3, 12, 20), channels=(5, 7), hidden=()),
    replace(CONV, image_shape=(3, 6, 10), channels=(3,), likelihood="gaussian"),
    WORDS,
    replace(WORDS, channels=(8, 12)),
]


@pytest.mark.parametrize(
    "config", CONFIGS, ids=lambda c: f"{c.activation}-{c.likelihood}-{c.hidden}-{c.channels}-{c.image_shape}"
)
def test_node_computes_what_torch_computes(config, tmp_path):
    torch.manual_seed(0)
    model = VAE(config).eval()
    x, z = _inputs(config)
    parts = {part: save(_of(part, model.arrays())) for part in ("decoder", "encoder")}
    _compare(_in_node(config, parts, x, z, tmp_path), _in_torch(model, x, z), config)


def _of(part, arrays):
    return {name: array for name, array in arrays.items() if name.startswith(part)}


def _compare(ours, theirs, config):
    tolerance = 1e-4 if config.channels else 1e-5
    for name in ("mu", "logvar", "mean"):
        assert np.abs(ours[name] - theirs[name].numpy()).max() <= tolerance, name
    # Trained models answer with logits of some hundreds, where one step of float32 alone is 3e-5.
    for name in ("output", "rates"):
        there = theirs[name].numpy()
        assert (np.abs(ours[name] - there) <= tolerance + 1e-6 * np.abs(there).max(axis=1, keepdims=True)).all(), name
    np.testing.assert_allclose(ours["distortion"], theirs["distortion"], rtol=1e-5, atol=1e-3)


SHIPPED = ("mnist-2d", "mnist-2d-conv", "mnist-10d", "mnist-20d", "digits-2d", "spoken-digits-2d", "spoken-digits-16d")


@pytest.mark.parametrize("name", SHIPPED)
def test_node_computes_a_shipped_model_from_its_parts(name, tmp_path):
    torch.manual_seed(0)
    run = runs.open_run(MODELS / name)
    x, z = _inputs(run.model)
    if name.startswith("spoken"):  # noise is no sound: its codes would be far from all that the model has learnt
        x = torch.from_numpy(runs.open_run(MODELS / "spoken-digits-2d").read(runs.EXAMPLES)["images"][:SAMPLES]) / 255
    parts = {part: run.part(part) for part in ("decoder", "encoder")}
    _compare(_in_node(run.model, parts, x, z, tmp_path), _in_torch(evaluate.load_model(run), x, z), run.model)


OPEN = "try { buildVae(JSON.parse(process.argv[2]), parseSafetensors(bytes(process.argv[1]))); console.log('fine'); }"
OPEN += "catch (error) { console.log(error.message); }"


def _sentence(tmp_path, content, spec):
    (tmp_path / "broken").write_bytes(content)
    done = _node(OPEN, tmp_path / "broken", json.dumps(spec))
    assert done.returncode == 0, done.stderr
    return done.stdout


def _with(arrays, **changed):
    return save({**arrays, **{name.replace("_", "."): value for name, value in changed.items()}})


@pytest.fixture(scope="module")
def arrays():
    return VAE(DENSE).arrays()


def test_a_whole_file_is_fine(tmp_path, arrays):
    assert "fine" in _sentence(tmp_path, save(arrays), browser_spec(DENSE))


@pytest.mark.parametrize("kept", [0, 4, 40, 5000])
def test_a_cut_file_is_called_cut_short(tmp_path, arrays, kept):
    assert "cut short" in _sentence(tmp_path, save(arrays)[:kept], browser_spec(DENSE))


def test_other_files_are_called_no_safetensors(tmp_path):
    assert "no safetensors file" in _sentence(tmp_path, b"PK\3\4" + bytes(range(200)), browser_spec(DENSE))
    assert "no safetensors file" in _sentence(
        tmp_path, struct.pack("<Q", 5) + b"hello" + bytes(50), browser_spec(DENSE)
    )


def test_diverged_weights_are_named(tmp_path, arrays):
    content = _with(arrays, decoder_0_bias=np.full(32, np.nan, np.float32))
    assert "decoder.0.bias holds NaN" in _sentence(tmp_path, content, browser_spec(DENSE))
    content = _with(arrays, decoder_0_bias=np.full(32, np.inf, np.float32))
    assert "decoder.0.bias holds NaN" in _sentence(tmp_path, content, browser_spec(DENSE))


def test_unreadable_numbers_are_named(tmp_path, arrays):
    content = _with(arrays, decoder_0_bias=np.zeros(32, np.float64))
    assert "type F64 (tensor decoder.0.bias)" in _sentence(tmp_path, content, browser_spec(DENSE))


def test_diverged_weights_in_half_precision_are_named(tmp_path, arrays):
    content = _with(arrays, decoder_0_bias=np.full(32, np.inf, np.float16))
    assert "decoder.0.bias holds NaN" in _sentence(tmp_path, content, browser_spec(DENSE))


def test_every_half_is_read_as_numpy_reads_it(tmp_path):
    halves = np.arange(65_536, dtype=np.uint16).view(np.float16)
    (tmp_path / "halves").write_bytes(save({"x": halves}))
    script = "const { x } = parseSafetensors(bytes(process.argv[1])); writeFileSync(process.argv[2], x.data);"
    assert _node(script, tmp_path / "halves", tmp_path / "floats").returncode == 0
    floats = np.fromfile(tmp_path / "floats", np.float32)
    np.testing.assert_array_equal(floats, halves.astype(np.float32))  # where NaN equals NaN
    numbers = ~np.isnan(floats)
    assert (np.signbit(floats) == np.signbit(halves))[numbers].all()  # and -0 does not equal 0


def test_weights_of_another_model_are_refused(tmp_path, arrays):
    spec = browser_spec(replace(DENSE, hidden=(64, 31)))
    assert "has the shape" in _sentence(tmp_path, save(arrays), spec)
    del arrays["encoder.1.weight"]
    assert "lack the tensor encoder.1.weight" in _sentence(tmp_path, save(arrays), browser_spec(DENSE))


def test_an_unknown_layer_is_named(tmp_path, arrays):
    spec = browser_spec(DENSE)
    spec["decoder"][1]["kind"] = "attention"
    assert "cannot run a layer of kind attention" in _sentence(tmp_path, save(VAE(DENSE).arrays()), spec)

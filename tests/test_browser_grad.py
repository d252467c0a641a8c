"""The browser's backpropagation finds the gradients that torch's autograd finds; node runs its very module."""

import json
import math
import os
import shutil
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
from vae_core.model import VAE, reparameterize
from vae_core.prior import STANDARD_NORMAL

NODE = shutil.which("node")
MODELS = Path(__file__).parent.parent / "models"
IMAGES = 4
TOLERANCE = 1e-4
DENSE = ModelConfig(image_shape=(1, 12, 12), hidden=(24, 16), latent_dim=3)
CONV = replace(DENSE, hidden=(20,), channels=(5, 4))
CONFIGS = [
    *(replace(DENSE, activation=activation) for activation in ACTIVATIONS),
    *(replace(CONV, activation=activation) for activation in ACTIVATIONS),
    *(replace(base, likelihood=likelihood) for base in (DENSE, CONV) for likelihood in [*LIKELIHOODS][1:]),
    replace(DENSE, hidden=(17, 9, 7), latent_dim=5, image_shape=(1, 9, 7), dropout=0.5),
    replace(DENSE, hidden=(), latent_dim=1, image_shape=(3, 5, 3)),
    replace(CONV, image_shape=(3, 12, 20), hidden=(), activation="silu"),
    replace(CONV, image_shape=(3, 6, 10), channels=(3,), likelihood="gaussian", pixel_std=0.3),
    replace(DENSE, image_shape=(6, 1, 8), likelihood="categorical"),
    replace(CONV, image_shape=(6, 1, 8), likelihood="categorical", activation="silu"),
]
SHIPPED = ["mnist-2d", "mnist-2d-conv", "digits-2d"]

pytestmark = pytest.mark.skipif(NODE is None and "CI" not in os.environ, reason="node is not installed")

PRELUDE = f"""
import {{ readFileSync, writeFileSync }} from 'node:fs';
import {{ parseSafetensors }} from {(BROWSER / "core/safetensors.js").as_uri()!r};
import {{ buildGradients, scoreFunction, summary }} from {(BROWSER / "core/gradients.js").as_uri()!r};
import {{ tape }} from {(BROWSER / "core/tape.js").as_uri()!r};
const [folder, spec, pixelStd, options] = process.argv.slice(1).map((value, i) => (i ? JSON.parse(value) : value));
const read = (name) => parseSafetensors(Uint8Array.from(readFileSync(`${{folder}}/${{name}}.safetensors`)).buffer);
const tensors = read('weights'), inputs = read('inputs');
const rows = ({{ shape: [count], data }}) =>
  Array.from({{ length: count }}, (_, i) => data.slice(i * data.length / count, (i + 1) * data.length / count));
const plain = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
const answer = (results) => writeFileSync(`${{folder}}/results.json`, JSON.stringify(results, plain));
"""
TAPES = """
const both = (part, shape, x, slopes) => {
  const { forward, backward } = tape(spec[part], tensors, part, shape);
  return rows(x).map((input, i) => ({ output: forward(input), ...backward(rows(slopes)[i]) }));
};
answer({
  encoder: both('encoder', spec.image_shape, inputs.x, inputs.dCode),
  decoder: both('decoder', [spec.latent_dim], inputs.z, inputs.dOutput),
});
"""
GRADIENTS = """
const { gradients } = buildGradients(spec, tensors, pixelStd), images = rows(inputs.x), eps = rows(inputs.eps);
answer(options.map((option) => images.map((image, i) => gradients(image, eps[i], option))));
"""
ESTIMATES = """
const { estimates } = buildGradients(spec, tensors, pixelStd), { mu, logvar, eps } = inputs;
let drawn = 0;
const found = estimates(rows(inputs.x)[0], { mu: mu.data, logvar: logvar.data }, eps.shape[0], () => eps.data[drawn++]);
const score = scoreFunction(found.f, found.scores), baseline = scoreFunction(found.f, found.scores, true);
const of = (values) => summary(values, 2 * spec.latent_dim);
const summaries = { pathwise: of(found.pathwise), score: of(score), baseline: of(baseline) };
answer({ ...found, score, baseline, summaries });
"""


def _node(script, model, inputs, folder, options=()):
    assert NODE, "node is missing, and in CI that is a failure"
    (folder / "weights.safetensors").write_bytes(save(model.arrays()))
    (folder / "inputs.safetensors").write_bytes(save({k: v.float().numpy() for k, v in inputs.items()}))
    config = model.config
    arguments = [folder, *map(json.dumps, (browser_spec(config), config.pixel_std, options))]
    command = [NODE, "--input-type=module", "--eval", PRELUDE + script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "results.json").read_text())


def _name(config):
    return f"{config.activation}-{config.likelihood}-{config.hidden}-{config.channels}-{config.image_shape}"


def _random_model(config):
    torch.manual_seed(0)
    model = VAE(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # the first weights are so small that the activations are almost linear
            parameter.mul_(2)
    return model


def _shipped_model(name):
    torch.manual_seed(0)
    return evaluate.load_model(runs.open_run(MODELS / name))


def _images(config):
    """Grey pixels and exact zeros, which make equal maxima; every image with another share of them."""
    shares = torch.linspace(0.3, 0.9, IMAGES)[:, None, None, None]
    return torch.rand(IMAGES, *config.image_shape) * (torch.rand(IMAGES, *config.image_shape) < shares)


@torch.no_grad()
def _drawn(model):
    """Images such as the model has seen, of whole grey levels: what it decodes from codes of the prior."""
    image = objective.mean_image(model.decode(torch.randn(IMAGES, model.config.latent_dim)), model.config)
    return (255 * image).round() / 255


def _close(ours, theirs, what):
    ours, theirs = np.asarray(ours).ravel(), np.asarray(theirs).ravel()
    assert ours.shape == theirs.shape, what
    assert np.abs(ours - theirs).max() <= TOLERANCE * np.abs(theirs).max() + 1e-12, what


def _close_norms(ours, theirs, what):
    """`theirs`: gradients by the parameters' names, None where nothing arrives."""
    found = {f"{entry['position']}.{name}": entry[name] for entry in ours for name in ("weight", "bias")}
    assert list(found) == list(theirs), what
    for name, gradient in theirs.items():
        expected = 0.0 if gradient is None else gradient.norm().item()
        assert found[name] == pytest.approx(expected, rel=TOLERANCE, abs=1e-12), f"{what} {name}"


def _slopes(value, part):
    names, parameters = zip(*part.named_parameters(), strict=True)
    gradients = torch.autograd.grad(value, parameters, retain_graph=True, allow_unused=True)
    return dict(zip(names, gradients, strict=True))


def _check_tapes(model, x, folder):
    config = model.config
    z = 2 * torch.randn(IMAGES, config.latent_dim)
    d_code, d_output = torch.randn(IMAGES, 2 * config.latent_dim), torch.randn(IMAGES, math.prod(config.image_shape))
    ours = _node(TAPES, model, {"x": x, "z": z, "dCode": d_code, "dOutput": d_output}, folder)
    exact = model.double()
    for part, inputs, slopes in (("encoder", x, d_code), ("decoder", z, d_output)):
        module = getattr(exact, part)
        for answer, one, slope in zip(ours[part], inputs.double(), slopes.double(), strict=True):
            one = one[None].requires_grad_()
            output = module(one)
            value = (output.flatten() * slope).sum()
            _close(answer["output"], output.detach(), f"{part}'s output")
            _close(answer["input"], torch.autograd.grad(value, one, retain_graph=True)[0], f"{part}'s input")
            _close_norms(answer["layers"], _slopes(value, module), part)


@pytest.mark.parametrize("config", CONFIGS, ids=_name)
def test_every_kind_of_layer_passes_back_what_autograd_does(config, tmp_path):
    model = _random_model(config)
    _check_tapes(model, _images(config), tmp_path)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_layers_of_a_shipped_model_do(name, tmp_path):
    model = _shipped_model(name)
    _check_tapes(model, _drawn(model), tmp_path)


def _losses(model, x, eps, blocked=False):
    """Distortion, rate, z and (mu, logvar) of one image."""
    mu, logvar = model.encode(x[None])
    z = reparameterize(*((mu.detach(), logvar.detach()) if blocked else (mu, logvar)), eps[None]).requires_grad_()
    distortion = objective.distortion(model.decode(z), x[None], model.config).sum()
    return distortion, STANDARD_NORMAL.rate(mu, logvar).sum(), z, (mu, logvar)


OPTIONS = [{"beta": 1, "blocked": False}, {"beta": 0.25, "blocked": False}, {"beta": 4, "blocked": True}]


def _check_gradients(model, x, folder):
    eps = torch.randn(IMAGES, model.config.latent_dim)
    ours = _node(GRADIENTS, model, {"x": x, "eps": eps}, folder, OPTIONS)
    exact = model.double()
    for option, answers in zip(OPTIONS, ours, strict=True):
        for answer, image, noise in zip(answers, x.double(), eps.double(), strict=True):
            _check_one(answer, exact, image, noise, **option)


def _check_one(answer, model, x, eps, beta, blocked):
    distortion, rate, z, posterior = _losses(model, x, eps, blocked)
    # A density's -log p may come near 0.
    assert answer["distortion"] == pytest.approx(distortion.item(), rel=1e-5, abs=1e-5)
    assert answer["rate"] == pytest.approx(rate.item(), rel=1e-5, abs=1e-6)
    _close(answer["z"], z.detach(), "z")
    _close(answer["dz"], torch.autograd.grad(distortion, z, retain_graph=True)[0], "dz")
    _close_norms(answer["decoder"], _slopes(distortion, model.decoder), "decoder")
    parts = {"distortion": distortion, "rate": beta * rate, "total": distortion + beta * rate}
    for name, value in parts.items():
        ours = answer["encoder"][name]
        slopes = torch.autograd.grad(value, posterior, retain_graph=True, allow_unused=True)
        for ours_of, slope in zip((ours["dMu"], ours["dLogvar"]), slopes, strict=True):
            _close(ours_of, torch.zeros_like(posterior[0]) if slope is None else slope, f"posterior, {name}")
        _close_norms(ours["layers"], _slopes(value, model.encoder), f"encoder, {name}")
    if blocked:
        assert answer["encoder"]["total"] == answer["encoder"]["rate"]


@pytest.mark.parametrize("config", CONFIGS, ids=_name)
def test_an_image_has_the_gradients_that_autograd_finds(config, tmp_path):
    model = _random_model(config)
    _check_gradients(model, _images(config), tmp_path)


@pytest.mark.parametrize("name", SHIPPED)
def test_an_image_has_them_in_a_shipped_model(name, tmp_path):
    model = _shipped_model(name)
    _check_gradients(model, _drawn(model), tmp_path)


def test_a_saturated_variance_passes_back_little(tmp_path):
    """logvar = B tanh(r / B) at r near B, where the tanh's own slope is far from 1."""
    model = _random_model(DENSE)
    with torch.no_grad():
        model.encoder[-1].bias[DENSE.latent_dim :] = torch.tensor([-30.0, -12.0, 8.0])
    _check_gradients(model, _images(DENSE), tmp_path)


@pytest.mark.parametrize("channels", [(), (2,)])
def test_finite_differences_agree(channels, tmp_path):
    """Without autograd: every parameter of a tiny model a little up and down, in double precision."""
    tiny = ModelConfig(image_shape=(1, 4, 4), hidden=(3,), channels=channels, latent_dim=2, activation="tanh")
    model = _random_model(tiny)
    x, eps = _images(tiny), torch.randn(IMAGES, 2)
    ours = _node(GRADIENTS, model, {"x": x, "eps": eps}, tmp_path, [{"beta": 0.5}])
    exact = model.double().requires_grad_(False)
    for answer, image, noise in zip(ours[0], x.double(), eps.double(), strict=True):

        def loss(image=image, noise=noise):
            distortion, rate, *_ = _losses(exact, image, noise)
            return (distortion + 0.5 * rate).item()

        for part, norms in (("encoder", answer["encoder"]["total"]["layers"]), ("decoder", answer["decoder"])):
            slopes = {name: _differences(value, loss) for name, value in getattr(exact, part).named_parameters()}
            _close_norms(norms, slopes, part)


def _differences(parameter, loss, step=1e-5):
    flat, slopes = parameter.view(-1), []
    for i in range(flat.numel()):
        start = flat[i].item()
        flat[i] = start + step
        above = loss()
        flat[i] = start - step
        slopes.append((above - loss()) / (2 * step))
        flat[i] = start
    return torch.tensor(slopes)


LINEAR = ModelConfig(image_shape=(1, 3, 4), hidden=(), channels=(), latent_dim=2, likelihood="gaussian", pixel_std=0.5)


def _estimates(model, samples, folder):
    latent = model.config.latent_dim
    inputs = {
        "x": _images(model.config)[:1],
        "mu": torch.randn(latent),
        "logvar": torch.randn(latent) - 1,
        "eps": torch.randn(samples, latent),
    }
    return inputs, _node(ESTIMATES, model, inputs, folder)


@pytest.mark.parametrize(
    "config", [DENSE, replace(CONV, activation="silu"), replace(DENSE, likelihood="gaussian")], ids=_name
)
def test_each_draw_has_the_estimates_that_autograd_finds(config, tmp_path):
    model = _random_model(config)
    inputs, ours = _estimates(model, 20, tmp_path)
    model, (x, mu, logvar, eps) = model.double(), (inputs[name].double() for name in ("x", "mu", "logvar", "eps"))
    mu, logvar = (value.expand(20, -1).clone().requires_grad_() for value in (mu, logvar))
    z = reparameterize(mu, logvar, eps)
    f = objective.distortion(model.decode(z), x, config)
    pathwise = torch.cat(torch.autograd.grad(f.sum(), (mu, logvar), retain_graph=True), 1)
    log_q = torch.distributions.Normal(mu, torch.exp(0.5 * logvar)).log_prob(z.detach()).sum()
    scores = torch.cat(torch.autograd.grad(log_q, (mu, logvar)), 1)
    f = f.detach()[:, None]
    _close(ours["f"], f, "f")
    _close(ours["pathwise"], pathwise, "pathwise")
    _close(ours["scores"], scores, "scores")
    _close(ours["score"], f * scores, "score function")
    others = torch.stack([torch.cat([f[:i], f[i + 1 :]]).mean() for i in range(20)])[:, None]
    _close(ours["baseline"], (f - others) * scores, "with a baseline")
    for name in ("pathwise", "score", "baseline"):
        rows = np.array(ours[name]).reshape(20, -1)
        _close(ours["summaries"][name]["mean"], rows.mean(0), f"mean, {name}")
        _close(ours["summaries"][name]["variance"], rows.var(0, ddof=1), f"variance, {name}")


def test_all_estimators_mean_the_closed_form(tmp_path):
    """Of a linear decoder with a Gaussian likelihood E_q[distortion] is a quadratic form, known with its gradient."""
    samples = 4000
    model = _random_model(LINEAR)
    inputs, ours = _estimates(model, samples, tmp_path)
    x, mu, variances = inputs["x"].flatten(), inputs["mu"], inputs["logvar"].exp()
    weight, bias = (parameter.detach() for parameter in model.decoder.parameters())
    precision = LINEAR.pixel_std**-2
    of_mu = precision * weight.T @ (weight @ mu + bias - x)
    of_logvar = precision * variances * weight.square().sum(0) / 2
    closed = torch.cat([of_mu, of_logvar]).numpy()
    for name, found in ours["summaries"].items():
        errors = np.sqrt(np.array(found["variance"]) / samples)
        assert (np.abs(np.array(found["mean"]) - closed) <= 3 * errors).all(), name
    # The pathwise estimate in mu is linear in eps: its variance is known as well.
    known = ((precision * weight.T @ weight).square() @ variances).numpy()
    ours_path, ours_score, ours_baseline = (
        np.array(ours["summaries"][name]["variance"]) for name in ("pathwise", "score", "baseline")
    )
    np.testing.assert_allclose(ours_path[:2], known, rtol=0.1)
    assert (ours_path < ours_baseline).all()
    assert (ours_baseline < ours_score).all()

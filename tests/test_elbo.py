"""The page KL and ELBO: its estimators against torch and numpy in node, its numbers and its hands in Chromium."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from chromium import (
    MARKS,
    Server,
    Watched,
    address_of,
    frames,
    let_timers_run,
    painted,
    pixels,
    settled,
    visit,
    wait_for,
)
from playwright.sync_api import Browser, Locator, Page, expect
from safetensors.numpy import save
from streamlit.testing.v1 import AppTest

from ui.server import BROWSER
from vae_core import objective, runs
from vae_core.jobs import evaluate
from vae_core.layers import browser_spec
from vae_core.likelihood import pixel_entropy
from vae_core.model import VAE, reparameterize
from vae_core.prior import STANDARD_NORMAL

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "models"
ALL = sorted(path.parent.name for path in MODELS.glob("*/card.json") if (path.parent / "latents.safetensors").is_file())
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None and "CI" not in os.environ, reason="node is not installed")

PRELUDE = f"""
import {{ readFileSync, writeFileSync }} from 'node:fs';
import {{ parseSafetensors }} from {(BROWSER / "core/safetensors.js").as_uri()!r};
import {{ buildDecoder }} from {(BROWSER / "core/vae.js").as_uri()!r};
import {{ distortion }} from {(BROWSER / "core/likelihood.js").as_uri()!r};
import {{ rates, normals }} from {(BROWSER / "core/prior.js").as_uri()!r};
import * as E from {(BROWSER / "core/bounds.js").as_uri()!r};
import * as A from {(BROWSER / "core/aggregate.js").as_uri()!r};
const [folder, given] = [process.argv[1], JSON.parse(process.argv[2])];
const read = (name) => parseSafetensors(Uint8Array.from(readFileSync(`${{folder}}/${{name}}.safetensors`)).buffer);
const rows = ({{ shape: [count], data }}) =>
  Array.from({{ length: count }}, (_, i) => data.slice(i * data.length / count, (i + 1) * data.length / count));
const plain = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
const seeded = (seed) => () => {{ // mulberry32
  let t = (seed = (seed + 0x6d2b79f5) | 0);
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}};
"""


def node(folder: Path, script: str, arrays: dict | None = None, **given: object) -> dict:
    """What a script returns that sees bounds.js as ``E``, aggregate.js as ``A`` and the arrays as ``inputs``."""
    assert NODE, "node is missing, and in CI that is a failure"
    (folder / "inputs.safetensors").write_bytes(save({k: np.ascontiguousarray(v) for k, v in (arrays or {}).items()}))
    text = f"{PRELUDE} const inputs = read('inputs'); const answer = (() => {{ {script} }})();"
    text += "writeFileSync(`${folder}/answer.json`, JSON.stringify(answer, plain));"
    command = [NODE, "--input-type=module", "--eval", text, str(folder), json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "answer.json").read_text())


def codes_of(name: str, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Posteriors of some test images, spread over the set."""
    table = runs.open_run(MODELS / name).read(runs.LATENTS)
    picked = np.linspace(0, len(table["mu"]) - 1, count).astype(int)
    return tuple(torch.from_numpy(table[part][picked].astype(np.float32)) for part in ("mu", "logvar"))


KLS = """
return rows(inputs.mu).map((mu, k) => {
  const logvar = rows(inputs.logvar)[k], draw = E.ratioSampler(mu, logvar, normals(seeded(k + 1)));
  const draws = Float64Array.from({ length: given.draws }, draw);
  return { closed: rates(mu, logvar), analytic: E.sufficientStatistics(mu, logvar),
    sampled: E.summary(draws), deviation: E.ratioDeviation(mu, logvar) };
});
"""


@needs_node
@pytest.mark.parametrize("name", ALL)
def test_three_estimators_of_the_kl_agree_on_every_shipped_model(name: str, tmp_path: Path) -> None:
    mu, logvar = codes_of(name, 3)
    found = node(tmp_path, KLS, {"mu": mu.numpy(), "logvar": logvar.numpy()}, draws=100_000)
    exact = STANDARD_NORMAL.rate(mu.double(), logvar.double()).numpy()
    for one, each in zip(found, exact, strict=True):
        np.testing.assert_allclose(one["closed"], each, rtol=1e-9, atol=1e-9)
        # Of a collapsed σ the two differ by the rounding of 1/σ², however exact both are.
        assert np.abs(np.array(one["analytic"]) - one["closed"]).max() <= 1e-5
        sampled = one["sampled"]
        assert sampled["count"] == 100_000
        assert abs(sampled["mean"] - each.sum()) <= 3 * sampled["error"]
        assert sampled["error"] * np.sqrt(100_000) == pytest.approx(one["deviation"], rel=0.05)


WEIGHTS = """
const { decode, likelihood } = buildDecoder(given.spec, read('weights')), [x] = rows(inputs.x);
return rows(inputs.mu).map((mu, k) => {
  const logvar = rows(inputs.logvar)[k], sigma = logvar.map((v) => Math.exp(v / 2));
  const cost = (eps) => distortion(decode(mu.map((m, i) => m + sigma[i] * eps[i])), x, likelihood);
  const costs = rows(inputs.eps).map(cost);
  const weights = rows(inputs.eps).map((eps, i) => E.logWeight(costs[i], mu, logvar, eps));
  return { costs, weights, bound: E.importanceBound(weights), floor: E.pixelEntropy(x) };
});
"""


def decoded(model: VAE, mu: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return objective.mean_image(model.decode(mu[None]), model.config)


@needs_node
@pytest.mark.parametrize("name", ["mnist-2d", "mnist-2d-conv", "mnist-20d", "digits-2d"])
def test_distortion_and_bound_of_fixed_draws_are_torchs(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    run = runs.open_run(MODELS / name)
    model, (mu, logvar) = evaluate.load_model(run), codes_of(name, 2)
    x, eps = decoded(model, mu[0]), torch.randn(50, run.model.latent_dim)
    (tmp_path / "weights.safetensors").write_bytes(run.part("decoder"))
    arrays = {"mu": mu.numpy(), "logvar": logvar.numpy(), "eps": eps.numpy(), "x": x.numpy()}
    found = node(tmp_path, WEIGHTS, arrays, spec=browser_spec(run.model))
    exact = model.double()
    for one, m, v in zip(found, mu.double(), logvar.double(), strict=True):
        noise = eps.double()[:, None]
        z = reparameterize(m[None], v[None], noise)
        with torch.no_grad():
            costs = objective.distortion(exact.decode(z.flatten(0, 1)), x.double(), run.model)[:, None]
        weights = objective.log_importance_weights(costs, m[None], v[None], noise)
        bound = objective.importance_weighted_bound(weights)
        np.testing.assert_allclose(one["costs"], costs[:, 0], rtol=2e-6, atol=1e-4)
        np.testing.assert_allclose(one["weights"], weights[:, 0], rtol=2e-6, atol=1e-4)
        assert one["bound"] == pytest.approx(bound.item(), abs=1e-4)
        assert one["floor"] == pytest.approx(pixel_entropy(x.double()).item(), rel=1e-6)


REPEATED = """
const { data } = inputs.weights, some = data.subarray(0, 5000), known = [];
E.repeatedBound(some, 4, known);
const grown = E.repeatedBound(data, 4, known), run = E.runningBound(data, 100, 140);
const prefixes = [1, 2, 40].map((k) => [run[k - 1], E.importanceBound(data, 100, 100 + k)]);
return { repeated: given.steps.map((K) => E.repeatedBound(data, K)), grown, prefixes };
"""


@needs_node
def test_the_bound_grows_with_its_samples_on_average(tmp_path: Path) -> None:
    """Of weights whose evidence is known: x = z + noise, both standard normal, q too narrow."""
    generator = np.random.default_rng(0)
    x, sigma = 1.3, 0.5
    z = x / 2 + sigma * generator.normal(size=20_000)
    weights = -0.5 * (x - z) ** 2 - 0.5 * z**2 - np.log(2 * np.pi) + 0.5 * ((z - x / 2) / sigma) ** 2
    weights = (weights + np.log(sigma) + 0.5 * np.log(2 * np.pi)).astype(np.float32)
    steps = [1, 2, 4, 8, 16, 64, 256, 1024]
    answer = node(tmp_path, REPEATED, {"weights": weights}, steps=steps)
    found = answer["repeated"]
    means = [one["mean"] for one in found]
    assert means == sorted(means)
    evidence = -0.25 * x**2 - 0.5 * np.log(4 * np.pi)
    assert means[0] < evidence - 3 * found[0]["error"]
    assert means[-1] == pytest.approx(evidence, abs=3 * found[-1]["error"] + 0.01)
    for one, K in zip(found, steps, strict=True):
        groups = weights[: len(weights) // K * K].reshape(-1, K).astype(float)
        bounds = torch.logsumexp(torch.from_numpy(groups), 1).numpy() - np.log(K)
        assert one["mean"] == pytest.approx(bounds.mean(), abs=1e-9)
        assert one["error"] == pytest.approx(bounds.std(ddof=1) / np.sqrt(len(bounds)), rel=1e-9)
    assert answer["grown"] == found[2]
    assert all(running == pytest.approx(whole, abs=1e-12) for running, whole in answer["prefixes"])


def torch_kl(a: tuple[float, float], b: tuple[float, float]) -> float:
    one, other = (torch.distributions.Normal(*torch.tensor(gaussian, dtype=torch.float64)) for gaussian in (a, b))
    return torch.distributions.kl_divergence(one, other).item()


@needs_node
def test_the_playgrounds_kl_is_torchs_and_its_area(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    pairs = [(generator.uniform(-2.5, 2.5, 2), generator.uniform(0.25, 2.5, 2)) for _ in range(20)]
    given = [[{"mu": m, "sigma": s} for m, s in zip(*pair, strict=True)] for pair in pairs]
    script = "return given.pairs.map(([a, b]) => [E.gaussianKl(a, b), E.integralKl(a, b), E.integrand(1, a, b)])"
    for (means, sigmas), (closed, area, at_one) in zip(pairs, node(tmp_path, script, pairs=given), strict=True):
        a, b = zip(means, sigmas, strict=True)
        assert closed == pytest.approx(torch_kl(a, b), abs=1e-9)
        assert area == pytest.approx(closed, abs=1e-7)
        first, second = (torch.distributions.Normal(*g).log_prob(torch.tensor(1.0)) for g in (a, b))
        assert at_one == pytest.approx((first.exp() * (first - second)).item(), abs=1e-5)


AGGREGATE = """
const [means, logvars] = [inputs.mu, inputs.logvar].map(({ data }) => A.column(data, given.latent, given.d));
const [shares, masses] = [A.histogram(means, -4, 4, 40), A.masses(means, logvars, -4, 4, 40)];
return { shares, masses, ...A.decomposition(means, logvars) };
"""


@needs_node
@pytest.mark.parametrize(("name", "d"), [("digits-2d", 0), ("mnist-20d", 7), ("mnist-10d", 0)])
def test_the_aggregate_posterior_is_the_mean_of_all_posteriors(name: str, d: int, tmp_path: Path) -> None:
    table = runs.open_run(MODELS / name).read(runs.LATENTS)
    mu, logvar = (table[part].astype(np.float32) for part in ("mu", "logvar"))
    found = node(tmp_path, AGGREGATE, {"mu": mu, "logvar": logvar}, latent=mu.shape[1], d=d)
    m, v = (torch.from_numpy(part[:, d].astype(float)) for part in (mu, logvar))
    edges = torch.linspace(-4, 4, 41, dtype=torch.float64)
    below = torch.distributions.Normal(m, torch.exp(v / 2)).cdf(edges[:, None]).mean(1)
    inside = slice(1, 39)  # the outermost bins also hold what lies beyond
    np.testing.assert_allclose(found["masses"][inside], below.diff()[inside], atol=1e-6)
    shares = np.histogram(m, bins=40, range=(-4, 4))[0] / len(m)
    np.testing.assert_allclose(found["shares"], shares, atol=2 / len(m))
    rate = STANDARD_NORMAL.rate(m[:, None], v[:, None]).mean().item()
    z = torch.linspace(-9, 9, 6001, dtype=torch.float64)
    density = torch.distributions.Normal(m, torch.exp(v / 2)).log_prob(z[:, None]).logsumexp(1) - np.log(len(m))
    marginal = torch.trapezoid(density.exp() * (density - torch.distributions.Normal(0.0, 1.0).log_prob(z)), z).item()
    assert found["rate"] == pytest.approx(rate, rel=1e-6)
    assert found["marginal"] == pytest.approx(marginal, abs=2e-3)
    assert found["information"] == pytest.approx(rate - marginal, abs=2e-3)


OUTSIDE = """
const { latent } = given, mu = inputs.mu.data, precision = inputs.logvar.data.map((v) => Math.exp(-v));
return rows(inputs.z).map((z, i) => [A.outside(mu, precision, latent, z), A.outside(mu, precision, latent, z, i)]);
"""


@needs_node
@pytest.mark.parametrize("name", ["digits-2d", "mnist-10d", "mnist-20d"])
def test_a_hole_is_outside_the_ellipsoids_of_all_posteriors(name: str, tmp_path: Path) -> None:
    table = runs.open_run(MODELS / name).read(runs.LATENTS)
    mu, logvar = (table[part][:2000].astype(np.float32) for part in ("mu", "logvar"))
    latent = mu.shape[1]
    z = np.random.default_rng(0).normal(size=(20, latent)).astype(np.float32)
    found = np.array(node(tmp_path, OUTSIDE, {"mu": mu, "logvar": logvar, "z": z}, latent=latent))
    squares = ((mu - z[:, None]) ** 2 / np.exp(logvar)).sum(2)
    left_out = squares.copy()
    left_out[np.arange(20), np.arange(20)] = np.inf
    limits = squares.min(1) / found[:, 0] ** 2
    assert np.ptp(limits) <= 1e-4 * limits[0]
    mass = torch.distributions.Chi2(float(latent)).cdf(torch.tensor(limits[0])).item()
    assert mass == pytest.approx(0.95, abs=0.005)
    np.testing.assert_allclose(left_out.min(1) / found[:, 1] ** 2, limits, rtol=1e-4)


# The page in Streamlit's own AppTest.


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=30)
    app.switch_page("../pages/elbo.py")
    app.query_params.update(query)
    return app.run()


def widgets(app: AppTest) -> list[dict]:
    return [json.loads(component.proto.json)[0] for component in app.get("bidi_component")]


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_LAB_MODELS", str(MODELS))


@pytest.mark.parametrize("name", ALL)
def test_the_page_is_complete_with_every_shipped_model(name: str, shipped: None) -> None:
    app = opened(model=name)
    assert app.title[0].value == "KL and ELBO"
    assert not app.exception and not app.warning and not app.info and not app.error
    assert len(widgets(app)) == 4


SIGNS = {
    "question": "Predict first",
    "bound": "The bound",
    "kl": "Three ways",
    "playground": "Playground",
    "holes": "aggregate",
    "code": "In code",
}


def texts(app: AppTest) -> str:
    return " ".join([*(radio.label for radio in app.radio), *(head.value for head in app.subheader)])


@pytest.mark.parametrize("part", SIGNS)
def test_a_hidden_part_is_gone_and_no_other(part: str, shipped: None) -> None:
    app = opened(model="digits-2d", hide=part)
    assert not app.exception
    assert [sign in texts(app) for sign in SIGNS.values()] == [name != part for name in SIGNS]


def test_the_image_can_be_chosen_where_the_bound_is_hidden(shipped: None) -> None:
    assert [data["chooser"] for data in widgets(opened(model="digits-2d"))] == [False] * 4
    assert [data.get("chooser") for data in widgets(opened(model="digits-2d", hide="bound"))] == [True, False, False]


def test_the_code_is_that_of_the_estimators(shipped: None) -> None:
    code = "".join(block.value for block in opened(model="digits-2d").code)
    for line in (
        "torch.expm1(logvar)",
        "z.square()",
        "(log_q - log_p).mean(0)",
        "-distortions - rates",
        "torch.logsumexp(log_weights, dim=0)",
    ):
        assert line in code


def test_the_prediction_is_answered_and_explained(shipped: None) -> None:
    app = opened(model="digits-2d")
    app.radio(key="elbo-question").set_value("It rises towards log p(x)").run()
    assert any("Jensen" in text.value and "Yes" in text.value for text in app.markdown)


# What a person does, in Chromium.

DIGITS = runs.open_run(MODELS / "digits-2d")


def in_chromium(test):
    for mark in MARKS:
        test = mark(test)
    return test


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def drawn(page: Page) -> Locator:
    """The bound of the chosen image, once all its draws are made."""
    bound = page.locator(".bound")
    expect(bound).to_have_attribute("data-done", "true", timeout=60_000)
    return bound


def sampled_to_the_end(page: Page) -> None:
    expect(page.locator(".kl")).to_have_attribute("data-draws", "100000", timeout=30_000)


def at_rest(page: Page, canvas: Locator) -> str:
    """What the canvas shows, once it shows the same for two frames."""

    def stands_still() -> bool:
        before = pixels(canvas)
        frames(page)
        return pixels(canvas) == before

    wait_for(stands_still, 10)
    return pixels(canvas)


def terms(page: Page) -> list[float]:
    """Distortion, rate and negative ELBO, as the page says."""
    return [number(text) for text in page.locator(".terms .number").all_inner_texts()]


def bound_of(page: Page) -> tuple[int, float, float]:
    """K, the bound and its standard error, as the page says."""
    text = page.locator(".tighten output strong").inner_text().translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
    K, *values = re.search(r"L(\d+) = (−?[\d.]+) ± ([\d.]+)", text).groups()
    return int(K), *map(number, values)


@torch.no_grad()
def measured(index: int, samples: int = 20_000) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """(mu, logvar, costs, log weights) of a digit, by torch."""
    model = evaluate.load_model(DIGITS).double()
    x = torch.from_numpy(DIGITS.read(runs.EXAMPLES)["images"][index : index + 1]).double() / 255
    mu, logvar = model.encode(x)
    eps = torch.randn(samples, 1, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    costs = objective.distortion(model.decode(reparameterize(mu, logvar, eps).flatten(0, 1)), x, DIGITS.model)[:, None]
    return mu, logvar, costs, objective.log_importance_weights(costs, mu, logvar, eps)


@in_chromium
def test_the_numbers_of_an_image_are_torchs(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "elbo?model=digits-2d&image=5")
    drawn(page)
    mu, logvar, costs, weights = measured(5)
    distortion, rate, negative = terms(page)
    each = STANDARD_NORMAL.rate(mu, logvar)[0]
    assert rate == pytest.approx(each.sum().item(), abs=0.006)
    assert distortion == pytest.approx(costs.mean().item(), abs=5 * costs.std().item() / np.sqrt(1200) + 0.01)
    assert negative == pytest.approx(distortion + rate, abs=1e-9)
    shown = [number(text) for text in page.locator(".shares .number").all_inner_texts()]
    assert shown == pytest.approx(sorted(each.tolist(), reverse=True), abs=0.006)
    x = torch.from_numpy(DIGITS.read(runs.EXAMPLES)["images"][5:6]) / 255
    assert f"floor {pixel_entropy(x).item():.1f}" in page.locator(".floor").inner_text()
    K, bound, error = bound_of(page)
    expected = objective.importance_weighted_bound(weights.reshape(100, 200)).mean().item()
    assert K == 100
    assert bound == pytest.approx(expected, abs=5 * error + 0.02)
    assert bound > -negative
    three = page.locator(".three output")
    sampled_to_the_end(page)
    closed, analytic = (number(three.nth(i).inner_text()) for i in (0, 1))
    assert closed == analytic == pytest.approx(each.sum().item(), abs=1e-5)
    sampled, error = (number(part) for part in three.nth(2).inner_text().split(" ± "))
    assert abs(sampled - closed) <= 5 * error


@in_chromium
def test_k_is_dragged_without_a_word_and_then_in_the_address(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "elbo?model=digits-2d&samples=10")
    drawn(page)
    settled(page)
    page.clock.install()
    slider = page.get_by_role("slider", name="K, importance samples")
    slider.scroll_into_view_if_needed()
    box, sent, seen = slider.bounding_box(), len(tab.frames), set()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 3, y)
    page.mouse.down()
    for step in range(10):
        page.mouse.move(box["x"] + box["width"] * (0.34 + 0.64 * step / 9), y)
        frames(page)
        seen.add(page.locator(".tighten label").inner_text())
    assert len(seen) >= 5
    let_timers_run(page)
    assert len(tab.frames) == sent
    page.mouse.up()
    wait_for(lambda: "samples=1000" in address_of(page), 10)
    drawn(page)
    wait_for(lambda: bound_of(page)[0] == 1000, 20)
    slider.focus()
    page.keyboard.press("ArrowLeft")
    wait_for(lambda: bound_of(page)[0] == 500 and "samples=500" in address_of(page), 10)


@in_chromium
def test_a_link_restores_image_k_and_plane(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "elbo?model=mnist-10d&image=7&samples=20&plane=z9-z2")
    drawn(page)
    assert bound_of(page)[0] == 20
    expect(page.locator(".subject figcaption")).to_contain_text("training image 7")
    rate = terms(page)[1]
    holes = page.locator(".holes")
    page.get_by_role("heading", name="Prior against aggregate posterior").scroll_into_view_if_needed()
    expect(holes.get_by_label("across")).to_have_value("8", timeout=20_000)
    expect(holes.get_by_label("up")).to_have_value("1")
    holes.get_by_label("up").select_option("3")
    wait_for(lambda: "plane=z9-z4" in address_of(page), 10)
    page.reload()
    drawn(page)
    assert (terms(page)[1], bound_of(page)[0]) == (rate, 20)


@in_chromium
def test_another_image_has_other_numbers_and_draws_can_be_made_again(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "elbo?model=digits-2d")
    drawn(page)
    before = terms(page)
    page.locator(".ten button").nth(8).click()
    wait_for(lambda: terms(page)[1] != before[1] and "image=" in address_of(page), 10)
    drawn(page)
    # The curve shows the last draw itself; one mean in fifty has the digits of the one before.
    curve, estimate = page.get_by_role("img", name="The bound against K"), page.locator(".three output").nth(2)
    frames(page)
    before = terms(page), at_rest(page, curve)
    page.get_by_role("button", name="Draw again").first.click()
    wait_for(lambda: pixels(curve) != before[1], 10)
    assert terms(page)[1] == before[0][1]
    drawn(page)
    sampled_to_the_end(page)
    text = estimate.inner_text()
    page.locator(".draws button").click()
    wait_for(lambda: estimate.inner_text() != text, 10)
    sampled_to_the_end(page)
    page.get_by_role("slider", name="N, Monte Carlo draws").fill("0")
    expect(page.locator(".draws label b")).to_have_text("N = 1")
    expect(estimate).to_contain_text("?")


def knob(page: Page, kind: str, which: str) -> Locator:
    return page.get_by_role("slider", name=f"{kind} of {which}")


def settings(page: Page) -> list[tuple[float, float]]:
    """(mean, standard deviation) of q and of p, as a screen reader hears them."""
    kinds = ("mean μ", "standard deviation σ")
    return [tuple(float(knob(page, kind, which).get_attribute("aria-valuenow")) for kind in kinds) for which in "qp"]


def agrees(page: Page, reverse: bool = False) -> None:
    q, p = settings(page)
    kl, root = torch_kl(*((p, q) if reverse else (q, p))), page.locator(".playground")
    wait_for(lambda: abs(float(root.get_attribute("data-closed")) - kl) < 1e-6, 5)
    assert float(root.get_attribute("data-integral")) == pytest.approx(kl, abs=1e-6)
    shown = [number(text) for text in root.locator(".agree").last.locator("b").all_inner_texts()]
    assert shown == pytest.approx([kl, kl], abs=1e-6)


@in_chromium
def test_the_playground_is_torchs_kl_wherever_the_keys_drag_it(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "elbo?model=digits-2d&hide=question,bound,kl,holes,code")
    expect(page.locator(".playground")).to_have_attribute("data-closed", re.compile("."), timeout=20_000)
    agrees(page)
    sent = len(tab.frames)
    mean, deviation = "mean μ", "standard deviation σ"
    for kind, which, keys in [
        (mean, "q", ["ArrowLeft"] * 7),
        (deviation, "q", ["ArrowRight"] * 4),
        (mean, "p", ["PageUp"] * 2),
        (deviation, "p", ["Home"]),
        (deviation, "p", ["End"]),
    ]:
        before = settings(page)
        knob(page, kind, which).focus()
        for key in keys:
            page.keyboard.press(key)
        wait_for(lambda before=before: settings(page) != before, 5)
        agrees(page)
    page.get_by_text("KL(p ‖ q)").click()
    agrees(page, reverse=True)
    for name, q in {"q too narrow": (0, 0.4), "q too wide": (0, 2), "shifted": (1.5, 1)}.items():
        page.get_by_role("button", name=name).click()
        wait_for(lambda q=q: settings(page) == [q, (0, 1)], 5)
        agrees(page, reverse=True)
    page.get_by_role("button", name="q = p").click()
    wait_for(lambda: abs(float(page.locator(".playground").get_attribute("data-closed"))) < 1e-9, 5)
    box = knob(page, "mean μ", "q").bounding_box()
    page.mouse.move(box["x"] + 22, box["y"] + 22)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 22, steps=6)
    page.mouse.up()
    wait_for(lambda: settings(page)[0][0] > 0.3, 5)
    agrees(page, reverse=True)
    assert len(tab.frames) == sent


def left_out(mu: np.ndarray, logvar: np.ndarray, limit: float, draws: int = 1000) -> float:
    """What share of draws from posteriors is in no ellipsoid but their own."""
    generator = np.random.default_rng(0)
    rows = generator.integers(0, len(mu), draws)
    holes = 0
    for row in rows:
        code = mu[row] + np.exp(logvar[row] / 2) * generator.normal(size=mu.shape[1])
        squares = ((mu - code) ** 2 / np.exp(logvar)).sum(1)
        squares[row] = np.inf
        holes += squares.min() > limit
    return holes / draws


@in_chromium
@pytest.mark.parametrize("model", ["digits-2d", "mnist-10d"])
def test_holes_are_as_far_from_the_posteriors_as_numpy_says(model: str, tab: Watched, server: Server) -> None:
    run = runs.open_run(MODELS / model)
    page = visit(tab, server, f"elbo?model={model}&hide=question,bound,kl,playground,code")
    holes = page.locator(".holes")
    expect(holes).to_have_attribute("data-drawn", "1", timeout=30_000)
    mu, logvar = (run.read(runs.LATENTS)[part].astype(float) for part in ("mu", "logvar"))
    limit = torch.distributions.Chi2(float(mu.shape[1]))
    for kind in ("hole", "covered"):
        tiles = holes.locator(f".tiles.{kind} button")
        fallen = int(holes.get_attribute("data-holes"))
        assert tiles.count() == min(12, fallen if kind == "hole" else 500 - fallen)
        for tile in tiles.all():
            code = np.array([float(part) for part in tile.get_attribute("data-code").split(",")])
            square, far = ((mu - code) ** 2 / np.exp(logvar)).sum(1).min(), float(tile.get_attribute("data-far"))
            assert limit.cdf(torch.tensor(square / far**2)).item() == pytest.approx(0.95, abs=0.005)
            assert (far > 1) == (kind == "hole")
            assert painted(tile.locator("canvas")) > 5
    share = number(holes.locator("output .number").inner_text().split()[0])
    assert share == pytest.approx(int(holes.get_attribute("data-holes")) / 5, abs=0.051)
    expect(holes).to_have_attribute("data-usual", re.compile("."), timeout=20_000)
    others = float(holes.get_attribute("data-usual"))
    expected = left_out(mu, logvar, square / far**2)
    assert others == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 200) + 0.02)
    assert f"{100 * others:.1f}" in holes.locator("output").inner_text()
    holes.get_by_role("button", name="Draw again").click()
    expect(holes).to_have_attribute("data-drawn", "2", timeout=30_000)
    split = [number(text) for text in holes.locator(".spread p .number").all_inner_texts()]
    assert split[0] == pytest.approx(max(run.card()["kl_per_dimension"]), abs=0.02)
    assert split[0] == pytest.approx(split[1] + split[2], abs=0.011)


@in_chromium
def test_who_leaves_the_page_leaves_nothing_behind(tab: Watched, server: Server) -> None:
    page = visit(tab, server, "elbo?model=digits-2d")
    drawn(page)
    sampled_to_the_end(page)
    assert page.workers
    page.get_by_role("link", name="Curves").click()
    expect(page.get_by_role("heading", name="Curves", exact=True)).to_be_visible(timeout=20_000)
    wait_for(lambda: "curves" in address_of(page) and not page.workers, 20)
    assert tab.complaints == []


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Watched]:
    size = {"width": 390, "height": 844}
    with closing(browser.new_context(viewport=size, has_touch=True, is_mobile=True)) as context:
        watched = Watched(context.new_page())
        watched.watch(server.url)
        yield watched
        assert watched.complaints == []


@in_chromium
def test_a_finger_drags_a_gaussian_and_draws_an_image_on_a_phone(phone: Watched, server: Server) -> None:
    page = visit(phone, server, "elbo?model=digits-2d")
    drawn(page)
    client = page.context.new_cdp_session(page)

    def drag(box: dict, start: tuple[float, float], by: tuple[float, float]) -> None:
        x, y = box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"]
        for kind, part in [("touchStart", 0), *(("touchMove", step / 5) for step in range(1, 6))]:
            place = {"x": x + part * by[0], "y": y + part * by[1], "id": 0}
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before = terms(page)
    paper = page.get_by_role("application", name="The image x")
    paper.scroll_into_view_if_needed()
    drag(paper.bounding_box(), (0.2, 0.2), (60, 60))
    expect(page.locator(".subject figcaption")).to_have_text("your drawing")
    wait_for(lambda: terms(page)[1] != before[1], 10)
    page.get_by_role("heading", name="Playground: two Gaussians").scroll_into_view_if_needed()
    handle = knob(page, "mean μ", "q")
    handle.scroll_into_view_if_needed()
    drag(handle.bounding_box(), (0.5, 0.5), (-50, 0))
    wait_for(lambda: settings(page)[0][0] < 0.5, 5)
    agrees(page)
    page.get_by_role("heading", name="Prior against aggregate posterior").scroll_into_view_if_needed()
    expect(page.locator(".holes")).to_have_attribute("data-drawn", "1", timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = "[...document.querySelectorAll('.lab')].filter((lab) => lab.scrollWidth > lab.clientWidth).length"
    inside = "[...document.querySelectorAll('*')].filter((node) => node.shadowRoot).flatMap((node) => "
    inside += "[...node.shadowRoot.querySelectorAll('.lab')]).filter((lab) => lab.scrollWidth > lab.clientWidth).length"
    assert page.evaluate(wide) == page.evaluate(inside) == 0

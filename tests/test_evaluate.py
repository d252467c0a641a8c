"""Figures agree with quadrature and do not depend on how the set was cut into batches."""

import json
import time

import numpy as np
import pytest
import torch

from vae_core import jobs, latent, measure, objective, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import evaluate
from vae_core.likelihood import pixel_entropy
from vae_core.model import VAE
from vae_core.prior import STANDARD_NORMAL
from vae_core.training import loop

BINARY = ModelConfig(image_shape=(1, 2, 3), hidden=(), latent_dim=1, likelihood="bernoulli")


@pytest.fixture
def binary():
    """A model with strong decoder weights and wide posteriors, and black-and-white images, which binarisation keeps."""
    model, generator = VAE(BINARY).eval().requires_grad_(False), torch.Generator().manual_seed(0)
    for part, scale in ((model.encoder, 0.3), (model.decoder, 1.5)):
        for parameter in part.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))
    model.encoder[-1].bias[1] = 1.0
    return model, torch.randint(0, 2, (20, 1, 2, 3), generator=generator, dtype=torch.uint8) * 255


def _noise():
    return torch.Generator().manual_seed(1)


def _quadrature_nll(model, pixels):
    """-log of the integral of p(x|z) N(z; 0, 1) over the only latent dimension, by Gauss-Hermite nodes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(100)
    output = model.decode(torch.tensor(nodes[:, None], dtype=torch.float32))[:, None].double()
    log_likelihood = -objective.distortion(
        output.expand(-1, len(pixels), -1, -1, -1), pixels.double() / 255, model.config
    )
    log_weights = torch.tensor(np.log(weights / np.sqrt(2 * np.pi)))[:, None]
    return -torch.logsumexp(log_weights + log_likelihood, dim=0).mean().item()


def test_nll_agrees_with_quadrature(binary):
    nll = measure.negative_log_likelihood(*binary, samples=20_000, generator=_noise(), chunk=5000)
    assert nll == pytest.approx(_quadrature_nll(*binary), abs=0.01)


def test_nll_of_one_sample_is_above_the_nll_of_many(binary):
    one, many = (measure.negative_log_likelihood(*binary, samples=k, generator=_noise()) for k in (1, 2000))
    assert one > many + 0.1


@pytest.mark.parametrize("logit", [0.3, 20.0, 87.0, 120.0, 1e4])
def test_nll_where_nothing_depends_on_z_is_the_cross_entropy_however_large_the_logits(binary, logit):
    model, pixels = binary[0], binary[1]
    for parameter in model.parameters():
        parameter.zero_()
    logits = logit * torch.tensor([1.0, -1.0, 0.5, -0.5, 0.0, 1.0])
    list(model.decoder.parameters())[-1].copy_(logits)
    x = pixels.double().flatten(1) / 255
    expected = -torch.distributions.Bernoulli(logits=logits.double()).log_prob(x).sum(1).mean().item()
    nll = measure.negative_log_likelihood(model, pixels, samples=30, generator=_noise())
    assert nll == pytest.approx(expected, rel=1e-6)


def test_nll_is_below_the_negative_elbo(binary):
    nll = measure.negative_log_likelihood(*binary, samples=500, generator=_noise())
    elbos = [measure.measure(*binary, generator=_noise().manual_seed(seed))[0].negative_elbo for seed in range(20)]
    assert nll < np.mean(elbos) - 3 * np.std(elbos) / np.sqrt(20)


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000])
def test_nll_does_not_depend_on_the_chunk(binary, chunk):
    model, pixels = binary[0], binary[1][:16]  # 16 numbers a sample: the generator's stream is then the same for all
    nll, whole = (
        measure.negative_log_likelihood(
            model, pixels, samples=150, generator=_noise(), images_at_once=16, chunk=samples_at_once
        )
        for samples_at_once in (chunk, 150)
    )
    assert nll == pytest.approx(whole, abs=1e-5)


def test_nll_does_not_depend_on_how_many_images_are_decoded_at_once(binary):
    three = measure.negative_log_likelihood(*binary, samples=20_000, generator=_noise(), images_at_once=3, chunk=5000)
    assert three == pytest.approx(_quadrature_nll(*binary), abs=0.01)


def test_the_default_tile_gives_the_same_nll(binary):
    nll = measure.negative_log_likelihood(*binary, samples=20_000, generator=_noise())
    assert nll == pytest.approx(_quadrature_nll(*binary), abs=0.01)


def test_nll_is_finite_where_weights_are_far_below_float32(trained, digits):
    config = ModelConfig(**{**trained.config.__dict__, "likelihood": "bernoulli"})
    model = VAE(config).eval()
    model.decoder[-2].bias.data.fill_(-60.0)
    nll = measure.negative_log_likelihood(model, torch.from_numpy(digits.test[:5]), samples=3, generator=_noise())
    assert 500 < nll < 60 * 64


@pytest.mark.parametrize("likelihood", ["grayscale", "gaussian", "continuous-bernoulli"])
def test_nll_is_refused_unless_pixels_are_binary(likelihood, digits):
    model = VAE(ModelConfig(image_shape=(1, 8, 8), likelihood=likelihood)).eval()
    with pytest.raises(ValueError, match=f"binary pixels.*{likelihood}"):
        measure.negative_log_likelihood(model, torch.from_numpy(digits.test), samples=5, generator=_noise())


def test_nll_of_no_samples_is_refused(binary):
    with pytest.raises(ValueError, match="samples: got 0"):
        measure.negative_log_likelihood(*binary, samples=0, generator=_noise())


@pytest.mark.parametrize("likelihood", ["grayscale", "bernoulli"])
@pytest.mark.parametrize("batch_size", [1, 7, 299, 1000])
def test_figures_do_not_depend_on_the_batch_size(digits, likelihood, batch_size):
    model = VAE(ModelConfig(image_shape=(1, 8, 8), hidden=(32,), likelihood=likelihood)).eval()
    pixels = torch.from_numpy(digits.test)
    whole, codes = measure.measure(model, pixels, generator=_noise(), batch_size=300)
    cut, cut_codes = measure.measure(model, pixels, generator=_noise(), batch_size=batch_size)
    assert (cut.distortion, cut.rate) == pytest.approx((whole.distortion, whole.rate), rel=1e-6)
    torch.testing.assert_close(cut_codes.mu, codes.mu)


def test_figures_are_averages_over_images_of_the_objective(trained, digits):
    pixels = torch.from_numpy(digits.test)
    figures, _ = measure.measure(trained, pixels, generator=_noise())
    x, eps = pixels / 255, torch.randn(300, 2, generator=_noise())
    output, mu, logvar = trained(x, eps)
    assert figures.distortion == pytest.approx(objective.distortion(output, x, trained.config).mean().item(), rel=1e-5)
    assert figures.rate == pytest.approx(STANDARD_NORMAL.rate(mu, logvar).sum(1).mean().item(), rel=1e-5)


def test_the_grey_distortion_is_above_the_entropy_of_the_pixels(trained, digits):
    figures, _ = measure.measure(trained, torch.from_numpy(digits.test), generator=_noise())
    floor = pixel_entropy(torch.from_numpy(digits.test) / 255).mean().item()
    assert floor < figures.distortion < 2 * floor


def test_separate_blobs_are_told_apart_and_random_labels_are_not():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 800)
    blobs = 100 * np.eye(4)[labels] + rng.normal(size=(800, 4))
    assert measure.knn_accuracy(blobs, labels) == 1
    chance = measure.knn_accuracy(blobs, rng.integers(0, 4, 800))
    assert abs(chance - 0.25) < 3 * np.sqrt(0.25 * 0.75 / 800) + 0.02


def test_an_image_is_no_neighbour_of_itself_even_among_equal_codes():
    # Of the five others, three have the other label: everyone is outvoted.
    assert measure.knn_accuracy(np.zeros((6, 2)), np.array([0, 0, 0, 1, 1, 1])) == 0


@pytest.fixture(scope="module")
def recorded(trained, digits, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny"
    run = runs.create_run_at(path, trained.config, TrainConfig(dataset="digits", device="cpu"))
    run.write(runs.WEIGHTS, trained.arrays())
    evaluate.record(run, digits, device=torch.device("cpu"))
    return run


def test_a_recorded_run_holds_every_table(recorded, digits):
    latents = recorded.read(runs.LATENTS)
    assert latents["mu"].shape == latents["logvar"].shape == recorded.read(runs.PCA)["xy"].shape == (300, 2)
    assert (latents["labels"] == digits.test_labels).all()
    assert (recorded.read(runs.EXAMPLES)["images"] == digits.test).all()


def test_the_card_adds_up(recorded):
    card = recorded.card()
    assert card["negative_elbo"] == pytest.approx(card["distortion"] + card["rate"])
    assert sum(card["kl_per_dimension"]) == pytest.approx(card["rate"], rel=1e-5)
    assert (card["nll"], card["test_images"], card["train_images"]) == (None, 300, 1497)


def test_the_card_is_of_the_stored_weights_not_of_those_before_rounding(recorded, trained, digits):
    pixels, seeded = torch.from_numpy(digits.test), torch.Generator().manual_seed
    stored, codes = measure.measure(evaluate.load_model(recorded), pixels, generator=seeded(recorded.train.seed))
    before, _ = measure.measure(trained, pixels, generator=seeded(recorded.train.seed))
    assert recorded.card()["negative_elbo"] == stored.negative_elbo != before.negative_elbo
    assert (recorded.read(runs.LATENTS)["mu"] == codes.mu.numpy().astype(np.float16)).all()


def test_the_card_is_of_the_codes_before_they_are_rounded(recorded):
    latents = {name: torch.from_numpy(array) for name, array in recorded.read(runs.LATENTS).items()}
    rounded = STANDARD_NORMAL.rate(latents["mu"], latents["logvar"]).mean(0).tolist()
    assert recorded.card()["kl_per_dimension"] == pytest.approx(rounded, rel=1e-3)
    assert recorded.card()["kl_per_dimension"] != rounded
    assert (recorded.read(runs.PCA)["xy"] != latent.pca(latents["mu"].numpy()).astype(np.float16)).any()


def test_rounding_the_weights_costs_no_nats_that_can_be_seen(recorded, trained, digits):
    before, _ = measure.measure(
        trained, torch.from_numpy(digits.test), generator=torch.Generator().manual_seed(recorded.train.seed)
    )
    assert recorded.card()["negative_elbo"] == pytest.approx(before.negative_elbo, abs=0.01)


def test_the_command_line_ends_with_the_figures_of_the_card(recorded, capsys):
    evaluate.main([str(recorded.path), "--device", "cpu"])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["negative_elbo"] == pytest.approx(recorded.card()["negative_elbo"])
    assert last["nll"] is None


def _files(run):
    return {path.name: path.read_bytes() for path in run.path.iterdir()}


def test_the_command_line_writes_nothing_unless_asked(recorded, capsys):
    before = _files(recorded)
    evaluate.main([str(recorded.path), "--device", "cpu"])
    assert _files(recorded) == before
    recorded.write_card(recorded.card() | {"rate": 99.0, "seconds": 12.5})
    evaluate.main([str(recorded.path), "--device", "cpu", "--save"])
    assert recorded.card()["rate"] == json.loads(before[runs.CARD])["rate"]
    assert recorded.card()["seconds"] == 12.5
    assert recorded.file(runs.LATENTS).read_bytes() == before["latents.safetensors"]


def test_what_a_page_asks_for_is_kept(trained, digits, tmp_path):
    run = runs.create_run_at(tmp_path / "uploaded", trained.config, TrainConfig(dataset="digits", device="cpu"))
    run.write(runs.WEIGHTS, trained.arrays())
    jobs.start(run, "evaluate")
    deadline = time.monotonic() + 90
    while jobs.state(run, "evaluate").live and time.monotonic() < deadline:
        time.sleep(0.05)
    assert jobs.state(run, "evaluate") == jobs.State(jobs.ENDED_WELL, fraction=1.0)
    assert run.card()["test_images"] == 300 and run.has(runs.CODES)


@pytest.mark.parametrize("size", [1e30, 3e38])
def test_weights_so_large_that_numbers_overflow_give_no_card_but_a_sentence(trained, digits, tmp_path, size):
    run = runs.create_run_at(tmp_path / "absurd", trained.config, TrainConfig(dataset="digits", device="cpu"))
    arrays = trained.arrays()
    run.write(runs.WEIGHTS, {name: np.full_like(array, size) for name, array in arrays.items()})
    before = sorted(path.name for path in run.path.iterdir())
    with pytest.raises(ArithmeticError, match=r"^The figures of this model are not finite"):
        evaluate.record(run, digits, device=torch.device("cpu"))
    assert sorted(path.name for path in run.path.iterdir()) == before


def test_the_command_line_refuses_an_nll_of_grey_pixels_in_a_sentence(recorded):
    with pytest.raises(SystemExit, match="NLL needs binary pixels"):
        evaluate.main([str(recorded.path), "--nll-samples", "5", "--device", "cpu"])


def test_a_data_set_of_another_shape_is_refused(trained):
    with pytest.raises(ValueError, match=r"image_shape: got \[1, 8, 8\], but mnist"):
        evaluate.check_data(trained.config, TrainConfig(dataset="mnist"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_reported_in_a_sentence():
    with pytest.raises(ValueError, match="sees no GPU"):
        measure.choose_device("cuda")


def test_measuring_leaves_the_global_generator_alone(trained, digits):
    before = torch.get_rng_state()
    measure.measure(trained, torch.from_numpy(digits.test), generator=_noise())
    loop.build(trained.config, TrainConfig(device="cpu"), digits)
    assert torch.equal(torch.get_rng_state(), before)

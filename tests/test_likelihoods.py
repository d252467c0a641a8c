"""A likelihood is an entry of a table: what each entry promises, and that a new one needs nothing else."""

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Categorical, OneHotCategorical

from vae_core import config, likelihood, measure
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import ImageSet
from vae_core.likelihood import LIKELIHOODS, Likelihood
from vae_core.model import VAE
from vae_core.training import loop

LETTERS, LENGTH = 5, 4
WORDS = ModelConfig(image_shape=(LETTERS, 1, LENGTH), hidden=(16,), latent_dim=2)


def _letters_nats(output, x, config):
    return -(torch.log_softmax(output, -3) * x).flatten(-3).sum(-1)


@pytest.fixture
def letters(monkeypatch):
    """A softmax over letters, the channels of an output, as an entry like any other."""
    entry = Likelihood(_letters_nats, lambda output: torch.softmax(output, -3), lambda mean: mean.log(), discrete=True)
    monkeypatch.setitem(LIKELIHOODS, "letters", entry)
    monkeypatch.setitem(config.LIKELIHOODS, "letters", "softmax over letters")
    return ModelConfig(image_shape=WORDS.image_shape, hidden=WORDS.hidden, likelihood="letters")


def _words(count):
    """Words of one letter each, four times, as one-hot channels of 0 and 255."""
    generator = torch.Generator().manual_seed(0)
    letter = torch.randint(LETTERS, (count, 1), generator=generator).expand(-1, LENGTH)
    return (F.one_hot(letter, LETTERS).permute(0, 2, 1)[:, :, None] * 255).to(torch.uint8), letter[:, 0]


def test_every_likelihood_of_a_configuration_has_its_entry():
    assert list(LIKELIHOODS) == list(config.LIKELIHOODS)


def test_a_floor_is_worded_where_there_is_one():
    assert set(config.FLOOR_WORDS) == {name for name, entry in LIKELIHOODS.items() if entry.floor}


# The mean of a continuous Bernoulli has no inverse in closed form: there the logit is near enough to start from.
@pytest.mark.parametrize("name", sorted(set(LIKELIHOODS) - {"continuous-bernoulli"}))
def test_the_start_is_the_output_whose_mean_it_is(name):
    mean = torch.linspace(0.01, 0.99, 25).reshape(5, 1, 5)
    if name == "categorical":  # probabilities of the letters at each place
        mean = mean / mean.sum(-3, keepdim=True)
    torch.testing.assert_close(LIKELIHOODS[name].mean(LIKELIHOODS[name].start(mean)), mean)


@pytest.mark.parametrize("name", [name for name, entry in LIKELIHOODS.items() if entry.floor])
def test_no_output_goes_below_the_floor_and_the_start_reaches_it(name, generator):
    entry, model = LIKELIHOODS[name], ModelConfig(likelihood=name)
    x = torch.rand(6, 1, 3, 3, generator=generator) * 0.9 + 0.05
    outputs = torch.randn(50, 6, 1, 3, 3, generator=generator)
    assert (entry.distortion(outputs, x.expand_as(outputs), model) > entry.floor(x)).all()
    torch.testing.assert_close(entry.distortion(entry.start(x), x, model), entry.floor(x))


@pytest.mark.parametrize("scale", [1.0, 200.0])
@pytest.mark.parametrize("name", [name for name, entry in LIKELIHOODS.items() if entry.consume])
def test_the_faster_way_finds_the_same_distortion(name, scale, generator):
    entry, model = LIKELIHOODS[name], ModelConfig(likelihood=name)
    x = torch.randint(0, 2, (6, 1, 3, 3), generator=generator).float()
    output = scale * torch.randn(50, 6, 1, 3, 3, generator=generator)
    expected = entry.distortion(output, x.expand_as(output), model)
    torch.testing.assert_close(entry.cost(output.clone(), x, model), expected)


def test_a_new_likelihood_is_a_possible_configuration(letters):
    assert ModelConfig.from_json(letters.to_json()) == letters
    assert "likelihood: softmax over letters" in letters.said()


def test_a_new_likelihood_agrees_with_its_distribution(letters, generator):
    output = torch.randn(7, LETTERS, 1, LENGTH, generator=generator)
    x = (_words(7)[0] / 255).float()
    truth = -OneHotCategorical(logits=output.movedim(1, -1)).log_prob(x.movedim(1, -1)).flatten(1).sum(1)
    torch.testing.assert_close(likelihood.of(letters).distortion(output, x, letters), truth)


def test_the_categorical_likelihood_agrees_with_its_distribution(generator):
    output = 3 * torch.randn(7, LETTERS, 1, LENGTH, generator=generator)
    x = (_words(7)[0] / 255).float()
    truth = -Categorical(logits=output.movedim(1, -1)).log_prob(x.argmax(1)).flatten(1).sum(1)
    torch.testing.assert_close(LIKELIHOODS["categorical"].distortion(output, x, WORDS), truth)
    torch.testing.assert_close(
        LIKELIHOODS["categorical"].mean(output), Categorical(logits=output.movedim(1, -1)).probs.movedim(-1, 1)
    )


def test_a_new_likelihood_trains_and_states_an_nll(letters):
    pixels, letter = _words(200)
    images = ImageSet("words", pixels.numpy(), letter.numpy(), pixels.numpy()[:50], letter.numpy()[:50])
    training = TrainConfig(dataset="words", epochs=40, batch_size=50, learning_rate=0.01, device="cpu")
    model = loop.build(letters, training, images)
    *_, last = (report for report in loop.train(model, images, training) if report)
    assert last.test.negative_elbo < 3.5  # four letters told one by one cost 4 ln 5 = 6.4 nats
    nll = measure.negative_log_likelihood(
        model.eval(), pixels[:50], samples=200, generator=torch.Generator().manual_seed(0)
    )
    assert nll == pytest.approx(1.61, abs=0.5)  # ln 5: which of five words it is
    assert nll <= last.test.negative_elbo


def test_an_nll_of_grey_pixels_is_refused():
    model = VAE(ModelConfig(image_shape=(1, 2, 2), hidden=(4,))).eval()
    with pytest.raises(ValueError, match="NLL needs binary pixels; this model has the likelihood 'grayscale'"):
        measure.negative_log_likelihood(
            model, torch.zeros((1, 1, 2, 2), dtype=torch.uint8), samples=1, generator=torch.Generator()
        )

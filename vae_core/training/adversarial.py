"""The VAE/GAN: a loss with a discriminator that learns beside the model what tells its images from real ones.

The encoder and the decoder pay for a distortion among the discriminator's features, the decoder also for being found
out. Both are added to the pixels' own distortion, where the paper leaves that out: its objective costs these dense
networks 6 nats of ELBO more on digits, and its samples are told from real images more easily (see LOG.md).
"""

from itertools import pairwise
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core import objective
from vae_core.config import ModelConfig, TrainConfig
from vae_core.model import VAE, reparameterize

# Of the discriminator's squared slope at real images: without it, with two layers, it soon finds out every image.
SLOPE_WEIGHT = 0.1
WIDTHS_WITHOUT_HIDDEN = (128,)


def build_discriminator(config: ModelConfig) -> nn.Sequential:
    """An untrained dense network from an image to the logit of its being real, of the encoder's dense widths."""
    widths = [prod(config.image_shape), *(config.hidden or WIDTHS_WITHOUT_HIDDEN)]
    layers: list[nn.Module] = [nn.Flatten()]
    for sizes in pairwise(widths):
        layers += [nn.Linear(*sizes), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


def feature_distortion(discriminator: nn.Sequential, x: Tensor, reconstruction: Tensor) -> Tensor:
    """-log N(f(x) | f(reconstruction), I) of each image but for a constant; f is the discriminator's last hidden layer.

    References
    ----------
    Larsen, Sonderby, Larochelle & Winther (2016), the reconstruction error "beyond element-wise", arXiv:1512.09300.
    """
    features = discriminator[:-1]
    difference: Tensor = features(x) - features(reconstruction)
    return 0.5 * difference.square().sum(1)  # (batch, features) -> (batch,)


def discriminator_loss(discriminator: nn.Module, real: Tensor, made: Tensor) -> Tensor:
    """What the discriminator minimises: the negative log-likelihood of its verdicts, and its slope at real images.

    Parameters
    ----------
    discriminator : Module
        From images to logits.
    real : Tensor of shape (batch, channels, height, width)
        Images of the data set.
    made : Tensor of shape (2 * batch, channels, height, width)
        Reconstructions and decoded samples of the prior.

    Returns
    -------
    Tensor of shape ()

    References
    ----------
    Larsen et al. (2016), algorithm 1; Mescheder, Geiger & Nowozin (2018), Which Training Methods for GANs do
    actually Converge?, the regularizer R1, arXiv:1801.04406.
    """
    real = real.detach().requires_grad_()
    logits = discriminator(real)
    (slope,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    penalty = 0.5 * SLOPE_WEIGHT * slope.square().flatten(1).sum(1).mean()
    # -log sigmoid(t) = softplus(-t); twice the mean over both kinds of images is the sum of their means.
    return F.softplus(-logits).mean() + 2 * F.softplus(discriminator(made)).mean() + penalty


class AdversarialLoss:
    """The loss of a step with a discriminator, in place of `steps.losses`; each call first trains the discriminator.

    Parameters
    ----------
    model : VAE
        On the device of the training.
    config : TrainConfig
        The seed decides the discriminator's first weights and the prior's samples; its Adam has the learning rate of
        the start throughout.

    Attributes
    ----------
    discriminator : Sequential
        Its parameters require a gradient only while they are updated.
    generator : torch.Generator
        Source of the prior's samples.
    optimizer : torch.optim.Adam
        The discriminator's.

    References
    ----------
    Larsen, Sonderby, Larochelle & Winther (2016), Autoencoding beyond pixels using a learned similarity metric,
    algorithm 1, arXiv:1512.09300.
    """

    def __init__(self, model: VAE, config: TrainConfig) -> None:
        parameter = next(model.parameters())
        seed = config.seed + 2**31  # no training's own seed: these are not the numbers of its weights and batches
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.discriminator = build_discriminator(model.config)
        self.discriminator.to(parameter).requires_grad_(False)
        self.generator = torch.Generator(parameter.device).manual_seed(seed)
        self.optimizer = torch.optim.Adam(
            self.discriminator.parameters(),
            lr=config.learning_rate,
            # beta1 of Radford et al. (2016), DCGAN: an adversary that moves is followed better with less momentum.
            betas=(0.5, 0.999),
            eps=config.adam_eps,
            fused=True,
        )

    def __call__(
        self, model: VAE, x: Tensor, *, eps: Tensor, weight: Tensor | float, config: TrainConfig
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As `steps.losses`; the distortions and rates it reports are those of the ELBO."""
        mu, logvar = model.encode(x)
        z = reparameterize(mu, logvar, eps)
        output = model.decode(z)
        prior = model.prior.sample(z.shape, generator=self.generator, dtype=z.dtype)
        # Decoded once more from a z without history: the verdict must reach the decoder and not the encoder.
        made = objective.mean_image(model.decode(torch.cat([z.detach(), prior])), model.config)
        self.learn(x, made.detach())
        distortions = objective.distortion(output, x, model.config)
        rates = model.prior.rate(mu, logvar).sum(1)  # (batch, latent) -> (batch,)
        features = feature_distortion(self.discriminator, x, objective.mean_image(output, model.config))
        verdict = 2 * F.softplus(-self.discriminator(made)).mean()  # -log D(made), both kinds: never saturated
        loss = objective.loss(distortions + features, rates, weight) + config.adversarial * verdict
        return loss, distortions, rates

    def learn(self, real: Tensor, made: Tensor) -> None:
        """One step of the discriminator on images without history; of the model nothing changes."""
        self.discriminator.requires_grad_(True)
        discriminator_loss(self.discriminator, real, made).backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.discriminator.requires_grad_(False)

"""The geometry of the latent space agrees with the normal distribution and with plain trigonometry."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from vae_core import latent


@pytest.mark.parametrize("count", [1, 2, 3, 20, 101])
def test_manifold_quantiles_are_the_inverse_normal_cdf_of_a_uniform_grid(count):
    uniform = (torch.arange(count).double() + 0.5) / count
    truth = Normal(torch.tensor(0.0).double(), torch.tensor(1.0).double()).icdf(uniform)
    assert latent.manifold_quantiles(count) == pytest.approx(truth.tolist(), abs=1e-9)


def test_manifold_quantiles_rise_and_are_symmetric():
    quantiles = np.array(latent.manifold_quantiles(31))
    assert (np.diff(quantiles) > 0).all()
    assert np.allclose(quantiles, -quantiles[::-1])


def test_manifold_quantiles_are_wider_apart_outside():
    steps = np.diff(latent.manifold_quantiles(20))
    assert steps[0] == max(steps) > 3 * min(steps)


@pytest.mark.parametrize("count", [0, -1])
def test_an_empty_manifold_is_refused(count):
    with pytest.raises(ValueError, match=f"count: got {count}"):
        latent.manifold_quantiles(count)


def test_the_manifold_grows_to_the_right_and_upwards():
    grid = latent.manifold_grid(3).reshape(3, 3, 2)  # row by row, the top row first
    low, middle, high = latent.manifold_quantiles(3)
    assert grid[:, :, 0].tolist() == [[low, middle, high]] * 3
    assert grid[:, :, 1].tolist() == [[high] * 3, [middle] * 3, [low] * 3]


def test_a_traversal_changes_one_dimension_of_a_copy():
    z = np.array([1.0, 2.0, 3.0])
    codes = latent.traverse(z, 1, np.array([-1.0, 0.0]))
    assert codes.tolist() == [[1, -1, 3], [1, 0, 3]]
    assert z.tolist() == [1, 2, 3]


def test_a_traversal_of_whole_numbers_keeps_its_fractions():
    assert latent.traverse(np.array([1, 2]), 0, np.array([0.5])).tolist() == [[0.5, 2]]


@pytest.mark.parametrize(("spread", "reach"), [(0.01, 3.0), (1.1, 3.0), (2.1, 6.0), (16.0, 45.0)])
def test_one_looks_as_far_as_the_codes_lie_and_never_less_than_three_deviations(spread, reach):
    mu = spread * np.random.default_rng(0).standard_normal((10_000, 2)) * [1.0, 0.1]
    assert latent.reach(mu) == reach


@pytest.mark.parametrize("spherical", [False, True])
def test_an_interpolation_has_exactly_both_ends(spherical):
    start, end = np.array([1.0, -2.0, 0.5]), np.array([0.3, 1.0, 2.0])
    codes = latent.interpolate(start, end, steps=7, spherical=spherical)
    assert codes.shape == (7, 3)
    assert np.allclose(codes[[0, -1]], [start, end], atol=1e-12)


def test_a_straight_interpolation_has_equal_steps():
    codes = latent.interpolate(np.zeros(2), np.array([4.0, 2.0]), steps=5)
    assert np.allclose(np.diff(codes, axis=0), [1.0, 0.5])


def test_a_spherical_interpolation_keeps_the_norm_and_the_angular_speed():
    codes = latent.interpolate(np.array([2.0, 0.0, 0.0]), np.array([0.0, 1.2, 1.6]), steps=9, spherical=True)
    assert np.allclose(np.linalg.norm(codes, axis=1), 2)
    cosines = (codes[1:] * codes[:-1]).sum(1) / 4
    assert np.allclose(np.arccos(cosines), np.pi / 2 / 8)


def test_a_spherical_interpolation_changes_the_norm_evenly():
    codes = latent.interpolate(np.array([1.0, 0.0]), np.array([0.0, 3.0]), steps=5, spherical=True)
    assert np.allclose(np.linalg.norm(codes, axis=1), [1, 1.5, 2, 2.5, 3])


@pytest.mark.parametrize("end", [[2.0, 0.0], [-2.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
def test_where_there_is_no_great_circle_the_way_is_straight(end):
    codes = latent.interpolate(np.array([1.0, 0.0]), np.array(end), steps=3, spherical=True)
    assert np.allclose(codes[1], (np.array([1.0, 0.0]) + end) / 2)


def test_active_units_are_those_whose_mean_varies_by_more_than_a_hundredth():
    spread = np.array([-1.0, 1.0])[:, None]
    stds = np.sqrt([0.0, 0.0099, 0.0101, 4.0])
    assert latent.active_units(5 + spread * stds) == 2

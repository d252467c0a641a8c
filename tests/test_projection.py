"""PCA agrees with scikit-learn; UMAP is repeatable, separates what is apart and says how far it is."""

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vae_core import latent, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import project


@pytest.fixture
def codes():
    return np.random.default_rng(0).normal(size=(200, 5)) * [3, 1, 0.5, 2, 0.1] + [1, 2, 3, 4, 5]


def test_pca_agrees_with_scikit_learn_up_to_the_sign(codes):
    ours, theirs = latent.pca(codes), PCA(2).fit_transform(codes)
    assert np.allclose(np.abs(ours), np.abs(theirs), atol=1e-4)
    assert ours.dtype == np.float32


def test_the_sign_of_pca_is_the_same_for_every_order_of_the_images(codes):
    assert np.allclose(latent.pca(codes[::-1]), latent.pca(codes)[::-1], atol=1e-5)


def test_an_axis_of_pca_points_to_where_its_weight_is_positive(codes):
    assert np.corrcoef(latent.pca(codes)[:, 0], codes[:, 0])[0, 1] > 0.9


def test_pca_of_one_dimension_leaves_the_second_axis_empty():
    xy = latent.pca(np.arange(4.0)[:, None])
    assert xy.tolist() == [[-1.5, 0], [-0.5, 0], [0.5, 0], [1.5, 0]]


def test_pca_of_a_plane_keeps_all_distances():
    plane = np.random.default_rng(1).normal(size=(50, 2))
    distances = [np.linalg.norm(points[:, None] - points[None], axis=2) for points in (plane, latent.pca(plane))]
    assert np.allclose(*distances, atol=1e-5)


def test_too_few_images_for_umap_are_refused():
    with pytest.raises(ValueError, match="at least 20 images; got 19"):
        project.umap(np.zeros((19, 2)), seed=0, report=print)


BLOBS = np.random.default_rng(0).normal(size=(60, 5)) + 30 * np.repeat([[0.0], [1.0]], 30, axis=0)


@pytest.fixture(scope="module")
def fitted():
    """The map of two blobs, and every share of the work that was reported on the way."""
    shares = []
    return project.umap(BLOBS, seed=0, report=shares.append, epochs=50), shares


@pytest.mark.slow
def test_umap_keeps_two_blobs_apart(fitted):
    xy, _ = fitted
    centres = xy[:30].mean(0), xy[30:].mean(0)
    spread = max(np.linalg.norm(xy[:30] - centres[0], axis=1).max(), np.linalg.norm(xy[30:] - centres[1], axis=1).max())
    assert xy.shape == (60, 2)
    assert np.linalg.norm(centres[0] - centres[1]) > 2 * spread


@pytest.mark.slow
def test_umap_is_the_same_for_the_same_seed(fitted):
    assert (project.umap(BLOBS, seed=0, report=lambda share: None, epochs=50) == fitted[0]).all()


@pytest.mark.slow
def test_umap_is_another_for_another_seed(fitted):
    assert not np.allclose(project.umap(BLOBS, seed=1, report=lambda share: None, epochs=50), fitted[0])


@pytest.mark.slow
def test_the_progress_of_umap_rises_evenly_to_one(fitted):
    _, shares = fitted
    assert len(shares) >= 50
    assert max(np.diff([0, *shares])) <= 0.05
    assert min(np.diff(shares)) >= 0
    assert shares[-1] == 1


@pytest.mark.slow
def test_a_raise_in_the_report_cancels_umap():
    def cancel(share):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.umap(BLOBS, seed=0, report=cancel, epochs=50)


@pytest.mark.slow
def test_umap_of_one_dimension_is_still_a_plane():
    assert project.umap(BLOBS[:, :1], seed=0, report=lambda share: None, epochs=20).shape == (60, 2)


@pytest.fixture
def run(models):
    return runs.create_run_at(models / "tiny", ModelConfig(), TrainConfig(dataset="digits"))


@pytest.mark.slow
def test_the_command_line_writes_the_map(run, capsys):
    codes = BLOBS[:, :2].astype(np.float32)
    run.write(runs.LATENTS, {"mu": codes, "logvar": codes, "labels": np.zeros(len(codes), np.uint8)})
    project.main([str(run.path)])
    assert run.read(runs.UMAP)["xy"].shape == (60, 2)
    assert not runs.progress_file(run, "umap").exists()
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["images"] == 60


def test_a_run_without_codes_is_refused_in_a_sentence(run):
    with pytest.raises(SystemExit, match="no encoded test set yet; finish its training first"):
        project.main([str(run.path)])


def test_damaged_codes_are_refused_in_a_sentence(run):
    run.write(runs.LATENTS, {"mu": BLOBS.astype(np.float32)})
    with pytest.raises(SystemExit, match="lacks the array 'logvar'"):
        project.main([str(run.path)])

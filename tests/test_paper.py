"""Handwriting on paper is prepared in Python as the page Draw does it: node runs the browser's own module."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from test_brush import NODE, _fit, _ink, _seven

from vae_core.data import paper, pictures
from vae_core.data.choices import Choices


def photographed(*, dark: bool = True, fall: float = 0.0, size: tuple[int, int] = (200, 256)) -> np.ndarray:
    """A seven on paper with noise, specks and light from one side, as float32 like the browser's."""
    random = np.random.default_rng(0)
    ink = np.asarray(Image.fromarray(_seven() * 255).resize(size[::-1])) / 255
    light = 1 - fall * np.linspace(0, 1, size[1])
    grey = light * (0.9 - 0.75 * ink if dark else 0.1 + 0.75 * ink) + 0.02 * random.standard_normal(size)
    grey[0, 7], grey[2, 9] = 0, 1
    return grey.astype(np.float32)


pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


@pytest.mark.parametrize("dark", [True, False], ids=["dark on bright", "bright on dark"])
@pytest.mark.parametrize("fall", [0, 0.4])
@pytest.mark.parametrize("size", [(200, 256), (341, 256), (63, 256)])
@pytest.mark.parametrize("side", [8, 28, 64])
def test_python_finds_and_fits_the_ink_that_the_browser_does(dark, fall, size, side):
    grey = photographed(dark=dark, fall=fall, size=size)
    ink = paper.ink(grey)
    np.testing.assert_allclose(ink, _ink(grey), atol=1e-5)
    np.testing.assert_allclose(paper.fit(ink, side), _fit(ink, (1, side, side))[0], atol=1e-5)


@pytest.mark.parametrize("where", ["left", "corner", "all"])
def test_ink_at_the_edge_is_not_cut_off_there_either(where):
    ink = np.zeros((60, 60), np.float32)
    ink[{"left": np.s_[20:40, :9], "corner": np.s_[50:, 50:], "all": np.s_[:]}[where]] = 1
    np.testing.assert_allclose(paper.fit(ink, 28), _fit(ink, (1, 28, 28))[0], atol=1e-5)


def test_blank_paper_has_no_image():
    grey = (0.9 + 0.01 * np.random.default_rng(0).standard_normal((60, 80))).astype(np.float32)
    assert not paper.ink(grey).any() and paper.fit(paper.ink(grey), 28) is None


def test_a_photograph_becomes_an_image_like_mnists(mnist):
    """A test digit, drawn large in dark grey on cream paper, turned upright by its camera's note, comes back."""
    digit = mnist.test[0, 0]
    sheet = np.array([245.0, 240, 225]) - digit[..., None] * np.array([0.8, 0.78, 0.7])
    large = Image.fromarray(sheet.astype(np.uint8)).resize((900, 900), Image.Resampling.BICUBIC)
    page = Image.new("RGB", (1600, 1200), (245, 240, 225))
    page.paste(large, (500, 150))
    exif = Image.Exif()
    exif[274] = 6  # the camera was held turned by a quarter
    content = io.BytesIO()
    page.transpose(Image.Transpose.ROTATE_90).save(content, "JPEG", exif=exif, quality=95)
    image = pictures.image(pictures.decoded(content.getvalue(), "p.jpg"), Choices(28, True, "paper"))[0] / 255.0
    assert np.corrcoef(image.ravel(), digit.ravel())[0, 1] > 0.9
    assert np.abs(image - digit / 255.0).mean() < 0.06


def test_the_ways_to_a_square_are_those_that_can_be_chosen():
    from vae_core.data import choices

    assert set(pictures.SQUARES) == set(choices.FITS)
    picture = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(picture).line((100, 60, 180, 150), fill="black", width=9)
    for fit in choices.FITS:
        for side in choices.SIZES:
            for grey in (True, False):
                image = pictures.image(picture, Choices(side, grey, fit))
                assert image.shape == (1 if grey else 3, side, side) and image.dtype == np.uint8

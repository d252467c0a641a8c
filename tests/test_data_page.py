"""The page Data, run by Streamlit's own AppTest: what is brought along is looked at, kept, shown and deleted."""

import io
import os
import re
import zipfile

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from test_pages import opened

from ui import sets
from vae_core import data, jobs, runs
from vae_core.config import preset
from vae_core.data import own
from vae_core.jobs import intake

MARKUP = "<b>glad</b>*[x](y)*$z$"


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("VAE_LAB_MODELS", str(tmp_path / "models"))
    return tmp_path / "data"


def pictures(count: int = 40) -> dict[str, bytes]:
    random, files = np.random.default_rng(0), {}
    for i in range(count):
        content = io.BytesIO()
        Image.fromarray(random.integers(0, 256, (12, 12), np.uint8)).save(content, "PNG")
        files[f"{i}.png"] = content.getvalue()
    return files


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for i, (name, picture) in enumerate(pictures().items()):
            packed.writestr(f"{MARKUP.replace('/', '') if i % 2 else 'sad'}/{name}", picture)
    return content.getvalue()


def bring(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    app.get("file_uploader")[0].set_value([(name, content, "application/octet-stream") for name, content in files])
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> list[str]:
    """The images of the dozen that is looked at."""
    markup = " ".join(part.proto.body for part in app.get("html"))
    return re.findall(r"data:image/png;base64,[^\"]+", markup)


def keep(app: AppTest, name: str) -> AppTest:
    next(field for field in app.text_input if field.label == "Name").input(name)
    next(button for button in app.button if button.label == "Keep this set").click().run()
    assert not app.exception
    return app


def own_set(name: str = "own-faces") -> None:
    random = np.random.default_rng(0)
    parts = [random.integers(0, 256, (count, 1, 8, 8), np.uint8) for count in (50, 10)]
    numbers = [np.arange(len(part), dtype=np.uint8) % 2 for part in parts]
    entry = data.Entry("Faces *of* us", "Ours.", (1, 8, 8), (MARKUP, "sad"), load=None)
    own.save(data.ImageSet(name, parts[0], numbers[0], parts[1], numbers[1]), entry)


def test_a_zip_is_looked_at_kept_listed_and_deleted_with_a_second_click():
    app = bring(opened("data"), ("my faces.zip", archive()))
    assert any("40 images in 2 classes" in text.value for text in app.markdown)
    assert "All are 12×12 pixels." in [caption.value for caption in app.caption]
    keep(app, "Our faces")
    assert "Kept as own-our-faces" in app.success[0].value and not app.error
    assert data.facts("own-our-faces").title == "Our faces"
    images = data.load("own-our-faces")
    assert images.train.shape == (33, 1, 12, 12) and images.test.shape == (7, 1, 12, 12)
    app.button(key="delete-own-our-faces").click().run()
    assert not app.exception and own.names() == []


def test_choices_change_what_is_shown_and_kept():
    app = bring(opened("data"), ("x.zip", archive()))
    before = shown(app)
    next(box for box in app.selectbox if box.label == "Size (pixels)").select(8).run()
    next(box for box in app.selectbox if box.label == "Colour").select("colour").run()
    next(box for box in app.selectbox if box.label == "To a square").select("pad").run()
    assert not app.exception and not app.error and len(shown(app)) == 12 and shown(app) != before
    keep(app, "x")
    assert data.facts("own-x").image_shape == (3, 8, 8)


def test_several_pictures_are_one_set():
    app = bring(opened("data"), *pictures().items())
    assert any("40 images without labels" in text.value for text in app.markdown)
    keep(app, "several")
    assert data.facts("own-several").class_names == ("unlabelled",)


def test_what_a_killed_server_left_is_swept_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, fresh = tmp_path / "vae-lab-upload-a", tmp_path / "vae-lab-upload-b"
    for folder in (left, fresh):
        folder.mkdir()
    os.utime(left, (0, 0))
    app = bring(opened("data"), ("x.zip", archive()))
    assert not left.exists() and fresh.exists() and not app.error


def test_names_of_uploads_are_no_paths(root):
    app = bring(opened("data"), *((f"../../{name}", content) for name, content in pictures().items()))
    assert "names a file outside itself" in app.error[0].value
    app = bring(opened("data"), ("../../../tmp/x.zip", archive()))
    assert not app.error


@pytest.mark.parametrize("name", ["", "顔"])
def test_a_set_without_a_name_is_a_sentence(name):
    app = keep(bring(opened("data"), ("x.zip", archive())), name)
    assert "cannot name a set" in app.error[0].value and own.names() == []


def test_a_name_that_is_taken_is_refused():
    own_set()
    app = keep(bring(opened("data"), ("x.zip", archive())), "Faces")
    assert "There is a set own\\-faces already" in app.error[0].value.replace("own-faces", "own\\-faces")


def test_the_names_of_classes_are_text():
    rows = [(MARKUP, "2"), ("<img src=x onerror=alert(1)>", "1")]
    sheet = io.BytesIO()
    Image.new("L", (32, 16)).save(sheet, "PNG")
    for markup in (sets.contact(rows, sheet.getvalue(), height=8), sets.tiles([(MARKUP, None), (rows[1][0], b"x")])):
        assert "<b>glad" not in markup and "<img src=x" not in markup and "&lt;b&gt;glad" in markup


def test_the_list_offers_a_download_and_says_in_a_sentence_that_it_failed(monkeypatch):
    app = opened("data")
    assert app.button(key="download-fashion-mnist").label == "Download 29 MB"

    def fail(*_, **__):
        raise ValueError("Fashion-MNIST could not be downloaded: check the network.")

    monkeypatch.setattr(intake, "ask", fail)
    app.button(key="download-fashion-mnist").click().run()
    assert not app.exception and "could not be downloaded" in app.error[0].value
    assert app.button(key="download-fashion-mnist").label == "Download 29 MB"


def test_every_set_that_must_be_downloaded_says_its_size(root):
    labels = {button.label for button in opened("data").button if button.key.startswith("download-")}
    missing = [name for name in data.names() if not data.here(name)]
    assert missing and labels == {f"Download {data.facts(name).megabytes} MB" for name in missing}
    assert all(data.facts(name).megabytes > 0 for name in missing)


def test_a_training_on_a_set_that_is_not_here_leaves_no_dead_run(root):
    app = opened("train", dataset="kmnist")
    next(button for button in app.button if button.label == "Start training").click().run()
    assert not app.exception and "20 MB" in app.error[0].value and "page Data" in app.error[0].value
    assert not [run for run in runs.list_runs() if run.train.dataset == "kmnist"]


def of_deleted_set(name: str = "orphan") -> runs.Run:
    own_set()
    configs = preset("manifold", image_shape=(1, 8, 8), dataset="own-faces", epochs=1, hidden=(8,))
    run = runs.create_run(name, *configs)
    own.delete("own-faces")
    return run


def test_the_form_says_that_a_set_was_deleted():
    of_deleted_set()
    app = opened("train", dataset="own-faces")
    assert not app.exception
    assert "own-faces is not on this machine any more" in app.warning[0].value


def test_a_job_on_a_deleted_set_ends_in_a_sentence():
    from vae_core.jobs import evaluate, train

    run = of_deleted_set()
    for work in (train.work, evaluate.work):
        with pytest.raises(ValueError, match="own-faces is not on this machine any more; bring it along again"):
            work(run)
    assert jobs.state(run, "train").word == jobs.ABSENT


def test_a_model_of_a_deleted_set_is_shown_with_its_classes_and_says_why_it_cannot_be_measured(digits):
    from vae_core.model import VAE

    run = of_deleted_set()
    run.write(runs.WEIGHTS, VAE(run.model).arrays())
    for page in ("explore", "latent_map", "draw", "projection", "home", "elbo", "reparameterization"):
        app = opened(page, model=run.name)
        assert not app.exception, page
    said = [info.value for info in opened("explore", model=run.name).info]
    assert any("own-faces is not on this machine any more" in sentence for sentence in said)
    assert data.class_names("own-faces") == (MARKUP, "sad")

"""Every page, run by Streamlit's own AppTest: full, empty and asked for what is not there."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save
from streamlit.testing.v1 import AppTest

from ui import frame
from ui.training import form
from ui.training.upload import accept
from vae_core import config, runs
from vae_core.runs import folder

ROOT = Path(__file__).parent.parent
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
SWEEP = tuple(f"beta-{beta}" for beta in ("0", "0-1", "0-25", "0-5", "1", "2", "4", "10"))
NAMES, SOUNDS = ("names-2d", "names-16d"), ("spoken-digits-2d", "spoken-digits-16d")
SHIPPED = ("mnist-2d", "mnist-2d-conv", "mnist-10d", "mnist-20d", "digits-2d", *NAMES, *SOUNDS, *SWEEP)
OWN_EXAMPLES = ("digits-2d", "names-2d", "spoken-digits-2d")  # whose test examples are shipped


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("mnist-2d", "mnist-20d", "digits-2d"):
        shutil.copytree(ROOT / "models" / name, tmp_path / name)
    monkeypatch.setenv("VAE_LAB_MODELS", str(tmp_path))
    return tmp_path


def opened(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=30)
    if page != "home":
        app.switch_page(f"../pages/{page}.py")
    app.query_params.update(query)
    return app.run()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_its_title_and_no_error(page: str, shipped: Path) -> None:
    app = opened(page)
    assert len(app.title) == 1
    assert not app.exception and not app.error and not app.warning


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("records", "data")])
def test_a_page_without_any_model_says_what_to_do(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_LAB_MODELS", str(tmp_path / "none"))
    app = opened(page)
    assert not app.exception
    assert any("Train" in info.value or "training" in info.value for info in app.info)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("train", "records", "data")])
def test_an_unknown_model_in_the_address_is_one_sentence(page: str, shipped: Path) -> None:
    app = opened(page, model="no-such-model")
    assert not app.exception
    assert ["no-such-model" in warning.value for warning in app.warning] == [True]


def test_markup_in_the_address_is_not_repeated(shipped: Path) -> None:
    app = opened("explore", model="![x](http://example.org/x.png)")
    assert not app.exception and "example.org" not in app.warning[0].value


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("page", ["explore", "latent_map", "draw", "projection", "curves"])
def test_every_shipped_model_is_complete_on_every_page(name: str, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_LAB_MODELS", str(ROOT / "models"))
    app = opened(page, model=name)
    assert app.selectbox(key="model-box").value == name
    assert not app.exception and not app.warning and not app.info and not app.error


EVERY_KEY = {
    "dataset": "digits",
    "preset": "tutorial",
    "run": "digits-2d",
    "runs": "digits-2d,mnist-2d",
    "against": "step",
    "method": "PCA",
    "hide": "code",
    "z": "1,1",
    "off": "2",
    "view": "0,0,2",
    "unknown": "anything",
}


@pytest.mark.parametrize("page", PAGES)
def test_every_key_of_every_page_is_welcome_on_any_page(page: str, shipped: Path) -> None:
    (shipped / "digits-2d" / "train.job.json").write_text('{"pid": 999999999, "started": 0}')
    app = opened(page, model="mnist-2d", **EVERY_KEY)
    assert not app.exception and app.query_params["unknown"] == "anything"
    for box in app.sidebar.selectbox:
        box.select("digits-2d").run()
    assert not app.exception


def test_home_shows_the_chosen_model_with_real_images_wherever_it_is(
    shipped: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path))
    app = opened("home", model="mnist-20d")
    told = json.loads(app.get("bidi_component")[0].proto.json)[0]
    assert told["spec"]["latent_dim"] == 20 and told["tables"]["examples"] is None and told["tables"]["stand_ins"]
    assert any("the test images of MNIST are not on this machine" in caption.value for caption in app.caption)
    links = [link.proto.query_string for link in app.get("page_link")]
    assert links and set(links) == {"model=mnist-20d"}


def test_what_the_address_says_is_chosen(shipped: Path) -> None:
    (shipped / "digits-2d" / "train.job.json").write_text('{"pid": 999999999, "started": 0}')
    train = opened("train", dataset="digits", preset="tutorial")
    assert [train.selectbox(key=f"{key}-box").value for key in ("dataset", "preset")] == ["digits", "tutorial"]
    train.button(key="delete-digits-2d").click().run()
    assert not train.exception and train.query_params["dataset"] == "digits"
    assert opened("projection", model="mnist-20d", method="PCA").caption[0].value.startswith("PCA")


@pytest.mark.parametrize("page", [page for page in PAGES if page != "records"])
def test_the_folder_is_listed_once_a_run(page: str, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, counted, read = opened(page), [], folder.list_runs
    for module in (folder, runs):
        monkeypatch.setattr(module, "list_runs", lambda: counted.append(page) or read())
    assert not app.run().exception
    assert counted == [page]


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("train", "records", "data")])
def test_a_run_that_vanishes_while_a_page_is_made_is_no_exception(
    page: str, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = frame.title

    def vanish(*words: str) -> None:
        shutil.rmtree(shipped / "digits-2d")
        title(*words)

    monkeypatch.setattr(frame, "title", vanish)
    assert not opened(page, model="digits-2d", runs="digits-2d").exception


def test_the_name_of_a_run_is_never_too_long() -> None:
    values = {"latent_dim": 256, "beta": 0.00012345, "bound": "iwae", "samples": 1000, "free_bits": 12.345678}
    long = form.stem("fashion-mnist", "manifold", values | {"gradient": "score-baseline", "adversarial": 123.456})
    assert all(runs.NAME.fullmatch(f"{long}-{number}") for number in (1, 99_999))


def test_a_shipped_run_is_offered_to_be_trained_and_one_trained_here_to_be_deleted(shipped: Path) -> None:
    (shipped / "digits-2d" / "train.job.json").touch()
    labels = {name: {button.label for button in opened("train", run=name).button} for name in ("mnist-2d", "digits-2d")}
    assert "Now train it yourself" in labels["mnist-2d"] - labels["digits-2d"]
    assert "Delete this run" in labels["digits-2d"] - labels["mnist-2d"]


def test_a_model_without_codes_and_card_is_offered_one_measurement(shipped: Path) -> None:
    for part in ("latents.safetensors", "card.json"):
        (shipped / "digits-2d" / part).unlink()
    app = opened("explore", model="digits-2d")
    assert not app.exception and not app.error
    assert [button.label for button in app.button if button.key == "start-evaluate"] == ["Measure this model"]


def test_the_code_in_the_address_reaches_the_sliders(shipped: Path) -> None:
    app = opened("explore", model="digits-2d", z="1.25,-0.5")
    component = app.get("bidi_component")[0].proto
    assert json.loads(component.json)[0]["state"]["z"] == "1.25,-0.5"


@pytest.mark.parametrize("code", ["1", "1,2,3", "nan,0", "1e9,0", "a,b", "<b>,0"])
def test_a_code_that_cannot_be_is_ignored(code: str, shipped: Path) -> None:
    app = opened("explore", model="digits-2d", z=code)
    assert not app.exception
    assert json.loads(app.get("bidi_component")[0].proto.json)[0]["state"] == {}


def state_of(app: AppTest) -> dict:
    return json.loads(app.get("bidi_component")[0].proto.json)[0]["state"]


def test_each_model_has_a_state_of_its_own(shipped: Path) -> None:
    app = opened("explore", model="digits-2d", z="1,-1", off="2")
    app.selectbox(key="model-box").select("mnist-2d").run()
    assert state_of(app) == {} and "z" not in app.query_params and "off" not in app.query_params
    app.selectbox(key="model-box").select("digits-2d").run()
    assert state_of(app)["z"] == app.query_params["z"] == "1,-1"


def test_the_card_names_what_a_training_did_otherwise(shipped: Path) -> None:
    plain = opened("explore", model="digits-2d")
    assert not any("IWAE" in caption.value or "gradient:" in caption.value for caption in plain.caption)
    run = runs.find_run("digits-2d")
    train = replace(run.train, bound="iwae", samples=5, warmup_epochs=3.0)
    (run.path / runs.CONFIG).write_bytes(config.dump_config(run.model, train))
    other = opened("explore", model="digits-2d")
    told = " ".join(caption.value for caption in other.caption)
    assert "IWAE of 5 samples" in told and "β from 0 over 3 epochs" in told


def test_the_name_of_a_run_tells_the_runs_of_a_lesson_apart() -> None:
    plain = {"latent_dim": 2, "beta": 1.0, "bound": "elbo", "samples": 1, "free_bits": 0.0}
    plain |= {"gradient": "pathwise", "adversarial": 0.0}
    changes = [{}, {"beta": 0.5}, {"bound": "iwae", "samples": 5}, {"free_bits": 0.25}, {"gradient": "score"}]
    names = [form.stem("digits", "example", plain | change) for change in changes]
    endings = ["2d", "2d-beta0p5", "2d-iwae5", "2d-free0p25", "2d-score"]
    assert names == [f"digits-example-{ending}" for ending in endings]
    assert all(runs.NAME.fullmatch(f"{name}-1") for name in names)


def test_choosing_a_preset_shows_its_own_values(shipped: Path) -> None:
    app = opened("train")
    app.selectbox(key="preset-box").select("tutorial").run()
    assert app.number_input(key="latent_dim-tutorial").value == 10
    assert app.number_input(key="dropout-tutorial").value == 0.5


def test_a_wrong_layer_width_is_a_sentence_and_starts_nothing(shipped: Path) -> None:
    app = opened("train")
    app.text_input(key="hidden-manifold").input("512, wide").run()
    next(button for button in app.button if button.label == "Start training").click().run()
    assert "whole numbers" in app.error[0].value
    assert sorted(path.name for path in shipped.iterdir()) == ["digits-2d", "mnist-20d", "mnist-2d"]


def upload(app: AppTest, weights: bytes, configuration: bytes) -> AppTest:
    app.get("file_uploader")[0].set_value(("model.safetensors", weights, "application/octet-stream"))
    app.get("file_uploader")[1].set_value(("config.json", configuration, "application/json"))
    return app.run()


def test_an_uploaded_model_appears_in_the_list(shipped: Path) -> None:
    source = shipped / "digits-2d"
    changed = json.loads((source / "config.json").read_text())
    changed["train"]["dataset"] = "my-own-images"  # no set of the lab's: nothing is started in the background
    app = upload(opened("explore"), (source / "model.safetensors").read_bytes(), json.dumps(changed).encode())
    assert "is in the list" in app.success[0].value
    assert any(path.name.startswith("upload-") for path in shipped.iterdir())


def test_an_upload_that_failed_half_way_can_be_made_again(shipped: Path) -> None:
    source = shipped / "digits-2d"
    configuration = (source / "config.json").read_bytes().replace(b'"digits"', b'"my-own-images"')
    files = ((source / "model.safetensors").read_bytes(), configuration)
    run = accept(*files)
    run.file("model").unlink()
    assert accept(*files).has("model")


def test_an_uploaded_model_of_an_unknown_set_is_shown_on_every_page(shipped: Path) -> None:
    path = shipped / "upload-1"
    shutil.copytree(shipped / "digits-2d", path)
    changed = json.loads((path / "config.json").read_text())
    changed["train"]["dataset"] = "my-own-images"
    (path / "config.json").write_text(json.dumps(changed))
    for table in ("latents", "examples", "pca", "umap"):
        (path / f"{table}.safetensors").unlink()
    (path / "card.json").unlink()
    assert [page for page in PAGES if opened(page, model="upload-1").exception] == []


def test_a_model_that_was_never_measured_offers_to_be(shipped: Path) -> None:
    for table in ("latents", "pca", "umap"):
        (shipped / "mnist-2d" / f"{table}.safetensors").unlink()
    (shipped / "mnist-2d" / "card.json").unlink()
    for page in ("explore", "latent_map", "draw", "projection"):
        assert "Measure this model" in [button.label for button in opened(page, model="mnist-2d").button]


def test_a_model_from_the_address_is_kept_on_other_pages(shipped: Path) -> None:
    app = opened("explore", model="mnist-20d")
    for page in ("train", "projection", "explore"):
        app.query_params.clear()
        app.switch_page(f"../pages/{page}.py").run()
    assert app.selectbox(key="model-box").value == "mnist-20d"
    assert app.query_params["model"] == "mnist-20d"


def test_a_link_to_another_model_arrives(shipped: Path) -> None:
    app = opened("explore", model="mnist-20d")
    app.query_params["model"] = "digits-2d"
    assert app.run().selectbox(key="model-box").value == "digits-2d"


def test_choosing_a_model_puts_it_into_the_address(shipped: Path) -> None:
    app = opened("explore")
    app.selectbox(key="model-box").select("mnist-20d").run()
    assert app.query_params["model"] == "mnist-20d"


def test_more_runs_in_the_address_than_fit_are_cut(shipped: Path) -> None:
    for number in range(12):
        shutil.copytree(shipped / "digits-2d", shipped / f"digits-{number}")
    app = opened("curves", runs=",".join(f"digits-{number}" for number in (0, 0, *range(12))))
    assert not app.exception
    assert len(app.multiselect[0].value) == 8


def test_a_deleted_run_is_gone_and_no_other(shipped: Path) -> None:
    for name in ("digits-2d", "mnist-2d"):
        (shipped / name / "train.job.json").write_text('{"pid": 999999999, "started": 0}')
    app = opened("train", run="digits-2d")
    app.button(key="delete-digits-2d").click().run()
    assert not app.exception and not app.warning
    assert sorted(path.name for path in shipped.iterdir()) == [".trash", "mnist-20d", "mnist-2d"]
    next(button for button in app.button if button.label.startswith("Take back digits-2d")).click().run()
    assert not app.exception and app.query_params["run"] == "digits-2d"
    assert (shipped / "digits-2d" / "model.safetensors").exists()


def test_a_run_is_renamed_and_noted_and_a_taken_name_is_refused(shipped: Path) -> None:
    (shipped / "digits-2d" / "train.job.json").touch()
    app = opened("train", run="digits-2d")
    app.text_area(key="note-digits-2d").input("the <b>4s</b> part *here*")
    app.text_input(key="name-digits-2d").input("mnist-2d")
    app.button(key="save-digits-2d").click().run()
    assert not app.exception and "exists already" in app.error[0].value
    app.text_input(key="name-digits-2d").input("my-digits")
    app.button(key="save-digits-2d").click().run()
    assert not app.exception and app.query_params["run"] == "my-digits"
    assert any("4s" in caption.value and "<b>" not in caption.value for caption in app.caption)


@pytest.mark.parametrize("page", ["explore", "latent_map", "draw", "projection"])
def test_one_dimension_is_no_plane(page: str, shipped: Path) -> None:
    path = shipped / "digits-2d" / "config.json"
    path.write_text(path.read_text().replace('"latent_dim": 2', '"latent_dim": 1'))
    app = opened(page, model="digits-2d")
    assert not app.exception and "one latent dimension" in app.info[0].value


def broken(kind: str, weights: bytes, configuration: bytes) -> tuple[bytes, bytes]:
    match kind:
        case "truncated":
            return weights[: len(weights) // 2], configuration
        case "garbage":
            return b"\x00" * 4096, configuration
        case "not JSON":
            return weights, b"{"
        case "unknown key":
            return weights, configuration.replace(b'"latent_dim"', b'"latent_size"')
        case "markup":
            return weights, configuration.replace(b'"digits"', b'"<img src=x>"')
        case "endless number":
            return weights, configuration.replace(b'"seed": 0', b'"seed": ' + b"9" * 5000)
        case "wrong shape":
            return weights, configuration.replace(b'"latent_dim": 2', b'"latent_dim": 3')
        case "nested":
            return weights, configuration.replace(b'"seed": 0', b'"seed": ' + b"[" * 900 + b"]" * 900)
        case "absurd":
            arrays = {name: np.full(array.shape, 3e38, np.float32) for name, array in load(weights).items()}
            return save(arrays), configuration
        case "oversized":
            return weights, configuration.replace(b'"latent_dim": 2', b'"latent_dim": 999999')
    raise AssertionError(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "truncated",
        "garbage",
        "not JSON",
        "unknown key",
        "markup",
        "endless number",
        "wrong shape",
        "nested",
        "absurd",
        "oversized",
    ],
)
def test_a_broken_upload_is_a_sentence_and_leaves_nothing(kind: str, shipped: Path) -> None:
    source = shipped / "digits-2d"
    files = broken(kind, (source / "model.safetensors").read_bytes(), (source / "config.json").read_bytes())
    app = upload(opened("explore"), *files)
    assert len(app.error) == 1 and not app.exception
    assert not any(path.name.startswith("upload-") for path in shipped.iterdir())


def test_presets_of_the_form_are_those_of_the_core() -> None:
    assert set(config.PRESET_WORDS) == set(config.PRESETS)


def test_shipped_models_stay_within_thirty_megabytes() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "models"]
    committed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    examples = {Path(name).parent.name for name in committed if name.endswith("examples.safetensors")}
    assert examples == set(OWN_EXAMPLES)
    assert sum((ROOT / name).stat().st_size for name in committed) < 30e6


def test_three_shipped_histories_stay_within_eight_megabytes() -> None:
    files = {name: list((ROOT / "models" / name).glob("snapshots/*.safetensors")) for name in SHIPPED}
    assert {name for name, found in files.items() if found} == {"mnist-2d", "mnist-20d", "mnist-10d"}
    assert sum(path.stat().st_size for found in files.values() for path in found) <= 8e6
    for name, found in files.items():
        last = runs.open_run(ROOT / "models" / name).last_report()
        assert not found or max(int(path.stem) for path in found) == last["step"]


def test_the_shipped_sweep_stays_within_six_megabytes() -> None:
    files = [path for name in SWEEP for path in (ROOT / "models" / name).iterdir()]
    assert sum(path.stat().st_size for path in files if path.stem != "examples") < 6e6


def test_the_shipped_models_are_listed_with_the_sweep_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SHIPPED:
        (tmp_path / name).mkdir()
        shutil.copy(ROOT / "models" / name / runs.CONFIG, tmp_path / name)
    monkeypatch.setenv("VAE_LAB_MODELS", str(tmp_path))
    names = [run.name for run in runs.list_runs()]
    assert names == ["digits-2d", "mnist-2d", "mnist-2d-conv", "mnist-10d", "mnist-20d", *NAMES, *SOUNDS, *SWEEP]
    assert [run.name for run in runs.sweep_of(runs.find_run("beta-1"))] == list(SWEEP)

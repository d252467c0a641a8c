"""The published figures are kept whole, and shown with everything that decides what they may be compared with."""

import json
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from benchmarks import likelihood
from benchmarks import records as file
from ui import records

ROOT = Path(__file__).parent.parent
ROWS = {section: records.load(section) for section in ("likelihood", "training")}


def _opened():
    return AppTest.from_file(str(ROOT / "pages" / "records.py"), default_timeout=30).run()


def test_a_kept_row_replaces_its_like_and_no_other(tmp_path):
    path, by = tmp_path / "records.json", ("row", "device")
    first = [{"row": "a", "device": "cpu", "value": 1}, {"row": "b", "device": "cpu", "value": 2}]
    file.keep("likelihood", first, by=by, file=path)
    file.keep("training", [{"row": "a", "device": "cpu", "value": 9}], by=by, file=path)
    file.keep("likelihood", [{"row": "a", "device": "cpu", "value": 3}], by=by, file=path)
    kept = json.loads(path.read_text())
    assert [(row["row"], row["value"]) for row in kept["likelihood"]] == [("a", 3), ("b", 2)]
    assert [row["value"] for row in kept["training"]] == [9]
    assert all(len(row["date"]) == len("2026-11-22") for row in kept["likelihood"])


def test_the_machine_is_named_with_its_torch():
    assert torch.__version__ in file.machine(torch.device("cpu"))


@pytest.mark.parametrize("row", ROWS["likelihood"], ids=lambda row: row["row"])
def test_every_published_row_is_one_of_the_benchmark_and_its_protocol_is_complete(row):
    model, config = likelihood.configs(
        likelihood.ROWS[row["row"]], seed=0, device="cpu", epochs=row["epochs"][0] if row["shortened"] else None
    )
    words = records.protocol(row)
    assert records.title(row) != row["row"]
    assert str(model.latent_dim) == row["network"].rsplit("-", 1)[1]
    assert f"batch {config.batch_size} " in words and config.schedule in words and "60,000 training images" in words
    assert all(str(seed) in words for seed in row["seeds"]) and "nothing was chosen on the test set" in words
    assert ("NLL with K" in words) == ("nll" in row)


def test_what_differs_between_seeds_is_said_of_each():
    row = ROWS["likelihood"][0]
    epochs = row["epochs"][0]
    assert f"({epochs:,} epochs)" in records.protocol(row | {"epochs": [epochs] * 3})
    assert "(1,357 / 1,300 epochs)" in records.protocol(row | {"epochs": [1357, 1300]})
    table = records.wall_clock({"seeds": [0, 1], "seconds_to_nll": {"90": [675.1, 1200.0], "86.76": [1794.1, None]}})
    assert table.splitlines()[0] == "| seconds until an NLL of | seed 0 | seed 1 |"
    assert table.splitlines()[2:] == ["| 90 | 675 | 1,200 |", "| 86.76 | 1,794 | – |"]


@pytest.mark.parametrize("row", ROWS["likelihood"], ids=lambda row: row["row"])
def test_the_means_are_those_of_the_seeds(row):
    for figure in records.FIGURES.keys() & row.keys():
        values = row[figure]["values"]
        assert len(values) == len(row["seeds"])
        assert row[figure]["mean"] == pytest.approx(sum(values) / len(values))


def test_the_readme_has_the_same_figures():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    likelihoods = [row[figure]["mean"] for row in ROWS["likelihood"] for figure in records.FIGURES if figure in row]
    (speed,) = [row for row in ROWS["training"] if row["batch"] == 128]
    expected = [f"{mean:.2f}" for mean in likelihoods]
    expected += [f"{speed['images_per_second']:,.0f} images", f"{speed['fraction_of_bound']:.0%}".replace("%", " %")]
    assert [figure for figure in expected if figure not in readme] == []


def test_the_page_shows_each_figure_beside_the_published_one():
    app = _opened()
    assert not app.exception
    shown = [(metric.value, metric.delta) for metric in app.metric]
    first = ROWS["likelihood"][0]["negative_elbo"]
    assert shown[0] == (
        f"{first['mean']:.2f} ± {first['deviation']:.2f}",
        f"{first['mean'] - first['published']:+.2f} to the published {first['published']:.2f}",
    )
    assert len(shown) == sum(len(records.FIGURES.keys() & row.keys()) for row in ROWS["likelihood"])


def test_the_speeds_are_a_table_a_machine_with_a_column_for_each_batch():
    other = [row | {"device": "another", "pythae_images_per_second": None} for row in ROWS["training"][:1]]
    first, second = records.speeds(ROWS["training"] + other).values()
    assert {line.count("|") for line in first.splitlines()} == {len(ROWS["training"]) + 2}
    assert {line.count("|") for line in second.splitlines()} == {3} and "| pythae | – |" in second
    assert all(f"**{row['images_per_second']:,.0f}**" in first for row in ROWS["training"])


def test_without_figures_the_page_says_how_to_make_them(monkeypatch, tmp_path):
    monkeypatch.setattr(records, "FILE", tmp_path / "missing.json")
    app = _opened()
    assert not app.exception and not app.metric
    assert "benchmarks.likelihood" in app.info[0].value

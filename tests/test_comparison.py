"""Runs side by side: a word where their nats do not compare, their figures, and only the settings that differ."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui import cache, plots
from ui.training import comparison
from vae_core import runs
from vae_core.config import dump_config

ROOT = Path(__file__).parent.parent


@pytest.fixture
def shipped(models, monkeypatch):
    models.mkdir()
    for name in ("beta-0", "beta-4", "digits-2d", "mnist-20d"):
        shutil.copytree(ROOT / "models" / name, models / name)
    return {name: runs.find_run(name) for name in ("beta-0", "beta-4", "digits-2d", "mnist-20d")}


def test_only_the_settings_that_differ_are_columns(shipped):
    rows = comparison.table([shipped["beta-0"], shipped["beta-4"]])
    assert [row["run"] for row in rows] == ["beta-0", "beta-4"]
    settings = set(rows[0]) - {"run", "epochs", *(title for title, _ in comparison.FIGURES.values())}
    assert settings == {"β (weight of the rate)"}
    assert [row["β (weight of the rate)"] for row in rows] == ["0", "4"]
    assert rows[1]["rate"] == f"{shipped['beta-4'].card()['rate']:.2f}"


def test_a_run_without_figures_has_empty_cells(shipped):
    (shipped["beta-4"].path / "card.json").unlink()
    rows = comparison.table([shipped["beta-0"], shipped["beta-4"]])
    assert rows[0]["rate"] and rows[1]["rate"] == ""


def test_a_bar_in_a_cell_does_not_end_it(shipped):
    run = shipped["beta-4"]
    other = replace(run.model, likelihood="bernoulli")
    (run.path / "config.json").write_bytes(dump_config(other, run.train))
    text = comparison.markdown(comparison.table([shipped["beta-0"], runs.find_run("beta-4")]))
    assert {line.replace("\\|", "").count("|") for line in text.splitlines()} == {text.splitlines()[1].count("|")}


def test_different_images_and_likelihoods_are_said(shipped):
    assert comparison.apart([shipped["beta-0"], shipped["beta-4"]]) == []
    (sentence,) = comparison.apart([shipped["beta-0"], shipped["digits-2d"]])
    assert "mnist: beta-0; digits: digits-2d" in sentence
    run = shipped["beta-4"]
    (run.path / "config.json").write_bytes(dump_config(replace(run.model, likelihood="gaussian"), run.train))
    (sentence,) = comparison.apart([shipped["beta-0"], runs.find_run("beta-4")])
    assert "Gaussian: beta-4" in sentence and "distortions do not compare" in sentence


def test_an_axis_is_logarithmic_where_one_run_would_flatten_another(shipped):
    assert cache.flattened([shipped["digits-2d"], shipped["mnist-20d"]])
    assert not cache.flattened([shipped["beta-0"], shipped["beta-4"]])
    row = {"epoch": 1.0, "test_distortion": 10.0, "test_rate": 1.0}
    kinds = [plots.curves({"a": [row]}, logarithmic=yes)["layout"]["yaxis"]["type"] for yes in (True, False)]
    assert kinds == ["log", "linear"]


def test_the_page_says_it(shipped):
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=30)
    app.switch_page("../pages/curves.py")
    app.query_params.update({"runs": "digits-2d,mnist-20d"})
    app.run()
    assert not app.exception
    assert "learned different images" in app.warning[0].value
    assert app.toggle[0].value is True
    assert any("| digits-2d |" in block.value for block in app.markdown)

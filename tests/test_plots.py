"""The figures hold the numbers they are given."""

import json

import pytest

from ui import plots

ROWS = [
    {"epoch": 0.0, "step": 0, "seconds": 0.0, "test_distortion": 200.0, "test_rate": 1.0},
    {"epoch": 0.5, "step": 5, "seconds": 0.1, "train_distortion": 150.0, "train_rate": 4.0},
    {
        "epoch": 1.0,
        "step": 10,
        "seconds": 0.2,
        "train_distortion": 120.0,
        "train_rate": 5.0,
        "test_distortion": 110.0,
        "test_rate": 6.0,
    },
]


def lines(figure, name):
    return [(list(trace["x"]), list(trace["y"])) for trace in figure["data"] if trace["name"] == name]


def test_the_three_rows_are_the_sum_and_its_parts():
    total, distortion, rate = lines(plots.curves({"a": ROWS}), "a test")
    assert distortion == ([0.0, 1.0], [200.0, 110.0]) and rate == ([0.0, 1.0], [1.0, 6.0])
    assert total[1] == [200.0 + 1.0, 110.0 + 6.0]


def test_train_and_test_are_told_apart():
    assert lines(plots.curves({"a": ROWS}), "a train")[1] == ([0.5, 1.0], [150.0, 120.0])


@pytest.mark.parametrize(("against", "places"), [("step", [5, 10]), ("seconds", [0.1, 0.2])])
def test_runs_are_drawn_against_what_is_asked(against, places):
    assert lines(plots.curves({"a": ROWS}, against=against), "a train")[0][0] == places


def test_each_run_has_its_colour_and_each_line_one_legend_entry():
    figure = plots.curves({"a": ROWS, "b": ROWS})
    colours = {trace["name"][0]: trace["line"]["color"] for trace in figure["data"]}
    assert len(set(colours.values())) == 2
    assert sum(trace["showlegend"] for trace in figure["data"]) == 4


def test_the_wall_clock_has_a_curve_each_and_the_published_levels():
    figure = plots.wall_clock({"one": [(15.0, 100.0), (30.0, 95.0)], "two": [(15.0, 99.0)]}, levels={"record": 86.76})
    assert lines(figure, "one") == [([15.0, 30.0], [100.0, 95.0])]
    assert [shape["y0"] for shape in figure["layout"]["shapes"]] == [86.76]
    assert figure["layout"]["annotations"][0]["text"] == "record"


def test_dimensions_are_ranked_by_their_rate():
    bars = plots.kl_bars([0.1, 2.0, 0.5])["data"][0]
    assert list(bars["x"]) == ["z2", "z3", "z1"] and list(bars["y"]) == [2.0, 0.5, 0.1]


def test_twenty_classes_have_twenty_colours():
    assert len(set(plots.CLASS_COLOURS)) == 20


def test_figures_are_json():
    assert json.loads(json.dumps(plots.curves({"a": ROWS})))["layout"]["hovermode"] == "x unified"

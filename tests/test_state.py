"""The state that widgets share: read with suspicion, uniform when written, told between Python and the browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Query

from ui import address, state
from vae_core import runs

MODELS = Path(__file__).parent.parent / "models"


RUN = runs.open_run(MODELS / "digits-2d")


def hear(*tells: str, key: str = "sliders") -> dict:
    return state.conversation(RUN, key, tells)


def test_the_address_is_a_wish_once(query: Query, session: dict) -> None:
    before = hear("z")["token"]
    query["z"] = "1,2"
    first, second = hear("z"), hear("z")
    assert first["state"]["z"] == "1,2"
    assert before != first["token"] == second["token"]


def test_what_the_browser_tells_is_written_and_is_no_wish(query: Query, session: dict) -> None:
    token = hear("z")["token"]
    session["sliders"] = {"state": {"token": token, "z": "0.5,0.5"}}
    assert hear("z")["token"] == hear("z")["token"] == token
    assert query["z"] == "0.5,0.5"


def test_what_was_told_before_a_wish_is_too_late(query: Query, session: dict) -> None:
    token = hear("z")["token"]
    query["z"] = "1,2"
    session["sliders"] = {"state": {"token": token, "z": "0.5,0.5"}}
    assert hear("z")["state"]["z"] == query["z"] == "1,2"


def test_a_widget_tells_only_what_it_was_asked_for(query: Query, session: dict) -> None:
    token = hear("z")["token"]
    session["pad"] = {"state": {"token": token, "z": "3,3", "show": "dots"}}
    assert hear("show", key="pad")["state"] == {"show": "dots"}


def test_nonsense_from_the_browser_is_left_out(query: Query, session: dict) -> None:
    token = hear("z")["token"]
    session["sliders"] = {"state": {"token": token, "z": "<script>", "off": "1"}}
    assert hear("z", "off")["state"] == {"off": "1"}


def test_what_is_emptied_leaves_the_address(query: Query, session: dict) -> None:
    query["off"] = "2"
    token = hear("off")["token"]
    session["sliders"] = {"state": {"token": token, "off": ""}}
    hear("off")
    assert "off" not in query


def test_all_pages_share_one_memory(query: Query, session: dict) -> None:
    token = hear("z")["token"]
    session["sliders"] = {"state": {"token": token, "z": "1,1"}}
    hear("z")
    query.clear()
    session.pop("sliders")
    assert hear("z", key="another page")["state"]["z"] == query["z"] == "1,1"


def test_an_address_that_is_behind_is_no_wish(query: Query, session: dict) -> None:
    token = hear("z")["token"]
    for code in ("1,1", "2,2", "3,3"):
        session["sliders"] = {"state": {"token": token, "z": code}}
        hear("z")
    query["z"] = "1,1"  # the browser asked for this run before it had heard of 2,2
    assert hear("z") == {"token": token, "state": {"z": "3,3"}, "tells": ["z"]}


def test_an_earlier_address_is_a_wish_after_a_while(
    query: Query, session: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = hear("z")["token"]
    for code in ("1,1", "2,2"):
        session["sliders"] = {"state": {"token": token, "z": code}}
        hear("z")
    now = address.time.monotonic()
    monkeypatch.setattr(address.time, "monotonic", lambda: now + 60)
    query["z"] = "1,1"  # the back button
    assert hear("z")["state"]["z"] == "1,1"


@pytest.fixture
def back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the present run asked for by the browser's Back button."""

    def go() -> None:
        monkeypatch.setattr(address, "went_back", lambda: True)
        address.begin()

    return go


def test_back_is_a_wish_at_once(query: Query, session: dict, back: Callable[[], None]) -> None:
    token = hear("z")["token"]
    for code in ("1,1", "2,2"):
        session["sliders"] = {"state": {"token": token, "z": code}}
        hear("z")
    query["z"] = "1,1"
    back()
    assert hear("z")["state"]["z"] == "1,1"
    assert hear("z")["token"] != token


def test_back_to_an_address_without_a_state_is_back_to_the_beginning(
    query: Query, session: dict, back: Callable[[], None]
) -> None:
    token = hear("z", "off", "view")["token"]
    session["sliders"] = {"state": {"token": token, "z": "1,1", "off": "2", "view": "1,1,2"}}
    hear("z", "off", "view")
    query.clear()
    back()
    assert hear("z", "off", "view")["state"] == {"z": "0,0", "off": "", "view": ""}


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("z", "1.25,-0.5", "1.25,-0.5"),
        ("z", "0.123456,-0", "0.1235,0"),
        ("off", "2,1", "1,2"),
        ("off", "", ""),
        ("pins", "1,2_0.5,0", "1,2_0.5,0"),
        ("pins", "", ""),
        ("plane", "z2-z1", "z2-z1"),
        ("plane", "pca", "pca"),
        ("view", "0.5,-1,4", "0.5,-1,4"),
        ("show", "manifold", "manifold"),
        ("colour", "groups", "groups"),
        ("colour", "", ""),
        ("image", "123", "123"),
        ("eps", "0.5,-1", "0.5,-1"),
        ("sigma", "0.25", "0.25"),
        ("sigma", "", ""),
        ("blocked", "1", "1"),
        ("samples", "200", "200"),
    ],
)
def test_what_fits_is_kept_in_one_form(key: str, text: str, expected: str) -> None:
    assert state.checked({key: text}, 2) == {key: expected}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("z", "1"),
        ("z", "1,2,3"),
        ("z", "nan,0"),
        ("z", "1e9,0"),
        ("z", "<b>,0"),
        ("z", ""),
        ("off", "3"),
        ("off", "0"),
        ("off", "1,"),
        ("pins", "1,2_3"),
        ("pins", "_"),
        ("pins", "_".join(["1,2"] * 5)),
        ("plane", "z1-z1"),
        ("plane", "z1-z3"),
        ("plane", "z1"),
        ("plane", "<img>"),
        ("view", "1,2"),
        ("view", "inf,0,1"),
        ("view", "1,2,x"),
        ("view", "0,0,0"),
        ("view", "0,0,-5"),
        ("view", "0,0,1000"),
        ("show", "everything"),
        ("colour", "red"),
        ("image", "-1"),
        ("image", "1234567"),
        ("image", "²"),
        ("sigma", "1.5"),
        ("sigma", "-0.1"),
        ("blocked", "yes"),
    ],
)
def test_what_cannot_be_is_left_out(key: str, text: str) -> None:
    assert state.checked({key: text}, 2) == {}


def test_only_texts_under_known_keys_are_read() -> None:
    assert state.checked({"z": [1, 2], "token": "a", "off": None}, 2) == {}

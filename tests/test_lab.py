"""What Python and the browser tell each other of the state that all widgets share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ui import address, lab
from vae_core import runs

MODELS = Path(__file__).parent.parent / "models"


class Query(dict):
    """A stand-in for ``st.query_params``, which exists only within a session."""

    to_dict = dict.copy

    def from_dict(self, values: dict) -> None:
        self.clear()
        self.update(values)


@pytest.fixture
def query(monkeypatch: pytest.MonkeyPatch) -> Iterator[Query]:
    parameters = Query()
    monkeypatch.setattr("streamlit.query_params", parameters)
    return parameters


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict:
    state: dict = {}
    monkeypatch.setattr("streamlit.session_state", state)
    return state


RUN = runs.open_run(MODELS / "digits-2d")


def hear(*tells: str, key: str = "sliders") -> dict:
    return lab._conversation(RUN, key, tells)


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

"""The address is written at once, remembers what it held of late, and offers choices that it keeps."""

from collections.abc import Sequence

import pytest
from conftest import Query

from ui import address

OPTIONS = ("first", "second", "third")


def box(label: str, options: Sequence[str], *, key: str) -> str:
    """A widget that shows what the session has for it, as Streamlit's do."""
    return address.st.session_state[key]


def choose(*, drops: Sequence[str] = ()) -> str:
    return address.choice("Model", OPTIONS, key="model", widget=box, drops=drops)


def by_hand(option: str, session: dict, monkeypatch: pytest.MonkeyPatch, **fields: Sequence[str]) -> str:
    return address.choice("Model", OPTIONS, key="model", widget=lambda *_, **__: option, **fields)


def test_several_changes_are_one_step(query: Query, session: dict) -> None:
    query.update(a="1", b="2", c="3")
    address.write({"a": "9", "b": "", "d": "4"})
    assert query == {"a": "9", "c": "3", "d": "4"} and query.steps == 1


def test_what_changes_nothing_is_no_step(query: Query, session: dict) -> None:
    query["a"] = "1"
    address.write({"a": "1", "b": ""})
    assert query.steps == 0


def test_an_address_without_the_key_means_the_first_option_and_stays(query: Query, session: dict) -> None:
    assert choose() == "first" and query == {}


def test_a_link_is_followed_and_remembered_on_other_pages(query: Query, session: dict) -> None:
    query["model"] = "second"
    assert choose() == "second"
    query.clear()
    assert choose() == "second" and query == {"model": "second"}


def test_an_option_that_is_not_there_is_put_right(query: Query, session: dict) -> None:
    query["model"] = "none"
    assert choose() == "first" and query == {"model": "first"}


def test_choosing_by_hand_drops_what_was_said_of_the_former(query: Query, session: dict, monkeypatch) -> None:
    query["z"] = "1,1"
    assert choose(drops=("z",)) == "first" and query["z"] == "1,1"
    by_hand("second", session, monkeypatch, drops=("z",))
    assert query == {"model": "second"} and query.steps == 1


def test_a_late_address_is_no_wish_but_back_is(query: Query, session: dict, monkeypatch) -> None:
    query["model"] = "second"
    choose()
    by_hand("third", session, monkeypatch)
    session["model-box"] = "third"
    query["model"] = "second"  # a rerun that was asked for before the browser heard of the third
    assert choose() == "third"
    query["model"] = "second"
    monkeypatch.setattr(address, "went_back", lambda: True)
    address.begin()
    assert choose() == "second" and query == {"model": "second"}


def test_back_to_an_address_without_the_key_is_the_first_option(query: Query, session: dict, monkeypatch) -> None:
    choose()
    by_hand("third", session, monkeypatch)
    query.clear()
    monkeypatch.setattr(address, "went_back", lambda: True)
    assert choose() == "first" and query == {}

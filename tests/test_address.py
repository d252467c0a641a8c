"""The widgets' state in the address: read with suspicion, uniform when written."""

import pytest

from ui import address


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
        ("image", "123", "123"),
        ("eps", "0.5,-1", "0.5,-1"),
        ("sigma", "0.25", "0.25"),
        ("sigma", "", ""),
        ("blocked", "1", "1"),
        ("samples", "200", "200"),
    ],
)
def test_what_fits_is_kept_in_one_form(key: str, text: str, expected: str) -> None:
    assert address.checked({key: text}, 2) == {key: expected}


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
        ("image", "-1"),
        ("image", "1234567"),
        ("image", "²"),
        ("sigma", "1.5"),
        ("sigma", "-0.1"),
        ("blocked", "yes"),
    ],
)
def test_what_cannot_be_is_left_out(key: str, text: str) -> None:
    assert address.checked({key: text}, 2) == {}


def test_only_texts_under_known_keys_are_read() -> None:
    assert address.checked({"z": [1, 2], "token": "a", "off": None}, 2) == {}

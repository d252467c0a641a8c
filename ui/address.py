"""The page's state in its address: read with suspicion, written when it changes."""

import math
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

LIMIT = 10.0


def read_code(latent_dim: int) -> list[float] | None:
    """The code z in the address, or None if there is none that fits a model of that many dimensions."""
    try:
        code = [float(part) for part in st.query_params.get("z", "").split(",")]
    except ValueError:
        return None
    fits = len(code) == latent_dim and all(math.isfinite(value) and abs(value) <= LIMIT for value in code)
    return code if fits else None


def write_code(code: Sequence[float] | None) -> None:
    """Put a code into the address, to the four decimals that the browser tells; None leaves the address as it is."""
    if code is not None:
        text = ",".join(f"{round(value, 4) + 0.0:g}" for value in code)
        if st.query_params.get("z") != text:
            st.query_params["z"] = text


def read_names(key: str, allowed: Sequence[str], *, most: int) -> list[str]:
    """The first few names listed under a key of the address that are allowed, each once, in the address's order."""
    listed = dict.fromkeys(st.query_params.get(key, "").split(","))
    return [name for name in listed if name in allowed][:most]


def choice(label: str, options: Sequence[str], *, key: str, place: DeltaGenerator | None = None) -> str:
    """A select box whose choice is always in the address and is remembered on other pages.

    Streamlit's own binding forgets on a change of page what came by a link, and does not see a link to another model.

    Parameters
    ----------
    label : str
        What is chosen.
    options : sequence of str
        At least one; the first is shown if neither the address nor an earlier page says otherwise.
    key : str
        The key in the address.
    place : DeltaGenerator, optional
        Where the box stands; the main column by default.
    """
    box, remembered = f"{key}-box", f"{key}-remembered"
    asked, last = st.query_params.get(key), st.session_state.get(remembered)
    linked = asked if asked != last else None  # a link, a reload, the back button
    wishes = (linked, st.session_state.get(box), last, options[0])
    # Set on every run: a box of the same key on another page would begin with its first option.
    st.session_state[box] = next(wish for wish in wishes if wish in options)
    picked = (place or st).selectbox(label, options, key=box)
    st.session_state[remembered] = picked
    if asked != picked:
        st.query_params[key] = picked
    return picked

"""The page's state in its address: read with suspicion, written when it changes."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

LIMIT = 100.0  # a plain autoencoder puts its codes that far
MOST_PINS = 4
SHOWS = ("dots", "both", "manifold")
ZOOMS = (0.3, 40)
# A rerun brings the address as the browser had it when it asked: what was there that recently may still come.
UNDERWAY_S = 5.0


def _numbers(text: str, count: int, *, limit: float) -> list[float] | None:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    fits = len(values) == count and all(math.isfinite(value) and abs(value) <= limit for value in values)
    return values if fits else None


def _code(text: str, latent_dim: int) -> str | None:
    code = _numbers(text, latent_dim, limit=LIMIT)
    # As the browser writes it: four decimals, no -0.
    return code and ",".join(f"{round(value, 4) + 0.0:.6g}" for value in code)


def _off(text: str, latent_dim: int) -> str | None:
    parts = set(text.split(",")) if text else set()
    known = {str(dimension + 1) for dimension in range(latent_dim)}
    return ",".join(sorted(parts, key=int)) if parts <= known else None


def _pins(text: str, latent_dim: int) -> str | None:
    codes = [_code(part, latent_dim) for part in text.split("_")] if text else []
    return None if None in codes or len(codes) > MOST_PINS else "_".join(codes)


def _plane(text: str, latent_dim: int) -> str | None:
    axes = [f"z{dimension + 1}" for dimension in range(latent_dim)]
    across, _, up = text.partition("-")
    fits = text in ("", "pca", "pins") or (across != up and across in axes and up in axes)
    return text if fits else None


def _view(text: str, _latent_dim: int) -> str | None:
    values = _numbers(text, 3, limit=1000) if text else [0.0, 0.0, 1.0]
    return text if values and ZOOMS[0] <= values[2] <= ZOOMS[1] else None


def _show(text: str, _latent_dim: int) -> str | None:
    return text if text in ("", *SHOWS) else None


def _whole(text: str, _latent_dim: int) -> str | None:
    return text if not text or (text.isascii() and text.isdigit() and len(text) <= 6) else None


def _share(text: str, _latent_dim: int) -> str | None:
    values = _numbers(text, 1, limit=1) if text else [1.0]
    return text if values and values[0] >= 0 else None


def _flag(text: str, _latent_dim: int) -> str | None:
    return text if text in ("", "1") else None


# The keys of the address that the widgets share, each with what makes a text of it safe and uniform, or None.
STATE = {
    "z": _code,
    "off": _off,
    "pins": _pins,
    "plane": _plane,
    "view": _view,
    "show": _show,
    "image": _whole,
    "eps": _code,
    "sigma": _share,
    "blocked": _flag,
    "samples": _whole,
}


def checked(state: Mapping[str, object], latent_dim: int) -> dict[str, str]:
    """Those texts of a state, from the address or a browser, that fit a model of that many dimensions.

    Parameters
    ----------
    state : mapping of str to object
        Perhaps ``z`` (the code), ``off`` (dimensions switched off, counted from 1), ``pins`` (kept codes), ``plane``
        (``z3-z7``, ``pca`` or ``pins``), ``view`` (centre and zoom), ``show`` (one of ``SHOWS``), ``image`` (which test
        image), ``eps`` (the noise), ``sigma`` (what share of the posterior's σ is used), ``blocked`` (1: no gradient
        passes the sampling) and ``samples`` (how many).
    latent_dim : int
        Latent dimensions of the model.
    """
    known = {key: state[key] for key in STATE if isinstance(state.get(key), str)}
    valid = {key: STATE[key](text, latent_dim) for key, text in known.items()}
    return {key: text for key, text in valid.items() if text is not None}


def read_state(latent_dim: int) -> dict[str, str]:
    """What the address says of the widgets' state, as `checked` returns it; what cannot be is taken out of it."""
    there = {key: text for key, text in st.query_params.to_dict().items() if key in STATE}
    valid = {key: text for key, text in checked(there, latent_dim).items() if text}
    for key in there.keys() - valid.keys():
        del st.query_params[key]
    return valid


def write_state(state: Mapping[str, str]) -> None:
    """Put the widgets' state into the address, at once, for each write is a step of the browser's history."""
    before = st.query_params.to_dict()
    after = {key: text for key, text in (before | dict(state)).items() if text or key not in state}
    remember(item for item in {*before.items(), *after.items()} if item[0] in STATE)
    if after != before:
        st.query_params.from_dict(after)


def remember(items: Iterable[tuple[str, str]]) -> None:
    """Note what the address holds or held just now."""
    now = time.monotonic()
    recent = st.session_state.setdefault("address-underway", {})
    recent |= {item: now for item in items}
    for item in [item for item, when in recent.items() if now - when >= UNDERWAY_S]:
        del recent[item]


def underway() -> set[tuple[str, str]]:
    """The keys and texts that the address held of late: a rerun that brings them back brings no wish."""
    now = time.monotonic()
    recent = st.session_state.get("address-underway", {})
    return {item for item, when in recent.items() if now - when < UNDERWAY_S}


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
    linked = asked if asked != last and (key, asked) not in underway() else None  # a link, a reload, the back button
    wishes = (linked, st.session_state.get(box), last, options[0])
    # Set on every run: a box of the same key on another page would begin with its first option.
    st.session_state[box] = next(wish for wish in wishes if wish in options)
    picked = (place or st).selectbox(label, options, key=box)
    st.session_state[remembered] = picked
    if asked != picked:
        before = st.query_params.to_dict()
        # Chosen by hand: what the address says of the widgets is the other model's. Each model remembers its own.
        after = {name: text for name, text in before.items() if asked is None or name not in STATE} | {key: picked}
        remember(before.items() - after.items())
        st.query_params.from_dict(after)
    return picked

"""The state that a model's widgets share: small texts, read with suspicion, told between address, pages and browser."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ui import address
from vae_core.runs import Run

LIMIT = 100.0  # a plain autoencoder puts its codes that far
MOST_PINS = 4
SHOWS = ("dots", "both", "manifold")
COLOURS = ("groups",)  # besides the classes
ZOOMS = (0.3, 40)


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
    return ",".join(f"{round(value, 4) + 0.0:.6g}" for value in code) if code else None


def _off(text: str, latent_dim: int) -> str | None:
    parts = set(text.split(",")) if text else set()
    known = {str(dimension + 1) for dimension in range(latent_dim)}
    return ",".join(sorted(parts, key=int)) if parts <= known else None


def _pins(text: str, latent_dim: int) -> str | None:
    parts = text.split("_") if text else []
    codes = [code for part in parts if (code := _code(part, latent_dim))]
    return "_".join(codes) if len(codes) == len(parts) <= MOST_PINS else None


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


def _colour(text: str, _latent_dim: int) -> str | None:
    return text if text in ("", *COLOURS) else None


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
    "colour": _colour,
    "image": _whole,
    "eps": _code,
    "sigma": _share,
    "blocked": _flag,
    "samples": _whole,
}


# Of these an empty text is the beginning; a noise and a chosen image have none, so they stay.
BLANK = ("off", "pins", "plane", "view", "show", "colour", "sigma", "blocked")


def checked(state: Mapping[str, object], latent_dim: int) -> dict[str, str]:
    """Those texts of a state, from the address or a browser, that fit a model of that many dimensions.

    Parameters
    ----------
    state : mapping of str to object
        Perhaps ``z`` (the code), ``off`` (dimensions switched off, counted from 1), ``pins`` (kept codes), ``plane``
        (``z3-z7``, ``pca`` or ``pins``), ``view`` (centre and zoom), ``show`` (one of ``SHOWS``), ``colour`` (one of
        ``COLOURS``: what colours the dots), ``image`` (which test image), ``eps`` (the noise), ``sigma`` (what share of
        the posterior's σ is used), ``blocked`` (1: no gradient passes the sampling) and ``samples`` (how many).
    latent_dim : int
        Latent dimensions of the model.
    """
    known = {key: text for key in STATE if isinstance(text := state.get(key), str)}
    valid = {key: STATE[key](text, latent_dim) for key, text in known.items()}
    return {key: text for key, text in valid.items() if text is not None}


def read(latent_dim: int) -> dict[str, str]:
    """What the address says of the state, as `checked` returns it; what cannot be is taken out of it."""
    there = {key: text for key in STATE if (text := address.read(key)) is not None}
    valid = {key: text for key, text in checked(there, latent_dim).items() if text}
    address.write(dict.fromkeys(there.keys() - valid.keys(), ""))
    return valid


def conversation(run: Run, key: str, tells: Sequence[str]) -> dict[str, Any]:
    """What the browser is told of a model's state, after hearing what the address wishes and what the browser tells.

    The address may be older than what the browser shows: so only a text that was not written there of late is a wish,
    and only a wish gets a new token, and only a new token moves the browser's widgets. What the browser tells under
    another token than the present one is older than the wish. The memory is the model's, not the widget's, because all
    widgets on all pages share one state.

    Parameters
    ----------
    run : Run
        The model.
    key : str
        The key of the widget that tells.
    tells : sequence of str
        Those keys of ``STATE`` that the widget may change.
    """
    latent_dim = run.model.latent_dim
    memory = st.session_state.setdefault(f"lab/{run.name}", {"count": 0, "state": {}})
    wish = dict(set(_wished(latent_dim, memory["state"]).items()) - {*memory["state"].items()} - address.underway())
    if wish:
        memory.update(count=memory["count"] + 1, state=memory["state"] | wish)
    token = f"{run.name}/{memory['count']}"
    told = (st.session_state.get(key) or {}).get("state") or {}
    if told.get("token") == token:
        memory["state"] |= {name: text for name, text in checked(told, latent_dim).items() if name in tells}
    address.write(memory["state"])
    return {"token": token, "state": memory["state"], "tells": list(tells)}


def _wished(latent_dim: int, known: Mapping[str, str]) -> dict[str, str]:
    """What the address says; after a step back, also that what it leaves out is as it was at the beginning."""
    said = read(latent_dim)
    if not address.went_back():
        return said
    blank = dict.fromkeys((key for key in known if key in BLANK), "")
    if "z" in known:
        blank["z"] = ",".join("0" * latent_dim)
    return blank | said

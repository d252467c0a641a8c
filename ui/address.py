"""The page's state in its address: read with suspicion, written when it changes."""

import math
from collections.abc import Sequence

import streamlit as st

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
    """Put a code into the address, rounded to hundredths; None leaves the address as it is."""
    if code is not None:
        text = ",".join(f"{value:.2f}" for value in code)
        if st.query_params.get("z") != text:
            st.query_params["z"] = text


def read_names(key: str, allowed: Sequence[str]) -> list[str]:
    """The names listed under a key of the address that are allowed, in the address's order."""
    return [name for name in st.query_params.get(key, "").split(",") if name in allowed]

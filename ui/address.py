"""The page's address: the only place that writes it, because each write is a step of the browser's history.

No widget of Streamlit's is bound to a key of it: a bound key cannot be written together with others.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

# A rerun brings the address as the browser had it when it asked: what was there that recently may still come.
UNDERWAY_S = 5.0


def begin() -> None:
    """What every run of the script begins with: after a step back, nothing the address brings is late."""
    if went_back():
        st.session_state.pop("address-underway", None)


def went_back() -> bool:
    """Whether the browser's Back or Forward asked for this run: then the address says all that is wished."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def read(key: str) -> str | None:
    """The text under a key of the address."""
    text: str | None = st.query_params.get(key)
    return text


def write(changes: Mapping[str, str]) -> None:
    """Put texts into the address, all at once; an empty one takes its key out."""
    before = st.query_params.to_dict()
    after = {key: text for key, text in (before | dict(changes)).items() if text or key not in changes}
    if after != before:
        _remember(before.items() - after.items())
        st.query_params.from_dict(after)


def _remember(items: Collection[tuple[str, str]]) -> None:
    """Note what the address held until now."""
    now = time.monotonic()
    recent = st.session_state.setdefault("address-underway", {})
    recent |= {item: now for item in items}
    for item in [item for item, when in recent.items() if now - when >= UNDERWAY_S]:
        del recent[item]


def underway() -> set[tuple[str, str]]:
    """The keys and texts that the address held of late: a rerun that brings them back brings no wish.

    A rerun that was asked for before the browser heard of the present address cannot be told from one by a link to the
    old one, but from the Back button: Streamlit's browser side says so, and `begin` forgets.
    """
    now = time.monotonic()
    recent = st.session_state.get("address-underway", {})
    return {item for item, when in recent.items() if now - when < UNDERWAY_S}


def read_names(key: str, allowed: Sequence[str], *, most: int) -> list[str]:
    """The first few names listed under a key of the address that are allowed, each once, in the address's order."""
    listed = dict.fromkeys((read(key) or "").split(","))
    return [name for name in listed if name in allowed][:most]


def choice(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    widget: Callable[..., str] | None = None,
    drops: Collection[str] = (),
    **fields: Any,
) -> str:
    """A widget that offers options, whose choice is in the address and is remembered on other pages.

    An address without the key means the first option. Streamlit's own binding forgets on a change of page what came by
    a link, and does not see a link to another model.

    Parameters
    ----------
    label : str
        What is chosen.
    options : sequence of str
        At least one; the first is shown if neither the address nor an earlier page says otherwise.
    key : str
        The key in the address.
    widget : callable, optional
        What shows the options: ``st.selectbox``, which is the default, or its like.
    drops : collection of str
        The keys that leave the address when another option is chosen, because they are said of the former one.
    **fields
        Further arguments of the widget.
    """
    box, remembered = f"{key}-box", f"{key}-remembered"
    asked, last = read(key), st.session_state.get(remembered)
    wishes = _wishes(key, asked, last)
    # Set on every run: a box of the same key on another page would begin with its first option.
    st.session_state[box] = next(wish for wish in (*wishes, options[0]) if wish in options)
    picked = (widget or st.selectbox)(label, options, key=box, **fields)
    st.session_state[remembered] = picked
    if picked != (options[0] if asked is None else asked):
        other = asked is not None or last not in (None, picked)
        write((dict.fromkeys(drops, "") if other else {}) | {key: picked})
    return picked


def choose(key: str, picked: str, *, drops: Iterable[str] = ()) -> None:
    """Make the choice of a box for the hand that made it elsewhere; in a callback, before the box is drawn.

    Parameters
    ----------
    key, picked : str
        The key in the address, and what is chosen.
    drops : iterable of str
        Keys of the address that were said of another choice.
    """
    # An address that was left a moment ago may be a late echo: so the box is told as well.
    st.session_state[f"{key}-box"] = picked
    write(dict.fromkeys(drops, "") | {key: picked})


def _wishes(key: str, asked: str | None, last: str | None) -> tuple[str | None, ...]:
    """What may be wished under a key, the strongest wish first."""
    if went_back():
        return (asked,)
    linked = asked if asked != last and (key, asked) not in underway() else None  # a link or a reload
    return linked, st.session_state.get(f"{key}-box"), last

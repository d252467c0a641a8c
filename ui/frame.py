"""What every page begins with: its title, the chosen model and the link that restores it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from ui import address, cache, state
from vae_core import runs
from vae_core.runs import Run, keeping

PAGES = Path(__file__).parent.parent / "pages"
FIRST_CHOICE = "mnist-2d"


def title(name: str, lead: str) -> None:
    """The page's title and the one sentence that says what to do here."""
    # A third of a projector's height is Streamlit's empty top; the picture comes first here.
    st.html("<style>.stMainBlockContainer { padding: 3.5rem clamp(1rem, 4vw, 5rem) 3rem; }</style>")
    st.title(name, anchor=False)
    st.markdown(lead)


def link(page: str, label: str, run: Run, *, icon: str | None = None) -> None:
    """A link to a page, by its file's stem, with a model chosen there."""
    st.page_link(str(PAGES / f"{page}.py"), label=label, icon=icon, query_params={"model": run.name})


def chosen_run() -> Run:
    """The model chosen in the sidebar, in the address as ``model``; without any model the page ends with advice."""
    usable = {run.name: run for run in cache.listed() if run.has(runs.WEIGHTS)}
    if not usable:
        st.info("There is no model yet. Train one on the page Train; it appears here.")
        st.stop()
    names = sorted(usable, key=lambda name: name != FIRST_CHOICE)
    follow_renamed("model", usable)
    _warn_of_unknown(set(names))
    return usable[address.choice("Model", names, key="model", widget=st.sidebar.selectbox, drops=state.STATE)]


def _warn_of_unknown(names: set[str]) -> None:
    asked = address.read("model")
    if asked and asked not in names:
        # Repeated only if it is a possible name: nothing from the address may become markup.
        named = f"named {asked} " if runs.NAME.fullmatch(asked) else "of the name in this address "
        st.warning(f"There is no model {named}here, so another one is shown. Choose a model in the sidebar.")


def follow_renamed(key: str, known: Mapping[str, Run]) -> None:
    """Choose a run by its present name where the address has a former one, and say so for as long as it is shown."""
    asked, said = address.read(key), f"{key}-renamed"
    if asked and asked not in known and (found := keeping.renamed(asked, among=known.values())):
        address.choose(key, found.name)
        st.session_state[said] = {found.name: asked}
    former = st.session_state.get(said, {}).get(address.read(key))
    if former:
        st.info(f"{plain(former)} has been renamed: it is called {address.read(key)} now.")


def plain(words: str) -> str:
    """Words that may quote a file or a path, made inert: no letter of them is markup."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+!|$~:" else letter for letter in words)


@contextmanager
def saying_why() -> Iterator[None]:
    """Within the block, what cannot be done because of a file or a full disk is said in its sentence."""
    try:
        yield
    except (ValueError, OSError) as error:
        st.error(plain(getattr(error, "strerror", None) or str(error)))

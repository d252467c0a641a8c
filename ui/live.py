"""What follows a job: shown once a second while it lives, and the whole page once more when it has ended."""

from collections.abc import Callable

import streamlit as st


def follow(at_work: Callable[[], bool], show: Callable[[], None]) -> None:
    """Show something now, and again every second while something is at work.

    Parameters
    ----------
    at_work : callable
        Whether anything is at work. When this becomes false, the page is run once more without a clock.
    show : callable
        What is shown.
    """
    live = at_work()

    @st.fragment(run_every=1 if live else None)
    def again() -> None:
        if live and not at_work():
            st.rerun()
        show()

    again()

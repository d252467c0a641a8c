"""What a visitor does with a run that has ended: rename it, note something, take it home, delete it, take it back."""

import datetime

import streamlit as st

from ui import address, cache, frame, server
from vae_core import jobs, runs
from vae_core.runs import Run, keeping


def keep(run: Run) -> None:
    """The menu of a run, and below it what was noted."""
    menu(run, "Keep this run")
    text = keeping.note(run)
    if text:
        st.caption(frame.plain(text))


def menu(run: Run, label: str) -> None:
    """A menu of what can be done with a run; of one that came with the lab, to take it home."""
    with st.popover(label, key=f"keeping-{run.name}"):
        st.link_button("Download everything", f"{server.base()}/archive/{run.name}.zip", icon=":material/download:")
        st.link_button(
            "Curves for TensorBoard",
            f"{server.base()}/events/{run.name}",
            icon=":material/download:",
            help="Put the file into a folder of its own, and start TensorBoard on the folder around that.",
        )
        if runs.trained_here(run) and not jobs.state(run, "train").live:
            _own(run)


def _own(run: Run) -> None:
    st.text_area("Note", keeping.note(run), max_chars=keeping.MOST_NOTE, key=f"note-{run.name}")
    st.text_input("Name", run.name, max_chars=64, key=f"name-{run.name}")
    st.button("Save", on_click=_save, args=(run,), key=f"save-{run.name}")
    st.markdown("A deleted run can be taken back for seven days.")
    st.button("Delete this run", on_click=_delete, args=(run,), key=f"delete-{run.name}")


def _save(run: Run) -> None:
    with frame.saying_why():
        name, note = (st.session_state[f"{field}-{run.name}"] for field in ("name", "note"))
        named = run if name == run.name else keeping.rename(run, name)
        keeping.write_note(named, note)
        if named != run:
            address.choose("run", named.name)


def _delete(run: Run) -> None:
    with frame.saying_why():
        keeping.discard(run)
        address.write({"run": ""})


def deleted() -> None:
    """The runs that were deleted of late, each with a button that takes it back; nothing if there are none."""
    found = keeping.discarded()
    if not found:
        return
    with st.popover(f"Deleted runs ({len(found)})", key="deleted"):
        for name, when in found[:20]:
            moment = datetime.datetime.fromtimestamp(when / 1e9).strftime("%d %b, %H:%M")
            st.button(f"Take back {name}, deleted {moment}", on_click=_take_back, args=(name, when), key=f"back-{when}")


def _take_back(name: str, when: int) -> None:
    with frame.saying_why():
        address.choose("run", keeping.take_back(name, when).name)
        cache.list_anew()

import streamlit as st

from ui import address, cache, frame
from ui.training import form, progress
from vae_core import runs

frame.title(
    "Train", "Choose images and a network, start, and watch it learn. The model lands in the list when it is done."
)

settings_column, progress_column = st.columns([2, 3], gap="large")
with settings_column:
    asked = form.form()
    if asked:
        with frame.saying_why():
            address.write({"run": form.start(asked).name})
            cache.list_anew()

with progress_column:
    trained_here = {run.name: run for run in cache.listed() if runs.trained_here(run)}
    if not trained_here:
        st.info(
            "No run has been started here yet. Press **Start training**; on the images called digits it takes seconds."
        )
    else:
        if (address.read("run") or next(iter(trained_here))) not in trained_here:
            st.warning("The run in this address is not on this machine; the newest one is shown.")
        shown = trained_here[address.choice("Run", list(trained_here), key="run")]
        progress.training(shown)
        progress.removal(shown)

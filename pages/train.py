import streamlit as st

from ui import frame, settings, watch
from vae_core import runs

frame.title(
    "Train", "Choose images and a network, start, and watch it learn. The model lands in the list when it is done."
)

settings_column, progress_column = st.columns([2, 3], gap="large")
with settings_column:
    asked = settings.form()
    if asked:
        try:
            run = settings.start(asked)
        except OSError as error:
            st.error(frame.plain(error.strerror or str(error)))
        else:
            st.query_params["run"] = run.name

with progress_column:
    trained_here = [run for run in runs.list_runs() if runs.job_file(run, "train").exists()]
    name = st.query_params.get("run", "")
    shown = next((run for run in trained_here if run.name == name), None)
    if name and shown is None:
        st.warning("The run in this address is not on this machine; the newest one is shown.")
    shown = shown or next(iter(trained_here), None)
    if shown is None:
        st.info("No run has been started yet. Press **Start training**: the embedded digits take a few seconds.")
    else:
        st.subheader(shown.name, anchor=False)
        watch.training(shown)

import streamlit as st

from ui import address, frame, settings, watch
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
    trained_here = {run.name: run for run in runs.list_runs() if runs.trained_here(run)}
    if not trained_here:
        st.info(
            "No run has been started here yet. Press **Start training**; on the images called digits it takes seconds."
        )
    else:
        if st.query_params.get("run", next(iter(trained_here))) not in trained_here:
            st.warning("The run in this address is not on this machine; the newest one is shown.")
        shown = trained_here[address.choice("Run", list(trained_here), key="run")]
        watch.training(shown)
        watch.removal(shown)

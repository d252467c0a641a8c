import streamlit as st

from ui import address, cache, frame
from ui.training import form, keeping, stage
from vae_core import runs

frame.title("Train", "Watch a latent space form: pause, step, change β, and turn the time back.")

run_column, start_column = st.columns(2, gap="large")
with start_column:
    asked = form.form()
    if asked:
        with frame.saying_why():
            address.write({"run": form.start(asked).name})
            cache.list_anew()
    keeping.deleted()

# The runs of this machine first, the newest at the top, then those that came with the lab.
listed = sorted(cache.listed(), key=lambda run: not runs.trained_here(run))
known = {run.name: run for run in listed if runs.trained_here(run) or run.metrics_version()}
if not known:
    st.info("No run has been started here yet. Press **Start training**; on the images called digits it takes seconds.")
else:
    frame.follow_renamed("run", known)
    if (address.read("run") or next(iter(known))) not in known:
        st.warning("The run in this address is not on this machine any more; the newest one is shown.")
    with run_column:
        shown = known[address.choice("Run", list(known), key="run")]
        stage.beside(shown)
    stage.stage(shown)

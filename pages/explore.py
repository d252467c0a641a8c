import streamlit as st

from ui import card, frame, lab, upload, watch
from vae_core import runs

run = frame.chosen_run()
frame.title(
    "Explore",
    "Drag a latent dimension, or a place on the pad, and watch the image follow. Everything is in σ of the prior.",
)

left, right = st.columns([5, 7], gap="medium")
with left:
    lab.sliders(run, key=f"explore-sliders-{run.name}")
with right:
    if run.model.latent_dim == 1:
        st.info("This model has one latent dimension: its slider shows all of it, and there is no plane to look at.")
    elif run.has(runs.CODES):
        lab.pad(run, tells=lab.PAD_ONLY, key=f"explore-pad-{run.name}")
    else:
        watch.measurement(run)

st.subheader(f"Model card: {run.name}", anchor=False)
card.model_card(run)

with st.expander("Take this model with you"):
    card.downloads(run)
with st.expander("Load a model of your own"):
    upload.form()

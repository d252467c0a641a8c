import streamlit as st

from ui import card, frame, lab, watch
from vae_core import runs

run = frame.chosen_run()
frame.title(
    "Latent map",
    "Every dot is a test image at its posterior mean μ, coloured by its class. Point anywhere to decode that place.",
)

if not run.has(runs.CODES):
    watch.measurement(run)
    st.stop()
if run.model.latent_dim == 1:
    st.info("This model has one latent dimension, so there is no plane to show. The page Explore shows all of it.")
    st.stop()

lab.pad(run, key=f"map-pad-{run.name}")
st.caption(
    "Click to keep z there. Shift and drag to move the map, turn the wheel or pinch to zoom. Faded tiles: no test "
    "image is near, so the decoder makes them up."
)
st.subheader("Ways through the latent space", anchor=False)
lab.paths(run, with_pad=True, key=f"map-paths-{run.name}")
st.subheader(f"Model card: {run.name}", anchor=False)
card.model_card(run)

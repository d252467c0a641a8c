import streamlit as st

from ui import frame, offers, widgets
from ui.training import card
from vae_core import data, runs

run = frame.chosen_run()
unit = data.unit(run.train.dataset)
frame.title(
    "Latent map",
    f"Every dot is a test {unit} at its posterior mean μ, coloured by its class. Point anywhere to decode that place.",
)

if not run.has(runs.CODES):
    offers.measurement(run)
    st.stop()
if run.model.latent_dim == 1:
    st.info("This model has one latent dimension, so there is no plane to show. The page Explore shows all of it.")
    st.stop()

widgets.mount("pad", run, key=f"map-pad-{run.name}", table=runs.CODES)
st.caption(
    "Click to keep z there. Shift and drag to move the map, turn the wheel or pinch to zoom. Faded tiles: no test "
    f"{unit} is near, so the decoder makes them up."
)
st.subheader("Ways through the latent space", anchor=False)
widgets.mount("paths", run, key=f"map-paths-{run.name}", pad=True)
st.subheader(f"Model card: {run.name}", anchor=False)
card.model_card(run)

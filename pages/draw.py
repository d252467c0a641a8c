import streamlit as st

from ui import frame, offers, widgets
from vae_core import runs

run = frame.chosen_run()
frame.title("Draw", "Draw an image: the encoder places it on the map as you draw, and the decoder answers.")

left, right = st.columns([5, 7], gap="medium")
with left:
    widgets.mount("board", run, key=f"draw-board-{run.name}")
with right:
    if run.model.latent_dim == 1:
        st.info("This model has one latent dimension, so there is no map on which the drawing could land.")
    elif run.has(runs.CODES):
        widgets.mount("pad", run, key=f"draw-pad-{run.name}", table=runs.CODES)
    else:
        offers.measurement(run)

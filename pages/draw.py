import streamlit as st

from ui import frame, offers, widgets
from vae_core import data, runs

# By what the examples are: the widget that takes one of a visitor's own, and what to do there.
OWN = {
    "image": ("board", "Draw an image: the encoder places it on the map as you draw, and the decoder answers."),
    "sound": ("recorder", "Record a word, or open a sound: the encoder places it on the map, the decoder answers."),
}

run = frame.chosen_run()
widget, words = OWN[data.kind(run.train.dataset)["name"]]
frame.title("Draw", words)

left, right = st.columns([5, 7], gap="medium")
with left:
    widgets.mount(widget, run, key=f"draw-{widget}-{run.name}")
with right:
    if run.model.latent_dim == 1:
        st.info("This model has one latent dimension, so there is no map on which it could land.")
    elif run.has(runs.CODES):
        widgets.mount("pad", run, key=f"draw-pad-{run.name}", table=runs.CODES)
    else:
        offers.measurement(run)

import streamlit as st

from ui import frame, offers, widgets
from vae_core import data, runs

# Of each kind of data: what takes an example of one's own, and the words for it.
BOARDS = {
    "word": ("writer", "Type a word: the encoder places it on the map as you type, and the decoder answers."),
    "sound": ("recorder", "Record a word, or open a sound: the encoder places it on the map, the decoder answers."),
}
DRAWN = ("board", "Draw an image: the encoder places it on the map as you draw, and the decoder answers.")

run = frame.chosen_run()
board, words = BOARDS.get(data.kind(run.train.dataset)["name"], DRAWN)
frame.title("Draw", words)

left, right = st.columns([5, 7], gap="medium")
with left:
    widgets.mount(board, run, key=f"draw-{board}-{run.name}")
with right:
    if run.model.latent_dim == 1:
        st.info("This model has one latent dimension, so there is no map on which it could land.")
    elif run.has(runs.CODES):
        widgets.mount("pad", run, key=f"draw-pad-{run.name}", table=runs.CODES)
    else:
        offers.measurement(run)

import streamlit as st

from ui import cache, frame, offers, widgets
from ui.training import card, upload
from vae_core import data, runs

run = frame.chosen_run()
frame.title(
    "Explore",
    f"Drag a latent dimension, or a place on the pad, and watch the {data.unit(run.train.dataset)} follow. "
    "Everything is in σ of the prior.",
)

has_map = run.model.latent_dim > 1
left, right = st.columns([5, 7], gap="medium")
with left:
    widgets.mount("sliders", run, key=f"explore-sliders-{run.name}", reach=cache.slider_reach(run))
with right:
    if not has_map:
        st.info("This model has one latent dimension: its slider shows all of it, and there is no plane to look at.")
    elif run.has(runs.CODES):
        widgets.mount("pad", run, tells=widgets.PAD_ONLY, key=f"explore-pad-{run.name}", table=runs.CODES)
    else:
        offers.measurement(run)

st.subheader(f"Model card: {run.name}", anchor=False)
card.model_card(run, offered=has_map and not run.has(runs.CODES))

with st.expander("Take this model with you"):
    card.downloads(run)
with st.expander("Load a model of your own"):
    upload.form()

import streamlit as st

from ui import address, card, frame, lab, upload

run = frame.chosen_run()
frame.title(
    "Explore",
    "Drag a latent dimension and watch the image follow. Each slider is one number of the code z, in σ of the prior.",
)

z = lab.explorer(run, z=address.read_code(run.model.latent_dim), key=f"explorer-{run.name}")
address.write_code(z)

st.subheader(f"Model card: {run.name}", anchor=False)
card.model_card(run)

with st.expander("Take this model with you"):
    card.downloads(run)
with st.expander("Load a model of your own"):
    upload.form()

from itertools import chain

import streamlit as st

from ui import frame, widgets
from vae_core import data

run = frame.chosen_run()
frame.title(
    "What is a variational autoencoder?",
    f"One {data.unit(run.train.dataset)} goes in, becomes a small cloud of codes, and comes out again. "
    "Watch it happen.",
)

known = widgets.examples(run)
if not any(known.values()):
    st.info("No image of this model's data is on this machine. Choose another model in the sidebar.")
    st.stop()
widgets.mount("flow", run, key="flow")
if known["stand_ins"]:
    title = data.facts(run.train.dataset).title
    st.caption(
        f"Real images that this model was trained on: the test images of {title} are not on this machine. They are "
        "downloaded when you first train on it."
    )

left, right = st.columns(2, gap="large")
with left:
    st.markdown(
        """
**The encoder** answers an image **x** not with one code but with a Gaussian: a mean **μ** and a width **σ** for each
latent dimension.

**The reparameterization trick** draws from it as **z = μ + σ·ε**: all the chance is in **ε**, so gradients pass through
μ and σ.

**The decoder** turns the code **z** back into an image **x̂**.
"""
    )
with right:
    st.latex(r"\log p(x) \;\geq\; \text{ELBO} = -\,\text{distortion} - \text{rate}")
    st.latex(r"\text{distortion} = -\,\mathbb{E}_{q(z|x)} \log p(x|z)")
    st.latex(r"\text{rate} = \mathrm{KL}\big(q(z|x)\,\|\,p(z)\big)")
    st.markdown(
        "Training raises this bound, the **ELBO**: the image must come back well (small distortion), and the codes "
        "must stay close to the prior N(0, I) (small rate). All figures are in nats per "
        f"{data.unit(run.train.dataset)}."
    )

st.subheader("Go on", anchor=False)
for column, (page, label, words) in zip(
    chain(*(st.columns(3) for _ in range(3))),
    [
        ("explore", "Explore", "Drag the latent dimensions and watch the image change."),
        ("draw", "Draw", "Draw a digit: see where it lands, and what comes back."),
        ("latent_map", "Latent map", "See the whole space, where the digits live in it, and walk between them."),
        ("projection", "Projection", "UMAP and PCA of all latent dimensions, coloured by digit."),
        ("reparameterization", "Reparameterization", "Drag ε, not z, and see why the gradient needs the trick."),
        ("elbo", "KL and ELBO", "What the bound is made of, and three ways to compute the KL."),
        ("beta", "β and collapse", "Move β from 0 to 10: what a model gives up, and when units die."),
        ("train", "Train", "Train your own model, here, and watch it learn."),
        ("curves", "Curves", "Follow reconstruction and KL while a model trains."),
    ],
    strict=True,
):
    with column.container(border=True):
        frame.link(page, f"**{label}**", run)
        st.caption(words)

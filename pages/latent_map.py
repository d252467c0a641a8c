import streamlit as st

from ui import frame, lab
from vae_core import runs

run = frame.chosen_run()
frame.title(
    "Latent map",
    "Every dot is a test image at its posterior mean μ, coloured by its class. Point anywhere to decode that place.",
)

if not run.has(runs.LATENTS):
    st.info(frame.NO_CODES)
    st.stop()

axes = (0, 1)
if run.model.latent_dim > 2:
    kl = (run.card() or {}).get("kl_per_dimension", [0.0] * run.model.latent_dim)
    ranked = sorted(range(run.model.latent_dim), key=lambda dimension: -kl[dimension])
    words = {dimension: f"z{dimension + 1} ({kl[dimension]:.2f} nats)" for dimension in ranked}
    across, up = st.columns(2)
    first = across.selectbox("Across", ranked, format_func=words.get, key="across", bind="query-params")
    others = [dimension for dimension in ranked if dimension != first]
    axes = (first, up.selectbox("Up", others, format_func=words.get, key="up", bind="query-params"))
    st.caption("Two of the dimensions, those that carry most first. The page Projection shows all of them at once.")
elif run.model.latent_dim == 1:
    st.info("This model has one latent dimension, so there is no plane to show. The page Explore shows all of it.")
    st.stop()

lab.latent_map(run, table=runs.LATENTS, axes=axes, key=f"map-{run.name}")
frame.model_card(run)

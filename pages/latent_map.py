import streamlit as st

from ui import card, frame, lab, watch
from vae_core import runs

run = frame.chosen_run()
frame.title(
    "Latent map",
    "Every dot is a test image at its posterior mean μ, coloured by its class. "
    + ("Point anywhere to decode that place." if run.model.latent_dim == 2 else "Point at a dot to decode its code."),
)

if not run.has(runs.LATENTS):
    watch.measurement(run)
    st.stop()

axes = (0, 1)
if run.model.latent_dim > 2:
    kl = (run.card() or {}).get("kl_per_dimension", [0.0] * run.model.latent_dim)
    ranked = [f"z{dimension + 1}" for dimension in sorted(range(run.model.latent_dim), key=lambda i: -kl[i])]
    left, right = st.columns(2)
    across = left.selectbox("Across", ranked, key="across", bind="query-params")
    up = right.selectbox("Up", [name for name in ranked if name != across], key="up", bind="query-params")
    axes = (int(across[1:]) - 1, int(up[1:]) - 1)
    st.caption(
        f"{across} carries {kl[axes[0]]:.2f} nats and {up} {kl[axes[1]]:.2f} of the {sum(kl):.1f} nats of this "
        "code; the lists begin with those that carry most. The page Projection shows all dimensions at once."
    )
elif run.model.latent_dim == 1:
    st.info("This model has one latent dimension, so there is no plane to show. The page Explore shows all of it.")
    st.stop()

lab.latent_map(run, table=runs.LATENTS, axes=axes, key=f"map-{run.name}")
card.model_card(run)

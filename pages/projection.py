import streamlit as st

from ui import address, frame, offers, widgets
from vae_core import runs

run = frame.chosen_run()
frame.title(
    "Projection",
    "All latent dimensions of the test codes, laid flat and coloured by class. Point at a dot to decode it.",
)

if not run.has(runs.CODES):
    offers.measurement(run)
    st.stop()

if run.model.latent_dim == 1:
    st.info("This model has one latent dimension: there is nothing to lay flat. The page Explore shows all of it.")
    st.stop()

method = address.choice("Method", ["UMAP", "PCA"], key="method", widget=st.segmented_control, required=True)
table = {"UMAP": runs.UMAP, "PCA": runs.PCA}[method]
if table == runs.UMAP and not run.has(runs.UMAP):
    offers.umap(run)
    st.stop()
widgets.mount("pad", run, tells=("z", "pins", "colour"), key=f"projection-{run.name}-{table}", table=table)
if table == runs.UMAP:
    st.caption("UMAP keeps neighbours together; the distance between far clusters and the axes themselves mean little.")
else:
    st.caption("PCA is a rotation: distances are the codes' own, seen along the two directions of largest variance.")

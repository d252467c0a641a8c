import streamlit as st

from ui import frame, lab, watch
from vae_core import runs

run = frame.chosen_run()
frame.title(
    "Projection",
    "All latent dimensions of the test codes, laid flat and coloured by class. Point at a dot to decode it.",
)

if not run.has(runs.LATENTS):
    st.info(frame.NO_CODES)
    st.stop()

method = st.segmented_control(
    "Method",
    [runs.UMAP, runs.PCA],
    format_func=str.upper,
    default=runs.UMAP,
    required=True,
    key="method",
    bind="query-params",
)
if method == runs.UMAP and not run.has(runs.UMAP):
    watch.umap(run)
    st.stop()
lab.latent_map(run, table=method, key=f"projection-{run.name}-{method}")
if method == runs.UMAP:
    st.caption("UMAP keeps neighbours together; the distance between far clusters and the axes themselves mean little.")
else:
    st.caption("PCA is a rotation: distances are the codes' own, seen along the two directions of largest variance.")

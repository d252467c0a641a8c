"""The stock way, for comparison: a Streamlit slider for each latent dimension, decoded by torch on the server.

streamlit run benchmarks/stock_slider.py -- models/mnist-2d
"""

import sys
from pathlib import Path

import streamlit as st  # noqa: TID251 - the other way to build such a page
import torch

from vae_core import objective, runs
from vae_core.jobs import evaluate


@st.cache_resource
def load(path: str):
    return evaluate.load_model(runs.open_run(Path(path)))


model = load(sys.argv[1])
st.title("Stock")
z = [st.slider(f"z{i + 1}", -3.0, 3.0, 0.0, 0.01) for i in range(model.config.latent_dim)]
with torch.inference_mode():
    image = objective.mean_image(model.decode(torch.tensor([z])), model.config)[0, 0]
st.image(image.numpy(), width=280, clamp=True)

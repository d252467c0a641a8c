"""The script of the app: the list of pages; everything else a page draws itself."""

import streamlit as st

from ui import address, cache
from ui.frame import PAGES

address.begin()
cache.list_anew()
st.set_page_config(page_title="VAE Lab", page_icon="🎛️", layout="wide")
st.navigation(
    {
        "": [st.Page(PAGES / "home.py", title="Home", icon=":material/home:", default=True)],
        "See": [
            st.Page(PAGES / "explore.py", title="Explore", icon=":material/tune:"),
            st.Page(PAGES / "latent_map.py", title="Latent map", icon=":material/grid_on:"),
            st.Page(PAGES / "draw.py", title="Draw", icon=":material/draw:"),
            st.Page(PAGES / "projection.py", title="Projection", icon=":material/scatter_plot:"),
        ],
        "Understand": [
            st.Page(PAGES / "reparameterization.py", title="Reparameterization", icon=":material/casino:"),
            st.Page(PAGES / "elbo.py", title="KL and ELBO", icon=":material/balance:"),
            st.Page(PAGES / "beta.py", title="β and collapse", icon=":material/compress:"),
        ],
        "Train": [
            st.Page(PAGES / "train.py", title="Train", icon=":material/model_training:"),
            st.Page(PAGES / "data.py", title="Data", icon=":material/photo_library:"),
            st.Page(PAGES / "curves.py", title="Curves", icon=":material/show_chart:"),
            st.Page(PAGES / "records.py", title="Records", icon=":material/trophy:"),
        ],
    }
).run()

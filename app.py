"""The application: ``streamlit run app.py`` finds `app`, Streamlit's own server with the lab's routes beside it."""

import streamlit as st

from ui.server import lifespan, middleware, routes

# The script is ui/main.py: for one beside a `pages` folder a cold deep link would run that page without the frame.
app = st.App("ui/main.py", routes=routes, middleware=middleware, lifespan=lifespan)

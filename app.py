"""The application: ``streamlit run app.py`` finds `app`, Streamlit's own server with the lab's routes beside it."""

import streamlit as st

from ui import server, watch

# The script is ui/main.py: for one beside a `pages` folder a cold deep link would run that page without the frame.
routes = [*server.routes, *watch.routes]
app = st.App("ui/main.py", routes=routes, middleware=server.middleware, lifespan=server.lifespan)

import streamlit as st

from ui import frame, intake, sets

frame.title("Data", "The images a model learns from: the lab's, and your own.")

left, right = st.columns(2, gap="large")
with left:
    st.subheader("Bring your own", anchor=False)
    intake.form()
with right:
    st.subheader("What there is", anchor=False)
    sets.listed()

import streamlit as st

from ui import frame, plots, records, widgets

frame.title(
    "Records",
    "What these trainings reach on MNIST, beside the figures in the literature: nats per image, lower is better.",
)

rows = records.load("likelihood")
if not rows:
    st.info("Nothing is published yet. `python -m benchmarks.likelihood --save` trains and measures the rows.")
for row in rows:
    records.figures(row)

measured = records.curves(rows)
if measured:
    st.subheader("How fast", anchor=False)
    levels = {"Burda et al., k = 1: 86.76": 86.76, "Burda et al., k = 50: 84.78": 84.78}
    widgets.chart(plots.wall_clock(measured, levels=levels), revision="wall-clock", height=460, key="wall-clock")
    st.caption(
        "NLL of the test images against seconds of training on the machine named above: on the way with K = 500, "
        "at the end with the K of the table."
    )

speeds = records.load("training")
if speeds:
    st.subheader("Images per second", anchor=False)
    for machine, table in records.speeds(speeds).items():
        st.caption(machine)
        st.markdown(table)
    st.caption(
        "784-400-20 on grey MNIST, medians, all in one run. Stock loop: DataLoader, PIL and ToTensor per image, "
        "cross-entropy in probabilities, `.item()` at every step. Bound: the step's float32 matrix products alone, "
        "nothing else done; beyond 100 % where products are rounded to bfloat16."
    )

st.subheader("Reproduce them", anchor=False)
st.code(
    "python -m benchmarks.likelihood --rows 2d-dynamic 2d-grayscale --save\n"
    "python -m benchmarks.likelihood --rows burda --epochs 1357 --save\n"
    "python -m benchmarks.training --save",
    language="bash",
)

import streamlit as st

from ui import frame, lesson, sweeps, widgets
from ui.training import experiments

PARTS = ("question", "sweep", "collapse", "mistake", "guide", "code")

run = frame.chosen_run()
frame.title(
    "β and collapse",
    "The loss is distortion + β · rate. Move β through models that differ in nothing else, and see what each gives up.",
)

if lesson.shows("question", PARTS):
    lesson.question(
        "β goes from 1 to 10, everything else stays. What does the trained model give up?",
        (
            "Nothing: a larger β only weighs the same loss more",
            "Rate: the code says less, and the reconstructions get worse",
            "Distortion: the reconstructions get better, and the code says more",
        ),
        right="Rate: the code says less, and the reconstructions get worse",
        why="A nat of rate now costs as much as ten nats of distortion. A dimension that saves less than that is not "
        "worth its rate: its posterior becomes the prior, and it is dead.",
        key="beta-question",
    )

members, notice = sweeps.members(run), ""
if len(members) < sweeps.FEWEST:
    members = sweeps.shipped()
    notice = f"{run.name} belongs to no sweep of three models or more that differ in β only: the shipped one is shown."
    run = next((member for member in members if member.name == sweeps.SHIPPED), run)
if len(members) < sweeps.FEWEST:
    st.info(
        "A sweep takes three models or more that differ in β only, and there is none here. Train them on the page "
        "Train: same images, same settings, another β. Or train the three losses below."
    )

parts = [part for part in ("sweep", "collapse") if lesson.shows(part, PARTS)]
if parts and len(members) >= sweeps.FEWEST:
    widgets.sweep(members, run, parts=parts, notice=notice, key="sweep")

if lesson.shows("mistake", PARTS):
    st.subheader("The mistake: a sum here, a mean there", anchor=False)
    st.markdown(
        "`binary_cross_entropy(x_hat, x) + kl.sum(1).mean()` looks right, and trains. But the default reduction "
        "**averages over the pixels**, while the KL is a sum: on 8×8 images that is β = 64, on MNIST β = 784. The "
        "reverse, a sum over the pixels and a KL divided by their number, is β = 1/64. All three losses can be trained "
        "here, on the images called digits, in half a minute. The figures are the true distortion and rate of each."
    )
    experiments.show("loss")

if lesson.shows("guide", PARTS) and len(members) >= sweeps.FEWEST:
    st.subheader("Is it collapse? A guide", anchor=False)
    widgets.mount("guide", members, key="guide", chosen=run.name)

if lesson.shows("code", PARTS):
    lesson.show_code("objective", "loss")
    lesson.show_code("latent", "active_units", title="")

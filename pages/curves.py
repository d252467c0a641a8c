import streamlit as st

from ui import address, cache, frame, live, plots, widgets
from ui.training import comparison, keeping
from vae_core import jobs

run = frame.chosen_run()
frame.title(
    "Curves",
    "Distortion is what the reconstruction costs, rate is what the code costs (KL). Their sum is the negative ELBO.",
)

available = {other.name: other for other in cache.listed() if other.metrics_version()}
left, right = st.columns([3, 1])
with left:
    chosen = comparison.chosen(available, usual=run.name)
against = address.choice("Against", list(plots.AXES), key="against", widget=right.segmented_control, required=True)
for sentence in comparison.apart(chosen):
    st.warning(sentence)
names = "-".join(other.name for other in chosen)

if chosen:
    logarithmic = st.toggle("Logarithmic axis", cache.flattened(chosen), key=f"log-{names}")

    def curves() -> None:
        figure = cache.curves(chosen, against=against, logarithmic=logarithmic)
        widgets.chart(figure, revision=f"{against}-{logarithmic}-{names}", height=680, key="curves")

    live.follow(lambda: any(jobs.state(other, "train").live for other in chosen), curves)
    for cut in (other.name for other in chosen if other.metrics_are_cut()):
        st.caption(f"The history of {cut} is longer than any that this lab writes; only its end is drawn.")
    st.caption(
        f"{'Logarithmic axes. ' if logarithmic else ''}Dotted: averages over the training batches since the last "
        "report, dropout included. Solid: the test set. A dashed line across marks where somebody changed β, the "
        "learning rate or the number of epochs, or where the run was forked."
    )
else:
    st.info("Choose at least one run, above or in the table. A run appears here with its first training report.")

if available:
    st.subheader("What they reach, and where they differ", anchor=False)
    comparison.table(available, chosen, usual=run.name)
    with st.container(horizontal=True):
        for other in chosen:
            keeping.menu(other, f"Keep {other.name}")

beside = comparison.comparable(chosen)
if len(beside) > 1:
    st.subheader("Two latent maps", anchor=False)
    comparison.maps(beside)
elif len(chosen) > 1:
    st.caption("Two latent maps appear here when two of these runs were trained to the end on the same data.")

rows = reversed(chosen[0].metrics()) if chosen else ()
kl = next((row["kl_per_dimension"] for row in rows if "kl_per_dimension" in row), None)
if kl:
    st.subheader(f"Rate of each latent dimension: {chosen[0].name}", anchor=False)
    widgets.chart(plots.kl_bars(kl), revision=f"kl-{chosen[0].name}", height=280, key="kl")
    st.caption("A dimension near 0 nats is switched off: its slider changes nothing.")

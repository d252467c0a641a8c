import streamlit as st

from ui import address, cache, frame, live, plots, widgets
from ui.training import comparison
from vae_core import jobs

MOST = 8

run = frame.chosen_run()
frame.title(
    "Curves",
    "Distortion is what the reconstruction costs, rate is what the code costs (KL). Their sum is the negative ELBO.",
)

available = {other.name: other for other in cache.listed() if other.metrics_version()}
usual = [name for name in (run.name,) if name in available]
left, right = st.columns([3, 1])
picked = left.multiselect(
    "Runs to compare",
    list(available),
    default=address.read_names("runs", list(available), most=MOST) or usual,
    max_selections=MOST,
    key=f"runs-{run.name}",
)
against = address.choice("Against", list(plots.AXES), key="against", widget=right.segmented_control, required=True)
if picked != usual or address.read("runs"):
    address.write({"runs": ",".join(picked)})
if not picked:
    st.info("Choose at least one run above. A run appears here with its first training report.")
    st.stop()

chosen = [available[name] for name in picked]


for sentence in comparison.apart(chosen):
    st.warning(sentence)

logarithmic = st.toggle("Logarithmic axis", cache.flattened(chosen), key=f"log-{'-'.join(picked)}")


def curves() -> None:
    figure = cache.curves(chosen, against=against, logarithmic=logarithmic)
    widgets.chart(figure, revision=f"{against}-{logarithmic}-{'-'.join(picked)}", height=680, key="curves")


live.follow(lambda: any(jobs.state(other, "train").live for other in chosen), curves)
for name in (other.name for other in chosen if other.metrics_are_cut()):
    st.caption(f"The history of {name} is longer than any that this lab writes; only its end is drawn.")
st.caption("Dotted: averages over the training batches since the last report, dropout included. Solid: the test set.")

if len(chosen) > 1:
    st.subheader("What they reach, and where they differ", anchor=False)
    st.markdown(comparison.markdown(comparison.table(chosen)))

kl = next((row["kl_per_dimension"] for row in reversed(chosen[0].metrics()) if "kl_per_dimension" in row), None)
if kl:
    st.subheader(f"Rate of each latent dimension: {chosen[0].name}", anchor=False)
    widgets.chart(plots.kl_bars(kl), revision=f"kl-{chosen[0].name}", height=280, key="kl")
    st.caption("A dimension near 0 nats is switched off: its slider changes nothing.")

import streamlit as st

from ui import address, cache, frame, lab, plots
from vae_core import jobs, runs

MOST = 8

run = frame.chosen_run()
frame.title(
    "Curves",
    "Distortion is what the reconstruction costs, rate is what the code costs (KL). Their sum is the negative ELBO.",
)

available = [other.name for other in runs.list_runs() if other.metrics_version()]
left, right = st.columns([3, 1])
picked = left.multiselect(
    "Runs to compare",
    available,
    default=address.read_names("runs", available, most=MOST) or [name for name in (run.name,) if name in available],
    max_selections=MOST,
    key=f"runs-{run.name}",
)
against = right.segmented_control(
    "Against", list(plots.AXES), default="epoch", required=True, key="against", bind="query-params"
)
st.query_params["runs"] = ",".join(picked)
if not picked:
    st.info("Choose at least one run above. A run appears here with its first training report.")
    st.stop()

chosen = [runs.find_run(name) for name in picked]
live = any(jobs.state(other, "train").live for other in chosen)


@st.fragment(run_every=1 if live else None)
def follow() -> None:
    if live and not any(jobs.state(other, "train").live for other in chosen):
        st.rerun()
    figure = cache.curves(chosen, against=against)
    lab.chart(figure, revision=f"{against}-{'-'.join(picked)}", height=680, key="curves")


follow()
for name in (other.name for other in chosen if other.metrics_are_cut()):
    st.caption(f"The history of {name} is longer than any that this lab writes; only its end is drawn.")
st.caption("Dotted: averages over the training batches since the last report, dropout included. Solid: the test set.")

kl = next((row["kl_per_dimension"] for row in reversed(chosen[0].metrics()) if "kl_per_dimension" in row), None)
if kl:
    st.subheader(f"Rate of each latent dimension: {chosen[0].name}", anchor=False)
    lab.chart(plots.kl_bars(kl), revision=f"kl-{chosen[0].name}", height=280, key="kl")
    st.caption("A dimension near 0 nats is switched off: its slider changes nothing.")

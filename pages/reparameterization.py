import streamlit as st

from ui import frame, lesson, offers, widgets
from ui.training import experiments
from vae_core import runs

PARTS = ("question", "trick", "gradient", "estimators", "race", "code")

run = frame.chosen_run()
frame.title(
    "Reparameterization",
    "Drag the noise ε, not the code: z = μ + σ·ε follows, and the image with it. Then see what this sum is good for.",
)
shown = {part: lesson.shows(part, PARTS) for part in PARTS}

if shown["question"]:
    lesson.question(
        "Between the encoder and the decoder, z is drawn at random. The loss is measured behind the decoder, and its "
        "gradient travels back. What happens to it where z was drawn, on its way to μ and σ?",
        ["It passes: z came from μ and σ", "It stops there", "It becomes noisy, but passes on average"],
        right="It stops there.",
        why="A random call has no derivative, so automatic differentiation ends at it. The trick moves the dice out of "
        "the way: draw ε first, from a fixed N(0, 1), and compute z = μ + σ·ε, which has a derivative.",
        key="reparameterization-question",
    )

if shown["trick"]:
    left, right = st.columns([8, 5], gap="medium")
    with left:
        widgets.mount("trick", run, key=f"trick-{run.name}")
    with right:
        if run.model.latent_dim == 1:
            st.info("This model has one latent dimension, so there is no map to show beside it.")
        elif run.has(runs.CODES):
            widgets.mount("pad", run, tells=widgets.PAD_ONLY, key=f"trick-pad-{run.name}", table=runs.CODES)
        else:
            offers.measurement(run)

if shown["gradient"]:
    st.subheader("How would the gradient get past a dice roll?", anchor=False)
    widgets.mount("gradient", run, chooser=not shown["trick"], key=f"gradient-{run.name}")

if shown["estimators"]:
    st.subheader("Two ways past the dice", anchor=False)
    st.markdown(
        "The **pathwise** gradient moves the sample with μ and σ; it needs the trick and the decoder's derivative. The "
        "**score function** leaves the sample where it is and changes how probable it is; it needs only the value f(z) "
        "of the distortion, so it works with any dice. A **baseline** b takes off what the distortion is anyway. All "
        "are right on average. How far single draws are from it:"
    )
    left, right = st.columns(2)
    left.latex(r"\nabla_{\mu}\,f(\mu + \sigma\varepsilon) = f'(z)")
    right.latex(r"\big(f(z) - b\big)\,\nabla_{\mu} \log q(z) = \big(f(z) - b\big)\,\varepsilon / \sigma")
    chooser = not (shown["trick"] or shown["gradient"])
    widgets.mount("estimators", run, chooser=chooser, key=f"estimators-{run.name}")

if shown["race"]:
    st.subheader("A race of the gradients", anchor=False)
    st.markdown(
        "Three trainings on the small digits, 30 epochs each, with the same network, the same seed and the same "
        "batches: only the gradient through the sampling differs."
    )
    experiments.show("race")

if shown["code"]:
    lesson.show_code("model", "reparameterize")
    lesson.show_code("gradients", "pathwise", "score_function", title="")

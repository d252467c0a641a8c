import streamlit as st

from ui import frame, lesson, offers, widgets
from ui.plots import SYMBOL_COLOURS
from vae_core import runs

PARTS = ("question", "bound", "kl", "playground", "holes", "code")


def coloured(formula: str) -> str:
    """A formula in which ``<mu>`` is that symbol in its colour, and ``<z:rate/>`` a word in the colour of z."""
    for name, colour in SYMBOL_COLOURS.items():
        symbol = {"x_hat": r"\hat x", "eps": r"\varepsilon", "x": "x", "z": "z"}.get(name, rf"\{name}")
        formula = formula.replace(f"<{name}>", rf"\textcolor{{{colour}}}{{{symbol}}}")
        formula = formula.replace(f"<{name}:", rf"\textcolor{{{colour}}}{{\text{{").replace("/>", "}}")
    return formula


run = frame.chosen_run()
shown = {part: lesson.shows(part, PARTS) for part in PARTS}
frame.title("KL and ELBO", "How good is a model at one image? Choose or draw one, and see what its bound is made of.")

if shown["question"]:
    lesson.question(
        "The ELBO needs one sample z of q(z|x) at a time. Now take K samples, average their importance weights, and "
        "only then take the logarithm. What happens to the bound on log p(x)?",
        ["It stays where it is, with less noise", "It rises towards log p(x)", "It can end above log p(x)"],
        right="It rises towards log p(x)",
        why="The logarithm of a mean is never below the mean of the logarithms (Jensen). Averaging K values of the "
        "ELBO would only lessen its noise; averaging inside the logarithm closes the gap. A single draw may land above "
        "log p(x), its expectation never does.",
        key="elbo-question",
    )

if shown["bound"]:
    st.subheader("The bound", anchor=False)
    st.latex(
        coloured(
            r"\begin{aligned} \log p(<x>) & \ge \mathrm{ELBO} = -<x_hat:distortion/> - <z:rate/> \\"
            r" \log p(<x>) & \ge L_K = \mathbb{E}\log \tfrac1K \textstyle\sum_{k=1}^K"
            r" \tfrac{p(<x>|<z>_k)\,p(<z>_k)}{q(<z>_k|<x>)} \end{aligned}"
        )
    )
    widgets.mount("bound", run, key=f"elbo-bound-{run.name}")

if shown["kl"]:
    st.subheader("Three ways to compute the KL", anchor=False)
    st.markdown("The rate of this image, KL(q(z|x) ‖ p(z)), summed over the latent dimensions:")
    for column, formula in zip(
        st.columns(3, gap="medium", vertical_alignment="center"),
        [
            r"\textbf{1}\quad \tfrac12 \sum_i \big(<mu>_i^2 + <sigma>_i^2 - 1 - \log <sigma>_i^2\big)",
            r"\begin{aligned} \textbf{2}\quad & (\eta_q - \eta_p)\cdot \mathbb{E}_q[T(<z>)] \\"
            r" & - A(\eta_q) + A(\eta_p) \end{aligned}",
            r"\textbf{3}\quad \frac1N \sum_{n=1}^N \log \frac{q(<z>_n|<x>)}{p(<z>_n)}",
        ],
        strict=True,
    ):
        column.latex(coloured(formula))
    st.caption(
        "2 holds in every exponential family: T(z) = (z, z²) are the sufficient statistics, η the natural parameters "
        "and A the log-partition function. 3 needs no formula for the KL: z is drawn from q(z|x)."
    )
    widgets.mount("kl", run, chooser=not shown["bound"], key=f"elbo-kl-{run.name}")

if shown["playground"]:
    st.subheader("Playground: two Gaussians", anchor=False)
    st.markdown("Drag the means (discs) and the widths (bars). Filled area adds to the KL, hatched area subtracts.")
    widgets.mount("playground", key="elbo-playground")

if shown["holes"]:
    st.subheader("Prior against aggregate posterior", anchor=False)
    st.markdown(
        "New images are decoded from samples of the prior. The decoder has only learned where codes of images are: "
        "does the prior look there?"
    )
    if run.has(runs.CODES):
        widgets.mount("holes", run, key=f"elbo-holes-{run.name}")
    else:
        offers.measurement(run)

if shown["code"]:
    lesson.show_code("prior", "rate", "log_prob")
    lesson.show_code("objective", "kl_monte_carlo", "elbo", "importance_weighted_bound", title="")

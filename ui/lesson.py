"""What the laboratory pages share: a question to predict first, parts a teacher can hide, code as it stands."""

import ast
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from textwrap import dedent

import streamlit as st

import vae_core
from ui import address

CORE = Path(vae_core.__file__).parent


def shows(part: str, parts: Sequence[str]) -> bool:
    """Whether a part of a page is shown: all are, but those that the address lists under ``hide``.

    Parameters
    ----------
    part : str
        One of `parts`.
    parts : sequence of str
        The names of all parts of the page that can be hidden.
    """
    return part not in address.read_names("hide", parts, most=len(parts))


def question(text: str, answers: Sequence[str], *, right: str, why: str, key: str) -> None:
    """A question to answer before the page is used; the explanation appears with the first answer.

    Parameters
    ----------
    text : str
        The question.
    answers : sequence of str
        What can be chosen.
    right : str
        The right one of them.
    why : str
        The explanation.
    key : str
        The key of the choice.
    """
    with st.container(border=True):
        chosen = st.radio(f"**Predict first.** {text}", answers, index=None, key=key)
        if chosen:
            st.markdown(f"**{'Yes' if chosen == right else 'Not quite'}: {right}** {why}")


@cache
def code(module: str, function: str) -> str:
    """The body of a function of ``vae_core`` as it stands in its file, without its docstring; nothing is imported.

    Raises
    ------
    LookupError
        If there is no such function.
    """
    text = (CORE / f"{module}.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            body = [part for part in node.body if not _is_docstring(part)]
            return dedent("\n".join(text.splitlines()[body[0].lineno - 1 : body[-1].end_lineno]))
    raise LookupError(f"vae_core/{module}.py has no function {function}.")


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def show_code(module: str, *functions: str, title: str = "In code") -> None:
    """The lines of code that do what the page showed, with the file they stand in; an empty title is left out."""
    if title:
        st.subheader(title, anchor=False)
    st.code("\n\n".join(f"# {function}\n{code(module, function)}" for function in functions), language="python")
    st.caption(f"From vae_core/{module}.py, as it runs.")

"""The data sets on a page: what each is, whether it is on this machine, and what can be done with it."""

import base64
import html
import json
from typing import Any

import streamlit as st

from ui import frame
from vae_core import data
from vae_core.data import own
from vae_core.jobs import intake

DOWNLOAD_SECONDS = 900
SHEET_ROW = 40  # pixels, at most, of a class's row
STYLE = """<style>
.lab-sheet { display: grid; gap: 4px 12px; align-items: center }
.lab-sheet { grid-template-columns: max-content max-content minmax(0, 1fr) }
.lab-sheet span { max-width: 11rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.lab-sheet i { display: block; background: no-repeat; image-rendering: pixelated }
.lab-tiles { display: flex; flex-wrap: wrap; gap: 12px }
.lab-tiles figure { margin: 0; width: 84px }
.lab-tiles img, .lab-tiles div { width: 84px; height: 84px; image-rendering: pixelated }
.lab-tiles div { border: 1px dashed; overflow: hidden; font-size: 12px; padding: 4px }
.lab-tiles figcaption { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 14px }
</style>"""


def listed() -> None:
    """Every set there is, a visitor's own first."""
    for name in sorted(data.names(), key=lambda name: name in data.DATASETS):
        entry = data.find(name)
        if entry is None:  # deleted a moment ago
            continue
        with st.container(border=True):
            st.markdown(f"**{frame.plain(entry.title)}** `{name}`")
            st.caption(frame.plain(entry.words))
            if not data.here(name):
                download(name)
            elif own.NAME.fullmatch(name):
                _own(name, entry)
            else:
                train(name, "Train on it")


def download(name: str) -> None:
    """The button that downloads a set of the lab's, and the progress of it; a failure is a sentence."""
    entry = data.facts(name)
    if not st.button(f"Download {entry.megabytes} MB", key=f"download-{name}", icon=":material/download:"):
        return
    text, place = f"Downloading {entry.title}…", st.empty()
    with frame.saying_why(), place.container():
        bar = st.progress(0.0, text=text)
        st.button("Cancel", key=f"cancel-{name}")  # a click runs the page anew, which ends the download
        try:
            intake.ask(["--fetch", name], seconds=DOWNLOAD_SECONDS, told=lambda share: bar.progress(share, text=text))
        finally:
            place.empty()
        st.rerun()


def train(name: str, label: str) -> None:
    """A link to the page Train with a set chosen there."""
    page = str(frame.PAGES / "train.py")
    st.page_link(page, label=label, icon=":material/model_training:", query_params={"dataset": name})


def _own(name: str, entry: data.Entry) -> None:
    left, right = st.columns(2)
    with left:
        train(name, "Train on it")
    with right.popover("Delete", key=f"deleting-{name}"):
        st.markdown("Its images are removed for good. Models trained on it stay, with the names of its classes.")
        st.button(f"Delete {name}", on_click=own.delete, args=(name,), key=f"delete-{name}")
    sheet, mean = own.beside(name, own.SHEET), own.beside(name, own.MEAN)
    if sheet and mean:
        with st.expander("What is in it"):
            _contents(name, entry, sheet, mean)


def _contents(name: str, entry: data.Entry, sheet: bytes, mean: bytes) -> None:
    report = _report(name)
    for note in report.get("notes", []):
        st.caption(frame.plain(note))
    rows = [(words, f"{count:,}") for words, count in zip(entry.class_names, report.get("counts", []), strict=False)]
    st.html(STYLE + contact(rows, sheet, height=entry.image_shape[1]) + tiles([("the mean image", mean)]))


def _report(name: str) -> dict[str, Any]:
    try:
        found = json.loads(own.beside(name, own.REPORT) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def contact(rows: list[tuple[str, str]], sheet: bytes, *, height: int) -> str:
    """Markup of a contact sheet: a row for each class, its name as text.

    Parameters
    ----------
    rows : list of (str, str)
        The name and the number of each class.
    sheet : bytes
        A PNG with a row of images for each class.
    height : int
        Pixels of one row of it.
    """
    width = int.from_bytes(sheet[16:20], "big")  # where every PNG says it
    total = int.from_bytes(sheet[20:24], "big")
    shown = rows[: total // height]
    scale = SHEET_ROW / height
    size = f"width:{width * scale:g}px;max-width:100%;height:{SHEET_ROW}px;background-size:{width * scale:g}px auto"
    lines = [
        f'<span title="{html.escape(name)}">{html.escape(name)}</span><b>{html.escape(count)}</b>'
        f'<i style="{size};background-position:0 {-place * SHEET_ROW}px"></i>'
        for place, (name, count) in enumerate(shown)
    ]
    style = f"<style>.lab-sheet i {{ background-image: url({_url(sheet)}) }}</style>"
    return f'{style}<div class="lab-sheet">{"".join(lines)}</div>'


def tiles(images: list[tuple[str, bytes | None]]) -> str:
    """Markup of some images with their words, as text; of one that is missing the words stand in its place."""
    figures = [
        f'<figure><img alt="" src="{_url(png)}"><figcaption>{html.escape(words)}</figcaption></figure>'
        if png
        else f"<figure><div>{html.escape(words)}</div></figure>"
        for words, png in images
    ]
    return f'<div class="lab-tiles">{"".join(figures)}</div>'


def _url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"

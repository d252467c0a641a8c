"""A visitor's own files become a data set: dropped, looked at under limits, shown as they would become, kept."""

import base64
import contextlib
import re
import shutil
import tempfile
import time
import weakref
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui import frame, sets
from vae_core.data import limits
from vae_core.data.choices import FITS, SIZES, Choices
from vae_core.jobs import intake

ROUND, KEPT, RECEIVED = "intake-round", "intake-kept", "intake-received"
FOLDER, LEFT_SECONDS = "vae-lab-upload-", 86_400  # no session lasts a day
SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")
EARLY = (1980, 1, 1, 0, 0, 0)  # what a zip's files are dated


@dataclass(eq=False)
class Received:
    """What was uploaded, as one file of a folder that goes with the visitor's session, and what was seen in it."""

    of: tuple[str, ...]
    path: Path
    seen: dict[Choices | None, dict[str, Any]] = field(default_factory=dict)

    def look(self, choices: Choices | None) -> dict[str, Any]:
        """What is in it, asked once for each of a few choices; raises ValueError with a sentence."""
        if choices not in self.seen:
            try:
                asked = [str(self.path), "--look", *_words(choices)]
                found = intake.ask(asked, seconds=limits.LOOK_SECONDS)
                # The first look has guessed what to choose, and shows it.
                self.seen |= {choices: found, Choices(**found["choices"]) if found["choices"] else None: found}
            except ValueError as error:
                self.seen[choices] = {"sentence": str(error)}
        if "sentence" in self.seen[choices]:
            raise ValueError(self.seen[choices]["sentence"])
        return self.seen[choices]


def _words(choices: Choices | None) -> list[str]:
    """Choices as a command line has them."""
    if choices is None:
        return []
    return [f"--size={choices.size}", "--grey" if choices.grey else "--no-grey", f"--fit={choices.fit}"]


def form() -> None:
    """The place where files are dropped, and what becomes of them."""
    kept = st.session_state.pop(KEPT, None)
    if kept:
        _kept(kept)
    files = st.file_uploader(
        "Pictures or sounds (.wav), several or in a zip, an array of images (.npy, .npz), or a list of words (.txt)",
        accept_multiple_files=True,
        max_upload_size=limits.FILE_BYTES >> 20,
        key=f"intake-{st.session_state.get(ROUND, 0)}",
    )
    if files:
        with frame.saying_why():
            _offer(_received(files))


def _kept(told: dict[str, Any]) -> None:
    st.success(f"Kept as {told['name']}. {frame.plain(told['words'])}")
    sets.train(told["name"], f"Train on {told['name']}")
    for note in told["notes"]:
        st.caption(frame.plain(note))


def _received(files: Sequence[UploadedFile]) -> Received:
    """What was uploaded, written to the disk once; several files as one zip."""
    of = tuple(file.file_id for file in files)
    known: Received | None = st.session_state.get(RECEIVED)
    if known and known.of == of:
        return known
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=FOLDER))
    suffix = Path(files[0].name).suffix.lower()
    # No name of a visitor's becomes a path.
    one = f"your-file{suffix if SUFFIX.fullmatch(suffix) else ''}"
    received = Received(of, folder / (one if len(files) == 1 else "your-files.zip"))
    weakref.finalize(received, shutil.rmtree, folder, ignore_errors=True)
    if len(files) == 1:
        received.path.write_bytes(files[0].getbuffer())
    else:
        with zipfile.ZipFile(received.path, "w") as archive:
            for file in files:
                archive.writestr(zipfile.ZipInfo(file.name, EARLY), file.getbuffer())
    st.session_state[RECEIVED] = received
    return received


def _sweep() -> None:
    """Remove what servers that were killed have left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _offer(received: Received) -> None:
    with st.spinner("Looking at it…"):
        first = received.look(None)
    for note in first["notes"]:
        st.caption(frame.plain(note))
    choices = None
    if first["choices"]:
        _classes(first)
        choices = _choices(first["choices"], received)
        with st.spinner("Looking at it…"):
            shown = received.look(choices)
        st.html(sets.STYLE + sets.tiles([(tile["words"], _png(tile)) for tile in shown["tiles"]]))
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    title = left.text_input("Name", max_chars=36, key=f"intake-name-{received.of[0]}", placeholder="faces")
    if right.button("Keep this set", type="primary", width="stretch"):
        _keep(received, title, choices)


def _png(tile: dict[str, Any]) -> bytes | None:
    return base64.b64decode(tile["png"]) if tile["png"] else None


def _classes(first: dict[str, Any]) -> None:
    counts = first["classes"]
    if len(counts) > 1:
        shown = ", ".join(f"{name} ({count:,})" for name, count in counts.items())
        st.markdown(f"{first['count']:,} images in {len(counts)} classes: {frame.plain(shown)}.")
    else:
        st.markdown(
            f"{first['count']:,} images without labels. Folders in a zip are labels, or a file labels.csv in it with "
            "a file and a label on each line."
        )


def _choices(guess: dict[str, Any], received: Received) -> Choices:
    of = received.of[0]
    size, colour, fit = st.columns([1, 1, 2])
    sizes, fits = list(SIZES), list(FITS)
    grey = colour.selectbox("Colour", ["grey", "colour"], 0 if guess["grey"] else 1, key=f"intake-grey-{of}") == "grey"
    side = size.selectbox("Size (pixels)", sizes, sizes.index(guess["size"]), key=f"intake-size-{of}")
    way = fit.selectbox(
        "To a square", fits, fits.index(guess["fit"]), format_func=FITS.__getitem__, key=f"intake-fit-{of}"
    )
    return Choices(side, grey, way)


def _keep(received: Received, title: str, choices: Choices | None) -> None:
    progress, cancel = st.empty(), st.empty()
    cancel.button("Cancel", key="intake-cancel")  # a click runs the page anew, which ends the work
    asked = [str(received.path), f"--name={title}", *_words(choices)]
    try:
        told = intake.ask(
            asked,
            seconds=limits.KEEP_SECONDS,
            told=lambda share: progress.progress(share, text="Making the set…"),
        )
    finally:
        progress.empty()
        cancel.empty()
    st.session_state[KEPT] = told
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # an empty field: the upload is let go
    st.session_state.pop(RECEIVED, None)
    st.rerun()

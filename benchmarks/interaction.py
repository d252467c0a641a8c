"""What the hand feels: frames and latencies of a drag, agreement with torch, bytes and seconds to get there.

python -m benchmarks.interaction prints a table for each shipped model, then what is measured on one model only, and
ends with one JSON line: the worst over the models. Needs playwright and a Chromium on PATH.
"""

import argparse
import asyncio
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.async_api import Browser, async_playwright

from benchmarks import bars, lab
from benchmarks.bars import Figures
from vae_core import data, objective, runs
from vae_core.data.sets import IMAGE
from vae_core.jobs import evaluate
from vae_core.layers import browser_spec
from vae_core.measure import encode_set

MODELS = ("mnist-2d", "mnist-2d-conv", "mnist-10d", "mnist-20d", "digits-2d", "names-2d", "spoken-digits-2d")
MANY, MANY_CODES = "mnist-70k", 70_000
INPUTS, TIMED = 100, 300  # compared with torch, and timed
PAD, BOARD = ".plot canvas:last-child", ".board"
STOCK = {"STREAMLIT_RUNNER_POST_SCRIPT_GC": "true"}  # as Streamlit comes
HEAD = """{cores} cores, headless Chromium without a GPU, and for every page an empty cache and 1280 × 800 pixels
Pointer to pixels: from the time stamp of each mouse move, also of those that were merged, until the decoded image of
that place or of a later one has been written to its canvas. Frames: animation frames before which that canvas got other
pixels than it had. The hand sends {rate} mouse events a second and waits for none of them."""


@dataclass(frozen=True)
class Stage:
    """The browser, the server's address, and the seconds of a drag."""

    browser: Browser
    url: str
    seconds: float

    def tab(self, page: str, model: str, more: str = "") -> Any:
        """A page in a tab with an empty cache."""
        return lab.tab(self.browser, f"{self.url}/{page}?model={model}{more}")


def percentile(values: list[float], share: float) -> float:
    """A percentile; infinite without any value: nothing seen must not pass for fast."""
    return float(np.percentile(values, share)) if values else math.inf


async def follow(tab: lab.Tab, way: lab.Way, seconds: float, *, counted: str, attribute: str = "", **more: Any) -> dict:
    """Move the mouse along a way while the probe counts; what it counted, and the seconds."""
    element = tab.page.locator(counted).first
    await element.evaluate("(element, name) => probe.begin(element, name)", attribute)
    took = await tab.play(lambda t: {"kind": "Moved", "place": way(t), **more}, seconds)
    await asyncio.sleep(0.1)
    return await tab.page.evaluate("probe.end()") | {"seconds": took}


async def settled(tab: lab.Tab) -> None:
    """Wait until a page with a pad is at rest: everything loaded, and the manifold drawn."""
    await tab.page.locator(f"{PAD}[data-tiles=complete]").wait_for(state="attached")
    await tab.quiet()


async def pad(at: Stage, model: str) -> Figures:
    """Hover over the pad of the Latent map, then drag z on it."""
    found = {}
    async with at.tab("latent_map", model) as tab:
        await settled(tab)
        way, before = lab.curve(await lab.box(tab.page.locator(PAD))), tab.sent
        await tab.mouse("Moved", way(0))
        for prefix, held in (("hover_", {}), ("", lab.LEFT)):
            if held:
                await tab.press(way(0))
            seen = await follow(tab, way, at.seconds, counted=lab.IMAGE, **held)
            found[f"{prefix}frames_per_second"] = seen["frames"] / seen["seconds"]
            for share in (50, 95):
                found[f"{prefix}pointer_to_pixels_p{share}_ms"] = percentile(seen["latencies"], share)
        held_back = tab.sent
        await tab.release(way(at.seconds))
        await asyncio.sleep(1)
    return found | {
        "mouse_events_per_second": seen["events"] / seen["seconds"],
        "websocket_frames_while_dragging": held_back - before,
        "websocket_frames_after_release": tab.sent - held_back,
    }


async def slider(at: Stage, model: str) -> Figures:
    """Drag the first slider of Explore; then time the decoder in that page and compare it with torch."""
    async with at.tab("explore", model) as tab:
        await settled(tab)
        x, y, width, _ = await lab.box(tab.page.locator("input[type=range]").first)
        way, before = lab.curve((x, y, width, 0)), tab.sent
        await tab.press((x, y))
        seen = await follow(tab, way, at.seconds, counted=lab.IMAGE, **lab.LEFT)
        sent = tab.sent - before
        return {
            "slider_frames_per_frame_with_input": seen["frames"] / max(1, seen["asked"]),
            "slider_websocket_frames_while_dragging": sent,
            "slider_draws_per_input_event": seen["draws"] / max(1, seen["inputs"]),
            "slider_input_events_per_second": seen["inputs"] / seen["seconds"],
            "slider_frames_per_second": seen["frames"] / seen["seconds"],
        } | await against_torch(tab, model)


@torch.inference_mode()
async def against_torch(tab: lab.Tab, model: str) -> Figures:
    """How long the page takes to decode, and how far it is from torch, for the same random codes and images."""
    ours, generator = evaluate.load_model(runs.find_run(model)), torch.Generator().manual_seed(0)
    spec, shape = browser_spec(ours.config), ours.config.image_shape
    z = torch.randn((TIMED, ours.config.latent_dim), generator=generator)
    x = torch.rand((INPUTS, *shape), generator=generator)
    times = await tab.page.evaluate("(inputs) => probe.decodes(inputs)", [spec, z.tolist()])
    asked = [spec, z[:INPUTS].tolist(), x.flatten(1).tolist()]
    answers = await tab.page.evaluate("(inputs) => probe.answers(inputs)", asked)
    mean = objective.mean_image(ours.decode(z[:INPUTS]), ours.config).flatten(1)
    expected = dict(zip(("mean", "mu", "logvar"), (mean, *ours.encode(x)), strict=True))
    apart = {name: (torch.tensor(answers[name]) - expected[name]).abs().max().item() for name in expected}
    return {
        "decode_p50_ms": percentile(times, 50),
        "max_abs_difference": max(apart.values()),
        **{f"max_abs_difference_{name}": value for name, value in apart.items()},
    }


async def board(at: Stage, model: str) -> Figures:
    """Draw on the board, whose first touch brings the encoder."""
    async with at.tab("draw", model) as tab:
        await settled(tab)
        way = lab.curve(await lab.box(tab.page.locator(f"{BOARD} canvas[tabindex]")), 0.3)
        before = tab.wire("/lab/", "/runs/")
        await tab.press(way(0))
        await tab.quiet()
        added = tab.wire("/lab/", "/runs/") - before
        seen = await follow(tab, way, at.seconds, counted=BOARD, attribute="data-codes", **lab.LEFT)
        await tab.release(way(at.seconds))
    return {
        "stroke_to_code_p50_ms": percentile(seen["latencies"], 50),
        "stroke_to_code_p95_ms": percentile(seen["latencies"], 95),
        "codes_per_second": seen["draws"] / seen["seconds"],
        "draw_first_touch_bytes": added,
    }


async def cold(at: Stage, model: str) -> Figures:
    """What Explore costs a browser that has never been here, beyond Streamlit's own files."""
    async with at.tab("explore", model) as tab:
        await tab.until("probe.picture")
        await tab.quiet()
        title, picture = await tab.page.evaluate("[probe.title, probe.picture]")
    total, code = tab.wire("/lab/", "/runs/"), tab.wire("/lab/")
    tables = {name: tab.wire(f"/{name}.safetensors") for name in ("decoder", "codes", "examples")}
    sizes = {"modules": code, **tables, "others": total - code - sum(tables.values())}
    split = {f"cold_{name}_bytes": size for name, size in sizes.items()}
    return {"first_picture_s": (picture - title) / 1000, "cold_bytes": total, **split}


async def manifold(at: Stage, model: str) -> Figures:
    """From the click on Manifold to the whole picture, and the longest task of the page's thread in between."""
    async with at.tab("latent_map", model, "&show=dots") as tab:
        top = tab.page.locator(PAD)
        await tab.until("probe.picture")
        await tab.quiet()
        if await top.get_attribute("data-tiles"):
            raise RuntimeError("The manifold was there before the click.")
        await top.evaluate("element => probe.fromClick(element, 'data-tiles')")
        await tab.page.locator("label", has_text="Manifold").click()
        await tab.until("probe.reached")
        await asyncio.sleep(0.2)
        started, reached, tasks = await tab.page.evaluate("[probe.started, probe.reached, probe.tasks]")
    longest = max((length for begin, length in tasks if begin + length >= started and begin <= reached), default=0)
    return {"manifold_s": (reached - started) / 1000, "manifold_longest_task_ms": longest}


def write_many(model: str) -> str:
    """Make a model whose map shows 70,000 codes; says which."""
    shutil.copytree(runs.find_run(model).path, runs.models_root() / MANY)
    run = runs.find_run(MANY)
    if run.train.dataset == "mnist" and (data.data_root() / "MNIST" / "raw" / "train-images-idx3-ubyte").is_file():
        images = data.load("mnist")
        pixels = torch.from_numpy(np.concatenate([images.test, images.train]))
        codes = encode_set(evaluate.load_model(run), pixels)
        table = {"mu": codes.mu.numpy(), "logvar": codes.logvar.numpy()}
        run.write(runs.LATENTS, table | {"labels": np.concatenate([images.test_labels, images.train_labels])})
        return "all of MNIST, encoded"
    table = {name: np.resize(array, (MANY_CODES, *array.shape[1:])) for name, array in run.read(runs.LATENTS).items()}
    table["mu"] = (table["mu"] + np.random.default_rng(0).normal(scale=0.05, size=table["mu"].shape)).astype(np.float32)
    run.write(runs.LATENTS, table)
    return "the test codes repeated, with a little noise"


async def many(at: Stage) -> Figures:
    """A map of 70,000 codes: how soon its dots are there, and its frames while it is moved and zoomed."""
    async with at.tab("latent_map", MANY) as tab:
        await settled(tab)
        asked, dots = await tab.page.evaluate("[probe.asked('/codes.safetensors'), probe.dots]")
        place = await lab.box(tab.page.locator(PAD))
        way = lab.curve(place, 0.1)
        events = {
            "pan": lambda t: {"kind": "Moved", "place": way(t), **lab.LEFT, **lab.SHIFT},
            "zoom": lambda t: {"kind": "Wheel", "place": place[:2], "deltaX": 0, "deltaY": -12 * math.sin(math.pi * t)},
        }
        found = {"dots_70k_s": (dots - asked) / 1000}
        await tab.press(way(0), **lab.SHIFT)
        for name, event in events.items():
            await tab.page.evaluate("probe.begin('dots')")
            took = await tab.play(event, at.seconds)
            found[f"{name}_70k_frames_per_second"] = (await tab.page.evaluate("probe.end()"))["frames"] / took
            await tab.release(way(at.seconds), **lab.SHIFT)
            await asyncio.sleep(1)
    return found


async def modules(at: Stage, model: str) -> Figures:
    """Bytes of the modules that each page loads, as they travel (compressed)."""
    found = {}
    for page in lab.PAGES:
        async with at.tab(page, model) as tab:
            await tab.until("probe.title")
            await tab.quiet(3)
            found[f"module_bytes_{page or 'home'}"] = await tab.page.evaluate("probe.moduleBytes()")
    return {"module_bytes": max(found.values()), **found}


async def stock(at: Stage, model: str) -> Figures:
    """The same model behind Streamlit's own slider: pictures during the drag, and from release to the new one."""
    with lab.serving("benchmarks/stock_slider.py", str(runs.find_run(model).path), **STOCK) as server:
        async with lab.tab(at.browser, server.url) as tab:
            await tab.page.locator("img").first.wait_for(timeout=60_000)
            await tab.quiet()
            x, y, *_ = await lab.box(tab.page.locator("input[type=range]").first.locator("xpath=../.."))
            way, before = lab.curve((x, y, 300, 0)), tab.sent
            await tab.page.evaluate("probe.fromRelease()")
            await tab.press((x, y))
            await tab.play(lambda t: {"kind": "Moved", "place": way(t), **lab.LEFT}, at.seconds)
            await asyncio.sleep(0.5)
            sent = tab.sent - before
            await tab.release(way(at.seconds))
            await tab.until("probe.reached")
            loads, started, reached = await tab.page.evaluate("[probe.loads, probe.started, probe.reached]")
    return {
        "stock_frames_while_dragging": loads,
        "stock_websocket_frames_while_dragging": sent,
        "stock_release_to_picture_ms": reached - started,
    }


async def measure(at: Stage, models: list[str], rounds: int) -> None:
    """Print the tables and the JSON line."""
    tables, failed = [], []

    async def table(title: str, *measures: Callable, model: str = "", times: int = rounds) -> None:
        rows, others = [], lab.Others()
        for _ in range(times):
            parts = [await part(at, model) if model else await part(at) for part in measures]
            rows.append({name: value for part in parts for name, value in part.items()})
        convolutional = bool(model) and bool(runs.find_run(model).model.channels)
        tables.append(bars.show(title, rows, convolutional=convolutional))
        print(f"(other processes used {others.share:.0%} of the machine)", flush=True)
        failed.extend(f"{title}: {name}" for name in bars.missed(tables[-1], convolutional=convolutional))

    for model in models:
        drawn = data.kind(runs.find_run(model).train.dataset)["name"] == IMAGE  # nobody draws a word or a sound
        await table(model, pad, slider, *([board] if drawn else []), cold, model=model)
    first = models[0]
    await table(f"{first}: the manifold", manifold, model=first)
    await table(f"70,000 codes: {write_many(first)}", many)
    await table("Bytes of modules, compressed", modules, model=first, times=1)
    await table(f"{first}, st.slider and torch", stock, model=first)
    print(json.dumps(bars.plain(bars.worst(tables)) | {"missed": failed}))


async def main() -> None:
    """Serve a copy of the models and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interaction", description="What the hand feels.")
    parser.add_argument("--models", nargs="+", default=MODELS, metavar="MODEL", help="default: the shipped ones")
    parser.add_argument("--seconds", type=float, default=4, help="length of each drag")
    parser.add_argument("--rounds", type=int, default=3, help="medians over so many")
    options, chromium = parser.parse_args(), lab.chromium()
    print(HEAD.format(cores=os.cpu_count(), rate=lab.RATE))
    with tempfile.TemporaryDirectory() as folder:
        for name in options.models:
            shutil.copytree(runs.find_run(name).path, Path(folder, name))
        os.environ["VAE_LAB_MODELS"] = folder
        with lab.serving() as server:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=chromium, args=lab.FLAGS)
                await measure(Stage(browser, server.url, options.seconds), options.models, options.rounds)
                await browser.close()


if __name__ == "__main__":
    asyncio.run(main())

"""Sounds in real headless Chromium: seen, played, coloured by their speakers, and brought along."""

import io
import shutil
import wave

import numpy as np
import pytest
from chromium import MARKS, ROOT, Server, Watched, address_of, code_of, painted, settled, visit, wait_for
from playwright.sync_api import Page, expect

pytestmark = MARKS
SOUNDS = ("spoken-digits-2d", "spoken-digits-16d")
# Every buffer that is made to be heard: how long it is, how fast, and how loud at most.
LISTEN = """
window.heard = [];
const make = BaseAudioContext.prototype.createBuffer;
BaseAudioContext.prototype.createBuffer = function (channels, length, rate) {
  const buffer = make.call(this, channels, length, rate);
  const copy = buffer.copyToChannel.bind(buffer);
  buffer.copyToChannel = (samples, channel) => {
    copy(samples, channel);
    window.heard.push([length, rate, Math.max(...samples)]);
  };
  return buffer;
};
"""


@pytest.fixture(scope="module")
def sounding(server: Server) -> Server:
    for name in SOUNDS:
        shutil.copytree(ROOT / "models" / name, server.models / name)
    return server


@pytest.fixture
def listening(tab: Watched) -> Watched:
    tab.page.add_init_script(LISTEN)
    return tab


def heard(page: Page) -> list[list[float]]:
    return page.evaluate("window.heard")


def word(seconds: float = 0.4) -> bytes:
    """A WAV file with something like a vowel in it."""
    moments = np.arange(round(16_000 * seconds)) / 16_000
    sound = sum(np.sin(2 * np.pi * 140 * k * moments) / k for k in range(1, 12)) * np.hanning(len(moments))
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 16_000, 0, "NONE", ""))
        written.writeframes((8000 * sound).astype("<i2").tobytes())
    return file.getvalue()


def test_explore_shows_a_spectrogram_with_its_scales_and_plays_it(listening: Watched, sounding: Server) -> None:
    page = visit(listening, sounding, "explore?model=spoken-digits-16d")
    picture = page.locator(".scaled canvas").first
    wait_for(lambda: painted(picture) > 20, 20)
    assert picture.evaluate("({ width, height }) => [width, height]") == [80, 64]
    expect(page.locator(".scaled .up b")).to_have_text("kHz")
    play = page.get_by_role("button", name="Play the sound decoded from z")
    play.click()
    wait_for(lambda: heard(page), 20)
    assert heard(page)[0] == [79 * 64, 8000, pytest.approx(0.7, abs=0.2)]
    expect(play).to_have_attribute("aria-pressed", "false")  # it has ended
    picture.click()
    wait_for(lambda: len(heard(page)) == 2, 20)
    assert listening.complaints == []


def test_a_walk_is_heard_step_by_step_one_sound_after_the_other(listening: Watched, sounding: Server) -> None:
    page = visit(listening, sounding, "explore?model=spoken-digits-2d")
    wait_for(lambda: painted(page.locator(".scaled canvas").first) > 20, 20)
    page.get_by_role("button", name="Walk").click()
    wait_for(lambda: len(heard(page)) >= 2, 30)
    page.get_by_role("button", name="Walk").click()


def test_a_recording_and_its_reconstruction_are_heard_in_the_start_panel(listening: Watched, sounding: Server) -> None:
    page = visit(listening, sounding, "explore?model=spoken-digits-16d")
    strip = page.get_by_role("group", name="Start from a test sound")
    strip.scroll_into_view_if_needed()
    expect(strip.get_by_role("button")).to_have_count(10)
    strip.get_by_role("button").nth(6).click()
    wait_for(lambda: len(heard(page)) == 1, 20)
    page.get_by_role("button", name="decoded from its μ").click()
    wait_for(lambda: len(heard(page)) == 2, 20)


def test_the_map_is_coloured_by_digit_or_by_speaker(listening: Watched, sounding: Server) -> None:
    page = visit(listening, sounding, "latent_map?model=spoken-digits-2d")
    legend = page.get_by_role("group", name="Highlight one class")
    expect(legend.get_by_role("button")).to_have_count(10)
    page.get_by_label("Colour", exact=True).select_option(label="By speaker")
    expect(legend.get_by_role("button")).to_have_text(["George", "Jackson", "Lucas", "Nicolas", "Theo", "Yweweler"])
    wait_for(lambda: "colour=groups" in address_of(page), 20)
    page.goto(f"{sounding.url}/projection?model=spoken-digits-16d&method=PCA&colour=groups")
    expect(legend.get_by_role("button")).to_have_count(6, timeout=20_000)
    assert listening.complaints == []


def test_a_press_on_the_map_is_heard(listening: Watched, sounding: Server) -> None:
    page = visit(listening, sounding, "latent_map?model=spoken-digits-2d")
    top = page.locator(".plot canvas").last
    expect(top).to_have_attribute("data-tiles", "complete", timeout=30_000)
    top.click(position={"x": 200, "y": 200})
    wait_for(lambda: heard(page), 20)
    wait_for(lambda: any(code_of(page)), 20)


def test_a_sound_that_is_brought_along_is_seen_placed_and_heard(listening: Watched, sounding: Server) -> None:
    page = visit(listening, sounding, "draw?model=spoken-digits-16d")
    expect(page.get_by_role("button", name="● Record")).to_be_visible(timeout=20_000)
    file = page.locator("input[type=file]")
    file.set_input_files({"name": "word.wav", "mimeType": "audio/wav", "buffer": word()})
    for what in ("spectrogram", "reconstruction"):
        canvas = page.get_by_role("img", name=f"The {what} of your sound")
        wait_for(lambda canvas=canvas: painted(canvas) > 20, 20)
    expect(page.get_by_text("ellipse: posterior of your file")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="As recorded").click()
    wait_for(lambda: len(heard(page)) == 1, 20)
    page.get_by_role("button", name="Play x̂", exact=True).click()
    wait_for(lambda: len(heard(page)) == 2, 20)
    settled(page)
    assert listening.complaints == []


@pytest.mark.parametrize(("content", "words"), [(b"no sound", "that this browser can read"), (None, "silence")])
def test_what_is_no_sound_is_said_in_a_sentence(
    content: bytes | None, words: str, listening: Watched, sounding: Server
) -> None:
    page = visit(listening, sounding, "draw?model=spoken-digits-16d")
    expect(page.get_by_role("button", name="● Record")).to_be_visible(timeout=20_000)
    silent = word()[:44] + bytes(len(word()) - 44)
    buffer = silent if content is None else content
    page.locator("input[type=file]").set_input_files({"name": "word.wav", "mimeType": "audio/wav", "buffer": buffer})
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible(timeout=20_000)


def test_a_laboratory_offers_no_pen_for_a_sound(listening: Watched, sounding: Server) -> None:
    page = visit(listening, sounding, "elbo?model=spoken-digits-2d")
    expect(page.get_by_role("button", name="Play the sound x")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Clear")).to_have_count(0)
    page.get_by_role("img", name="The sound x").click()
    wait_for(lambda: heard(page), 20)

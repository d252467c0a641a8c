// A sound of one's own: recorded or brought along; beside it what the model makes of it, to be seen and heard.
import { row } from '../core/planes.js';
import { soundOf, spectrogram, trimmed } from '../core/spectrogram.js';
import { button, el, picture, row as together } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { drawPixels, kindOf } from '../kit/sample.js';
import { withScales } from '../kit/scales.js';
import { phaseHint, playButton, playsAtPress } from '../state/hearing.js';
import { conversation, loadStore } from '../state/store.js';
import { loadEncoder, loadOriginals } from '../work/load.js';
import { voice } from '../work/sounding.js';
import { meter } from './meter.js';
import { record, samplesOf } from './microphone.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Shape } from '../core/spec.js' */
/** @import { Store } from '../state/store.js' */
/** @import { ModelData } from '../work/told.js' */
/** @import { Code } from './meter.js' */
/** @import { Recording } from './microphone.js' */
/** @typedef {{ x: Float32Array, name: string, samples: Float32Array | null }} Take - a sound, as the model sees it */

const RECORD = '● Record';
const SILENT = 'There is nothing but silence. Speak louder, nearer to the microphone, or choose another file.';

/** @type {Map<string, Take>} - by shape: a recording outlives its widget and goes along to another model */
const takes = new Map();

/** The recording, and what the model makes of it. */
class Recorder {
  /**
   * @param {ModelData} data
   * @param {Store} store
   */
  constructor(data, store) {
    this.data = data;
    this.store = store;
    this.shape = store.vae.shape;
    this.sound = soundOf(kindOf(this.shape));
    /** @type {Recording | null} */
    this.recording = null;
    /** @type {Code | null} */
    this.code = null;
    this.x = picture('The spectrogram of your sound');
    this.answer = picture('The reconstruction of your sound');
    this.caption = el('span', {}, 'record a word');
    this.meter = meter(store.vae, data);
    this.said = el('p', { role: 'status' });
    this.record = button(RECORD, () => this.#press());
    this.node = this.#furnish();
    this.#show(null);
  }

  #furnish() {
    const { shape, data, x, answer } = this;
    const seen = () => this.code && { values: this.code.x };
    const decoded = () => this.code && { values: this.store.vae.mean(this.code.mu) };
    playsAtPress(x, shape, seen);
    playsAtPress(answer, shape, decoded);
    const { x_hat: distortion, z: rate } = data.symbols;
    return el(
      'div',
      { class: 'board sounds', style: `--d: ${distortion}; --r: ${rate}; --ratio: auto` },
      figure(shape, x, playButton(shape, seen, 'Play x'), el('b', {}, 'x'), this.caption),
      figure(shape, answer, playButton(shape, decoded, 'Play x̂'), el('b', {}, 'x̂'), 'decoded from its μ'),
      el('div', {}, this.meter.node),
      this.#buttons(),
      el('div', { class: 'words' }, this.said, phaseHint(shape)),
    );
  }

  #buttons() {
    /** @type {HTMLInputElement} */
    const file = el('input', {
      type: 'file',
      accept: 'audio/*',
      hidden: true,
      'aria-label': 'A sound file',
      onchange: () => file.files?.length && this.#take(file.files[0], 'your file'),
      onclick: () => {
        file.value = '';
      },
    });
    this.original = button('▶ As recorded', () => this.#playOriginal());
    return together(
      this.record,
      button('Open a sound', () => file.click()),
      this.original,
      this.data.tables.examples || this.data.tables.stand_ins ? button('Take a recording', () => this.#borrow()) : null,
      file,
    );
  }

  #playOriginal() {
    const samples = takes.get(this.shape.join())?.samples;
    if (samples) voice.playSamples(samples, this.sound.rate);
  }

  /**
   * @param {string} [words]
   * @param {boolean} [problem]
   */
  #say(words = '', problem = false) {
    this.said.textContent = words;
    this.said.className = problem ? 'problem' : 'hint';
  }

  async #press() {
    if (this.recording) {
      this.recording.stop();
      return;
    }
    try {
      voice.stop();
      this.recording = await record();
      this.record.textContent = '■ Stop';
      this.#say('Speak now.');
      const blob = await this.recording.done;
      await this.#take(blob, 'your recording');
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message, true);
    }
    this.recording = null;
    this.record.textContent = RECORD;
  }

  /**
   * Take a sound from a recording or a file.
   *
   * @param {Blob} blob
   * @param {string} name
   */
  async #take(blob, name) {
    const { shape, sound } = this;
    try {
      const samples = trimmed(await samplesOf(blob, sound.rate), sound);
      if (!samples) throw new Error(SILENT);
      const [seconds, room] = [samples.length / sound.rate, ((shape[2] - 1) * sound.hop) / sound.rate];
      this.#say(
        seconds > room + 0.02 ? `Of ${seconds.toFixed(2)} s the model sees the first ${room.toFixed(2)} s.` : '',
      );
      await this.put({ x: spectrogram(samples, shape, sound), name, samples });
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message, true);
    }
  }

  /** What was recorded last, if anything. */
  begin() {
    const take = takes.get(this.shape.join());
    return take ? this.put(take) : undefined;
  }

  /**
   * Show a sound and move to its code.
   *
   * @param {Take} take
   */
  async put(take) {
    const { store } = this;
    takes.set(this.shape.join(), take);
    const encode = await loadEncoder(this.data);
    this.code = { ...encode(take.x), x: take.x, words: take.name, final: true };
    store.posterior = this.code;
    this.#show(take);
    store.set(this.code.mu, { final: true });
  }

  /** @param {Take | null} take */
  #show(take) {
    const { shape, code, store } = this;
    const blank = new Float32Array(shape[1] * shape[2]);
    drawPixels(this.x, take?.x ?? blank, shape);
    drawPixels(this.answer, code ? store.vae.mean(code.mu) : blank, shape);
    if (take) this.caption.textContent = take.name;
    if (this.original) this.original.disabled = !take?.samples;
    this.meter.show(code);
  }

  async #borrow() {
    const originals = await loadOriginals(this.data);
    if (!originals) return;
    const { images, labels, what } = originals;
    const i = Math.floor(Math.random() * images.shape[0]);
    const x = Float32Array.from(row(images.data, images.data.length / images.shape[0], i), (byte) => byte / 255);
    this.#say();
    await this.put({ x, name: `${what} ${i}, class ${this.data.class_names[labels[i]]}`, samples: null });
  }

  stop() {
    this.recording?.stop();
    voice.stop();
  }
}

/**
 * @param {Shape} shape
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLButtonElement | null} play
 * @param {...(Node | string)} words
 */
const figure = (shape, canvas, play, ...words) =>
  el('figure', {}, withScales(canvas, shape), el('figcaption', {}, play, words));

/** @param {Component<ModelData>} component */
async function build({ data }) {
  const store = await loadStore(data);
  const recorder = new Recorder(data, store);
  const talk = conversation(store);
  await recorder.begin();
  const stop = () => {
    talk.stop();
    recorder.stop();
  };
  return { nodes: [recorder.node], update: talk.hear, stop };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<ModelData>} component
 */
export const mount = (component) => widget(component, build, new URL('./draw.css', import.meta.url));

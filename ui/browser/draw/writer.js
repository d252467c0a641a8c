// The page Draw for words: what is typed becomes a code at once; beside it what the model makes of it.
import { oneHot, read, unknown } from '../core/letters.js';
import { button, el, picture, row } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { drawPixels } from '../kit/sample.js';
import { lettersOf } from '../kit/words.js';
import { conversation, loadStore } from '../state/store.js';
import { loadEncoder, loadOriginals } from '../work/load.js';
import { meter } from './meter.js';

/** @import { Encode, Kind } from '../core/spec.js' */
/** @import { Component } from '../kit/component.js' */
/** @import { Store } from '../state/store.js' */
/** @import { ModelData } from '../work/told.js' */
/** @import { Code } from './meter.js' */

/** What was typed, by the letters of the model: a word outlives its widget. @type {Map<string, string>} */
const typed = new Map();

/** The text field, and what the model makes of the word in it. */
class Writer {
  /**
   * @param {ModelData} data
   * @param {Store} store
   * @param {Encode} encode
   */
  constructor(data, store, encode) {
    this.data = data;
    this.store = store;
    this.encode = encode;
    this.letters = lettersOf(/** @type {Kind} */ (data.spec.kind));
    /** @type {Code | null} */
    this.code = null;
    /** @type {HTMLInputElement} */
    this.field = el('input', {
      type: 'text',
      maxlength: 2 * store.vae.shape[2],
      placeholder: 'Type a word',
      'aria-label': 'A word for the model',
      autocapitalize: 'off',
      autocomplete: 'off',
      spellcheck: 'false',
      oninput: () => this.take(this.field.value, false),
      onchange: () => this.take(this.field.value, true),
    });
    this.x = picture('The word as the model takes it');
    this.answer = picture('The reconstruction of the word');
    this.meter = meter(store.vae, data);
    this.said = el('p', { class: 'hint', role: 'status' });
    this.node = this.#furnish();
  }

  #furnish() {
    const { x_hat: distortion, z: rate } = this.data.symbols;
    const figure = (/** @type {string} */ name, /** @type {string} */ words, /** @type {HTMLElement[]} */ ...nodes) =>
      el('figure', {}, el('div', {}, nodes), el('figcaption', {}, el('b', {}, name), ' ', words));
    return el(
      'div',
      { class: 'board writer', style: `--d: ${distortion}; --r: ${rate}` },
      figure('x', 'as the model takes it', this.x),
      figure('x̂', 'decoded from its μ', this.answer),
      el('div', {}, this.meter.node),
      row(
        this.field,
        this.data.tables.examples ? button('Take a test word', () => this.borrow()) : null,
        button('Clear', () => this.put('')),
      ),
      this.said,
    );
  }

  get memory() {
    return this.letters.join('');
  }

  /** Show what was typed before, or nothing yet. */
  begin() {
    this.put(typed.get(this.memory) ?? '');
  }

  /** @param {string} word */
  put(word) {
    this.field.value = word;
    this.take(word, true);
  }

  /**
   * Encode a word; `final` when the hand rests. One that the model cannot take is told of, and nothing changes.
   *
   * @param {string} text
   * @param {boolean} final
   */
  take(text, final) {
    const { letters, store } = this;
    const word = this.#known(text.trim().normalize('NFC'));
    const problem = this.#problem(word);
    this.said.textContent = problem;
    this.said.className = problem ? 'problem' : 'hint';
    if (problem) return;
    typed.set(this.memory, word);
    const x = oneHot(word, letters, store.vae.shape);
    if (word) this.#encode(x, word, final);
    else if (this.code && store.posterior === this.code) store.posterior = null;
    if (!word) this.code = null;
    this.#show(x);
  }

  /** Without capitals and accents, where the model knows none. @param {string} word */
  #known(word) {
    const lower = word.toLowerCase();
    const plain = lower.normalize('NFD').replace(/\p{M}/gu, '');
    return [word, lower, plain].find((way) => !unknown(way, this.letters).length) ?? word;
  }

  /** @param {string} word */
  #problem(word) {
    const places = this.store.vae.shape[2];
    const [stranger] = unknown(word, this.letters);
    if (stranger) return `This model has never seen “${stranger}”; it knows ${this.letters.join(' ').trim()}.`;
    return [...word].length > places ? `This model’s words have at most ${places} letters.` : '';
  }

  /**
   * @param {Float32Array} x
   * @param {string} word
   * @param {boolean} final
   */
  #encode(x, word, final) {
    const { store } = this;
    this.code = { ...this.encode(x), x, words: `“${word}”`, final };
    store.posterior = this.code;
    store.set(this.code.mu, { final });
  }

  /** @param {Float32Array} x */
  #show(x) {
    const { store, code } = this;
    drawPixels(this.x, x, store.vae.shape);
    drawPixels(this.answer, code ? store.vae.mean(code.mu) : x, store.vae.shape);
    this.meter.show(code);
  }

  async borrow() {
    const originals = await loadOriginals(this.data);
    if (!originals) return;
    const { data, shape } = originals.images;
    const size = data.length / shape[0];
    const i = Math.floor(Math.random() * shape[0]);
    this.put(read(data.subarray(i * size, (i + 1) * size), this.letters, this.store.vae.shape));
  }
}

/** @param {Component<ModelData>} component */
async function build({ data }) {
  const [store, encode] = await Promise.all([loadStore(data), loadEncoder(data)]);
  const writer = new Writer(data, store, encode);
  const { hear, stop } = conversation(store);
  writer.begin();
  return { nodes: [writer.node], update: hear, stop };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<ModelData>} component
 */
export const mount = (component) => widget(component, build, new URL('./draw.css', import.meta.url));

// One latent dimension under the hand: its slider, its switch, and the film-strip of what it does.
import { el, fixed, symbol } from '../kit/elements.js';
import { painter } from '../kit/sample.js';

/** @import { Store } from '../state/store.js' */

const UNUSED_NATS = 0.01;
const MOST = 7; // tiles of a strip: fewer where examples are wide

/** A row of the sliders. */
export class Dimension {
  /**
   * @param {Store} store
   * @param {number} index
   * @param {number | undefined} kl - nats
   * @param {number} reach - how far it goes to each side, in σ of the prior: to where the codes are
   */
  constructor(store, index, kl, reach) {
    this.store = store;
    this.index = index;
    this.reach = reach;
    const name = symbol('z', index);
    this.input = this.#slider(name);
    this.use = el('button', {
      'aria-label': `Use dimension ${name}`,
      title: 'Off: the prior’s mean is decoded',
      onclick: () => this.#flip(),
    });
    const count = Math.min(MOST, painter(store.vae.shape).square[0]);
    this.places = Array.from({ length: count }, (_, i) => ((2 * i) / (count - 1) - 1) * reach);
    this.tiles = this.places.map((place) => this.#tile(place));
    this.number = el('span', { class: 'number' });
    const film = el('div', { class: 'film', 'aria-hidden': 'true' }, this.tiles);
    const style = `--tiles: ${count}`;
    this.node = el(
      'div',
      { class: 'row', style },
      el('b', {}, name),
      this.input,
      this.number,
      this.use,
      film,
      nats(kl),
    );
  }

  /** @param {string} name */
  #slider(name) {
    return el('input', {
      type: 'range',
      min: -this.reach,
      max: this.reach,
      step: this.reach / 300,
      'aria-label': `Latent dimension ${name}`,
      oninput: () => this.#move(false),
      onchange: () => this.#move(true),
    });
  }

  /** @param {number} value */
  #tile(value) {
    const goThere = () => {
      if (!this.input.disabled) this.store.glideTo(this.at(value, this.store.z));
    };
    return el('canvas', { class: 'pixels', width: 1, height: 1, onclick: goThere });
  }

  /** @param {boolean} final */
  #move(final) {
    this.store.set(this.at(Number(this.input.value), this.store.z), { final });
  }

  #flip() {
    const { off } = this.store;
    if (!off.delete(this.index)) off.add(this.index);
    this.store.changed();
  }

  /**
   * A code that differs from another in this dimension only.
   *
   * @param {number} value
   * @param {Float32Array} code
   */
  at(value, code) {
    return code.map((old, i) => (i === this.index ? value : old));
  }

  /** The codes of the film-strip, from what is decoded now. */
  codes() {
    const { code } = this.store;
    return this.places.map((place) => this.at(place, code));
  }

  show() {
    const { store, input, reach } = this;
    const value = store.z[this.index];
    const off = store.off.has(this.index);
    const text = fixed(value);
    input.value = String(value);
    input.disabled = off;
    input.className = value > reach ? 'above' : value < -reach ? 'below' : '';
    input.ariaValueText = `${text} standard deviations`;
    this.number.textContent = off ? 'off' : `${text} σ`;
    this.use.ariaPressed = String(!off);
  }
}

/** @param {number | undefined} kl */
function nats(kl) {
  const unused = kl !== undefined && kl < UNUSED_NATS;
  const title = unused && 'The decoder ignores it: posterior = prior';
  return el('span', { class: 'number hint', title }, unused ? 'unused' : kl === undefined ? '' : `${fixed(kl)} nats`);
}

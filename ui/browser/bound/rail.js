// A row under the densities with the two handles of one Gaussian: a disc for its mean, a bar for its width.
import { el, fixed } from '../kit/elements.js';

/** @typedef {{ mu: number, sigma: number }} Gaussian */
/** @typedef {'mu' | 'sigma'} Kind */

/** Both plots and the rails show −5 to 5. */
export const REACH = 5;
/** @type {Record<Kind, [least: number, most: number]>} */
const LIMITS = { mu: [-2.5, 2.5], sigma: [0.25, 2.5] };
/** @type {Record<Kind, string>} */
const NAMES = { mu: 'mean μ', sigma: 'standard deviation σ' };
/** @type {Record<string, number>} */
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -99, End: 99 };

const across = (/** @type {number} */ z) => `${(100 * (z + REACH)) / (2 * REACH)}%`;

/**
 * Within its limits, in hundredths.
 *
 * @param {Kind} kind
 * @param {number} value
 */
function allowed(kind, value) {
  const [least, most] = LIMITS[kind];
  return Math.round(100 * Math.min(most, Math.max(least, value))) / 100;
}

/** The row; `change` is called with another mean or width. */
export class Rail {
  /**
   * @param {string} name - q or p.
   * @param {Gaussian} gaussian
   * @param {(kind: Kind, value: number) => void} change
   */
  constructor(name, gaussian, change) {
    this.name = name;
    this.gaussian = gaussian;
    this.change = change;
    this.bar = el('i');
    this.knobs = { mu: this.#knob('mu'), sigma: this.#knob('sigma') };
    this.track = el('div', {}, this.bar, this.knobs.mu, this.knobs.sigma);
    this.node = el('div', { class: `rail ${name}` }, el('b', {}, name), this.track);
  }

  /** @param {Kind} kind */
  #knob(kind) {
    const [least, most] = LIMITS[kind];
    const node = el('span', {
      class: kind,
      role: 'slider',
      tabindex: 0,
      'aria-label': `${NAMES[kind]} of ${this.name}`,
      'aria-valuemin': least,
      'aria-valuemax': most,
    });
    node.addEventListener('pointerdown', (event) => {
      if (!event.button) node.setPointerCapture(event.pointerId);
    });
    node.addEventListener('pointermove', (event) => {
      if (node.hasPointerCapture(event.pointerId)) this.#drag(event, kind);
    });
    node.addEventListener('keydown', (event) => this.#key(event, kind));
    return node;
  }

  /**
   * @param {PointerEvent} event
   * @param {Kind} kind
   */
  #drag({ clientX }, kind) {
    const { left, width } = this.track.getBoundingClientRect();
    const at = ((clientX - left) / width) * 2 * REACH - REACH;
    this.change(kind, allowed(kind, kind === 'mu' ? at : at - this.gaussian.mu));
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Kind} kind
   */
  #key(event, kind) {
    const steps = KEYS[event.key];
    if (!steps) return;
    event.preventDefault();
    this.change(kind, allowed(kind, this.gaussian[kind] + (event.shiftKey ? 0.5 : 0.1) * steps));
  }

  /** @param {Gaussian} gaussian */
  show(gaussian) {
    const { bar, knobs } = this;
    const { mu, sigma } = gaussian;
    this.gaussian = gaussian;
    bar.style.left = across(mu - sigma);
    bar.style.width = `${(100 * sigma) / REACH}%`;
    knobs.mu.style.left = across(mu);
    knobs.sigma.style.left = across(mu + sigma);
    this.#speak(knobs.mu, mu);
    this.#speak(knobs.sigma, sigma);
  }

  /**
   * @param {HTMLElement} knob
   * @param {number} value
   */
  #speak(knob, value) {
    knob.ariaValueNow = value.toFixed(2);
    knob.ariaValueText = fixed(value);
  }
}

// The bound of one image as bars in nats: distortion and rate, and below them what K samples make of it.
import { LIKELIHOODS, stepOf } from '../core/likelihood.js';
import { el, fixed, subscript } from '../kit/elements.js';

/** @typedef {{ kind: string, value: number }} Part - Of a bar; less than nothing is hatched. */
/**
 * What the bars show.
 *
 * @typedef {object} Terms
 * @property {number} distortion
 * @property {number} rate
 * @property {{ K: number, mean: number }} best - the bound of most samples.
 * @property {number} gap - how far that is above the ELBO.
 * @property {number} floor - of the distortion.
 */

/** Bars on one scale in nats, which only grows, so that they do not jump about. */
export class Scale {
  /** @param {number} step - the scale ends at a multiple of it. */
  constructor(step) {
    this.step = step;
    this.end = step;
  }

  /** @param {number} total */
  reach(total) {
    this.end = Math.max(this.end, this.step * Math.ceil(Math.abs(total) / this.step));
  }

  /** @param {number} value */
  width(value) {
    return `${(100 * Math.abs(value)) / this.end}%`;
  }

  /** @param {...Part} parts */
  bars(...parts) {
    return parts.map(({ kind, value }) =>
      el('i', { class: value < 0 ? `${kind} minus` : kind, style: `width: ${this.width(value)}` }),
    );
  }
}

/**
 * @param {string} sign
 * @param {string} kind
 * @param {string} words
 * @param {number} value
 */
function term(sign, kind, words, value, unit = '') {
  const number = el('b', { class: 'number' }, fixed(value));
  return el('span', {}, sign, el('span', { class: kind }, `${words} `, number, unit));
}

const cents = (/** @type {number} */ value) => Math.round(100 * value) / 100;

/** The sum in numbers, the bars below it, and what the likelihood makes of them. */
export class Bars {
  /** @param {string} likelihood */
  constructor(likelihood) {
    const { floored, caveat } = LIKELIHOODS[likelihood];
    const line = (/** @type {string} */ kind) => el('div', { class: kind });
    this.floored = floored;
    this.scale = new Scale(stepOf(likelihood));
    this.sum = line('terms');
    this.whole = line('bar');
    this.best = line('bar');
    this.name = el('b', { class: 'number' });
    this.mark = line('floor');
    const hint = el('p', { class: 'hint' }, caveat);
    const elbo = el('b', { class: 'number' }, '−ELBO');
    this.node = el('div', { class: 'lanes' }, this.sum, elbo, this.whole, this.name, this.best, this.mark, hint);
  }

  /** @param {Terms} terms */
  show({ distortion, rate, best, gap, floor }) {
    const { scale } = this;
    scale.reach(distortion + rate);
    scale.reach(best.mean);
    this.#write(distortion, rate);
    this.whole.replaceChildren(...scale.bars({ kind: 'd', value: distortion }, { kind: 'r', value: rate }));
    const parts = [{ kind: 'best', value: -best.mean }];
    if (best.mean < 0 && gap > 0) parts.push({ kind: 'gap', value: gap });
    this.best.replaceChildren(...scale.bars(...parts));
    this.name.textContent = `−L${subscript(best.K)}`;
    this.#markFloor(floor);
  }

  /**
   * Rounded first, so that the terms add up as they stand.
   *
   * @param {number} distortion
   * @param {number} rate
   */
  #write(distortion, rate) {
    const [d, r] = [distortion, rate].map(cents);
    this.sum.replaceChildren(
      term('', 'd', 'distortion', d),
      term('+ ', 'r', 'rate', r),
      term('= ', '', 'negative ELBO', d + r, ' nats'),
    );
  }

  /** @param {number} floor */
  #markFloor(floor) {
    const { scale } = this;
    const seen = this.floored && floor > 0;
    const mark = seen ? el('i', { style: `left: ${scale.width(floor)}` }) : '';
    const words = el('span', {}, seen ? `floor ${fixed(floor, 1)}` : '');
    this.mark.replaceChildren(mark, words, el('span', {}, `${scale.end} nats`));
  }
}

// The rate of one image by latent dimension, the highest first.
import { el, fixed, symbol } from '../kit/elements.js';
import { Scale } from './bars.js';

/** A row for each dimension. */
export class Shares {
  /** @param {number} latent */
  constructor(latent) {
    this.scale = new Scale(1);
    /** @type {number[] | null} */
    this.order = null;
    this.rows = Array.from({ length: latent }, () => ({
      name: el('b'),
      bar: el('div', { class: 'bar' }),
      number: el('span', { class: 'number' }),
    }));
    const rows = this.rows.map(({ name, bar, number }) => el('div', { class: 'rate' }, name, bar, number));
    this.node = el('div', { class: 'shares' }, el('h4', {}, 'Rate by dimension, nats'), el('div', {}, rows));
  }

  /**
   * @param {number[]} rates
   * @param {boolean} rests - whether the hand rests: only then the order changes.
   */
  show(rates, rests) {
    if (rests || !this.order) this.order = [...rates.keys()].sort((a, b) => rates[b] - rates[a]);
    this.scale.reach(Math.max(...rates));
    this.order.forEach((dimension, place) => {
      const { name, bar, number } = this.rows[place];
      name.textContent = symbol('z', dimension);
      number.textContent = fixed(rates[dimension]);
      bar.replaceChildren(...this.scale.bars({ kind: 'r', value: rates[dimension] }));
    });
  }
}

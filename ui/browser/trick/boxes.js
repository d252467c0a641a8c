// The boxes of μ, σ, ε and z, and which of their numbers are written out.
import { rates } from '../core/prior.js';
import { el, fixed, symbol } from '../kit/elements.js';

/** @import { Store } from '../state/store.js' */

const SHOWN = 4; // dimensions whose numbers are written out

/**
 * What stays the same costs no layout.
 *
 * @param {Element} node
 * @param {string} text
 */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A symbol with its numbers, in its colour; `words` says what they are. */
export class NumberBox {
  /**
   * @param {string} kind - the place in the grid.
   * @param {string} letter
   * @param {number} latent
   * @param {string} colour
   * @param {(Node | null)[]} more - stands between the words and the numbers.
   */
  constructor(kind, letter, latent, colour, ...more) {
    this.letter = letter;
    this.words = el('span', { class: 'hint' });
    this.rows = Array.from({ length: Math.min(SHOWN, latent) }, () => ({
      head: el('th', { scope: 'row' }),
      number: el('td', { class: 'number' }),
    }));
    const rows = this.rows.map(({ head, number }) => el('tr', {}, head, number));
    this.node = el(
      'div',
      { class: `box ${kind}`, style: `--c: ${colour}; grid-area: ${kind}` },
      el('b', {}, letter),
      ' ',
      this.words,
      more,
      el('table', {}, rows),
    );
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {number[]} dimensions
   */
  show(values, dimensions) {
    dimensions.forEach((dimension, i) => {
      put(this.rows[i].head, symbol(this.letter, dimension));
      put(this.rows[i].number, fixed(values[dimension]));
    });
  }
}

/**
 * The two dimensions of the field: those of the pad's plane, or those that carry the most of the test set's rate.
 *
 * @param {Store} store
 * @param {number[] | null} kl - nats per dimension.
 */
export function fieldDimensions({ view: { plane = '' }, vae: { latent } }, kl) {
  const named = plane.match(/^z(\d+)-z(\d+)$/);
  if (named) return [Number(named[1]) - 1, Number(named[2]) - 1];
  if (latent < 3) return [0, 1];
  return [...Array(latent).keys()].sort((a, b) => (kl?.[b] ?? 0) - (kl?.[a] ?? 0)).slice(0, 2);
}

/**
 * The field's dimensions, then those with the highest rate of this image, as many as are written out, in their order.
 *
 * @param {{ mu: Float32Array, logvar: Float32Array }} posterior
 * @param {number[]} field
 */
export function writtenDimensions({ mu, logvar }, field) {
  const found = rates(mu, logvar);
  const order = [...found.keys()].sort((a, b) => found[b] - found[a]);
  const known = field.filter((i) => i < mu.length);
  return [...new Set([...known, ...order])].slice(0, SHOWN).sort((a, b) => a - b);
}

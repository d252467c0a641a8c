// A symbol with its numbers in a box of its colour.
import { el, fixed, symbol } from './elements.js';

/** @typedef {'mu' | 'sigma' | 'eps' | 'z'} Kind */

const LETTERS = { mu: 'μ', sigma: 'σ', eps: 'ε', z: 'z' };

/**
 * What stays the same costs no layout.
 *
 * @param {Element} node
 * @param {string} text
 */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * A box whose numbers follow; its `words` say what they are.
 *
 * @param {Kind} kind - also its place in the grid
 * @param {{ count: number, symbols: Record<string, string> }} what - how many are written out, and their colours
 * @param {(Node | null)[]} more - stands between the words and the numbers
 */
export function numberBox(kind, { count, symbols }, ...more) {
  const words = el('span', { class: 'hint' });
  const rows = Array.from({ length: count }, () => [el('th', { scope: 'row' }), el('td', { class: 'number' })]);
  const table = rows.map((cells) => el('tr', {}, cells));
  const style = `--c: ${symbols[kind]}; grid-area: ${kind}`;
  const name = el('b', {}, LETTERS[kind]);
  const box = el('div', { class: `box ${kind}`, style }, name, ' ', words, more, el('table', {}, table));
  /**
   * @param {ArrayLike<number>} values
   * @param {number[]} dimensions - which of them are written out
   */
  const show = (values, dimensions) =>
    dimensions.forEach((dimension, i) => {
      put(rows[i][0], symbol(LETTERS[kind], dimension));
      put(rows[i][1], fixed(values[dimension]));
    });
  return { box, words, show };
}

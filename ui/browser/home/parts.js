// The parts of the picture: both images, encoder and decoder, and the boxes of numbers between them.
import { el, fixed, picture, symbol } from '../kit/elements.js';

/** @typedef {'mu' | 'sigma' | 'eps' | 'z'} Kind */
/** @typedef {Record<string, string>} Symbols - Their colours. */
/** @typedef {{ box: HTMLElement, canvas?: HTMLCanvasElement }} Part */
/** @typedef {ReturnType<typeof makeParts>} Parts */

/** @type {Kind[]} */
export const KINDS = ['mu', 'sigma', 'eps', 'z'];
const LETTERS = { mu: 'μ', sigma: 'σ', eps: 'ε', z: 'z' };
const WORDS = { mu: 'mean', sigma: 'standard deviation', eps: 'noise, N(0, 1)', z: 'z = μ + σ · ε' };

/**
 * @param {Kind} kind
 * @param {number} count
 * @param {string} colour
 */
function numberBox(kind, count, colour) {
  const rows = Array.from({ length: count }, () => [el('th', { scope: 'row' }), el('td', { class: 'number' })]);
  const table = rows.map((cells) => el('tr', {}, cells));
  const box = el(
    'div',
    { class: kind === 'eps' ? 'box noise' : 'box', style: `--c: ${colour}; grid-area: ${kind}` },
    el('b', {}, LETTERS[kind]),
    el('div', { class: 'hint' }, WORDS[kind]),
    el('table', {}, table),
  );
  /**
   * @param {Float32Array} values
   * @param {number[]} dimensions
   */
  const show = (values, dimensions) =>
    dimensions.forEach((dimension, i) => {
      rows[i][0].textContent = symbol(LETTERS[kind], dimension);
      rows[i][1].textContent = fixed(values[dimension]);
    });
  return { box, show };
}

/**
 * @param {string} area
 * @param {string} letter
 * @param {string} words
 * @param {string} colour
 */
function image(area, letter, words, colour) {
  const canvas = picture(words);
  const caption = el('figcaption', { class: 'hint' }, words);
  const style = `--c: ${colour}; grid-area: ${area}`;
  return { canvas, box: el('figure', { style }, el('b', {}, letter), canvas, caption) };
}

/** @param {string} name */
const part = (name) => ({ box: el('div', { class: `part ${name}`, style: `grid-area: ${name}` }, name) });

/**
 * All parts by name, in the order of reading, for those who hear the page.
 *
 * @param {number} count - of the numbers in each box
 * @param {Symbols} symbols
 */
export function makeParts(count, symbols) {
  /** @param {Kind} kind */
  const numbers = (kind) => numberBox(kind, count, symbols[kind]);
  return {
    x: image('x', 'x', 'a test image', symbols.x),
    encoder: part('encoder'),
    mu: numbers('mu'),
    sigma: numbers('sigma'),
    eps: numbers('eps'),
    z: numbers('z'),
    decoder: part('decoder'),
    y: image('y', 'x̂', 'its reconstruction', symbols.x_hat),
  };
}

// The parts of the picture: both images, encoder and decoder, and the boxes of numbers between them.
import { el, picture } from '../kit/elements.js';
import { numberBox } from '../kit/numbers.js';

/** @import { Kind } from '../kit/numbers.js' */
/** @typedef {Record<string, string>} Symbols - Their colours. */
/** @typedef {{ box: HTMLElement, canvas?: HTMLCanvasElement }} Part */
/** @typedef {ReturnType<typeof makeParts>} Parts */

/** @type {Kind[]} */
export const KINDS = ['mu', 'sigma', 'eps', 'z'];
const WORDS = { mu: 'mean', sigma: 'standard deviation', eps: 'noise, N(0, 1)', z: 'z = μ + σ · ε' };

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
 * @param {string} name - of an example
 * @param {string} split - that x is from
 */
export function makeParts(count, symbols, name, split) {
  /** @param {Kind} kind */
  const numbers = (kind) => {
    const made = numberBox(kind, { count, symbols });
    made.words.textContent = WORDS[kind];
    return made;
  };
  return {
    x: image('x', 'x', `a ${split} ${name}`, symbols.x),
    encoder: part('encoder'),
    mu: numbers('mu'),
    sigma: numbers('sigma'),
    eps: numbers('eps'),
    z: numbers('z'),
    decoder: part('decoder'),
    y: image('y', 'x̂', 'its reconstruction', symbols.x_hat),
  };
}

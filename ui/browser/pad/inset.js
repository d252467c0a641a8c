// Beside a pad: the image under z, and what is known about that place.
import { el, fixed, picture } from '../kit/elements.js';
import { drawPixels, noun } from '../kit/sample.js';

/** @import { Shape } from '../core/spec.js' */
/** @import { Known, Near, Trust } from './known.js' */

/** @type {(noun: string) => Record<Trust, string>} */
const verdicts = (noun) => ({
  near: `Test ${noun}s are near`,
  edge: 'At the edge of the data',
  far: `No test ${noun} near: the decoder makes this up`,
  unknown: '\u00a0', // keeps the line free
});

/**
 * @param {Near} near
 * @param {number} reach
 */
function nearestWords({ name, distance }, reach) {
  const usual = Number.isFinite(reach) ? ` (up to ${fixed(reach)} is usual)` : '';
  return `nearest: ${name}, ${fixed(distance)} σ away${usual}`;
}

/**
 * @param {string[]} names
 * @param {number[]} place
 */
function placeWords(names, place) {
  if (!place.every(Number.isFinite)) return '';
  return names.map((axis, i) => `${axis} = ${fixed(place[i])}`).join(', ');
}

/** The image and the words. */
export class Inset {
  /**
   * @param {Shape} shape
   * @param {...(Node | null)} below - stand under them
   */
  constructor(shape, ...below) {
    this.shape = shape;
    this.noun = noun(shape);
    this.image = picture(`The ${this.noun} decoded from z`);
    this.words = el('output', { 'aria-live': 'polite' });
    this.node = el('div', { class: 'inset' }, this.image, this.words, below);
  }

  /**
   * Show the image under z, and say what is near it.
   *
   * @param {Known} known
   */
  show({ image, near, reach, names, place, posterior, projected }) {
    drawPixels(this.image, image, this.shape);
    this.image.className = `pixels ${near.trust}`;
    const lines = [
      placeWords(names, place),
      nearestWords(near, reach),
      posterior ? `ellipse: posterior of ${posterior.words}` : '',
    ];
    const small = lines.filter(Boolean).flatMap((line) => [el('br'), el('span', { class: 'hint' }, line)]);
    const head = projected && near.index >= 0 ? `Test ${this.noun} ${near.index}` : verdicts(this.noun)[near.trust];
    this.words.replaceChildren(el('strong', {}, head), ...small);
  }
}

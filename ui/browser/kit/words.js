// Paints a word: white letters on black, each as opaque as it is likely.
import { ranked, read } from '../core/letters.js';

/** @import { Kind, Shape } from '../core/spec.js' */
/** @import { Painter } from './sample.js' */

/** @type {[width: number, height: number]} */
const WORD_SIZE = [240, 80];
const [WIDTH, HEIGHT] = WORD_SIZE;
const FILLED = 0.9; // of the width, by a word
const FEWEST = 3; // letters: a shorter word is not written larger
const SEEN = 0.08; // a letter that is less likely is not written
const FONT = 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';
const TALL = 1.55; // of a letter: its height to its width

/** @param {Kind} kind */
export const lettersOf = (kind) => /** @type {string[]} */ (kind.letters);

/**
 * A place is as wide as a letter is likely there, so that a word fills its line and grows letter by letter.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {[x: number, y: number]} at
 * @param {ArrayLike<number>} values
 * @param {Shape} shape
 * @param {number} full
 * @param {Kind} kind
 */
function paintWord(context, [x, y], values, shape, full, kind) {
  const places = Array.from({ length: shape[2] }, (_, place) => ranked(values, shape, place));
  const taken = places.map((letters) => 1 - (letters.find(({ k }) => k === 0)?.value ?? 0) / full);
  const total = taken.reduce((a, b) => a + b, 0);
  const cell = (FILLED * WIDTH) / Math.max(FEWEST, total);
  const words = lettersOf(kind);
  context.save();
  context.beginPath();
  context.rect(x, y, WIDTH, HEIGHT);
  context.clip();
  context.fillStyle = '#000';
  context.fillRect(x, y, WIDTH, HEIGHT);
  Object.assign(context, { fillStyle: '#fff', textAlign: 'center', textBaseline: 'middle' });
  context.font = `600 ${Math.min(0.8 * HEIGHT, TALL * cell)}px ${FONT}`;
  let middle = x + (WIDTH - cell * total) / 2;
  places.forEach((letters, place) => {
    middle += (cell * taken[place]) / 2;
    for (const { k, value } of letters) {
      if (value < SEEN * full) break;
      context.globalAlpha = value / full;
      context.fillText(words[k], middle, y + HEIGHT / 2);
    }
    middle += (cell * taken[place]) / 2;
  });
  context.restore();
}

/** @type {Painter} */
export const word = {
  size: () => WORD_SIZE,
  paint: paintWord,
  read: (values, shape, kind) => read(values, lettersOf(kind), shape),
  across: 5,
  smooth: true,
};

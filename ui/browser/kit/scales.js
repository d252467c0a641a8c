// The units of a large picture, beside it: for a sound seconds below and kilohertz at the left.
import { el } from './elements.js';
import { scalesOf } from './sample.js';
import { roundStep } from './ticks.js';

/** @import { Shape } from '../core/spec.js' */

const LABELS = 5;

/**
 * Round values from 0 up to a largest one, each with its place in percent.
 *
 * @param {number} most
 */
function marks(most) {
  const step = roundStep(most, LABELS);
  const count = Math.floor(most / step + 1e-9) + 1;
  return Array.from({ length: count }, (_, i) => ({
    text: Number((i * step).toFixed(3)),
    at: (100 * i * step) / most,
  }));
}

/**
 * A canvas with its scales around it; only the canvas, where nothing is measured.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Shape} shape
 */
export function withScales(canvas, shape) {
  const scales = scalesOf(shape);
  if (!scales) return canvas;
  const [below, beside] = [scales.across, scales.up];
  const columns = marks(below[1]).map(({ text, at }) => el('em', { style: `left: ${at}%` }, text));
  const rows = marks(beside[1]).map(({ text, at }) => el('em', { style: `bottom: ${at}%` }, text));
  return el(
    'div',
    { class: 'scaled' },
    canvas,
    el('div', { class: 'across', 'aria-hidden': 'true' }, columns, el('b', {}, below[0])),
    el('div', { class: 'up', 'aria-hidden': 'true' }, rows, el('b', {}, beside[0])),
  );
}

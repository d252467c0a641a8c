// Three curves over the epochs: negative ELBO, distortion and rate, train dotted and test solid, with what happened.
import { moments, told } from '../core/moments.js';
import { Plot } from '../kit/axes.js';
import { el } from '../kit/elements.js';

/** @import { Row } from '../core/moments.js' */
/** @import { Range } from '../kit/ticks.js' */
/** @import { Theatre } from './theatre.js' */
/** @typedef {{ name: string, key: string, of: (row: Row, split: 'train' | 'test') => number }} Quantity */

const NEAR = 6; // pixels that a hand moves in a click
const BEGINNING = 0.04; // of what is shown: its steep fall may leave the picture at the top
const MARGINS = { left: 48, right: 10, top: 26, bottom: 40 };
/** @type {(part: 'distortion' | 'rate') => Quantity['of']} */
const one = (part) => (row, split) => row[`${split}_${part}`] ?? NaN;
/** @type {Quantity[]} */
const QUANTITIES = [
  {
    name: 'negative ELBO, nats',
    key: 'mu',
    of: (row, split) => one('distortion')(row, split) + one('rate')(row, split),
  },
  { name: 'distortion, nats', key: 'x_hat', of: one('distortion') },
  { name: 'rate (KL), nats', key: 'z', of: one('rate') },
];

/**
 * @param {number[][]} points
 * @param {Range} x
 * @returns {Range}
 */
function spanOf(points, [from, to]) {
  const settled = from + BEGINNING * (to - from);
  const seen = points.filter(([x]) => x >= from && x <= to);
  const calm = seen.filter(([x]) => x >= settled);
  const values = (calm.length > 4 ? calm : seen).map(([, y]) => y);
  if (!values.length) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.08 * (high - low) || 0.5;
  return [Math.max(0, low - margin), high + margin];
}

/** The zoom in time that all curves share: null shows everything. */
class Zoom {
  constructor() {
    /** @type {Range | null} */
    this.range = null;
    /** @type {{ from: number, to: number } | null} - epochs, while the hand draws */
    this.drawn = null;
  }
}

/**
 * Drag to zoom, click to show a time, double-click for everything.
 *
 * @param {Plot} plot
 * @param {Zoom} zoom
 * @param {Theatre} theatre
 */
function handle(plot, zoom, theatre) {
  /** @param {PointerEvent} event */
  const epoch = ({ offsetX }) => {
    const [left, , width] = plot.box;
    return plot.x[0] + ((offsetX - left) / width) * (plot.x[1] - plot.x[0]);
  };
  let start = 0;
  const { node } = plot;
  node.addEventListener('pointerdown', (event) => {
    node.setPointerCapture(event.pointerId);
    start = event.offsetX;
    zoom.drawn = { from: epoch(event), to: epoch(event) };
  });
  node.addEventListener('pointermove', (event) => {
    if (!zoom.drawn) return;
    zoom.drawn.to = epoch(event);
    theatre.changed();
  });
  node.addEventListener('pointerup', (event) => {
    const drawn = zoom.drawn;
    zoom.drawn = null;
    if (drawn && Math.abs(event.offsetX - start) > NEAR) zoom.range = sorted(drawn);
    else theatre.show(nearestStep(theatre, epoch(event)));
    theatre.changed();
  });
  node.addEventListener('dblclick', () => {
    zoom.range = null;
    theatre.changed();
  });
}

/** @type {(drawn: { from: number, to: number }) => Range} */
const sorted = ({ from, to }) => (from < to ? [Math.max(0, from), to] : [Math.max(0, to), from]);

/**
 * @param {Theatre} theatre
 * @param {number} epoch
 */
function nearestStep({ steps, perEpoch, step }, epoch) {
  const far = (/** @type {number} */ one) => Math.abs(one / perEpoch - epoch);
  return steps.length ? steps.reduce((best, other) => (far(other) < far(best) ? other : best)) : step;
}

/**
 * @param {Theatre} theatre
 * @param {Quantity} quantity
 * @param {Zoom} zoom
 */
function curve(theatre, { name, key, of }, zoom) {
  const colour = theatre.data.symbols[key];
  /** @param {Plot} plot */
  const draw = (plot) => {
    const { rows, events } = theatre.watcher;
    const [train, test] = /** @type {const} */ (['train', 'test']).map((split) =>
      rows.flatMap((row) => (Number.isNaN(of(row, split)) ? [] : [[row.epoch, of(row, split)]])),
    );
    const last = Math.max(rows[rows.length - 1]?.epoch ?? 0, 0.01);
    const x = zoom.range ?? /** @type {Range} */ ([0, last]);
    plot.frame(x, spanOf([...train, ...test], x));
    if (zoom.drawn) shade(plot, zoom.drawn);
    plot.line(train, { colour, width: 1.5, dash: [2, 3], alpha: 0.9 });
    plot.line(test, { colour, width: 2.5 });
    for (const mark of events) {
      const words = told(mark);
      if (words) rule(plot, mark.step / theatre.perEpoch, words);
    }
    rule(plot, theatre.step / theatre.perEpoch, '');
  };
  const plot = new Plot(`${name}, over the epochs of the training`, draw, {
    names: ['epoch', name],
    margins: MARGINS,
    room: [48, 28],
  });
  handle(plot, zoom, theatre);
  return plot;
}

/**
 * A line at an epoch: dashed with words for what was told, solid for the shown time.
 *
 * @param {Plot} plot
 * @param {number} epoch
 * @param {string} words
 */
function rule(plot, epoch, words) {
  const ends = plot.y.map((y) => [epoch, y]);
  plot.line(ends, { width: words ? 1.5 : 2, dash: words ? [5, 4] : [], alpha: words ? 0.8 : 0.55 });
  if (words && epoch >= plot.x[0] && epoch <= plot.x[1]) plot.words(words, epoch, plot.y[1], { dx: 4, dy: 12 });
}

/**
 * @param {Plot} plot
 * @param {{ from: number, to: number }} drawn
 */
function shade(plot, { from, to }) {
  const [low, high] = plot.y;
  plot.area([[from, high], [to, high]], [[from, low], [to, low]], { alpha: 0.15 }); // prettier-ignore
}

/** @param {Theatre} theatre */
export function curves(theatre) {
  const zoom = new Zoom();
  const plots = QUANTITIES.map((quantity) => curve(theatre, quantity, zoom));
  const words = el('ul', { class: 'moments', 'aria-label': 'What happened' });
  const hint = el(
    'p',
    { class: 'hint' },
    'Dotted: training. Solid: test. Click for a time, drag to zoom, double-click for all.',
  );
  const node = el(
    'div',
    {},
    el(
      'div',
      { class: 'curves' },
      plots.map((plot) => plot.node),
    ),
    words,
    hint,
  );
  let told = '';
  for (const plot of plots) theatre.subscribe(plot.redraw, plot.node);
  theatre.subscribe(() => {
    const found = moments(theatre.watcher.rows);
    const text = JSON.stringify(found);
    if (text === told) return;
    told = text;
    const items = found.map(({ epoch, words }) =>
      el('li', {}, el('b', {}, `Epoch ${epoch.toFixed(epoch < 10 ? 1 : 0)}: `), words),
    );
    node.children[1].replaceChildren(...items);
  });
  return { node, stop: () => plots.forEach((plot) => plot.stop()) };
}

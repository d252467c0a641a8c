// The test codes of the chosen model in its two dimensions with the highest KL, on one scale as far as that goes.
import { el, symbol } from '../kit/elements.js';
import { Scatter } from '../kit/scatter.js';

/**
 * @import { Layer } from '../kit/scatter.js'
 * @import { Sweep } from './models.js'
 */

const SCALE = 6; // σ of the prior to each side
const SMALL = 420; // pixels: on a map that is smaller the names of the classes are too

/**
 * Where the prior would have the codes: circles of one and two of its σ.
 * @type {Layer}
 */
function drawPrior(context, view, { text }) {
  const [x, y] = view.toPixel(0, 0);
  context.strokeStyle = text;
  context.lineWidth = 1.5;
  context.setLineDash([5, 5]);
  for (const sigmas of [1, 2]) {
    context.beginPath();
    context.arc(x, y, sigmas * view.scale, 0, 2 * Math.PI);
    context.stroke();
  }
  context.setLineDash([]);
}

class CodeMap {
  /**
   * @param {Sweep} sweep
   * @param {{colours: string[], class_names: string[]}} classes
   */
  constructor(sweep, { colours, class_names: names }) {
    this.sweep = sweep;
    this.plot = new Scatter({ colours, names, small: SMALL, under: drawPrior });
    this.words = el('figcaption');
    this.node = el('figure', {}, this.words, this.plot.node);
  }

  /** How far the map goes: codes that are far out get a scale of their own. */
  get reach() {
    const codes = this.sweep.chosen.loaded?.reach ?? 0;
    return codes > SCALE ? 1.1 * codes : SCALE;
  }

  draw() {
    const { ranked, beta, loaded } = this.sweep.chosen;
    const [x, y] = ranked.map((i) => symbol('z', i));
    const axes = y ? [x, y] : [x];
    const { xy = null, labels = [], middles = [] } = loaded ?? {};
    const shown = { reach: this.reach, axes: [x, y ?? ''], xy, labels, middles };
    this.plot.show(shown, `The test codes of β = ${beta} in ${axes.join(' and ')}`);
    this.#caption(axes.join(', '));
  }

  /** @param {string} axes */
  #caption(axes) {
    const own = this.reach > SCALE;
    const scale = own ? `Own scale: ±${Math.round(this.reach)} σ. ` : `Always ±${SCALE} σ. `;
    const hint = el('span', { class: 'hint' }, scale, 'Dashed: 1, 2 σ of the prior.');
    const which = this.sweep.chosen.figures ? ': the highest KL. ' : '. ';
    this.words.replaceChildren(el('b', {}, 'Map'), ` of ${axes}${which}`, hint);
  }
}

/**
 * @param {Sweep} sweep
 * @param {{colours: string[], class_names: string[]}} classes
 */
export function codemap(sweep, classes) {
  const map = new CodeMap(sweep, classes);
  return { node: map.node, show: () => map.draw(), stop: () => map.plot.stop() };
}

// The test codes of the chosen model in its two dimensions with the highest KL, on one scale as far as that goes.
import { View, drawDots } from '../kit/dots.js';
import { drawAxes, drawNames } from '../kit/names.js';
import { contextOf, el, symbol, theme } from '../kit/elements.js';

/**
 * @import { Point } from '../kit/dots.js'
 * @import { Loaded } from './member.js'
 * @import { Sweep } from './models.js'
 */

const SCALE = 6; // σ of the prior to each side
const SMALL = 420; // pixels: on a map that is smaller the names of the classes are too
const SMALLER = 0.75;

/**
 * Where the prior would have the codes: circles of one and two of its σ.
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {string} colour
 */
function drawPrior(context, view, colour) {
  const [x, y] = view.toPixel(0, 0);
  context.strokeStyle = colour;
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
    this.colours = colours;
    this.names = names;
    this.dots = el('canvas', { role: 'img' });
    this.letters = el('canvas', { 'aria-hidden': 'true' });
    this.context = contextOf(this.letters);
    this.square = el('div', { class: 'square' }, this.dots, this.letters);
    this.words = el('figcaption');
    this.node = el('figure', {}, this.words, this.square);
    /** @type {Point} */
    this.size = [1, 1];
    this.observer = new ResizeObserver(() => {
      this.size = [this.square.clientWidth, this.square.clientHeight];
      this.draw();
    });
    this.observer.observe(this.square);
  }

  get ratio() {
    return Math.min(2, devicePixelRatio || 1);
  }

  /**
   * The view of a map of so many pixels.
   * @param {Point} size
   */
  #view(size) {
    const { reach } = this;
    return new View([-reach, reach, -reach, reach], size);
  }

  /** How far the map goes: codes that are far out get a scale of their own. */
  get reach() {
    const codes = this.sweep.chosen.loaded?.reach ?? 0;
    return codes > SCALE ? 1.1 * codes : SCALE;
  }

  draw() {
    const { dots, context, size, ratio, sweep } = this;
    if (!size[0] || !size[1]) return; // it is not on the page now
    const { ranked, beta, loaded } = sweep.chosen;
    const [x, y] = ranked.map((i) => symbol('z', i));
    const axes = y ? [x, y] : [x];
    const view = this.#view(size);
    const style = theme(dots);
    this.#fit();
    drawAxes(context, view, [x, y ?? ''], style);
    drawPrior(context, view, style.text);
    dots.ariaLabel = `The test codes of β = ${beta} in ${axes.join(' and ')}`;
    this.#caption(axes.join(', '));
    dots.hidden = !loaded;
    if (!loaded) return;
    drawDots(dots, view, ratio, loaded.xy, loaded.labels, { colours: this.colours });
    this.#drawNames(loaded);
  }

  #fit() {
    const { context, ratio } = this;
    const [width, height] = this.size.map((length) => Math.round(length * ratio));
    for (const canvas of [this.dots, this.letters])
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, ...this.size);
  }

  /** @param {string} axes */
  #caption(axes) {
    const own = this.reach > SCALE;
    const scale = own ? `Own scale: ±${Math.round(this.reach)} σ. ` : `Always ±${SCALE} σ. `;
    const hint = el('span', { class: 'hint' }, scale, 'Dashed: 1, 2 σ of the prior.');
    const which = this.sweep.chosen.figures ? ': the highest KL. ' : '. ';
    this.words.replaceChildren(el('b', {}, 'Map'), ` of ${axes}${which}`, hint);
  }

  /** @param {Loaded} loaded */
  #drawNames({ middles }) {
    const { context, size } = this;
    const zoom = size[0] < SMALL ? SMALLER : 1;
    context.scale(zoom, zoom);
    const larger = this.#view([size[0] / zoom, size[1] / zoom]);
    drawNames(context, larger, middles, this.names, null, theme(this.dots));
  }
}

/**
 * @param {Sweep} sweep
 * @param {{colours: string[], class_names: string[]}} classes
 */
export function codemap(sweep, classes) {
  const map = new CodeMap(sweep, classes);
  return { node: map.node, show: () => map.draw(), stop: () => map.observer.disconnect() };
}

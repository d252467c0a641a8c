// A scatter plot of codes that follows its own size: dots on one canvas, axes and names on another above it.
import { View, drawDots } from './dots.js';
import { contextOf, el, theme } from './elements.js';
import { drawAxes, drawNames } from './names.js';

/** @import { Point } from './dots.js' */
/** @import { Theme } from './elements.js' */
/** @typedef {(context: CanvasRenderingContext2D, view: View, style: Theme) => void} Layer */
/**
 * @typedef {object} Shown
 * @property {number} reach - of both axes, to each side of 0
 * @property {string[]} axes - their names
 * @property {Float32Array | null} xy - x and y in turn; null: there are no dots yet
 * @property {ArrayLike<number>} labels
 * @property {(Point | null)[]} middles - of the classes
 */

const SMALLER = 0.75;

export class Scatter {
  /** @type {Shown | null} */
  #shown = null;
  /** @type {Point} */
  #size = [0, 0];

  /**
   * @param {object} look
   * @param {string[]} look.colours - of the classes
   * @param {string[]} look.names
   * @param {number} [look.small] - pixels: in a plot that is smaller the names are too
   * @param {Layer} [look.under] - drawn upon the axes
   * @param {Layer} [look.over] - drawn upon all
   */
  constructor({ colours, names, small = 0, under = () => undefined, over = () => undefined }) {
    this.colours = colours;
    this.names = names;
    this.small = small;
    this.under = under;
    this.over = over;
    this.dots = el('canvas', { role: 'img' });
    this.letters = el('canvas', { 'aria-hidden': 'true' });
    this.context = contextOf(this.letters);
    this.node = el('div', { class: 'square' }, this.dots, this.letters);
    this.observer = new ResizeObserver(() => {
      this.#size = [this.node.clientWidth, this.node.clientHeight];
      this.#draw();
    });
    this.observer.observe(this.node);
  }

  stop() {
    this.observer.disconnect();
  }

  /** The view, of so many pixels. @param {Point} [size] */
  view(size = this.#size) {
    const reach = this.#shown?.reach ?? 1;
    return new View([-reach, reach, -reach, reach], size);
  }

  /**
   * @param {Shown} shown
   * @param {string} label - for screen readers
   */
  show(shown, label) {
    this.#shown = shown;
    if (this.dots.ariaLabel !== label) this.dots.ariaLabel = label;
    this.#draw();
  }

  #draw() {
    const shown = this.#shown;
    if (!shown || !this.#size[0] || !this.#size[1]) return; // it is not on the page now
    const ratio = Math.min(2, devicePixelRatio || 1);
    for (const canvas of [this.dots, this.letters]) {
      const [width, height] = this.#size.map((length) => Math.round(length * ratio));
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.dots.hidden = !shown.xy;
    if (shown.xy) drawDots(this.dots, this.view(), ratio, shown.xy, shown.labels, { colours: this.colours });
    this.drawLetters();
  }

  /** All but the dots once more. */
  drawLetters() {
    const { context, names } = this;
    const shown = this.#shown;
    if (!shown) return;
    const view = this.view();
    const style = theme(this.node);
    context.clearRect(0, 0, ...this.#size);
    drawAxes(context, view, shown.axes, style);
    this.under(context, view, style);
    const zoom = this.#size[0] < this.small ? SMALLER : 1;
    context.save();
    context.scale(zoom, zoom);
    const [width, height] = this.#size;
    if (shown.xy) drawNames(context, this.view([width / zoom, height / zoom]), shown.middles, names, null, style);
    context.restore();
    this.over(context, view, style);
  }
}

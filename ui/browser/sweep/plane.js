// A plane of rate and distortion on a canvas: its scales, its axes, and words and lines in the page's colours.
import { contextOf, el, theme } from '../kit/elements.js';
import { ticks } from '../kit/ticks.js';

/** @import { Point } from '../kit/dots.js' */

const LEFT = 46;
const BOTTOM = 46;
const TOP = 28;
const RIGHT = 14;

/** `paint(plane)` is called by `draw()` and whenever the size changes; it begins with an empty canvas. */
export class Plane {
  /**
   * @param {{low: number, high: number, end: number}} ranges the distortion from low to high, the rate from 0 to end
   * @param {(plane: Plane) => void} paint
   */
  constructor({ low, high, end }, paint) {
    this.low = low;
    this.high = high;
    this.end = end;
    this.canvas = el('canvas', { role: 'img' });
    this.node = el('div', { class: 'square' }, this.canvas);
    this.context = contextOf(this.canvas);
    this.colours = theme(this.canvas);
    this.width = 1;
    this.height = 1;
    this.paint = paint;
    this.observer = new ResizeObserver(() => {
      this.width = this.node.clientWidth;
      this.height = this.node.clientHeight;
      this.draw();
    });
    this.observer.observe(this.node);
  }

  stop() {
    this.observer.disconnect();
  }

  get left() {
    return LEFT;
  }

  get right() {
    return this.width - RIGHT;
  }

  get top() {
    return TOP;
  }

  get bottom() {
    return this.height - BOTTOM;
  }

  /** @param {number} rate */
  across(rate) {
    return LEFT + (rate / this.end) * (this.right - LEFT);
  }

  /** @param {number} distortion */
  up(distortion) {
    return TOP + ((this.high - distortion) / (this.high - this.low)) * (this.bottom - TOP);
  }

  draw() {
    if (!this.width || !this.height) return; // it is not on the page now
    const ratio = Math.min(2, devicePixelRatio || 1);
    const [width, height] = [this.width, this.height].map((length) => Math.round(length * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.colours = theme(this.canvas);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.paint(this);
  }

  /**
   * Paint within the axes only.
   * @param {() => void} paint
   */
  inside(paint) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(this.left, this.top, this.right - this.left, this.bottom - this.top);
    context.clip();
    paint();
    context.restore();
  }

  axes() {
    const { left, right, top, bottom } = this;
    for (const [nats, words] of ticks([this.low, this.high], false, 6))
      this.write(words, left - 8, this.up(nats), { align: 'right' });
    for (const [nats, words] of ticks([0, this.end], false, this.width / 70))
      this.write(words, this.across(nats), bottom + 15, { align: 'center' });
    this.write('rate, nats →', right, this.height - 11, { align: 'right', weight: 600 });
    this.write('↑ distortion, nats', 4, 13, { weight: 600 });
    this.line({ width: 1.5 }, [left, top], [left, bottom], [right, bottom]);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {{align?: CanvasTextAlign, weight?: number, px?: number}} [look]
   */
  write(text, x, y, { align = 'left', weight = 400, px = 14 } = {}) {
    const { context, colours } = this;
    Object.assign(context, { font: `${weight} ${px}px ${colours.font}`, textAlign: align, textBaseline: 'middle' });
    Object.assign(context, { lineJoin: 'round', lineWidth: 4, strokeStyle: colours.background });
    context.strokeText(text, x, y);
    context.fillStyle = colours.text;
    context.fillText(text, x, y);
  }

  /**
   * @param {{colour?: string, width?: number, dash?: number[]}} look
   * @param {Point[]} points
   */
  line({ colour = this.colours.text, width = 1, dash = [] }, ...points) {
    const { context } = this;
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    context.setLineDash(dash);
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.stroke();
    context.setLineDash([]);
  }

  /**
   * A disc with a rim of the page's colour.
   * @param {Point} at
   * @param {number} radius
   * @param {string} colour
   */
  disc([x, y], radius, colour) {
    const { context, colours } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: colour, lineWidth: 3, strokeStyle: colours.background });
    context.stroke();
    context.fill();
  }
}

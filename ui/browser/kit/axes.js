// A small plot on a canvas: axes, linear or logarithmic, lines, bands and words, in the page's colours.
import { coalesce } from './frames.js';
import { el, fixed, theme } from './elements.js';

const MARGINS = { left: 56, right: 14, top: 30, bottom: 46 };
const POWERS = ['⁻⁹', '⁻⁸', '⁻⁷', '⁻⁶', '⁻⁵', '⁻⁴', '⁻³', '⁻²', '⁻¹', '⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/** A round step that divides a span into at most as many parts. */
export function roundStep(span, most) {
  const power = 10 ** Math.floor(Math.log10(span / most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= most * 1.001);
}

// [value, its words] of the ticks of one axis.
function ticks([low, high], log, most) {
  if (log) {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)],
      every = Math.ceil((last - first) / most);
    const words = (power) => (Math.abs(power) < 4 ? `${10 ** power}`.slice(0, 5) : `10${POWERS[power + 9]}`);
    const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
    return powers.filter((power) => power % every === 0).map((power) => [10 ** power, words(power)]);
  }
  const size = roundStep(high - low, most),
    first = Math.ceil(low / size - 1e-6),
    digits = Math.max(0, -Math.floor(Math.log10(size) + 1e-6));
  return Array.from({ length: Math.floor(high / size + 1e-6) - first + 1 }, (_, i) => [
    (first + i) * size,
    fixed((first + i) * size, digits),
  ]);
}

/** One plot. `draw(plot)` is called at the next frame after `redraw()` and whenever its size changes; it begins with `frame`. */
export class Plot {
  constructor(words, draw, { logX = false, logY = false, names = ['', ''], margins = {}, room = [56, 36] } = {}) {
    this.node = el('canvas', { class: 'curve', role: 'img', 'aria-label': words });
    Object.assign(this, {
      logX,
      logY,
      names,
      room,
      margins: { ...MARGINS, ...margins },
      context: this.node.getContext('2d'),
    });
    this.redraw = coalesce(() => this.node.clientWidth && (this.#fit(), draw(this)));
    this.observer = new ResizeObserver(this.redraw);
    this.observer.observe(this.node);
  }

  stop() {
    this.observer.disconnect();
  }

  #fit() {
    const { node, context } = this,
      ratio = Math.min(2, devicePixelRatio || 1),
      size = [node.clientWidth, node.clientHeight];
    const [width, height] = size.map((length) => Math.round(length * ratio));
    if (node.width !== width || node.height !== height) Object.assign(node, { width, height });
    this.theme = theme(node);
    this.size = size;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, ...size);
  }

  /** Set the ranges and draw the axes. */
  frame(x, y) {
    const {
      context,
      size: [width, height],
      margins: { left, right, top, bottom },
      theme: { text, border, font },
    } = this;
    Object.assign(this, { x, y, box: [left, top, width - left - right, height - top - bottom] });
    const [, , across, up] = this.box,
      [wide, high] = this.room;
    context.font = `14px ${font}`;
    const [columns, rows] = [
      ticks(x, this.logX, Math.max(2, Math.floor(across / wide))),
      ticks(y, this.logY, Math.max(2, Math.floor(up / high))),
    ];
    for (const [value, words] of columns)
      this.#tick(this.at(value, y[0])[0], top, 1, up, words, [0, 6], 'center', 'top');
    for (const [value, words] of rows)
      this.#tick(left, this.at(x[0], value)[1], across, 1, words, [-8, 0], 'right', 'middle');
    Object.assign(context, { fillStyle: text, textAlign: 'left', textBaseline: 'top' });
    context.fillText(this.names[1], 2, 4);
    Object.assign(context, { textAlign: 'right', textBaseline: 'bottom' });
    context.fillText(this.names[0], width - right, height - 2);
    context.strokeStyle = border;
  }

  #tick(px, py, wide, high, words, [dx, dy], textAlign, textBaseline) {
    const {
      context,
      theme: { text, border },
    } = this;
    context.fillStyle = border;
    context.fillRect(Math.round(px), Math.round(py), wide, high);
    Object.assign(context, { fillStyle: text, textAlign, textBaseline });
    context.fillText(words, px + dx, high > 1 ? py + high + dy : py);
  }

  /** The pixel of a place. */
  at(x, y) {
    const [left, top, width, height] = this.box;
    const part = (value, [low, high], log) =>
      log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return [left + part(x, this.x, this.logX) * width, top + (1 - part(y, this.y, this.logY)) * height];
  }

  // Runs within the axes only.
  #inside(paint, { alpha = 1, colour = this.theme.text, width = 2, dash = [] } = {}) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(...this.box);
    context.clip();
    Object.assign(context, {
      globalAlpha: alpha,
      strokeStyle: colour,
      fillStyle: colour,
      lineWidth: width,
      lineJoin: 'round',
    });
    context.setLineDash(dash);
    context.beginPath();
    paint(context);
    context.restore();
  }

  #path(points) {
    for (const [x, y] of points) this.context.lineTo(...this.at(x, y));
  }

  line(points, look) {
    this.#inside((context) => (this.#path(points), context.stroke()), look);
  }

  /** An area between two lines; `hatched` where its colour means less than nothing. */
  area(upper, lower, { hatched, ...look }) {
    this.#inside((context) => {
      this.#path(upper);
      this.#path([...lower].reverse());
      if (!hatched) return context.fill();
      context.clip();
      context.beginPath();
      const [left, top, width, height] = this.box;
      for (let at = left - height; at < left + width; at += 7)
        [context.moveTo(at, top + height), context.lineTo(at + height, top)];
      context.stroke();
    }, look);
  }

  /** A disc, or a ring. */
  spot(x, y, radius, { ring, ...look }) {
    this.#inside(
      (context) => (context.arc(...this.at(x, y), radius, 0, 7), ring ? context.stroke() : context.fill()),
      look,
    );
  }

  /** Squares of a few pixels at x and y in turn. */
  dust(xy, side, look) {
    this.#inside((context) => {
      for (let i = 0; i < xy.length; i += 2) {
        const [px, py] = this.at(xy[i], xy[i + 1]);
        context.fillRect(px - side / 2, py - side / 2, side, side);
      }
    }, look);
  }

  /** Words at a place, `dx` and `dy` pixels from it. */
  words(text, x, y, { dx = 0, dy = 0, align = 'left', colour = this.theme.text, weight = 400 } = {}) {
    const { context } = this,
      [px, py] = this.at(x, y);
    context.font = `${weight} 15px ${this.theme.font}`;
    Object.assign(context, { textAlign: align, textBaseline: 'middle', fillStyle: colour });
    Object.assign(context, { lineJoin: 'round', lineWidth: 5, strokeStyle: this.theme.background });
    context.strokeText(text, px + dx, py + dy);
    context.fillText(text, px + dx, py + dy);
  }
}

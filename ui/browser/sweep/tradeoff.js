// Rate and distortion of each model of a sweep as a dot, lines of equal −ELBO, and the line that β minimises along.
import { fixed } from '../kit/elements.js';
import { ticks } from '../kit/ticks.js';
import { short } from './member.js';
import { Plane } from './plane.js';

/**
 * @import { Point } from '../kit/dots.js'
 * @import { Figures, Member } from './member.js'
 * @import { Sweep } from './models.js'
 * @typedef {Member & {figures: Figures}} Dot a member with figures
 */

const STEEP = 0.5; // radians
const NEAR = 30; // pixels within which a click means a dot

/**
 * @param {Member} member
 * @returns {member is Dot}
 */
const hasFigures = (member) => member.figures !== null;

/** @param {Sweep} sweep */
function ranges({ figures, outlier }) {
  const distortions = figures.map(({ distortion }) => distortion);
  const rates = figures.map(({ rate }) => rate).filter((rate) => rate !== outlier?.figures?.rate);
  const [least, most] = distortions.length ? [Math.min(...distortions), Math.max(...distortions)] : [0, 1];
  const margin = 0.12 * (most - least) || 1;
  return { low: least - 1.6 * margin, high: most + margin, end: 1.14 * Math.max(0, ...rates) || 1 };
}

/**
 * Distortion + rate is the same all along such a line. Its name stands above the curve: below it would cover dots.
 * @param {Plane} plane
 */
function equalSums(plane) {
  const { context, low, high, end, left, right, colours } = plane;
  const angle = Math.atan2(plane.up(0) - plane.up(end), right - left);
  const last = end * (1 - 8 / (right - left));
  for (const [sum, words] of ticks([low, high + end], false, 8)) {
    const name = `−ELBO ${words}`;
    const nats = sum - last;
    plane.line({ colour: colours.border }, [left, plane.up(sum)], [right, plane.up(sum - end)]);
    context.save();
    context.globalAlpha = 0.75;
    if (angle > STEEP && plane.across(sum - high) < right - 90)
      plane.write(name, plane.across(sum - high) + 8, plane.top + 8);
    if (angle <= STEEP && nats > low + 0.3 * (high - low)) {
      context.translate(plane.across(last), plane.up(nats));
      context.rotate(angle);
      plane.write(name, 0, -9, { align: 'right' });
    }
    context.restore();
  }
}

/**
 * The size of a dot, how far its name is from it, and the name's font.
 * @typedef {{radius: number, above: number, beside: number, align: CanvasTextAlign, weight: number, px: number}} Look
 */

/** @type {Look} */
const CHOSEN = { radius: 10, above: 22, beside: 16, align: 'left', weight: 700, px: 18 };
/** @type {Look} */
const OTHER = { radius: 6, above: 15, beside: 11, align: 'center', weight: 400, px: 14 };

/** @param {Member} member */
const inWords = ({ figures }) =>
  figures ? `rate ${fixed(figures.rate, 1)}, distortion ${fixed(figures.distortion, 1)} nats` : 'without figures';

/** The dots of a sweep on their plane. */
class Tradeoff {
  /** @param {Sweep} sweep */
  constructor(sweep) {
    this.sweep = sweep;
    this.dots = sweep.members.filter(hasFigures);
    this.outlier = sweep.outlier;
    this.plane = new Plane(ranges(sweep), () => this.#paint());
    const { canvas } = this.plane;
    canvas.addEventListener('click', (event) => {
      const dot = this.#nearest(event);
      if (dot) sweep.choose(sweep.members.indexOf(dot));
    });
    canvas.addEventListener('pointermove', (event) => {
      canvas.style.cursor = this.#nearest(event) ? 'pointer' : '';
    });
  }

  /** @param {MouseEvent} event */
  #nearest({ clientX, clientY }) {
    const { left, top } = this.plane.canvas.getBoundingClientRect();
    const away = this.dots.map((dot) => {
      const [x, y] = this.#place(dot);
      return Math.hypot(x - clientX + left, y - clientY + top);
    });
    const least = Math.min(...away);
    return least < NEAR ? this.dots[away.indexOf(least)] : undefined;
  }

  /**
   * A model with a rate off the scale stands at the edge, with an arrow.
   * @param {Dot} dot
   * @returns {Point}
   */
  #place(dot) {
    const { plane } = this;
    const x = dot === this.outlier ? plane.right - 12 : plane.across(dot.figures.rate);
    return [x, plane.up(dot.figures.distortion)];
  }

  #paint() {
    const { plane, dots } = this;
    const { chosen } = this.sweep;
    plane.inside(() => {
      equalSums(plane);
      if (hasFigures(chosen)) this.#tangent(chosen);
      plane.line({ width: 2 }, ...dots.map((dot) => this.#place(dot)));
    });
    plane.axes();
    for (const dot of dots) if (dot !== chosen) this.#mark(dot);
    if (hasFigures(chosen)) this.#mark(chosen); // above all others
    plane.canvas.ariaLabel = `Rate and distortion. Chosen: β = ${chosen.beta}, ${inWords(chosen)}.`;
  }

  /**
   * Along a line of slope −β distortion + β · rate is the same.
   * @param {Dot} chosen
   */
  #tangent(chosen) {
    const { plane } = this;
    const { rate, distortion } = chosen.figures;
    /** @type {(at: number) => Point} */
    const along = (at) => [plane.across(at), plane.up(distortion - chosen.beta * (at - rate))];
    const look = { colour: plane.colours.primary, width: 2, dash: [8, 6] };
    const level = plane.up(distortion);
    if (chosen === this.outlier) plane.line(look, [plane.left, level], [plane.right, level]);
    else plane.line(look, along(0), along(plane.end));
  }

  /** @param {Dot} dot */
  #mark(dot) {
    const { plane, outlier } = this;
    const chosen = dot === this.sweep.chosen;
    const look = chosen ? CHOSEN : OTHER;
    const name = chosen ? `β = ${dot.label}` : dot.label;
    const at = this.#place(dot);
    plane.disc(at, look.radius, chosen ? plane.colours.primary : plane.colours.text);
    if (dot === outlier) this.#writeOutlier(`${name}: rate ${short(dot.figures.rate)} →`, at, look);
    else if (chosen || !this.#isCovered(at)) this.#write(name, at, look);
  }

  /**
   * The chosen one's label is large: what it would cover is left out.
   * @param {Point} at
   */
  #isCovered([x, y]) {
    const { chosen } = this.sweep;
    if (!hasFigures(chosen) || chosen === this.outlier) return false;
    const [cx, cy] = this.#place(chosen);
    return x >= cx - 12 && x <= cx + 76 && Math.abs(y - cy) <= 40;
  }

  /** @type {(name: string, at: Point, look: Look) => void} */
  #write(name, [x, y], { above, beside, align, weight, px }) {
    const { plane } = this;
    const isAtEdge = x > plane.width - 60;
    if (isAtEdge) plane.write(name, x + 8, y - above, { align: 'right', weight, px });
    else if (y - above >= plane.top) plane.write(name, x + 7, y - above, { align, weight, px });
    else plane.write(name, x + beside, y, { weight, px }); // above it is the axis's name
  }

  /** @type {(words: string, at: Point, look: Look) => void} */
  #writeOutlier(words, [, y], { weight, px }) {
    this.plane.write(words, this.plane.right, y + 19, { align: 'right', weight, px });
  }
}

/** @param {Sweep} sweep */
export function tradeoff(sweep) {
  const { plane } = new Tradeoff(sweep);
  return { node: plane.node, show: () => plane.draw(), stop: () => plane.stop() };
}

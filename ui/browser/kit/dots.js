// A scatter plot on canvases: the view (equal aspect, zoom, pan) and the points.
import { contextOf } from './elements.js';

/** @typedef {[x: number, y: number]} Point */

/** The view of a plane: `scale` pixels per unit around a centre. y points up. */
export class View {
  /**
   * @param {number[]} box - left, right, bottom, top of what is seen at home
   * @param {Point} [size] - pixels
   */
  constructor([left, right, bottom, top], size = [1, 1]) {
    this.home = { x: (left + right) / 2, y: (bottom + top) / 2, width: right - left || 1, height: top - bottom || 1 };
    this.size = size;
    this.x = this.home.x;
    this.y = this.home.y;
    this.zoom = 1;
  }

  /** Centre and zoom as a text, empty at home; and back. */
  get text() {
    const { x, y, zoom, home } = this;
    if (x === home.x && y === home.y && zoom === 1) return '';
    return [x, y, zoom].map((value) => Number(value.toFixed(3))).join();
  }

  /** @param {string} text */
  restore(text) {
    this.reset();
    if (text) [this.x, this.y, this.zoom] = text.split(',').map(Number); // checked by Python
  }

  reset() {
    this.x = this.home.x;
    this.y = this.home.y;
    this.zoom = 1;
  }

  get scale() {
    return this.zoom * Math.min(this.size[0] / this.home.width, this.size[1] / this.home.height);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {Point}
   */
  toPixel(x, y) {
    return [this.size[0] / 2 + (x - this.x) * this.scale, this.size[1] / 2 - (y - this.y) * this.scale];
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {Point}
   */
  toData(px, py) {
    return [this.x + (px - this.size[0] / 2) / this.scale, this.y - (py - this.size[1] / 2) / this.scale];
  }

  /**
   * @param {number} dx - pixels
   * @param {number} dy
   */
  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
  }

  /**
   * Zoom by a factor so that what lies under the pixel stays there.
   *
   * @param {number} px
   * @param {number} py
   * @param {number} factor
   */
  zoomAt(px, py, factor) {
    const [x, y] = this.toData(px, py);
    this.zoom = Math.min(40, Math.max(0.3, this.zoom * factor));
    const [qx, qy] = this.toPixel(x, y);
    this.pan(px - qx, py - qy);
  }
}

/**
 * @param {Float32Array} xy
 * @param {number} offset - 0 for x, 1 for y
 */
function range(xy, offset) {
  const values = xy.filter((_, i) => i % 2 === offset).sort();
  // A few far points must not shrink all the others: they are a zoom away.
  const [low, high] = [0.002, 0.998].map((share) => values[Math.round(share * (values.length - 1))]);
  const margin = 0.07 * (high - low) || 1;
  return [low - margin, high + margin];
}

/**
 * [left, right, bottom, top] that shows nearly all points.
 *
 * @param {Float32Array} xy - x and y in turn
 */
export const bounds = (xy) => [...range(xy, 0), ...range(xy, 1)];

/**
 * How far nearly all points reach from 0, across or up.
 *
 * @param {Float32Array} xy
 */
export function reachOf(xy) {
  const far = xy.map(Math.abs).sort();
  return far[Math.round(0.998 * (far.length - 1))];
}

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/**
 * The middle of each class: the median of its coordinates; null of one that has no points.
 *
 * @param {Float32Array} xy
 * @param {ArrayLike<number>} labels
 * @param {number} classes
 * @returns {(Point | null)[]}
 */
export function middles(xy, labels, classes) {
  return Array.from({ length: classes }, (_, k) => {
    /** @type {number[]} */
    const across = [];
    /** @type {number[]} */
    const up = [];
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] !== k) continue;
      across.push(xy[2 * i]);
      up.push(xy[2 * i + 1]);
    }
    return across.length ? [median(across), median(up)] : null;
  });
}

const GREY = '#8a8a8a';
const LABELS = 256; // a label is a byte

/**
 * A colour as one word of an ImageData, whose bytes are red, green, blue, alpha.
 *
 * @param {string} hex - #rrggbb
 * @param {number} alpha
 */
function word(hex, alpha) {
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * The offsets of a disc's pixels in an image.
 *
 * @param {number} side
 * @param {number} stride - the image's width
 */
function disc(side, stride) {
  const offsets = [];
  const middle = (side - 1) / 2;
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) if (Math.hypot(x - middle, y - middle) <= side / 2) offsets.push(y * stride + x);
  return offsets;
}

/** @type {WeakMap<HTMLCanvasElement, { image: ImageData, words: Uint32Array }>} */
const buffers = new WeakMap();

/** @param {HTMLCanvasElement} canvas */
function bufferOf(canvas) {
  const known = buffers.get(canvas);
  if (known?.image.width === canvas.width && known.image.height === canvas.height) return known;
  const image = new ImageData(canvas.width, canvas.height);
  const buffer = { image, words: new Uint32Array(image.data.buffer) };
  buffers.set(canvas, buffer);
  return buffer;
}

/**
 * How wide a dot is, in pixels of the page: few are large, and they grow as one comes near.
 *
 * @param {number} count
 * @param {number} height - of the plot
 * @param {number} zoom
 */
function dotSide(count, height, zoom) {
  const many = height > 420 && count < 20000 ? 2.8 : 2;
  return Math.min(8, (count < 1500 ? 4.4 : many) * Math.sqrt(Math.max(1, zoom)));
}

/**
 * All points in the colours of their classes, in the canvas's own pixels, `ratio` of them to one of the page; while a
 * class is highlighted the others are grey, never hidden. Pixels are written one by one: 70,000 paths would take
 * several frames.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {View} view
 * @param {number} ratio
 * @param {Float32Array} xy - x and y in turn
 * @param {ArrayLike<number>} labels
 * @param {{ colours: string[], highlight?: number | null }} look
 */
export function drawDots(canvas, view, ratio, xy, labels, { colours, highlight = null }) {
  const { image, words } = bufferOf(canvas);
  const { width, height } = image;
  const scale = view.scale * ratio;
  const side = Math.round(ratio * dotSide(labels.length, height / ratio, view.zoom));
  const stamp = disc(side, width);
  const left = width / 2 - view.x * scale - side / 2;
  const top = height / 2 + view.y * scale - side / 2;
  /** @param {Uint32Array} paints - by label; 0 is not painted */
  const pass = (paints) => {
    for (let i = 0; i < labels.length; i++) {
      const colour = paints[labels[i]];
      if (!colour) continue;
      const px = Math.round(left + xy[2 * i] * scale);
      const py = Math.round(top - xy[2 * i + 1] * scale);
      if (px < 0 || py < 0 || px + side > width || py + side > height) continue;
      const start = py * width + px;
      for (let k = 0; k < stamp.length; k++) words[start + stamp[k]] = colour;
    }
  };
  /** @param {number} k */
  const named = (k) => highlight === null || k === highlight;
  words.fill(0);
  /** @param {(k: number) => number} paint */
  const paints = (paint) => Uint32Array.from({ length: LABELS }, (_, k) => paint(k));
  if (highlight !== null) pass(paints((k) => (named(k) ? 0 : word(GREY, 70))));
  pass(paints((k) => (named(k) ? word(colours[k % colours.length], 225) : 0)));
  contextOf(canvas).putImageData(image, 0, 0);
}

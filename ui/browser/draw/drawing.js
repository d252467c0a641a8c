// A drawing: its pixels, what they are called, and what Undo brings back.
import { stroke } from '../core/brush.js';

/** @import { Place } from '../core/brush.js' */
/** @import { Shape } from '../core/spec.js' */

const NAME = 'your drawing';

/** @type {Map<string, Drawing>} - by shape: a drawing outlives its widget and goes along to another model */
const drawings = new Map();

/** Pixels in 0..1, channels first. */
export class Drawing {
  /** @param {Shape} shape */
  constructor(shape) {
    this.shape = shape;
    /** @type {Float32Array[]} */
    this.past = [];
    this.name = NAME;
    /** @type {Float32Array} */
    this.pixels = this.blank;
  }

  get blank() {
    return new Float32Array(this.shape.reduce((a, b) => a * b, 1));
  }

  get empty() {
    return !this.pixels.some(Boolean);
  }

  /**
   * Lay another image over the one that Undo brings back.
   *
   * @param {Float32Array} pixels
   * @param {string} [name]
   */
  lay(pixels, name = NAME) {
    this.past.push(this.pixels);
    this.pixels = pixels;
    this.name = name;
  }

  undo() {
    this.pixels = this.past.pop() ?? this.blank;
    this.name = NAME;
  }

  /**
   * Ink a segment, from and to in pixels.
   *
   * @param {Place} from
   * @param {Place} to
   */
  ink(from, to) {
    stroke(this.pixels, this.shape, from, to);
  }
}

/**
 * The drawing of all models whose images have a shape.
 *
 * @param {Shape} shape
 */
export function drawingOf(shape) {
  const key = String(shape);
  const drawing = drawings.get(key) ?? new Drawing(shape);
  drawings.set(key, drawing);
  return drawing;
}

// A drawing: its pixels, what they are called, and what Undo brings back.
import { stroke } from '../core/brush.js';

const NAME = 'your drawing';
const drawings = new Map(); // by shape: a drawing outlives its widget and goes along to another model

/** Pixels in 0..1, channels first. */
export class Drawing {
  constructor(shape) {
    this.shape = shape;
    this.past = [];
    this.name = NAME;
    this.pixels = this.blank;
  }

  get blank() {
    return new Float32Array(this.shape.reduce((a, b) => a * b, 1));
  }

  get empty() {
    return !this.pixels.some(Boolean);
  }

  /** Lay another image over the one that Undo brings back. */
  lay(pixels, name = NAME) {
    this.past.push(this.pixels);
    this.pixels = pixels;
    this.name = name;
  }

  undo() {
    this.pixels = this.past.pop() ?? this.blank;
    this.name = NAME;
  }

  /** Ink a segment, from and to in pixels. */
  ink(from, to) {
    stroke(this.pixels, this.shape, from, to);
  }
}

/** The drawing of all models whose images have a shape. */
export function drawingOf(shape) {
  const key = String(shape);
  if (!drawings.has(key)) drawings.set(key, new Drawing(shape));
  return drawings.get(key);
}

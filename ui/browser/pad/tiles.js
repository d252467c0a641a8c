// The pictures of a manifold: what a view shows of a plane, cut into tiles, each the image decoded from its middle.
import { contextOf } from '../kit/elements.js';
import { painter } from '../kit/sample.js';

/** @import { Shape } from '../core/spec.js' */
/** @import { View } from '../kit/dots.js' */
/** @import { Part } from '../work/asked.js' */
/** @import { Flat } from './known.js' */

const TILES = 400; // of a whole view
const FADED = 0.22; // what is left of a tile without any test image near
const FAR = 2.5; // times the reach of the data

/**
 * Take a share of its opacity from a part of a picture.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {[left: number, top: number, width: number, height: number]} box
 * @param {number} share
 */
function fade(context, box, share) {
  context.save();
  Object.assign(context, { globalCompositeOperation: 'destination-out', globalAlpha: share });
  context.fillRect(...box);
  context.restore();
}

/** The tiles of one view. */
export class Tiles {
  /**
   * @param {View} view
   * @param {Shape} shape
   * @param {number} factor - how wide a tile is, a fine one being 1
   */
  constructor(view, shape, factor) {
    const [width, height] = view.size;
    const [left, top] = view.toData(0, 0);
    const cell = (factor * Math.sqrt((width * height) / TILES)) / view.scale;
    this.cell = cell;
    this.painter = painter(shape);
    const [wide, high] = this.painter.size;
    // On one lattice, so that a small move of the view moves no tile.
    this.left = Math.floor(left / cell) * cell;
    this.top = Math.ceil(top / cell) * cell;
    this.columns = Math.ceil((left - this.left + width / view.scale) / cell);
    this.rows = Math.ceil((this.top - top + height / view.scale) / cell);
    this.canvas = document.createElement('canvas');
    this.canvas.width = this.columns * wide;
    this.canvas.height = this.rows * high;
  }

  /**
   * The code of each tile's middle, seen from a code, row by row.
   *
   * @param {Flat} plane
   * @param {Float32Array} seen
   */
  codes(plane, seen) {
    const count = this.rows * this.columns;
    const codes = new Float32Array(count * seen.length);
    for (let k = 0; k < count; k++) {
      const x = this.left + ((k % this.columns) + 0.5) * this.cell;
      const y = this.top - (Math.floor(k / this.columns) + 0.5) * this.cell;
      codes.set(plane.at([x, y], seen), k * seen.length);
    }
    return codes;
  }

  /**
   * Paint what the worker has decoded; what is far from all data fades.
   *
   * @param {Part} part
   * @param {number} reach
   */
  paint({ from, images, distances }, reach) {
    const [width, height] = this.painter.size;
    const near = Math.max(reach, this.cell); // a tile that holds a test image is near, however small the reach
    const context = contextOf(this.canvas);
    images.forEach((pixels, k) => {
      const [column, row] = [(from + k) % this.columns, Math.floor((from + k) / this.columns)];
      this.painter.draw(context, [column * width, row * height], pixels, 255);
      const away = Math.min(1, Math.max(0, (distances[k] / near - 1) / (FAR - 1))) || 0;
      if (away) fade(context, [column * width, row * height, width, height], away * (1 - FADED));
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   */
  draw(context, view) {
    const [x, y] = view.toPixel(this.left, this.top);
    const side = this.cell * view.scale;
    context.imageSmoothingEnabled = side < this.painter.size[0];
    context.drawImage(this.canvas, x, y, side * this.columns, side * this.rows);
  }
}

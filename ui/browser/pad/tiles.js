// The pictures of a manifold: what a view shows of a plane, cut into tiles, each the image decoded from its middle.
import { contextOf } from '../kit/elements.js';
import { painter } from '../kit/sample.js';

/** @import { Shape } from '../core/spec.js' */
/** @import { View } from '../kit/dots.js' */
/** @import { Part } from '../work/asked.js' */
/** @import { Flat } from './known.js' */

const TILES = 400; // of a whole view, where they are images
const ACROSS = 12; // images are side by side where other kinds have fewer
const FADES = 0.78; // of a tile without any test image near, so much
const FAR = 2.5; // times the reach of the data

/**
 * Take a share of what was painted away.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {[x: number, y: number, width: number, height: number]} box
 * @param {number} share
 */
function erase(context, box, share) {
  context.save();
  context.globalCompositeOperation = 'destination-out';
  context.globalAlpha = share;
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
    this.painter = painter(shape);
    const { size, square } = this.painter;
    const cell = ((factor * ACROSS) / square[0]) * (Math.sqrt((width * height) / TILES) / view.scale);
    const tall = (cell * size[1]) / size[0];
    this.cell = cell;
    this.tall = tall;
    // On one lattice, so that a small move of the view moves no tile.
    this.left = Math.floor(left / cell) * cell;
    this.top = Math.ceil(top / tall) * tall;
    this.columns = Math.ceil((left - this.left + width / view.scale) / cell);
    this.rows = Math.ceil((this.top - top + height / view.scale) / tall);
    this.canvas = document.createElement('canvas');
    this.canvas.width = this.columns * size[0];
    this.canvas.height = this.rows * size[1];
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
      const y = this.top - (Math.floor(k / this.columns) + 0.5) * this.tall;
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
    const { size, draw } = this.painter;
    const [width, height] = size;
    const near = Math.max(reach, this.cell); // a tile that holds a test image is near, however small the reach
    const context = contextOf(this.canvas);
    images.forEach((pixels, k) => {
      const away = Math.min(1, Math.max(0, (distances[k] / near - 1) / (FAR - 1))) || 0;
      const [x, y] = [((from + k) % this.columns) * width, Math.floor((from + k) / this.columns) * height];
      draw(context, [x, y], pixels, 255);
      if (away) erase(context, [x, y, width, height], away * FADES);
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   */
  draw(context, view) {
    const [x, y] = view.toPixel(this.left, this.top);
    const [side, tall] = [this.cell * view.scale, this.tall * view.scale];
    const { size, smooth } = this.painter;
    context.imageSmoothingEnabled = smooth || side < size[0];
    context.drawImage(this.canvas, x, y, side * this.columns, tall * this.rows);
  }
}

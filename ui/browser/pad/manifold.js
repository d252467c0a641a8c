// The decoded manifold behind a pad: what the view shows of a plane, tile by tile, coarse first, computed by the worker.
import { fillRgba } from '../kit/sample.js';

const TILES = 400,
  COARSE = 3; // tiles of a whole view; a coarse one is so many wide
const WAIT_MS = 120,
  LATE_MS = 1000; // between two pictures while the view moves, while z moves
const FADED = 56,
  FAR = 2.5; // of 255, at so many times the reach of the data

class Tiles {
  constructor(view, shape, factor) {
    const [width, height] = view.size,
      [left, top] = view.toData(0, 0),
      cell = (factor * Math.sqrt((width * height) / TILES)) / view.scale;
    // On one lattice, so that a small move of the view moves no tile.
    Object.assign(this, { cell, shape, left: Math.floor(left / cell) * cell, top: Math.ceil(top / cell) * cell });
    this.columns = Math.ceil((left - this.left + width / view.scale) / cell);
    this.rows = Math.ceil((this.top - top + height / view.scale) / cell);
    this.canvas = Object.assign(document.createElement('canvas'), {
      width: this.columns * shape[2],
      height: this.rows * shape[1],
    });
    this.image = new ImageData(shape[2], shape[1]);
  }

  codes(plane, seen) {
    const count = this.rows * this.columns,
      codes = new Float32Array(count * seen.length);
    for (let k = 0; k < count; k++) {
      const place = [
        this.left + ((k % this.columns) + 0.5) * this.cell,
        this.top - (Math.floor(k / this.columns) + 0.5) * this.cell,
      ];
      codes.set(plane.at(place, seen), k * seen.length);
    }
    return codes;
  }

  paint({ from, images, distances }, reach) {
    // A tile that holds a test image is near, however small the reach.
    const [channels, height, width] = this.shape,
      near = Math.max(reach, this.cell),
      context = this.canvas.getContext('2d'),
      { data } = this.image;
    images.forEach((pixels, k) => {
      fillRgba(data, pixels, channels, width * height, 1);
      const away = Math.min(1, Math.max(0, (distances[k] / near - 1) / (FAR - 1))) || 0;
      if (away) for (let i = 3; i < data.length; i += 4) data[i] = 255 - away * (255 - FADED);
      context.putImageData(
        this.image,
        ((from + k) % this.columns) * width,
        Math.floor((from + k) / this.columns) * height,
      );
    });
  }

  draw(context, view) {
    const [x, y] = view.toPixel(this.left, this.top),
      side = this.cell * view.scale;
    context.imageSmoothingEnabled = side < this.shape[2];
    context.drawImage(this.canvas, x, y, side * this.columns, side * this.rows);
  }
}

/** Keeps a picture of a plane as it is seen, and refines it; calls `onPaint` whenever there is more to see. */
export class Manifold {
  constructor(batch, shape, onPaint) {
    Object.assign(this, { batch, shape, onPaint, layers: [], content: '', timer: 0, wanted: null, shown: '' });
  }

  /** Show a plane, seen from a code, in a view; the latest wish wins. */
  ask(plane, seen, view) {
    const now = performance.now(),
      still = this.wanted?.seen.every((value, i) => value === seen[i]);
    this.wanted = { plane, seen: Float32Array.from(seen), view };
    // A moving z leaves the worker and the frames to those who show it, for a while.
    if (!still && now - this.started < LATE_MS) this.timer = clearTimeout(this.timer);
    this.timer ||= setTimeout(() => this.#start(), this.layers.length ? WAIT_MS : 0);
  }

  #start() {
    const { plane, seen, view } = this.wanted;
    this.timer = 0;
    this.started = performance.now();
    // Of the code only what lies off the plane changes the picture.
    const content = JSON.stringify([plane.names, plane.at([0, 0], seen)]),
      shown = JSON.stringify([content, view.x, view.y, view.scale, view.size]);
    if (shown === this.shown) return;
    const coarse = new Tiles(view, this.shape, COARSE),
      fine = new Tiles(view, this.shape, 1),
      old = this.layers.at(-1);
    const same = content === this.content;
    Object.assign(this, { content, shown, layers: (same ? [coarse, old, fine] : [old, coarse, fine]).filter(Boolean) });
    const paint = (tiles, part) => {
      tiles.paint(part, this.batch.reach);
      if (part.done && tiles === fine) this.layers = [fine];
      this.onPaint(part.done && tiles === fine);
    };
    this.batch.ask('coarse', coarse.codes(plane, seen), (part) => paint(coarse, part));
    this.batch.ask('fine', fine.codes(plane, seen), (part) => paint(fine, part));
  }

  draw(context, view) {
    for (const tiles of this.layers) tiles.draw(context, view);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

// The decoded manifold behind a pad: what the view shows of a plane, coarse first, computed by the worker.
import { Tiles } from './tiles.js';

const COARSE = 3; // times as wide as a fine tile
const WAIT_MS = 120; // between two pictures while the view moves
const LATE_MS = 1000; // between two pictures while z moves

/** Keeps a picture of a plane as it is seen, and refines it; calls `onPaint(done)` whenever there is more to see. */
export class Manifold {
  constructor(batch, shape, onPaint) {
    this.batch = batch;
    this.shape = shape;
    this.onPaint = onPaint;
    this.layers = [];
    this.content = '';
    this.shown = '';
    this.wanted = null;
    this.started = -Infinity;
    this.timer = 0;
  }

  /** Show a plane, seen from a code, in a view; the latest wish wins. */
  ask(plane, seen, view) {
    const now = performance.now();
    const still = this.wanted?.seen.every((value, i) => value === seen[i]);
    this.wanted = { plane, seen: Float32Array.from(seen), view };
    // A moving z leaves the worker and the frames to those who show it, for a while.
    if (!still && now - this.started < LATE_MS) this.stop();
    this.timer ||= setTimeout(() => this.#start(), this.layers.length ? WAIT_MS : 0);
  }

  #start() {
    const { plane, seen, view } = this.wanted;
    this.timer = 0;
    this.started = performance.now();
    // Of the code only what lies off the plane changes the picture.
    const content = JSON.stringify([plane.names, plane.at([0, 0], seen)]);
    const shown = JSON.stringify([content, view.x, view.y, view.scale, view.size]);
    if (shown === this.shown) return;
    const coarse = new Tiles(view, this.shape, COARSE);
    const fine = new Tiles(view, this.shape, 1);
    this.#stack(coarse, fine, content === this.content);
    this.content = content;
    this.shown = shown;
    this.batch.ask('coarse', coarse.codes(plane, seen), (part) => this.#paint(coarse, part, false));
    this.batch.ask('fine', fine.codes(plane, seen), (part) => this.#paint(fine, part, part.done));
  }

  // The old picture stays below what will be finer, and above the coarse one while it still shows the same.
  #stack(coarse, fine, same) {
    const old = this.layers.slice(-1);
    this.layers = same ? [coarse, ...old, fine] : [...old, coarse, fine];
  }

  #paint(tiles, part, done) {
    tiles.paint(part, this.batch.reach);
    if (done) this.layers = [tiles];
    this.onPaint(done);
  }

  draw(context, view) {
    for (const tiles of this.layers) tiles.draw(context, view);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
  }
}

// The decoded manifold behind a pad: what the view shows of a plane, coarse first, computed by the worker.
import { Tiles } from './tiles.js';

/** @import { Shape } from '../core/spec.js' */
/** @import { View } from '../kit/dots.js' */
/** @import { Part } from '../work/asked.js' */
/** @import { Batch } from '../work/decoding.js' */
/** @import { Flat } from './known.js' */
/** @typedef {{ plane: Flat, seen: Float32Array, view: View }} Wish */

const COARSE = 3; // times as wide as a fine tile
const WAIT_MS = 120; // between two pictures while the view moves
const LATE_MS = 1000; // between two pictures while z moves

/** Keeps a picture of a plane as it is seen, and refines it; calls `onPaint(done)` whenever there is more to see. */
export class Manifold {
  /**
   * @param {Batch} batch
   * @param {Shape} shape
   * @param {(done: boolean) => void} onPaint
   */
  constructor(batch, shape, onPaint) {
    this.batch = batch;
    this.shape = shape;
    this.onPaint = onPaint;
    /** @type {Tiles[]} */
    this.layers = [];
    this.content = '';
    this.shown = '';
    /** @type {Wish | null} */
    this.wanted = null;
    this.started = -Infinity;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /**
   * Show a plane, seen from a code, in a view; the latest wish wins.
   *
   * @param {Flat} plane
   * @param {Float32Array} seen
   * @param {View} view
   */
  ask(plane, seen, view) {
    const now = performance.now();
    const still = this.wanted?.seen.every((value, i) => value === seen[i]);
    this.wanted = { plane, seen: Float32Array.from(seen), view };
    // A moving z leaves the worker and the frames to those who show it, for a while.
    if (!still && now - this.started < LATE_MS) this.stop();
    this.timer ??= setTimeout(() => this.wanted && this.#start(this.wanted), this.layers.length ? WAIT_MS : 0);
  }

  /** @param {Wish} wish */
  #start({ plane, seen, view }) {
    this.timer = undefined;
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

  /**
   * The old picture stays below what will be finer, and above the coarse one while it still shows the same.
   *
   * @param {Tiles} coarse
   * @param {Tiles} fine
   * @param {boolean} same
   */
  #stack(coarse, fine, same) {
    const old = this.layers.slice(-1);
    this.layers = same ? [coarse, ...old, fine] : [...old, coarse, fine];
  }

  /**
   * @param {Tiles} tiles
   * @param {Part} part
   * @param {boolean} done
   */
  #paint(tiles, part, done) {
    tiles.paint(part, this.batch.reach);
    if (done) this.layers = [tiles];
    this.onPaint(done);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   */
  draw(context, view) {
    for (const tiles of this.layers) tiles.draw(context, view);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

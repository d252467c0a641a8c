// Which plane of the latent space a pad shows: two dimensions, principal axes, one through kept codes, or a projection.
import { axesPlane, nearest, row } from '../core/planes.js';
import { symbol } from '../kit/elements.js';

/** @import { Plane, Numbers, Position } from '../core/planes.js' */
/** @import { Store } from '../state/store.js' */
/** @import { Projected } from '../work/told.js' */
/** @import { Flat } from './known.js' */
/** @typedef {typeof import('../core/spans.js')} Spans */

/** @type {Record<string, string[]>} */
const PROJECTED = { pca: ['PC 1', 'PC 2'], umap: ['UMAP 1', 'UMAP 2'] };

/**
 * The table of a projection as a plane: places are given, and a place is not a code.
 *
 * @param {Projected['xy']} xy
 * @param {string} table
 * @param {{ mu: Float32Array, latent: number, dimensions: number[] }} codes
 * @returns {Flat}
 */
export function layout({ data: xy }, table, { mu, latent, dimensions }) {
  /**
   * @param {Numbers} z
   * @returns {Position}
   */
  const near = (z) => {
    const [x, y] = row(xy, 2, nearest(mu, latent, z, dimensions).index);
    return [x, y];
  };
  return {
    names: PROJECTED[table],
    project: () => xy,
    place: near,
    at: (place) => row(mu, latent, nearest(xy, 2, place, [0, 1]).index),
  };
}

/** Follows what the shared state names; planes that must be computed are loaded when one is wished for. */
export class PlaneChoice {
  /**
   * @param {{ mu: Float32Array, latent: number, ranked: number[] }} codes
   * @param {() => void} onLoad
   */
  constructor({ mu, latent, ranked }, onLoad) {
    this.mu = mu;
    this.latent = latent;
    this.best = latent > 2 ? ranked : [0, 1];
    this.onLoad = onLoad;
    /** @type {Spans | null} */
    this.spans = null;
    this.loading = false;
    this.wish = '';
    /** @type {Plane} */
    this.plane = this.#axes('');
  }

  /**
   * Choose the plane that the state of a store names; returns whether it is another one.
   *
   * @param {Pick<Store, 'view' | 'pins'>} state
   */
  choose({ view: { plane = '' }, pins }) {
    const through = plane === 'pins' ? pins.slice(0, 3).map((pin) => [...pin]) : [];
    const wish = JSON.stringify([plane, through, !!this.spans]);
    if (this.wish === wish) return false;
    this.wish = wish;
    this.plane = this.#spanned(plane, pins) ?? this.#axes(plane);
    return true;
  }

  /**
   * @param {string} plane
   * @param {Float32Array[]} pins
   */
  #spanned(plane, pins) {
    const wanted = plane === 'pca' || (plane === 'pins' && pins.length > 2);
    if (!wanted) return null;
    if (!this.spans) this.#load();
    else if (plane === 'pca') return this.spans.principalPlane(this.mu, this.latent, PROJECTED.pca);
    return this.spans?.planeThrough(pins, ['along A B', 'towards C']);
  }

  async #load() {
    if (this.loading) return;
    this.loading = true;
    this.spans = await import('../core/spans.js');
    this.onLoad();
  }

  /**
   * Two dimensions: those that are named, or else the first in rank.
   *
   * @param {string} plane
   */
  #axes(plane) {
    const named = plane.match(/^z(\d+)-z(\d+)$/);
    const [i, j] = named ? [Number(named[1]) - 1, Number(named[2]) - 1] : this.best;
    return axesPlane(this.latent, i, j, [symbol('z', i), symbol('z', j)]);
  }
}

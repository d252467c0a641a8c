// Which plane of the latent space a pad shows: two dimensions, principal axes, one through kept codes, or a projection.
import { axesPlane, nearest, row } from '../core/planes.js';
import { symbol } from '../kit/elements.js';

const PROJECTED = { pca: ['PC 1', 'PC 2'], umap: ['UMAP 1', 'UMAP 2'] };

/** The table of a projection as a plane: places are given, and a place is not a code. */
export function layout({ data: xy }, table, { mu, latent, dimensions }) {
  const near = (z) => row(xy, 2, nearest(mu, latent, z, dimensions).index);
  return {
    names: PROJECTED[table],
    project: () => xy,
    place: near,
    at: (place) => row(mu, latent, nearest(xy, 2, place, [0, 1]).index),
  };
}

/** Follows what the shared state names; planes that must be computed are loaded when one is wished for. */
export class PlaneChoice {
  constructor({ mu, latent, ranked }, onLoad) {
    this.mu = mu;
    this.latent = latent;
    this.best = latent > 2 ? ranked : [0, 1];
    this.onLoad = onLoad;
    this.spans = null;
    this.loading = false;
    this.wish = '';
  }

  /** The plane that the state of a store names; null if it is the same as before. */
  choose({ view: { plane = '' }, pins }) {
    const through = plane === 'pins' ? pins.slice(0, 3).map((pin) => [...pin]) : [];
    const wish = JSON.stringify([plane, through, !!this.spans]);
    if (this.wish === wish) return null;
    this.wish = wish;
    return this.#spanned(plane, pins) ?? this.#axes(plane);
  }

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

  // Two dimensions: those that are named, or else the first in rank.
  #axes(plane) {
    const named = plane.match(/^z(\d+)-z(\d+)$/);
    const [i, j] = named ? [Number(named[1]) - 1, Number(named[2]) - 1] : this.best;
    return axesPlane(this.latent, i, j, [symbol('z', i), symbol('z', j)]);
  }
}

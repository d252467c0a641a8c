// The one z of each model on a page: all widgets that show the model read, write and follow it.
import { travel } from './dom.js';

const stores = new Map();
const GLIDE_MS = 350;

class Store {
  constructor(latent) {
    this.z = new Float32Array(latent);
    this.listeners = new Set();
    this.halt = () => undefined;
  }

  /** Move to z at once; `final` says that the hand has let go, so Python may hear of it. */
  set(z, { final = false } = {}) {
    this.halt();
    this.#move(z, final);
  }

  #move(z, final) {
    this.z = Float32Array.from(z);
    for (const listener of [...this.listeners]) listener(this.z, final);
  }

  /** Call `listener(z, final)` at every move; returns the function that ends it. */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Travel to z so that the eye can follow, then be final. */
  glideTo(z) {
    this.halt();
    const from = this.z;
    this.halt = travel(GLIDE_MS, (part, done) => this.#move(from.map((value, i) => value + (z[i] - value) * part), done));
  }
}

/** The store of the model whose weights are at a URL. */
export function latentStore(url, latent) {
  if (!stores.has(url)) stores.set(url, new Store(latent));
  return stores.get(url);
}

/** A draw from N(0, 1), by Box and Muller. */
export const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

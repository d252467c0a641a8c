// The draw z = μ + s·σ·ε of the chosen image: ε and s move z, and z, moved on a pad or by a slider, moves ε.
import { normal } from '../core/prior.js';
import { travel } from '../kit/frames.js';
import { hasImage } from './subject.js';

/** @import { Address } from './chosen.js' */
/** @import { Store } from './store.js' */
/** @import { Looked } from './subject.js' */
/** @typedef {{ eps?: number[], share?: number, cloud?: number[][] | null }} Change */

const LIMIT = 100; // the address takes no larger number
const GLIDE_MS = 350;
const SAME = 2e-4; // a code that rests was rounded to four decimals

/** @type {WeakMap<Store, Draw>} */
const draws = new WeakMap();

const rounded = (/** @type {number} */ value) => Math.round(1e4 * value) / 1e4;
const within = (/** @type {number} */ value) => Math.min(LIMIT, Math.max(-LIMIT, value));

/** ε and s of one store. `sigma` is the posterior's own; `posterior` is null until an image is chosen. */
export class Draw {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.users = 0;
    this.share = 1;
    this.frozen = false;
    this.eps = Array.from(store.z, () => normal());
    this.mu = store.z;
    this.sigma = store.z;
    /** @type {Looked | null} */
    this.posterior = null;
    /** @type {number[][] | null} */
    this.cloud = null;
    this.asked = { eps: '', sigma: '' };
    this.view = store.view;
    this.z = store.z;
    /** @type {() => void} */
    this.quit = () => undefined;
  }

  /**
   * Put z where ε and s say.
   *
   * @param {boolean} final
   */
  #place(final) {
    const { store, mu, sigma, share, cloud } = this;
    const at = (/** @type {number[]} */ eps) => mu.map((m, i) => m + share * sigma[i] * eps[i]);
    if (final) this.#rest();
    store.z = at(this.eps);
    store.cloud = cloud?.map(at) ?? null;
    this.z = store.z;
  }

  /**
   * At rest ε and s are rounded as in the address. The address alone cuts ε off: z stays where a hand has put it,
   * however many σ away from μ.
   */
  #rest() {
    const { store, share } = this;
    this.eps = this.eps.map(rounded);
    this.asked = { eps: this.eps.map(within).join(), sigma: share < 1 ? String(share) : '' };
    store.view = { ...store.view, ...this.asked };
  }

  /**
   * @param {Change} change
   * @param {boolean} final
   */
  set(change, final) {
    if (!this.posterior) return;
    this.store.halt();
    this.#move(change, final);
  }

  /**
   * @param {Change} change
   * @param {boolean} final
   */
  #move(change, final) {
    Object.assign(this, change);
    this.#place(final);
    this.store.changed(final);
  }

  /**
   * Let ε travel so that the eye can follow.
   *
   * @param {number[]} to
   */
  glide(to) {
    const { store, eps: from } = this;
    if (!this.posterior) return;
    store.halt();
    store.halt = travel(GLIDE_MS, (part, done) => {
      this.#move({ eps: from.map((value, i) => value + (to[i] - value) * part) }, done);
    });
  }

  renew() {
    this.glide(this.eps.map(() => normal()));
  }

  /** @param {boolean} final */
  follow(final) {
    const { store } = this;
    const { posterior, view } = store;
    if (!hasImage(posterior)) return;
    const other = posterior !== this.posterior;
    const chosen = final && other && this.posterior !== null && posterior.index != null;
    if (other) this.#look(posterior);
    const asked = this.#heed(view);
    if (!asked && chosen && !this.frozen) this.eps = this.eps.map(() => normal());
    // z together with the view: by the address, which may hold another page's z. Here ε leads.
    const moved = store.z !== this.z;
    const leads = asked || other || (moved && view !== this.view);
    if (leads) this.#place(chosen && !asked);
    else if (moved) this.#from(store.z, final);
    this.view = store.view;
    if (leads || (moved && final)) store.changed(false);
  }

  /** @param {Looked} posterior */
  #look(posterior) {
    this.posterior = posterior;
    this.mu = posterior.mu;
    this.sigma = posterior.logvar.map((value) => Math.exp(value / 2));
  }

  /**
   * Take ε and s over from a view that was not written here; says whether it was one.
   *
   * @param {Address} view
   */
  #heed({ eps = '', sigma = '' }) {
    if (eps === this.asked.eps && sigma === this.asked.sigma) return false;
    if (eps) this.eps = eps.split(',').map(Number);
    this.asked = { eps, sigma };
    this.share = Number(sigma || 1);
    return true;
  }

  /**
   * z was moved by another hand.
   *
   * @param {Float32Array} z
   * @param {boolean} final
   */
  #from(z, final) {
    const { mu, sigma, share } = this;
    const near = z.every((value, i) => Math.abs(value - this.z[i]) < SAME);
    if (share && !near) this.eps = Array.from(z, (value, i) => (value - mu[i]) / share / sigma[i]);
    this.z = z;
    if (final) this.#place(true);
  }

  /** Follow the store as long as somebody looks. */
  join() {
    this.users += 1;
    if (this.users === 1) {
      this.posterior = null;
      this.quit = this.store.subscribe((final) => this.follow(final));
    }
    this.follow(false);
  }

  leave() {
    this.users -= 1;
    if (this.users) return;
    this.quit();
    this.cloud = null;
    this.store.cloud = null;
  }
}

/**
 * The draw of a store: ask for it before listening to the store, and `leave()` when it is no longer looked at.
 *
 * @param {Store} store
 */
export function drawOf(store) {
  const draw = draws.get(store) ?? new Draw(store);
  draws.set(store, draw);
  draw.join();
  return draw;
}

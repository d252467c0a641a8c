// The draw z = μ + s·σ·ε of the chosen image: ε and s move z, and z, moved on a pad or by a slider, moves ε.
import { travel } from '../kit/frames.js';
import { normal } from '../core/prior.js';

const LIMIT = 10; // the address takes no larger number
const GLIDE_MS = 350;
const SAME = 2e-4; // a code that rests was rounded to four decimals
const draws = new WeakMap();

/** ε and s of one store. `sigma` is the posterior's own; what is not yet chosen is null. */
class Draw {
  constructor(store) {
    Object.assign(this, {
      store,
      users: 0,
      share: 1,
      frozen: false,
      eps: Array.from(store.z, normal),
      asked: {},
      posterior: null,
      cloud: null,
    });
  }

  get sigma() {
    return this.posterior.logvar.map((value) => Math.exp(value / 2));
  }

  at(eps) {
    const {
      sigma,
      share,
      posterior: { mu },
    } = this;
    return mu.map((m, i) => m + share * sigma[i] * eps[i]);
  }

  /** Put z where ε and s say; at rest both are as the address will have them. */
  place(final) {
    const { store } = this;
    if (final) {
      this.eps = Array.from(this.eps, (value) => Math.round(1e4 * Math.min(LIMIT, Math.max(-LIMIT, value))) / 1e4);
      this.asked = { eps: this.eps.join(), sigma: this.share < 1 ? String(this.share) : '' };
      store.view = { ...store.view, ...this.asked };
    }
    this.z = store.z = this.at(this.eps);
    store.cloud = this.cloud?.map((eps) => this.at(eps));
  }

  set(change, final) {
    if (!this.posterior) return;
    this.store.halt();
    this.#move(change, final);
  }

  #move(change, final) {
    Object.assign(this, change);
    this.place(final);
    this.store.changed(final);
  }

  /** Let ε travel so that the eye can follow. */
  glide(to) {
    const from = this.eps,
      { store } = this;
    store.halt();
    store.halt = travel(GLIDE_MS, (part, done) =>
      this.#move({ eps: from.map((value, i) => value + (to[i] - value) * part) }, done),
    );
  }

  renew() {
    this.glide(this.eps.map(normal));
  }

  follow(final) {
    const {
        store,
        store: {
          posterior,
          view: { eps = '', sigma = '' },
        },
      } = this,
      asked = eps !== (this.asked.eps ?? '') || sigma !== (this.asked.sigma ?? '');
    if (!posterior?.x) return;
    const other = posterior !== this.posterior,
      chosen = final && other && this.posterior && posterior.index != null;
    this.posterior = posterior;
    if (asked) {
      if (eps) this.eps = eps.split(',').map(Number);
      Object.assign(this, { asked: { eps, sigma }, share: Number(sigma || 1) });
    } else if (chosen && !this.frozen) this.eps = this.eps.map(normal);
    // z together with the view: by the address, which may hold another page's z. Here ε leads.
    const moved = store.z !== this.z,
      leads = asked || other || (moved && store.view !== this.view);
    if (leads) this.place(chosen && !asked);
    else if (moved) this.#from(store.z, final);
    this.view = store.view;
    if (leads || (moved && final)) store.changed(false);
  }

  // z was moved by another hand.
  #from(z, final) {
    const near = z.every((value, i) => Math.abs(value - this.z[i]) < SAME),
      {
        sigma,
        share,
        posterior: { mu },
      } = this;
    if (share && !near) this.eps = Array.from(z, (value, i) => (value - mu[i]) / share / sigma[i]);
    this.z = z;
    if (final) this.place(true);
  }
}

/** The draw of a store, and `release` for when it is no longer looked at; ask for it before listening to the store. */
export function drawOf(store) {
  if (!draws.has(store)) draws.set(store, new Draw(store));
  const draw = draws.get(store);
  if (!draw.users++) Object.assign(draw, { posterior: null, quit: store.subscribe((final) => draw.follow(final)) });
  draw.follow(false);
  const release = () => {
    if (--draw.users) return;
    draw.quit();
    draw.cloud = store.cloud = null;
  };
  return { draw, release };
}

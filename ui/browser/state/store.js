// What all widgets of a page share for each model: z, the pinned codes, the posterior of the chosen image.
import { AGAIN_MS, travel } from '../kit/frames.js';
import { loadDecoder } from '../work/load.js';

const GLIDE_MS = 350;
const TELL_MS = 200; // arrow keys let go again and again: Python hears of the last one only
const MOST_PINS = 4;

const numbers = (text) => text.split(',').filter(Boolean).map(Number);
const rounded = (code) => Array.from(code, (value) => Math.round(value * 1e4) / 1e4);

/** One model on a page. Whoever changes something here changes it for all widgets, in the same frame. */
export class Store {
  /** `code` is what is decoded: z with the dimensions in `off` at the prior's mean, 0. `held` is z while a pointer only looks around. */
  constructor(vae) {
    Object.assign(this, {
      vae,
      z: new Float32Array(vae.latent),
      off: new Set(),
      pins: [],
      posterior: null,
      held: null,
      view: {},
      route: null,
      recording: false,
    });
    Object.assign(this, {
      listeners: new Set(),
      drawn: -Infinity,
      asked: 0,
      final: false,
      cached: null,
      halt: () => undefined,
    });
  }

  get code() {
    return this.z.map((value, i) => (this.off.has(i) ? 0 : value));
  }

  /** The image decoded from the code, 0..1, channels first; decoded once for all who show it. */
  get image() {
    const { code, cached } = this;
    if (!cached || code.some((value, i) => value !== cached.code[i]))
      this.cached = { code, image: this.vae.mean(code).slice() };
    return this.cached.image;
  }

  /** Move to z at once; `final` says that the hand has let go, so Python may hear of it. */
  set(z, { final = false } = {}) {
    this.halt();
    this.#move(z, final);
  }

  #move(z, final) {
    this.z = Float32Array.from(final ? rounded(z) : z); // to rest where the address will say
    this.changed(final);
  }

  /** Show and tell that z, `off`, `pins`, `posterior`, `view` or `route` is another now. */
  changed(final = true) {
    this.final ||= final;
    if (performance.now() - this.drawn >= AGAIN_MS) this.#show();
    else this.asked ||= requestAnimationFrame(() => this.#show());
  }

  #show() {
    cancelAnimationFrame(this.asked);
    const { final } = this;
    Object.assign(this, { drawn: performance.now(), asked: 0, final: false });
    for (const listener of [...this.listeners]) listener(final);
  }

  /** Call `listener(final)` at every change; returns the function that ends it. */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Travel to z so that the eye can follow, then be final. */
  glideTo(z) {
    const from = this.z;
    this.halt();
    this.halt = travel(GLIDE_MS, (part, done) =>
      this.#move(
        from.map((value, i) => value + (z[i] - value) * part),
        done,
      ),
    );
  }

  /** Keep a code under the next letter, A to D; the oldest gives way to a fifth. */
  pin(code) {
    this.pins = [...this.pins, Float32Array.from(code)].slice(-MOST_PINS);
    this.changed();
  }

  /** The state as the address has it: a text for each key. */
  get address() {
    const off = [...this.off]
      .sort((a, b) => a - b)
      .map((i) => i + 1)
      .join();
    return {
      z: rounded(this.held ?? this.z).join(),
      off,
      pins: this.pins.map((pin) => rounded(pin).join()).join('_'),
      ...this.view,
    };
  }

  /** Be as an address says; what it leaves out stays. Python has checked the texts. */
  apply({ z, off, pins, ...view }) {
    if (z) this.z = Float32Array.from(numbers(z));
    if (off != null) this.off = new Set(numbers(off).map((i) => i - 1));
    if (pins != null)
      this.pins = pins
        .split('_')
        .filter(Boolean)
        .map((code) => Float32Array.from(numbers(code)));
    this.view = { ...this.view, ...view };
    this.halt();
    this.changed(false);
  }
}

const stores = new Map();

/** The store of the model of a widget's data. */
export async function loadStore(data) {
  const vae = await loadDecoder(data);
  if (!stores.has(data.weights)) stores.set(data.weights, new Store(vae));
  return stores.get(data.weights);
}

/**
 * Hear and tell Python for one widget: `hear(component)` at every update, `stop()` at the end. Python names in `tells` the keys
 * of the address that it wants to hear of from this widget.
 */
export function conversation(store) {
  let component, timer, told;
  const tell = () => {
    const picked = Object.fromEntries(component.data.tells.map((key) => [key, store.address[key] ?? '']));
    if (JSON.stringify(picked) === told) return;
    told = JSON.stringify(picked);
    component.setStateValue('state', { token: store.token, ...picked });
  };
  const unsubscribe = store.subscribe((final) => {
    if (!final || !component.data.tells.length) return;
    clearTimeout(timer);
    timer = setTimeout(tell, TELL_MS);
  });
  const hear = (latest) => {
    component = latest;
    // Python sends back what it was told, perhaps late; only under a new token is it a wish of its own.
    if (store.token !== latest.data.token) store.apply(latest.data.state);
    store.token = latest.data.token;
  };
  return { hear, stop: () => (clearTimeout(timer), unsubscribe()) };
}

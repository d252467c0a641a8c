// What all widgets of a page share for each model: z, the pinned codes, the posterior of the chosen image.
import { AGAIN_MS, travel } from '../kit/frames.js';
import { loadDecoder } from '../work/load.js';
import { once } from '../work/once.js';

/** @import { Decoder } from '../core/spec.js' */
/** @import { Component } from '../kit/component.js' */
/** @import { Model, Wish } from '../work/told.js' */
/** @import { Address, Chosen } from './chosen.js' */
/**
 * What is found again when nobody looked at a model for so long that its store was let go.
 *
 * @typedef {Partial<Pick<Store, 'z' | 'off' | 'pins' | 'posterior' | 'view' | 'route' | 'token'>>} Memory
 */

const GLIDE_MS = 350;
const TELL_MS = 200; // arrow keys let go again and again: Python hears of the last one only
const MOST_PINS = 4;

/** @param {string} text */
const numbers = (text) => text.split(',').filter(Boolean).map(Number);
/** @param {Float32Array} code */
const rounded = (code) => Array.from(code, (value) => Math.round(value * 1e4) / 1e4);

/** One model on a page. Whoever changes something here changes it for all widgets, in the same frame. */
export class Store {
  #drawn = -Infinity;
  #asked = 0;
  #final = false;
  /** @type {{ code: Float32Array, image: Float32Array } | null} */
  #cached = null;
  /** @type {Set<(final: boolean) => void>} */
  #listeners = new Set();

  /**
   * @param {Decoder} vae
   * @param {Memory} [memory]
   */
  constructor(vae, memory = {}) {
    this.vae = vae;
    /** @type {Float32Array} */
    this.z = memory.z ?? new Float32Array(vae.latent);
    /** @type {Set<number>} - dimensions at the prior's mean, 0 */
    this.off = memory.off ?? new Set();
    /** @type {Float32Array[]} - codes that are kept, A to D */
    this.pins = memory.pins ?? [];
    /** @type {Chosen | null} */
    this.posterior = memory.posterior ?? null;
    /** @type {Address} - what the address says besides */
    this.view = memory.view ?? {};
    /** @type {Float32Array[] | null} - a way that is shown on the pad */
    this.route = memory.route ?? null;
    /** @type {string | undefined} - of the last wish that was followed */
    this.token = memory.token;
    /** @type {Float32Array[] | null | undefined} - draws from the posterior */
    this.cloud = null;
    /** @type {Float32Array | null} - z while a pointer only looks around */
    this.held = null;
    /** Whether a way is being drawn. */
    this.recording = false;
    /** @type {() => void} - ends what moves z by itself */
    this.halt = () => undefined;
  }

  /** What is decoded: z with the dimensions in `off` at the prior's mean. */
  get code() {
    return this.z.map((value, i) => (this.off.has(i) ? 0 : value));
  }

  /** The image decoded from the code, 0..1, channels first; decoded once for all who show it. */
  get image() {
    const { code } = this;
    const cached = this.#cached;
    if (cached && code.every((value, i) => value === cached.code[i])) return cached.image;
    const image = this.vae.mean(code);
    this.#cached = { code, image };
    return image;
  }

  /** @returns {Memory} */
  get memory() {
    const { z, off, pins, posterior, view, route, token } = this;
    return { z, off, pins, posterior, view, route, token };
  }

  /**
   * Move to z at once; `final` says that the hand has let go, so Python may hear of it.
   *
   * @param {ArrayLike<number>} z
   * @param {{ final?: boolean }} [options]
   */
  set(z, { final = false } = {}) {
    this.halt();
    this.#move(Float32Array.from(z), final);
  }

  /**
   * @param {Float32Array} z
   * @param {boolean} final
   */
  #move(z, final) {
    this.z = final ? Float32Array.from(rounded(z)) : z; // to rest where the address will say
    this.changed(final);
  }

  /** Show and tell that z, `off`, `pins`, `posterior`, `view` or `route` is another now. */
  changed(final = true) {
    this.#final ||= final;
    if (performance.now() - this.#drawn >= AGAIN_MS) this.#show();
    else this.#asked ||= requestAnimationFrame(() => this.#show());
  }

  #show() {
    const final = this.#final;
    cancelAnimationFrame(this.#asked);
    this.#drawn = performance.now();
    this.#asked = 0;
    this.#final = false;
    for (const listener of [...this.#listeners]) listener(final);
  }

  /**
   * Call `listener(final)` at every change; returns the function that ends it.
   *
   * @param {(final: boolean) => void} listener
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Travel to z so that the eye can follow, then be final.
   *
   * @param {ArrayLike<number>} z
   */
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

  /**
   * Keep a code under the next letter, A to D; the oldest gives way to a fifth.
   *
   * @param {ArrayLike<number>} code
   */
  pin(code) {
    this.pins = [...this.pins, Float32Array.from(code)].slice(-MOST_PINS);
    this.changed();
  }

  /**
   * The state as the address has it.
   *
   * @returns {Address}
   */
  get address() {
    const off = [...this.off].sort((a, b) => a - b);
    return {
      z: rounded(this.held ?? this.z).join(),
      off: off.map((i) => i + 1).join(),
      pins: this.pins.map((pin) => rounded(pin).join()).join('_'),
      ...this.view,
    };
  }

  /**
   * Be as an address says; what it leaves out stays. Python has checked the texts.
   *
   * @param {Address} address
   */
  apply({ z, off, pins, ...view }) {
    if (z) this.z = Float32Array.from(numbers(z));
    if (off != null) this.off = new Set(numbers(off).map((i) => i - 1));
    if (pins != null) {
      const codes = pins.split('_').filter(Boolean);
      this.pins = codes.map((code) => Float32Array.from(numbers(code)));
    }
    this.view = { ...this.view, ...view };
    this.halt();
    this.changed(false);
  }
}

/** @type {Map<string, Memory>} */
const memories = new Map();

/**
 * The store of the model of a widget's data.
 *
 * @param {Pick<Model, 'spec' | 'weights'>} data
 */
export function loadStore(data) {
  const key = `store ${data.weights}`;
  return once(key, async () => {
    const store = new Store(await loadDecoder(data), memories.get(key));
    store.subscribe(() => memories.set(key, store.memory));
    return store;
  });
}

/**
 * Hear and tell Python for one widget: `hear(component)` at every update, `stop()` at the end. Python names in `tells`
 * the keys of the address that it wants to hear of from this widget.
 *
 * @param {Store} store
 */
export function conversation(store) {
  /** @type {Component<Wish & Record<string, unknown>>} */
  let component;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let told = '';
  const tell = () => {
    const { address } = store;
    const picked = Object.fromEntries(component.data.tells.map((key) => [key, address[key] ?? '']));
    if (JSON.stringify(picked) === told) return;
    told = JSON.stringify(picked);
    component.setStateValue('state', { token: store.token, ...picked });
  };
  const unsubscribe = store.subscribe((final) => {
    if (!final || !component.data.tells.length) return;
    clearTimeout(timer);
    timer = setTimeout(tell, TELL_MS);
  });
  /** @param {Component<any>} latest */
  const hear = (latest) => {
    component = latest;
    // Python sends back what it was told, perhaps late; only under a new token is it a wish of its own.
    const { token, state } = latest.data;
    const wished = store.token !== token;
    store.token = token;
    if (wished) store.apply(state);
  };
  const stop = () => {
    clearTimeout(timer);
    unsubscribe();
  };
  return { hear, stop };
}

// The ways between the kept codes A to D, and the one of them that is walked.
import { along, lerp, slerp, tour } from '../core/ways.js';
import { LETTERS } from './kept.js';

/** @import { Curve } from '../core/ways.js' */
/** @import { Store } from '../state/store.js' */
/** @import { ModelData } from '../work/told.js' */
/** @typedef {ModelData & { pad: boolean }} Sent - `pad`: whether the page has one, to draw a way on. */
/** @typedef {(share: number) => Float32Array} Way - From 0 at its start to 1 at its end. */

export const DRAWN = 'Drawn path';
/** @type {Record<string, Curve>} */
export const CURVES = { 'Straight (lerp)': lerp, 'Along the sphere (slerp)': slerp };

/** @param {string[]} letters */
const arrows = (letters) => letters.join(' → ');

/** Which ways there are and which one is walked. `onChange()` follows a choice, `fail(sentence)` a misfortune. */
export class Journey {
  /**
   * @param {Sent} data
   * @param {Store} store
   * @param {{ onChange: () => void, fail: (sentence: string) => void }} told
   */
  constructor(data, store, { onChange, fail }) {
    this.data = data;
    this.store = store;
    this.onChange = onChange;
    this.fail = fail;
    /** @type {Curve} */
    this.curve = lerp;
    /** @type {string | null} - the name of the way that was chosen by hand */
    this.wish = null;
    /** @type {Float32Array[] | null} */
    this.drawn = null;
    /** @type {string | null} - the name of the way that is walked */
    this.chosen = null;
    /** @type {Way | null} */
    this.way = null;
    this.settle();
  }

  /**
   * Choose a way by its name, or a curve.
   *
   * @param {{ wish?: string | null, curve?: Curve }} choice
   */
  choose({ wish = this.wish, curve = this.curve }) {
    this.wish = wish;
    this.curve = curve;
    this.onChange();
  }

  /**
   * Walk along a path that was drawn by hand.
   *
   * @param {Float32Array[]} codes
   */
  draw(codes) {
    this.drawn = codes;
    this.wish = DRAWN;
  }

  /** The codes of each way that there is, by its name. */
  ways() {
    const { pins } = this.store;
    /** @type {Record<string, Float32Array[]>} */
    const ways = {};
    /** @param {...number} places */
    const add = (...places) => {
      ways[arrows(places.map((i) => LETTERS[i]))] = places.map((i) => pins[i]);
    };
    pins.forEach((_, j) => pins.slice(0, j).forEach((_, i) => add(i, j)));
    if (pins.length > 2) add(...pins.keys());
    return this.drawn ? { ...ways, [DRAWN]: this.drawn } : ways;
  }

  /** Find the way to walk, share → code: the one wished for, or else that to the latest code; null if there is none. */
  settle() {
    const ways = this.ways();
    const last = arrows(LETTERS.slice(0, this.store.pins.length).slice(-2));
    this.chosen = [this.wish ?? last, last, DRAWN].find((name) => ways[name]) ?? null;
    if (this.chosen === null) this.way = null;
    else if (this.chosen === DRAWN) this.way = along(ways[DRAWN]);
    else this.way = tour(ways[this.chosen], this.curve);
  }
}

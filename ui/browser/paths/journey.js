// The ways between the kept codes A to D, and the one of them that is walked.
import { along, lerp, slerp, tour } from '../core/ways.js';
import { LETTERS } from './kept.js';

export const DRAWN = 'Drawn path';
export const CURVES = { 'Straight (lerp)': lerp, 'Along the sphere (slerp)': slerp };

const arrows = (letters) => letters.join(' → ');

/** Which ways there are and which one is walked. `onChange()` follows a choice, `fail(sentence)` a misfortune. */
export class Journey {
  constructor(data, store, { onChange, fail }) {
    this.data = data;
    this.store = store;
    this.onChange = onChange;
    this.fail = fail;
    this.curve = lerp;
    this.wish = null; // the name of the way that was chosen by hand
    this.drawn = null; // codes
    this.settle();
  }

  /** Choose a way by its name, or a curve. */
  choose({ wish = this.wish, curve = this.curve }) {
    this.wish = wish;
    this.curve = curve;
    this.onChange();
  }

  /** Walk along a path that was drawn by hand. */
  draw(codes) {
    this.drawn = codes;
    this.wish = DRAWN;
  }

  /** The codes of each way that there is, by its name. */
  ways() {
    const { pins } = this.store;
    const ways = {};
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
    this.chosen = [this.wish, last, DRAWN].find((name) => ways[name]) ?? null;
    const codes = ways[this.chosen];
    if (!codes) this.way = null;
    else this.way = this.chosen === DRAWN ? along(codes) : tour(codes, this.curve);
  }
}

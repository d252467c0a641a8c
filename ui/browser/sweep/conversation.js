// Python hears which model of a sweep is chosen and which of its dimensions are off, and says so where it knows better.

/**
 * @import { Component } from '../kit/component.js'
 * @import { Sweep, SweepData } from './models.js'
 * @typedef {SweepData & {parts: string[], notice: string, token: string, state: {off?: string}}} Data
 */

const TELL_MS = 200; // arrow keys let go again and again: Python hears of the last one only

/** `hear(component)` at every update, `stop()` at the end. */
export class Conversation {
  /**
   * @param {Sweep} sweep
   * @param {() => void} draw
   */
  constructor(sweep, draw) {
    this.sweep = sweep;
    /** @type {Component<Data> | null} */
    this.component = null;
    this.known = '';
    this.count = 0;
    this.timer = 0;
    this.unsubscribe = sweep.subscribe((final) => {
      this.#applySwitches();
      draw();
      if (final) this.#tellSoon();
    });
  }

  /**
   * @param {Component<Data>} component
   * @returns {boolean} whether Python had a wish of its own
   */
  hear(component) {
    const { chosen, state } = component.data;
    this.component = component;
    this.known = said(chosen, state.off);
    const wish = this.sweep.hear(chosen);
    this.#applySwitches();
    return wish;
  }

  stop() {
    clearTimeout(this.timer);
    this.unsubscribe();
  }

  // What Python knows of a model's switches is heard once its store is there, and again only under a new token.
  #applySwitches() {
    const { name, loaded } = this.sweep.chosen;
    if (!loaded || !this.component) return;
    const { token, state, chosen } = this.component.data;
    if (chosen !== name || loaded.store.token === token) return;
    loaded.store.token = token;
    loaded.store.apply(state);
    this.#tellSoon(); // a switch may have been flipped before the token was here
  }

  #tellSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#tell(), TELL_MS);
  }

  #tell() {
    const { name, loaded } = this.sweep.chosen;
    const off = loaded?.store.address.off ?? '';
    if (said(name, off) === this.known) return;
    this.known = said(name, off);
    this.sweep.tell();
    this.count += 1; // because what is told again must be heard again
    const state = { token: loaded?.store.token ?? '', model: name, off, count: this.count };
    this.component?.setStateValue('state', state);
  }
}

const said = (name = '', off = '') => `${name} ${off}`;

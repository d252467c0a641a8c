// Paths: the kept codes A to D and the ways between them: walked, played, blended of four, drawn, saved as a GIF.
import { el, row } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { drawPixels } from '../kit/sample.js';
import { conversation, loadStore } from '../state/store.js';
import { Journey } from './journey.js';
import { decode, steps } from './kept.js';
import { recorder } from './record.js';
import { shelf } from './shelf.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Store } from '../state/store.js' */
/** @import { Sent } from './journey.js' */
/** @import { Cell } from './kept.js' */
/** @typedef {{ node: HTMLElement, show: () => Cell[], toEnd: () => void }} Walk */

const ROUTE = 48; // steps of the line on the pad

/** The parts of the widget, brought up to date together. */
class Paths {
  /**
   * @param {Sent} data
   * @param {Store} store
   */
  constructor(data, store) {
    this.store = store;
    /** @param {string} sentence */
    this.fail = (sentence) => {
      this.recorder.hint.textContent = sentence;
    };
    this.journey = new Journey(data, store, { onChange: () => this.renew(), fail: this.fail });
    this.shelf = shelf(store);
    this.recorder = recorder(this.journey);
    /** @type {{ show: () => Cell[] }[]} */
    this.parts = [this.shelf, this.recorder];
    this.ways = el('div');
    /** @type {Float32Array[] | null} */
    this.pins = null;
    this.told = '';
    /** @type {Walk | null} */
    this.walk = null;
    this.growing = false;
    const head = row(this.shelf.nodes, this.recorder.node);
    const style = `--z: ${data.symbols.z}`;
    this.node = el('div', { class: 'paths', style }, head, this.recorder.hint, this.ways);
  }

  /** Show all parts, their images, and the line on the pad. */
  renew() {
    const { store, journey } = this;
    journey.settle();
    const cells = this.parts.flatMap((part) => part.show());
    this.#paint(cells).catch(({ message }) => this.fail(message));
    if (!store.recording) store.route = journey.way && steps(ROUTE).map(journey.way);
    store.changed(false);
  }

  /** @param {Cell[]} cells */
  async #paint(cells) {
    const codes = cells.map(([code]) => code);
    const { shape } = this.store.vae;
    if (codes.length)
      await decode(this.journey, 'paths', codes, (image, i) => drawPixels(cells[i][1], image, shape, 255));
  }

  // What is done with ways is loaded when there is one.
  async #grow() {
    this.growing = true;
    const [{ walk }, { blend }] = await Promise.all([import('./walk.js'), import('./blend.js')]);
    const corners = blend(this.store);
    this.walk = walk(this.journey);
    this.parts = [this.shelf, this.walk, corners, this.recorder];
    this.ways.replaceChildren(this.walk.node, corners.node);
    this.renew();
  }

  follow() {
    const { store, journey } = this;
    const now = [store.recording, ...store.off].join();
    if (store.pins === this.pins && now === this.told) return;
    const ended = this.told.startsWith('true') && !store.recording;
    const drawn = ended && store.route && store.route.length > 1 ? store.route : null;
    if (drawn) journey.draw(drawn);
    else if (store.pins !== this.pins) journey.wish = null;
    this.pins = store.pins;
    this.told = now;
    this.walk?.toEnd(); // where the hand has just been
    if (!this.growing && (store.pins.length > 1 || drawn)) this.#grow().catch(({ message }) => this.fail(message));
    this.renew();
  }

  stop() {
    this.store.halt();
    this.store.route = null;
    this.store.recording = false;
    this.store.changed(false);
  }
}

/** @param {Component<Sent>} component */
async function build({ data }) {
  const store = await loadStore(data);
  const talk = conversation(store);
  const paths = new Paths(data, store);
  const unsubscribe = store.subscribe(() => paths.follow());
  /** @param {Component<Sent>} component */
  const update = (component) => {
    talk.hear(component);
    paths.follow();
  };
  const stop = () => {
    unsubscribe();
    talk.stop();
    paths.stop();
  };
  return { nodes: [paths.node], update, stop };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Sent>} component
 */
export const mount = (component) => widget(component, build, new URL('./paths.css', import.meta.url));

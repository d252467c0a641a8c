// A part of the page that begins when somebody comes near, and rests while nobody looks.
import { el } from '../kit/elements.js';
import { conversation, loadStore } from '../state/store.js';
import { loadSubject } from '../state/subject.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Store } from '../state/store.js' */
/** @import { ModelData } from '../work/told.js' */
/** @typedef {{ look: (seen: boolean) => void, stop: () => void }} Part */
/** @typedef {ModelData & { chooser: boolean }} Data - `chooser`: whether no widget above brings one */

/** The part's place. */
class Near {
  /**
   * @param {string} name
   * @param {(root: HTMLElement) => Promise<Part>} load - fills the place
   */
  constructor(name, load) {
    this.root = el('div', { class: name });
    this.load = load;
    this.seen = false;
    this.asked = false;
    this.stopped = false;
    /** @type {Part | null} */
    this.part = null;
    this.watcher = new IntersectionObserver(([entry]) => this.#look(entry.isIntersecting), { rootMargin: '200px' });
    this.watcher.observe(this.root);
  }

  /** @param {boolean} seen */
  #look(seen) {
    this.seen = seen;
    this.part?.look(seen);
    if (!seen || this.asked) return;
    this.asked = true;
    this.#fill().catch((error) => this.#fail(error));
  }

  async #fill() {
    const part = await this.load(this.root);
    this.part = part;
    if (this.stopped) part.stop();
    else part.look(this.seen);
  }

  /** @param {Error} error */
  #fail({ message }) {
    this.root.replaceChildren(el('p', { class: 'problem', role: 'alert' }, message));
  }

  stop() {
    this.stopped = true;
    this.watcher.disconnect();
    this.part?.stop();
  }
}

/**
 * Build a widget of such a part, and of the chooser above it if no other widget brings one.
 *
 * @template {Data} Sent
 * @param {Component<Sent>} component
 * @param {string} name
 * @param {(data: Sent, store: Store, root: HTMLElement) => Promise<Part>} load
 */
export async function buildNear({ data }, name, load) {
  const store = await loadStore(data);
  const chooser = data.chooser ? await loadSubject(store, data) : null;
  const talk = conversation(store);
  const near = new Near(name, (root) => load(data, store, root));
  return {
    nodes: chooser ? [chooser.node, near.root] : [near.root],
    update: talk.hear,
    stop() {
      near.stop();
      chooser?.stop();
      talk.stop();
    },
  };
}

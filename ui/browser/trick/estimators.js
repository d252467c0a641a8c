// Two ways past the dice; what measures them is loaded when somebody comes near.
import { el } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { conversation, loadStore } from '../state/store.js';
import { loadSubject } from '../state/subject.js';

/** @import { Component } from '../kit/mount.js' */
/** @import { Store } from '../state/store.js' */
/** @import { Comparison, Data } from './comparison.js' */

/** A place for the comparison of the estimators. */
class Estimators {
  /**
   * @param {Data} data
   * @param {Store} store
   */
  constructor(data, store) {
    this.data = data;
    this.store = store;
    this.root = el('div', { class: 'estimators' });
    this.asked = false;
    /** @type {Comparison | null} */
    this.comparison = null;
    this.watcher = new IntersectionObserver(([entry]) => this.#look(entry.isIntersecting), { rootMargin: '200px' });
    this.watcher.observe(this.root);
  }

  /** @param {boolean} seen */
  #look(seen) {
    if (seen && !this.asked) {
      this.asked = true;
      this.#load().catch((error) => this.#fail(error));
    }
    this.comparison?.look(seen);
  }

  async #load() {
    const { Comparison } = await import('./comparison.js');
    this.comparison = new Comparison(this.data, this.store, this.root);
    await this.comparison.start();
  }

  /** @param {Error} error */
  #fail({ message }) {
    this.root.replaceChildren(el('p', { class: 'problem', role: 'alert' }, message));
  }

  follow() {
    this.comparison?.follow();
  }

  stop() {
    this.watcher.disconnect();
    this.comparison?.stop();
  }
}

/** @param {Component<Data>} component */
async function build({ data }) {
  const store = await loadStore(data);
  const chooser = data.chooser ? await loadSubject(store, data) : null;
  const talk = conversation(store);
  const estimators = new Estimators(data, store);
  const unsubscribe = store.subscribe(() => estimators.follow());
  return {
    nodes: chooser ? [chooser.node, estimators.root] : [estimators.root],
    update(/** @type {Component<Data>} */ latest) {
      talk.hear(latest);
      estimators.follow();
    },
    stop() {
      unsubscribe();
      estimators.stop();
      chooser?.stop();
      talk.stop();
    },
  };
}

const STYLES = new URL('./trick.css', import.meta.url);

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Data>} component
 */
export const mount = (component) => widget(component, build, STYLES);

// What every widget begins with: one idempotent mount with its style sheets, its loading and its failure sentence.
import { el } from './elements.js';
import { describe } from './sample.js';
import { adoptStyles } from './styles.js';

/** @import { Spec } from '../core/spec.js' */
/** @import { Build, Component, Data, Live } from './component.js' */
/**
 * @typedef {object} Mounted
 * @property {string} identity
 * @property {unknown} weights
 * @property {(component: Component<any>) => unknown} update
 * @property {() => void} stop
 */

/** @type {Map<Element, Mounted>} */
const widgets = new Map();

/**
 * Whether a widget on the page shows the model of these weights.
 *
 * @param {string} weights
 */
export const isShown = (weights) => [...widgets.values()].some((shown) => shown.weights === weights);

/**
 * @param {string} text
 * @param {boolean} [problem]
 */
const sentence = (text, problem) =>
  el('p', { class: problem ? 'problem' : 'status', role: problem ? 'alert' : 'status' }, text);

/** @param {Data} data */
const identityOf = ({ weights, encoder, tables, table }) => JSON.stringify([weights, encoder, tables, table]);

/**
 * @template {Data} Sent
 * @param {HTMLElement} root
 * @param {Sent} data
 * @param {Build<Sent>} build
 * @param {URL} [styles]
 * @returns {Mounted}
 */
function start(root, data, build, styles) {
  let stopped = false;
  /** @type {Promise<Live<Sent>> | null} */
  let ready = null;
  /** @param {Component<Sent>} component */
  const make = async (component) => {
    const { spec } = /** @type {{ spec?: Spec }} */ (component.data);
    if (spec) await describe(spec);
    const [live] = await Promise.all([build(component), adoptStyles(root, styles)]);
    if (!stopped) root.replaceChildren(...live.nodes);
    root.style.minHeight = '0'; // it was kept free until now
    return live;
  };
  /** @param {Error} error */
  const forget = (error) => {
    ready = null; // the next update tries again
    throw error;
  };
  /** @param {Component<Sent>} component */
  const update = async (component) => {
    try {
      ready ??= make(component).catch(forget);
      const live = await ready;
      if (!stopped) await live.update(component);
    } catch (error) {
      if (!stopped) root.replaceChildren(sentence(/** @type {Error} */ (error).message, true));
    }
  };
  const stop = () => {
    stopped = true;
    ready?.then(
      (live) => live.stop(),
      () => undefined,
    );
  };
  root.replaceChildren(sentence('Loading…'));
  root.style.minHeight = '';
  return { identity: identityOf(data), weights: data.weights, update, stop };
}

/**
 * Mount a widget, or update the one that is there; other weights or tables build anew. Returns the clean-up.
 *
 * @template {Data} Sent
 * @param {Component<Sent>} component
 * @param {Build<Sent>} build
 * @param {URL} [styles] - the style sheet of the widget's room
 */
export function widget(component, build, styles) {
  const root = /** @type {HTMLElement} */ (component.parentElement.querySelector('.lab'));
  const stop = (/** @type {Mounted | undefined} */ one) => {
    one?.stop();
    if (widgets.get(root) === one) widgets.delete(root);
  };
  if (widgets.get(root)?.identity !== identityOf(component.data)) {
    stop(widgets.get(root));
    widgets.set(root, start(root, component.data, build, styles));
  }
  const mounted = /** @type {Mounted} */ (widgets.get(root));
  mounted.update(component);
  return () => stop(mounted);
}

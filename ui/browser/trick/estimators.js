// Two ways past the dice; what measures them is loaded when somebody comes near.
import { widget } from '../kit/mount.js';
import { buildNear } from './near.js';

/** @import { Component } from '../kit/mount.js' */
/** @import { Store } from '../state/store.js' */
/** @import { Data } from './comparison.js' */

/**
 * @param {Data} data
 * @param {Store} store
 * @param {HTMLElement} root
 */
async function load(data, store, root) {
  const { loadComparison } = await import('./comparison.js');
  return loadComparison(data, store, root);
}

const STYLES = new URL('./trick.css', import.meta.url);

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Data>} component
 */
export const mount = (component) => widget(component, (latest) => buildNear(latest, 'estimators', load), STYLES);

// Two ways past the dice, compared.
import { widget } from '../kit/mount.js';
import { loadComparison } from './comparison.js';
import { buildNear } from './near.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Data } from './comparison.js' */

const STYLES = new URL('./trick.css', import.meta.url);

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Data>} component
 */
export const mount = (component) =>
  widget(component, (latest) => buildNear(latest, 'estimators', loadComparison), STYLES);

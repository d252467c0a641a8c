// How the gradient gets past a dice roll: its table, layer by layer.
import { widget } from '../kit/mount.js';
import { loadBackward } from './backward.js';
import { buildNear } from './near.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Data } from './near.js' */

const STYLES = new URL('./trick.css', import.meta.url);

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Data>} component
 */
export const mount = (component) => widget(component, (latest) => buildNear(latest, 'backward', loadBackward), STYLES);

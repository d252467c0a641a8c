// What a pad knows of z: types for the checker, never loaded by a browser.

/** @import { Shape } from '../core/spec.js' */
/** @import { Chosen } from '../state/chosen.js' */

/** @typedef {'near' | 'edge' | 'far' | 'unknown'} Trust - Whether the decoder has ever seen anything like it. */

/** @typedef {{ index: number, distance: number, name: string, trust: Trust }} Near - The test image nearest to z. */

/**
 * What is known about z.
 *
 * @typedef {object} Known
 * @property {Float32Array} image
 * @property {Shape} shape
 * @property {Near} near
 * @property {number} reach - the distance beyond which there is no data
 * @property {string[]} names - of the axes
 * @property {number[]} place - on them
 * @property {Chosen | null} posterior
 * @property {boolean} projected - whether the map is a projection, where nothing is between the test images
 */

export {};

// What a pad knows and shows of z: types for the checker, never loaded by a browser.

/** @import { Numbers, Position } from '../core/planes.js' */
/** @import { Point } from '../kit/dots.js' */
/** @import { Chosen } from '../state/chosen.js' */

/** @typedef {'near' | 'edge' | 'far' | 'unknown'} Trust - Whether the decoder has ever seen anything like it. */

/** @typedef {{ index: number, distance: number, name: string, trust: Trust }} Near - The test image nearest to z. */

/**
 * What is known about z.
 *
 * @typedef {object} Known
 * @property {Float32Array} image
 * @property {Near} near
 * @property {number} reach - the distance beyond which there is no data
 * @property {string[]} names - of the axes
 * @property {number[]} place - on them
 * @property {Chosen | null} posterior
 * @property {boolean} projected - whether the map is a projection, where nothing is between the test images
 */

/**
 * What a map shows: a plane, or a projection.
 *
 * @typedef {object} Flat
 * @property {string[]} names - of the axes
 * @property {(table: Float32Array) => Float32Array} project - x and y of codes in turn
 * @property {(z: Numbers) => Position} place
 * @property {(position: Position, seen: Numbers) => Float32Array} at
 */

/** @typedef {{ major: number, minor: number, angle: number }} Ellipse - Of one σ: half-axes, angle. */

/** @typedef {{ place: Point, ellipse: Ellipse, cloud: Point[] }} Seen - As a view shows it, with samples. */

/** @typedef {{ scale: number, colour: string }} Look - `scale`: pixels per σ of the prior. */

export {};

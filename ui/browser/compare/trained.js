// What is shown of one trained run beside another: its test codes on a plane, and its decoder.
import { principalPlane } from '../core/principal.js';
import { row } from '../core/planes.js';
import { requireFinite } from '../core/safetensors.js';
import { middles, reachOf } from '../kit/dots.js';
import { loadDecoder, loadTables } from '../work/load.js';
import { once } from '../work/once.js';

/** @import { Spec } from '../core/spec.js' */
/** @import { Shown } from '../kit/scatter.js' */
/** @import { Tables } from '../work/told.js' */
/**
 * @typedef {object} Told
 * @property {string} name
 * @property {Spec} spec
 * @property {string | null} weights
 * @property {{ codes: string | null }} tables
 */
/**
 * @typedef {object} Trained
 * @property {Shown & { xy: Float32Array }} shown
 * @property {Uint8Array} labels - of the test images
 * @property {(i: number) => Float32Array} decode - the mean image of a test code
 */

const LEAST = 3; // σ of the prior to each side
const ENOUGH = 2000; // codes, to find the plane in which all spread most

/**
 * @param {Told} told
 * @param {number} classes
 * @returns {Promise<Trained>}
 */
async function load(told, classes) {
  const [decoder, [codes]] = await Promise.all([loadDecoder(told), loadTables(told, 'codes')]);
  if (!codes?.mu || !codes.labels)
    throw new Error(`There are no test codes of ${told.name}. Measure it on the page Explore.`);
  const mu = codes.mu.data;
  const labels = codes.labels.data;
  const latent = told.spec.latent_dim;
  if (!labels.length || mu.length !== labels.length * latent)
    throw new Error(`The test codes of ${told.name} are damaged. Measure it again on the page Explore.`);
  requireFinite('mu', mu);
  const plane = principalPlane(mu.subarray(0, ENOUGH * latent), latent, null);
  const xy = plane.project(mu);
  const reach = Math.max(LEAST, 1.1 * reachOf(xy));
  const shown = { reach, axes: plane.names, xy, labels, middles: middles(xy, labels, classes) };
  return { shown, labels, decode: (i) => decoder.mean(row(mu, latent, i)) };
}

/**
 * A run as the maps need it, loaded once for all who show it.
 *
 * @param {Told} told
 * @param {number} classes
 */
export const trained = (told, classes) =>
  once(`trained ${told.weights} ${told.tables.codes}`, () => load(told, classes));

/**
 * How many test images two runs have in common, from the first; 0 if they were measured on different ones.
 *
 * @param {Trained} a
 * @param {Trained} b
 */
export function shared(a, b) {
  const count = Math.min(a.labels.length, b.labels.length);
  for (let i = 0; i < count; i++) if (a.labels[i] !== b.labels[i]) return 0;
  return count;
}

// Planes that kept codes span, or the data: made when one of them is wished for. Pure functions.
import { Plane, dot, minus, row } from './planes.js';

/** @import { Numbers } from './planes.js' */

/**
 * v at length 1, without what points along `avoid`; null if nothing is left.
 *
 * @param {Numbers} v
 * @param {Float64Array} [avoid]
 */
function unit(v, avoid) {
  const along = avoid ? dot(v, avoid) : 0;
  const rest = Float64Array.from(v, (value, i) => (avoid ? value - along * avoid[i] : value));
  const length = Math.sqrt(dot(rest, rest));
  return length > 1e-6 ? rest.map((value) => value / length) : null;
}

/**
 * The plane through three codes, or null if they lie on a line.
 *
 * @param {Numbers[]} codes
 * @param {string[]} names
 */
export function planeThrough([a, b, c], names) {
  const right = unit(minus(b, a));
  const up = right && unit(minus(c, a), right);
  return up && new Plane(Float64Array.from(a), right, up, { names });
}

const ENOUGH = 10000; // codes tell the axes

/**
 * @param {Float32Array} all
 * @param {number} latent
 */
function covariance(all, latent) {
  const table = all.subarray(0, ENOUGH * latent);
  const count = table.length / latent;
  const mean = new Float64Array(latent);
  const sums = new Float64Array(latent * latent);
  for (let k = 0; k < table.length; k++) mean[k % latent] += table[k] / count;
  for (let i = 0; i < count; i++) {
    const from = minus(row(table, latent, i), mean);
    for (let a = 0; a < latent; a++)
      for (let b = 0; b < latent; b++) sums[a * latent + b] += (from[a] * from[b]) / count;
  }
  return { mean, rows: Array.from({ length: latent }, (_, a) => row(sums, latent, a)) };
}

const ROUNDS = 200; // separate what the eye could tell apart

/**
 * By power iteration; without one, in a table of one point, any direction will do.
 *
 * @param {Float64Array[]} rows
 * @param {Float64Array} [avoid]
 */
function eigenvector(rows, avoid) {
  const start = rows.map((_, i) => 1 + i / rows.length);
  let v = unit(start, avoid) ?? Float64Array.from(start);
  for (let round = 0; round < ROUNDS; round++) {
    const next = rows.map((weights) => dot(v, weights));
    v = unit(next, avoid) ?? v;
  }
  return v;
}

/**
 * The plane of the first two principal axes of a table of codes, through their mean.
 *
 * @param {Float32Array} table
 * @param {number} latent
 * @param {string[]} names
 */
export function principalPlane(table, latent, names) {
  const { mean, rows } = covariance(table, latent);
  const right = eigenvector(rows);
  return new Plane(mean, right, eigenvector(rows, right), { names });
}

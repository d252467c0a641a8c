// The plane in which codes spread most, turned so that it agrees with the plane before it. No DOM, runs in node.
import { Plane, axesPlane, dot } from './planes.js';

const ROUNDS = 60; // of the power iteration; far more than two directions apart in variance need

/**
 * The covariance of the rows of a table, and their mean.
 *
 * @param {Float32Array} table
 * @param {number} latent
 */
function moments(table, latent) {
  const count = table.length / latent;
  const mean = new Float64Array(latent);
  for (let i = 0; i < table.length; i++) mean[i % latent] += table[i] / count;
  const covariance = Array.from({ length: latent }, () => new Float64Array(latent));
  for (let i = 0; i < count; i++) {
    for (let a = 0; a < latent; a++) {
      const from = table[i * latent + a] - mean[a];
      for (let b = 0; b <= a; b++) covariance[a][b] += (from * (table[i * latent + b] - mean[b])) / count;
    }
  }
  for (let a = 0; a < latent; a++) for (let b = 0; b < a; b++) covariance[b][a] = covariance[a][b];
  return { mean, covariance };
}

/** @param {Float64Array} vector */
function unit(vector) {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

/**
 * The direction of most variance that is orthogonal to another.
 *
 * @param {Float64Array[]} covariance
 * @param {Float64Array} start
 * @param {Float64Array | null} other
 */
function leading(covariance, start, other) {
  let vector = start;
  for (let round = 0; round <= ROUNDS; round++) {
    const part = other ? dot(vector, other) : 0;
    const rest = vector.map((value, i) => value - part * (other?.[i] ?? 0));
    vector = unit(round < ROUNDS ? Float64Array.from(covariance, (line) => dot(line, unit(rest))) : rest);
  }
  return vector;
}

/**
 * Turn or mirror two directions within their plane, so that they are as near as can be to two others.
 *
 * @param {Float64Array[]} directions
 * @param {Plane} before
 */
function aligned([right, up], before) {
  const [a, b, c, d] = [dot(right, before.right), dot(up, before.right), dot(right, before.up), dot(up, before.up)];
  const mirrored = a * d - b * c < 0;
  const angle = mirrored ? Math.atan2(b + c, a - d) : Math.atan2(b - c, a + d);
  const [cos, sin, sign] = [Math.cos(angle), Math.sin(angle), mirrored ? -1 : 1];
  return [
    right.map((value, i) => cos * value + sin * up[i]),
    right.map((value, i) => sign * (cos * up[i] - sin * value)),
  ];
}

/**
 * The plane on which a table of codes is shown: the latent plane itself where there are two dimensions, else the plane
 * of the two principal components.
 *
 * @param {Float32Array} table
 * @param {number} latent
 * @param {Plane | null} before - the plane shown before, whose orientation is kept
 */
export function principalPlane(table, latent, before) {
  if (latent === 2) return axesPlane(2, 0, 1, ['z₁', 'z₂']);
  const names = ['1st component', '2nd component'];
  if (latent === 1)
    return new Plane(new Float64Array(1), Float64Array.of(1), Float64Array.of(0), { names: ['z₁', ''] });
  const { mean, covariance } = moments(table, latent);
  const start = Float64Array.from({ length: latent }, (_, i) => 1 + 1 / (i + 2));
  const right = leading(covariance, start, null);
  const up = leading(
    covariance,
    start.map((value, i) => (i % 2 ? -value : value)),
    right,
  );
  const [across, upwards] = before ? aligned([right, up], before) : [right, up];
  return new Plane(mean, across, upwards, { names });
}

// Planes that kept codes span, or the data: made when one of them is wished for. Pure functions.
import { Plane, dot, minus, row } from './planes.js';

function unit(v, avoid) {
  let rest = Float64Array.from(v);
  if (avoid) rest = rest.map((value, i) => value - dot(v, avoid) * avoid[i]);
  const length = Math.sqrt(dot(rest, rest));
  return length > 1e-6 ? rest.map((value) => value / length) : null;
}

/** The plane through three codes, or null if they lie on a line. */
export function planeThrough([a, b, c], names) {
  const right = unit(minus(b, a)),
    up = right && unit(minus(c, a), right);
  return up && new Plane(Float64Array.from(a), right, up, { names });
}

const ENOUGH = 10000; // codes tell the axes

function covariance(all, latent) {
  const table = all.subarray(0, ENOUGH * latent),
    count = table.length / latent,
    mean = new Float64Array(latent),
    sums = new Float64Array(latent * latent);
  for (let k = 0; k < table.length; k++) mean[k % latent] += table[k] / count;
  for (let i = 0; i < count; i++) {
    const from = minus(Float64Array.from(row(table, latent, i)), mean);
    for (let a = 0; a < latent; a++)
      for (let b = 0; b < latent; b++) sums[a * latent + b] += (from[a] * from[b]) / count;
  }
  return { mean, rows: Array.from({ length: latent }, (_, a) => sums.subarray(a * latent, (a + 1) * latent)) };
}

// Power iteration; some 200 rounds separate what the eye could tell apart.
function eigenvector(rows, avoid) {
  let v = unit(
    rows.map((_, i) => 1 + i / rows.length),
    avoid,
  );
  for (let round = 0; round < 200; round++)
    v =
      unit(
        rows.map((r) => dot(v, r)),
        avoid,
      ) ?? v;
  return v;
}

/** The plane of the first two principal axes of a table of codes, through their mean. */
export function principalPlane(table, latent, names) {
  const { mean, rows } = covariance(table, latent),
    right = eigenvector(rows);
  return new Plane(mean, right, eigenvector(rows, right), { names });
}

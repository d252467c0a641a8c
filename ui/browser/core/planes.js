// Planes in the latent space, and what lies near a code. Pure functions: no DOM, runs in a worker and in node as well.

/** @typedef {ArrayLike<number>} Numbers */
/** @typedef {[x: number, y: number]} Position */

/**
 * @param {Numbers} a
 * @param {Numbers} b
 */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * @param {Numbers} a
 * @param {Numbers} b
 */
export const minus = (a, b) => Float64Array.from(a, (value, i) => value - b[i]);

/**
 * One row of a table of codes, in the table's own memory.
 *
 * @template {Float32Array | Float64Array | Uint8Array} Table
 * @param {Table} table
 * @param {number} latent
 * @param {number} i
 */
export const row = (table, latent, i) => /** @type {Table} */ (table.subarray(i * latent, (i + 1) * latent));

/** A plane with orthonormal directions: position (x, y) is the code origin + x·right + y·up. */
export class Plane {
  /**
   * @param {Float64Array} origin
   * @param {Float64Array} right
   * @param {Float64Array} up
   * @param {object} options
   * @param {string[]} options.names - of both directions
   * @param {boolean} [options.free] - it passes through the code it is seen from: only two of its dimensions change
   */
  constructor(origin, right, up, { names, free = false }) {
    this.origin = origin;
    this.right = right;
    this.up = up;
    this.names = names;
    this.free = free;
  }

  /**
   * Where a code lies, seen along the plane's normals.
   *
   * @param {Numbers} z
   * @returns {Position}
   */
  place(z) {
    const from = minus(z, this.origin);
    return [dot(this.right, from), dot(this.up, from)];
  }

  /**
   * The code at a position, seen from a code.
   *
   * @param {Position} position
   * @param {Numbers} seen
   */
  at([x, y], seen) {
    const start = this.free ? seen : this.origin;
    const [x0, y0] = this.free ? this.place(seen) : [0, 0];
    return Float32Array.from(start, (value, i) => value + (x - x0) * this.right[i] + (y - y0) * this.up[i]);
  }

  /**
   * The places of all rows of a table of codes, x and y in turn.
   *
   * @param {Numbers} table
   */
  project(table) {
    const { right, up, origin } = this;
    const latent = right.length;
    const count = table.length / latent;
    const xy = new Float32Array(2 * count);
    const [x0, y0] = [dot(right, origin), dot(up, origin)];
    for (let i = 0; i < count; i++) {
      let [x, y] = [-x0, -y0];
      for (let d = 0; d < latent; d++) {
        x += table[i * latent + d] * right[d];
        y += table[i * latent + d] * up[d];
      }
      xy[2 * i] = x;
      xy[2 * i + 1] = y;
    }
    return xy;
  }

  /**
   * The ellipse of one σ of a diagonal Gaussian, seen in the plane: half-axes and the first one's angle.
   *
   * @param {Numbers} logvar
   */
  ellipse(logvar) {
    const { right, up } = this;
    let [xx, yy, xy] = [0, 0, 0];
    for (let i = 0; i < logvar.length; i++) {
      const variance = Math.exp(logvar[i]);
      xx += variance * right[i] * right[i];
      yy += variance * up[i] * up[i];
      xy += variance * right[i] * up[i];
    }
    const half = (xx - yy) / 2;
    const root = Math.hypot(half, xy);
    const middle = (xx + yy) / 2;
    return {
      major: Math.sqrt(middle + root),
      minor: Math.sqrt(Math.max(0, middle - root)),
      angle: Math.atan2(2 * xy, 2 * half) / 2,
    };
  }
}

/**
 * @param {number} latent
 * @param {number} i
 */
const axis = (latent, i) => Float64Array.from({ length: latent }, (_, d) => (d === i ? 1 : 0));

/**
 * The plane of two dimensions; the others stay as they are.
 *
 * @param {number} latent
 * @param {number} i
 * @param {number} j
 * @param {string[]} names
 */
export const axesPlane = (latent, i, j, names) =>
  new Plane(new Float64Array(latent), axis(latent, i), axis(latent, j), { names, free: true });

const UNUSED_NATS = 0.01;

/**
 * The dimensions that the decoder heeds: all, but those whose posterior equals the prior.
 *
 * @param {number} latent
 * @param {Numbers | null} [kl] - per dimension, nats
 */
export function heeded(latent, kl) {
  const all = [...Array(latent).keys()];
  const some = kl ? all.filter((i) => !(kl[i] < UNUSED_NATS)) : all;
  return some.length ? some : all;
}

/**
 * The row of a table of codes that is nearest to z in some dimensions, and its distance.
 *
 * @param {Numbers} table
 * @param {number} latent
 * @param {Numbers} z
 * @param {number[]} dimensions
 * @param {number} [but] - a row that is passed over
 */
export function nearest(table, latent, z, dimensions, but = -1) {
  let [index, least] = [-1, Infinity];
  for (let i = 0; i < table.length / latent; i++) {
    let sum = 0;
    for (let j = 0; j < dimensions.length && sum < least; j++) {
      const d = dimensions[j];
      sum += (table[i * latent + d] - z[d]) ** 2;
    }
    if (sum < least && i !== but) [index, least] = [i, sum];
  }
  return { index, distance: Math.sqrt(least) };
}

const SAMPLES = 200;

/**
 * The distance within which nearly all (95 %) test codes have another one: farther away there is no data.
 *
 * @param {Float32Array} table
 * @param {number} latent
 * @param {number[]} dimensions
 */
export function reach(table, latent, dimensions) {
  const count = table.length / latent;
  const step = Math.max(1, Math.floor(count / SAMPLES));
  const found = [];
  for (let i = 0; i < count; i += step) {
    found.push(nearest(table, latent, row(table, latent, i), dimensions, i).distance);
  }
  return found.sort((a, b) => a - b)[Math.floor(0.95 * found.length)];
}

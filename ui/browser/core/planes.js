// Planes in the latent space, and what lies near a code. Pure functions: no DOM, runs in a worker and in node as well.

export const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
export const minus = (a, b) => a.map((value, i) => value - b[i]);
export const row = (table, latent, i) => table.subarray(i * latent, (i + 1) * latent);

/** A plane with orthonormal directions: position (x, y) is the code origin + x·right + y·up. */
export class Plane {
  /** `free` planes pass through the code they are seen from: only two of its dimensions change. */
  constructor(origin, right, up, { names, free = false }) {
    Object.assign(this, { origin, right, up, names, free });
  }

  /** Where a code lies, seen along the plane's normals. */
  place(z) {
    const from = minus(Float64Array.from(z), this.origin);
    return [dot(this.right, from), dot(this.up, from)];
  }

  /** The code at a position, seen from a code. */
  at([x, y], seen) {
    const start = this.free ? seen : this.origin,
      [x0, y0] = this.free ? this.place(seen) : [0, 0];
    return Float32Array.from(start, (value, i) => value + (x - x0) * this.right[i] + (y - y0) * this.up[i]);
  }

  /** The places of all rows of a table of codes, x and y in turn. */
  project(table) {
    const { right, up, origin } = this,
      latent = right.length,
      count = table.length / latent,
      xy = new Float32Array(2 * count);
    const [x0, y0] = [dot(right, origin), dot(up, origin)];
    for (let i = 0, k = 0; i < count; i++) {
      let x = -x0,
        y = -y0;
      for (let d = 0; d < latent; d++, k++) {
        x += table[k] * right[d];
        y += table[k] * up[d];
      }
      xy[2 * i] = x;
      xy[2 * i + 1] = y;
    }
    return xy;
  }

  /** The ellipse of one σ of a Gaussian with diagonal covariance, seen in the plane: half-axes and the first one's angle. */
  ellipse(logvar) {
    const variance = Float64Array.from(logvar, Math.exp);
    const [xx, yy, xy] = [
      [this.right, this.right],
      [this.up, this.up],
      [this.right, this.up],
    ].map(([a, b]) =>
      dot(
        a.map((value, i) => value * b[i]),
        variance,
      ),
    );
    const half = (xx - yy) / 2,
      root = Math.hypot(half, xy),
      middle = (xx + yy) / 2;
    return {
      major: Math.sqrt(middle + root),
      minor: Math.sqrt(Math.max(0, middle - root)),
      angle: Math.atan2(2 * xy, 2 * half) / 2,
    };
  }
}

const axis = (latent, i) => Float64Array.from({ length: latent }, (_, d) => (d === i ? 1 : 0));

/** The plane of two dimensions; the others stay as they are. */
export const axesPlane = (latent, i, j, names) =>
  new Plane(new Float64Array(latent), axis(latent, i), axis(latent, j), { names, free: true });

const UNUSED_NATS = 0.01;

/** The dimensions that the decoder heeds: all, but those whose posterior equals the prior. */
export function heeded(latent, kl) {
  const all = [...Array(latent).keys()],
    some = all.filter((i) => !(kl?.[i] < UNUSED_NATS));
  return some.length ? some : all;
}

/** The row of a table of codes that is nearest to z in some dimensions, and its distance. */
export function nearest(table, latent, z, dimensions, but = -1) {
  let best = -1,
    least = Infinity;
  for (let k = 0, i = 0; k < table.length; i++, k += latent) {
    let sum = 0;
    for (let j = 0; j < dimensions.length && sum < least; j++)
      sum += (table[k + dimensions[j]] - z[dimensions[j]]) ** 2;
    if (sum < least && i !== but) [best, least] = [i, sum];
  }
  return { index: best, distance: Math.sqrt(least) };
}

const SAMPLES = 200;

/** The distance within which nearly all (95 %) test codes have another one: farther away there is no data. */
export function reach(table, latent, dimensions) {
  const count = table.length / latent,
    step = Math.max(1, Math.floor(count / SAMPLES)),
    found = [];
  for (let i = 0; i < count; i += step)
    found.push(nearest(table, latent, row(table, latent, i), dimensions, i).distance);
  return found.sort((a, b) => a - b)[Math.floor(0.95 * found.length)];
}

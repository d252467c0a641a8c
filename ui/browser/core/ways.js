// Ways between codes: straight, along the sphere, a blend of four, along a polyline. Pure: no DOM.

/** @typedef {ArrayLike<number>} Numbers */
/** @typedef {(a: Numbers, b: Numbers, t: number) => Float32Array} Curve - From a at t = 0 to b at t = 1. */

/**
 * @param {Numbers} a
 * @param {Numbers} b
 * @param {number} p
 * @param {number} q
 */
const mix = (a, b, p, q) => Float32Array.from(a, (value, i) => p * value + q * b[i]);

/** @param {Numbers} z */
export const norm = (z) => Math.hypot(...Array.from(z));

/** @type {Curve} */
export const lerp = (a, b, t) => mix(a, b, 1 - t, t);

/**
 * Along the great circle, the norm changing evenly (White 2016, section 2.1); straight where the directions are
 * parallel.
 *
 * @type {Curve}
 */
export function slerp(a, b, t) {
  const [from, to] = [norm(a), norm(b)];
  const cosine = Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0) / (from * to);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  if (!(sine >= 1e-6)) return lerp(a, b, t); // NaN: 0 has no direction
  const length = ((1 - t) * from + t * to) / sine;
  return mix(a, b, (length * Math.sin((1 - t) * angle)) / from, (length * Math.sin(t * angle)) / to);
}

/**
 * Four codes in a square, a b above c d, blended at u to the right, v downwards.
 *
 * @param {Numbers[]} corners
 * @param {number} u
 * @param {number} v
 */
export const bilinear = ([a, b, c, d], u, v) => lerp(lerp(a, b, u), lerp(c, d, u), v);

/**
 * The way t → code through all codes by lerp or slerp, each leg in the same time.
 *
 * @param {Numbers[]} codes
 * @param {Curve} curve
 */
export const tour = (codes, curve) => (/** @type {number} */ t) => {
  const legs = codes.length - 1;
  const leg = Math.min(legs - 1, Math.floor(t * legs));
  return curve(codes[leg], codes[leg + 1], t * legs - leg);
};

/**
 * The way t → code along a polyline, at even speed.
 *
 * @param {Numbers[]} codes
 */
export function along(codes) {
  const ends = [0];
  for (let i = 1; i < codes.length; i++) ends.push(ends[i - 1] + norm(mix(codes[i], codes[i - 1], 1, -1)));
  return (/** @type {number} */ t) => {
    const gone = t * ends[ends.length - 1];
    const reached = ends.findIndex((end) => end >= gone);
    const i = Math.max(1, reached);
    return lerp(codes[i - 1], codes[i], (gone - ends[i - 1]) / (ends[i] - ends[i - 1]) || 0);
  };
}

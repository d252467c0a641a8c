// Ways between codes: straight, along the sphere, a blend of four, along a polyline. Pure: no DOM.

const mix = (a, b, p, q) => Float32Array.from(a, (value, i) => p * value + q * b[i]);

export const norm = (z) => Math.hypot(...z);
export const lerp = (a, b, t) => mix(a, b, 1 - t, t);

/** Along the great circle, the norm changing evenly (White 2016, section 2.1); straight where the directions are parallel. */
export function slerp(a, b, t) {
  const [from, to] = [norm(a), norm(b)],
    cosine = a.reduce((sum, value, i) => sum + value * b[i], 0) / (from * to);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine))),
    sine = Math.sin(angle),
    length = ((1 - t) * from + t * to) / sine;
  if (!(sine >= 1e-6)) return lerp(a, b, t); // NaN: 0 has no direction
  return mix(a, b, (length * Math.sin((1 - t) * angle)) / from, (length * Math.sin(t * angle)) / to);
}

/** Four codes in a square, a b above c d, blended at u to the right, v downwards. */
export const bilinear = ([a, b, c, d], u, v) => lerp(lerp(a, b, u), lerp(c, d, u), v);

/** The way t → code through all codes by lerp or slerp, each leg in the same time. */
export const tour = (codes, curve) => (t) => {
  const legs = codes.length - 1,
    leg = Math.min(legs - 1, Math.floor(t * legs));
  return curve(codes[leg], codes[leg + 1], t * legs - leg);
};

/** The way t → code along a polyline, at even speed. */
export function along(codes) {
  const ends = [0];
  for (let i = 1; i < codes.length; i++) ends.push(ends[i - 1] + norm(mix(codes[i], codes[i - 1], 1, -1)));
  return (t) => {
    const gone = t * ends.at(-1),
      i = Math.max(
        1,
        ends.findIndex((end) => end >= gone),
      );
    return lerp(codes[i - 1], codes[i], (gone - ends[i - 1]) / (ends[i] - ends[i - 1]) || 0);
  };
}

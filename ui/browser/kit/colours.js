// Colours for levels: from black over purple and orange to a pale yellow, ever brighter, on dark pages and light ones.

/** @type {[red: number, green: number, blue: number][]} - after matplotlib's "magma", at equal distances */
const STOPS = [
  [0, 0, 4],
  [28, 16, 68],
  [79, 18, 123],
  [129, 37, 129],
  [181, 54, 122],
  [229, 80, 100],
  [251, 135, 97],
  [254, 194, 135],
  [252, 253, 191],
];

/** @param {number} level - 0 to 1 */
function colourAt(level) {
  const place = level * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(place));
  return STOPS[below].map((value, i) => Math.round(value + (place - below) * (STOPS[below + 1][i] - value)));
}

/** The colours of the levels 0 to 255, each one word of an ImageData. */
export const HEAT = Uint32Array.from({ length: 256 }, (_, level) => {
  const [red, green, blue] = colourAt(level / 255);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
});

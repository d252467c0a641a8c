// What stands on a pad above its points: crosshair, kept codes, the way between them.
import { haloed, stroke } from './edge.js';

/** @import { Point } from '../kit/dots.js' */
/** @import { Edge } from './edge.js' */

const LETTERS = 'ABCD';
const RING = 9;
const DISC = 13;
const ARMS = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];

/**
 * The place of z; of one outside the view only the ring.
 *
 * @param {Edge} edge
 * @param {Point} place
 */
export function drawCrosshair(edge, place) {
  const { context, theme } = edge;
  const { at, outside } = edge.hold(place, RING, theme.text);
  const [x, y] = at;
  stroke(context, haloed(theme), () => {
    context.arc(x, y, RING, 0, 2 * Math.PI);
    for (const [dx, dy] of outside ? [] : ARMS) {
      context.moveTo(x + RING * dx, y + RING * dy);
      context.lineTo(x + 2 * RING * dx, y + 2 * RING * dy);
    }
  });
}

/**
 * Kept codes with their letters.
 *
 * @param {Edge} edge
 * @param {Point[]} places
 */
export function drawPins(edge, places) {
  const { context, theme } = edge;
  Object.assign(context, { textAlign: 'center', textBaseline: 'middle', font: `700 16px ${theme.font}` });
  places.forEach((place, i) => {
    const [x, y] = edge.hold(place, DISC, theme.text).at;
    context.beginPath();
    context.arc(x, y, DISC, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.background, strokeStyle: theme.text, lineWidth: 2 });
    context.fill();
    context.stroke();
    context.fillStyle = theme.text;
    context.fillText(LETTERS[i], x, y + 1);
  });
}

/**
 * A way through places.
 *
 * @param {Edge} edge
 * @param {Point[]} places
 * @param {string} colour
 */
export function drawRoute({ context, theme }, places, colour) {
  stroke(context, haloed(theme, colour), () => places.forEach(([x, y]) => context.lineTo(x, y)));
}

// What stands on a pad above its points: crosshair, kept codes, the way between them, the ellipse of a posterior.
import { fixed } from '../kit/elements.js';

const SMALL = 14; // pixels: an ellipse smaller than that is shown enlarged as well
const LENS = 52;

function stroke(context, colours, path) {
  for (const [lineWidth, strokeStyle] of colours) {
    Object.assign(context, { lineWidth, strokeStyle });
    context.beginPath();
    path();
    context.stroke();
  }
}

const haloed = (theme, colour = theme.text) => [
  [5, theme.background],
  [2, colour],
];

/** The place of z. */
export function drawCrosshair(context, [x, y], theme) {
  stroke(context, haloed(theme), () => {
    context.arc(x, y, 9, 0, 2 * Math.PI);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ])
      (context.moveTo(x + 9 * dx, y + 9 * dy), context.lineTo(x + 18 * dx, y + 18 * dy));
  });
}

/** Kept codes with their letters. */
export function drawPins(context, places, theme) {
  Object.assign(context, { textAlign: 'center', textBaseline: 'middle', font: `700 16px ${theme.font}` });
  places.forEach(([x, y], i) => {
    context.beginPath();
    context.arc(x, y, 13, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.background, strokeStyle: theme.text, lineWidth: 2 });
    context.fill();
    context.stroke();
    context.fillStyle = theme.text;
    context.fillText('ABCD'[i], x, y + 1);
  });
}

/** A way through places. */
export function drawRoute(context, places, theme, colour) {
  stroke(context, haloed(theme, colour), () => places.forEach(([x, y]) => context.lineTo(x, y)));
}

function ellipses(context, [x, y], { major, minor, angle }, scale) {
  for (const sigmas of [1, 2]) {
    context.moveTo(x + sigmas * major * scale * Math.cos(angle), y - sigmas * major * scale * Math.sin(angle));
    context.ellipse(x, y, sigmas * major * scale, sigmas * minor * scale, -angle, 0, 2 * Math.PI);
  }
}

function enlargement(pixels) {
  const wish = 22 / pixels,
    power = 10 ** Math.floor(Math.log10(wish));
  return power * [5, 2, 1].find((digit) => digit * power <= wish);
}

function dots(context, [x, y], [cx, cy], times, places, colour) {
  Object.assign(context, { fillStyle: colour, globalAlpha: 0.6 });
  for (const [px, py] of places) {
    const [dx, dy] = [times * (px - x), times * (py - y)];
    if (times === 1 || Math.hypot(dx, dy) < LENS) context.fillRect(cx + dx - 1, cy + dy - 1, 2, 2);
  }
  context.globalAlpha = 1;
}

// A lens in the corner away from the place, so that it never lies on it.
function drawLens(context, [x, y], ellipse, scale, [width, height], theme, colour, cloud) {
  const times = enlargement(ellipse.major * scale);
  if (times <= 1) return;
  const cx = x < width / 2 ? width - LENS - 12 : LENS + 12,
    cy = y < height / 2 ? height - LENS - 58 : LENS + 28;
  context.beginPath();
  context.arc(cx, cy, LENS, 0, 2 * Math.PI);
  Object.assign(context, { fillStyle: theme.background, strokeStyle: theme.border, lineWidth: 2 });
  context.fill();
  context.stroke();
  stroke(context, [[2, colour]], () => ellipses(context, [cx, cy], ellipse, scale * times));
  dots(context, [x, y], [cx, cy], times, cloud, theme.text);
  Object.assign(context, {
    textAlign: 'center',
    textBaseline: 'alphabetic',
    font: `600 14px ${theme.font}`,
    lineWidth: 5,
    strokeStyle: theme.background,
    fillStyle: theme.text,
  });
  const words = `×${times}: posterior σ = ${fixed(ellipse.major, ellipse.major < 0.1 ? 3 : 2)}`;
  context.strokeText(words, cx, cy + LENS + 17);
  context.fillText(words, cx, cy + LENS + 17);
}

/** One and two σ of a posterior at its true size, and through a lens if that is too small to see; `cloud`: places of samples. */
export function drawPosterior(context, place, ellipse, scale, size, theme, colour, cloud = []) {
  stroke(context, haloed(theme, colour), () => ellipses(context, place, ellipse, scale));
  dots(context, place, place, 1, cloud, theme.text);
  if (ellipse.major * scale < SMALL) drawLens(context, place, ellipse, scale, size, theme, colour, cloud);
}

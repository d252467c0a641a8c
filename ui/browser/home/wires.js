// The wires between the parts of the picture, in the colours of what runs along them.

/** @import { Part, Parts, Symbols } from './parts.js' */

/** @type {[from: keyof Parts, to: keyof Parts, colour: string][]} */
const WIRES = [
  ['x', 'encoder', 'x'],
  ['encoder', 'mu', 'mu'],
  ['encoder', 'sigma', 'sigma'],
  ['mu', 'z', 'mu'],
  ['sigma', 'z', 'sigma'],
  ['eps', 'z', 'eps'],
  ['z', 'decoder', 'z'],
  ['decoder', 'y', 'x_hat'],
];

/**
 * Sideways from picture to picture: captions of different heights must not tilt a straight wire.
 *
 * @param {Part} from
 * @param {Part} to
 */
function sideways(from, to) {
  const a = (from.canvas ?? from.box).getBoundingClientRect();
  const b = (to.canvas ?? to.box).getBoundingClientRect();
  const [x0, y0, x1, y1] = [a.right, a.top + a.height / 2, b.left, b.top + b.height / 2];
  const start = Math.abs(y1 - y0) < 8 ? y1 : y0;
  const middle = (x0 + x1) / 2;
  return [x0, start, middle, start, middle, y1, x1, y1];
}

/**
 * @param {Part} from
 * @param {Part} to
 */
function downwards(from, to) {
  const a = from.box.getBoundingClientRect();
  const b = to.box.getBoundingClientRect();
  const [x0, y0, x1, y1] = [a.left + a.width / 2, a.bottom, b.left + b.width / 2, b.top];
  const middle = (y0 + y1) / 2;
  return [x0, y0, x0, middle, x1, middle, x1, y1];
}

/**
 * A wire leaves and arrives sideways where the boxes stand side by side, and from below where they are stacked.
 *
 * @param {Part} from
 * @param {Part} to
 * @param {DOMRect} origin
 */
function bend(from, to, origin) {
  const beside = to.box.getBoundingClientRect().left >= from.box.getBoundingClientRect().right - 2;
  const points = beside ? sideways(from, to) : downwards(from, to);
  const [x, y, ...rest] = points.map((value, i) => value - (i % 2 ? origin.top : origin.left));
  return `M${x},${y}C${rest}`;
}

/**
 * Draw the wires behind the parts; returns the function that lays them anew, for when the parts have moved.
 *
 * @param {HTMLElement} root
 * @param {Parts} parts
 * @param {Symbols} symbols
 */
export function wiring(root, parts, symbols) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const paths = WIRES.map(([, , colour]) => {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('stroke', symbols[colour]);
    svg.append(path);
    return path;
  });
  root.prepend(svg);
  return () => {
    const origin = root.getBoundingClientRect();
    WIRES.forEach(([from, to], i) => paths[i].setAttribute('d', bend(parts[from], parts[to], origin)));
  };
}

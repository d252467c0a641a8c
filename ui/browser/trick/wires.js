// The wires between the boxes of the trick: who feeds whom.

/** @typedef {[x: number, y: number]} Point - of a box in shares of its sides, or in pixels of the picture */
/** @typedef {{ from: string, leaves: Point, to: string, arrives: Point, symbol: string }} Wire */

const HIGHEST = 0.1; // of the left side of a box, where a wire may arrive
const LOWEST = 0.9;

/** @type {Wire[]} */
const WIRES = [
  { from: 'x', leaves: [1, 0.5], to: 'encoder', arrives: [0, 0.5], symbol: 'x' },
  { from: 'encoder', leaves: [1, 0.32], to: 'mu', arrives: [0, 0.5], symbol: 'mu' },
  { from: 'encoder', leaves: [1, 0.68], to: 'sigma', arrives: [0, 0.5], symbol: 'sigma' },
  { from: 'mu', leaves: [0.5, 1], to: 'z', arrives: [0.3, 0], symbol: 'mu' },
  { from: 'sigma', leaves: [0, 0.75], to: 'z', arrives: [0.75, 0], symbol: 'sigma' },
  { from: 'eps', leaves: [1, 0.5], to: 'z', arrives: [0, 0.5], symbol: 'eps' },
  { from: 'z', leaves: [1, 0.5], to: 'decoder', arrives: [0, 0.5], symbol: 'z' },
  { from: 'decoder', leaves: [1, 0.5], to: 'y', arrives: [0, 0.5], symbol: 'x_hat' },
];

/** The point that a wire's curve is drawn towards at one end, at a right angle to the side of the box. */
const pull = (/** @type {Point} */ [x, y], /** @type {Point} */ [sx, sy], /** @type {number} */ reach) => {
  const out = (/** @type {number} */ side) => (side === 1 ? reach : side === 0 ? -reach : 0);
  return [x + out(sx), y + out(sy)];
};

/**
 * The path of a wire.
 *
 * @param {DOMRect} a
 * @param {DOMRect} b
 * @param {Wire} wire
 * @param {DOMRect} origin
 */
function bend(a, b, { leaves, arrives }, origin) {
  /** @returns {Point} */
  const at = (/** @type {DOMRect} */ box, /** @type {Point} */ [x, y]) => [
    box.left + x * box.width - origin.left,
    box.top + y * box.height - origin.top,
  ];
  const from = at(a, leaves);
  const to = at(b, arrives);
  const [highest, lowest] = [HIGHEST, LOWEST].map((share) => at(b, [0, share])[1]);
  if (arrives[0] === 0) to[1] = Math.min(lowest, Math.max(highest, from[1])); // straight where it can be
  const reach = Math.hypot(to[0] - from[0], to[1] - from[1]) / 2;
  return `M${from}C${[...pull(from, leaves, reach), ...pull(to, arrives, reach), ...to]}`;
}

/**
 * Put the wires behind what `root` shows; returns the function that lays them anew.
 *
 * @param {Element} root
 * @param {Record<string, Element>} boxes - by the names that the wires use
 * @param {Record<string, string>} colours - by symbol.
 */
export function wiring(root, boxes, colours) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const paths = WIRES.map(({ from, to, symbol }) => {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('stroke', colours[symbol]);
    path.setAttribute('class', `${from}-${to}`);
    return path;
  });
  svg.append(...paths);
  root.prepend(svg);
  return () => {
    const origin = root.getBoundingClientRect();
    WIRES.forEach((wire, i) => {
      const [a, b] = [wire.from, wire.to].map((name) => boxes[name].getBoundingClientRect());
      paths[i].setAttribute('d', bend(a, b, wire, origin));
    });
  };
}

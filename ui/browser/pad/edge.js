// What lies outside a view is pointed at from its edge.

const RIM = 4; // pixels between an arrow's tip and the edge
const HEAD = 14; // pixels, an arrow's length
const APART = 27; // pixels between two marks that wait behind one arrow

/** Draw a path in each of some [width, colour] in turn: the first one is a halo. */
export function stroke(context, strokes, path) {
  for (const [lineWidth, strokeStyle] of strokes) {
    Object.assign(context, { lineWidth, strokeStyle, lineJoin: 'round' });
    context.beginPath();
    path();
    context.stroke();
  }
}

/** The strokes of a line that can be read on any ground. */
export const haloed = (theme, colour = theme.text) => [
  [5, theme.background],
  [2, colour],
];

const clamp = (value, high) => Math.min(high - RIM, Math.max(RIM, value));

/** The edge of a view, and which marks wait there. */
export class Edge {
  constructor(context, size, theme) {
    this.context = context;
    this.size = size;
    this.theme = theme;
    this.taken = [];
  }

  /** Where a mark stands: at its place or, if that is outside the view, behind an arrow at the edge that points to it. */
  hold([x, y], radius, colour) {
    const [width, height] = this.size;
    if (x >= 0 && y >= 0 && x <= width && y <= height) return { at: [x, y], outside: false };
    const tip = [clamp(x, width), clamp(y, height)];
    const length = Math.hypot(x - tip[0], y - tip[1]);
    const towards = [(x - tip[0]) / length, (y - tip[1]) / length];
    this.#arrow(tip, towards, colour);
    return { at: this.#free(tip, towards, HEAD + radius + 2), outside: true };
  }

  #arrow([x, y], [ux, uy], colour) {
    const { context, theme } = this;
    stroke(context, haloed(theme, colour), () => {
      context.moveTo(x, y);
      context.lineTo(x - HEAD * ux - 7 * uy, y - HEAD * uy + 7 * ux);
      context.lineTo(x - HEAD * ux + 7 * uy, y - HEAD * uy - 7 * ux);
      context.closePath();
    });
    context.fillStyle = colour;
    context.fill();
  }

  // Marks with one direction queue behind their arrow: each must be read.
  #free([x, y], [ux, uy], depth) {
    const at = [x - depth * ux, y - depth * uy];
    if (this.taken.some(([px, py]) => Math.hypot(px - at[0], py - at[1]) < APART)) {
      return this.#free([x, y], [ux, uy], depth + APART / 3);
    }
    this.taken.push(at);
    return at;
  }
}

// A scatter plot on canvases: the view (equal aspect, zoom, pan), the points, their class names, the axes.

/** The view of a plane: `scale` pixels per unit around a centre. y points up. */
export class View {
  constructor([left, right, bottom, top], size = [1, 1]) {
    this.home = { x: (left + right) / 2, y: (bottom + top) / 2, width: right - left || 1, height: top - bottom || 1 };
    this.size = size;
    this.reset();
  }

  /** Centre and zoom as a text, empty at home; and back. */
  get text() {
    const { x, y, zoom, home } = this;
    return x === home.x && y === home.y && zoom === 1
      ? ''
      : [x, y, zoom].map((value) => Number(value.toFixed(3))).join();
  }

  restore(text) {
    this.reset();
    if (text) [this.x, this.y, this.zoom] = text.split(',').map(Number); // checked by Python
  }

  reset() {
    Object.assign(this, { x: this.home.x, y: this.home.y, zoom: 1 });
  }

  get scale() {
    return this.zoom * Math.min(this.size[0] / this.home.width, this.size[1] / this.home.height);
  }

  toPixel(x, y) {
    return [this.size[0] / 2 + (x - this.x) * this.scale, this.size[1] / 2 - (y - this.y) * this.scale];
  }

  toData(px, py) {
    return [this.x + (px - this.size[0] / 2) / this.scale, this.y - (py - this.size[1] / 2) / this.scale];
  }

  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
  }

  /** Zoom by a factor so that what lies under the pixel stays there. */
  zoomAt(px, py, factor) {
    const [x, y] = this.toData(px, py);
    this.zoom = Math.min(40, Math.max(0.3, this.zoom * factor));
    const [qx, qy] = this.toPixel(x, y);
    this.pan(px - qx, py - qy);
  }
}

function range(xy, offset) {
  const values = xy.filter((_, i) => i % 2 === offset).sort();
  // A few far points must not shrink all the others: they are a zoom away.
  const [low, high] = [0.002, 0.998].map((share) => values[Math.round(share * (values.length - 1))]);
  const margin = 0.07 * (high - low) || 1;
  return [low - margin, high + margin];
}

/** [left, right, bottom, top] that shows nearly all points. */
export const bounds = (xy) => [...range(xy, 0), ...range(xy, 1)];

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** The middle of each class: the median of its coordinates. */
export function middles(xy, labels, classes) {
  const members = Array.from({ length: classes }, () => [[], []]);
  labels.forEach((label, i) => members[label]?.forEach((values, axis) => values.push(xy[2 * i + axis])));
  return members.map((values) => (values[0].length ? values.map(median) : null));
}

const GREY = '#8a8a8a';

// A colour as one word of an ImageData, whose bytes are red, green, blue, alpha.
const word = (hex, alpha) =>
  ((alpha << 24) |
    (parseInt(hex.slice(5, 7), 16) << 16) |
    (parseInt(hex.slice(3, 5), 16) << 8) |
    parseInt(hex.slice(1, 3), 16)) >>>
  0;

function disc(side, stride) {
  const offsets = [],
    middle = (side - 1) / 2;
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) if (Math.hypot(x - middle, y - middle) <= side / 2) offsets.push(y * stride + x);
  return offsets;
}

const buffers = new WeakMap();

function bufferOf(canvas) {
  let buffer = buffers.get(canvas);
  if (buffer?.image.width !== canvas.width || buffer.image.height !== canvas.height) {
    const image = new ImageData(canvas.width, canvas.height);
    buffers.set(canvas, (buffer = { image, words: new Uint32Array(image.data.buffer) }));
  }
  return buffer;
}

/**
 * All points in the colours of their classes, in the canvas's own pixels, `ratio` of them to one of the page; while a class is
 * highlighted the others are grey, never hidden. Pixels are written one by one: 70,000 paths would take several frames.
 */
export function drawDots(canvas, view, ratio, xy, labels, { colours, highlight = null }) {
  const { image, words } = bufferOf(canvas),
    { width, height } = image,
    count = labels.length,
    scale = view.scale * ratio;
  const side = Math.round(
    ratio *
      Math.min(
        8,
        (count < 1500 ? 4.4 : count < 20000 && height > 420 * ratio ? 2.8 : 2) * Math.sqrt(Math.max(1, view.zoom)),
      ),
  );
  const stamp = disc(side, width),
    named = (k) => highlight === null || k === highlight;
  // By label; 0 is not painted.
  const greys = Uint32Array.from(colours, (_, k) => (named(k) ? 0 : word(GREY, 70))),
    palette = Uint32Array.from(colours, (colour, k) => (named(k) ? word(colour, 225) : 0));
  const left = width / 2 - view.x * scale - side / 2,
    top = height / 2 + view.y * scale - side / 2;
  const pass = (paints) => {
    for (let i = 0; i < count; i++) {
      const colour = paints[labels[i] % colours.length];
      if (!colour) continue;
      const px = Math.round(left + xy[2 * i] * scale),
        py = Math.round(top - xy[2 * i + 1] * scale);
      if (px < 0 || py < 0 || px + side > width || py + side > height) continue;
      const start = py * width + px;
      for (let k = 0; k < stamp.length; k++) words[start + stamp[k]] = colour;
    }
  };
  words.fill(0);
  if (highlight !== null) pass(greys);
  pass(palette);
  canvas.getContext('2d').putImageData(image, 0, 0);
}

function haloed(context, text, x, y, theme) {
  context.lineJoin = 'round';
  context.lineWidth = 6;
  context.strokeStyle = theme.background;
  context.strokeText(text, x, y);
  context.fillStyle = theme.text;
  context.fillText(text, x, y);
}

const APART = 25; // pixels between two names

// Names whose clusters coincide step aside: each must be read.
function spread(pixels) {
  for (let round = 0; round < 30; round++) {
    pixels.forEach((a, i) =>
      pixels.slice(0, i).forEach((b) => {
        const [dx, dy] = [a[0] - b[0] || 0.1, a[1] - b[1]],
          distance = Math.hypot(dx, dy);
        if (distance >= APART) return;
        const push = (APART - distance) / (2 * distance);
        a[0] += dx * push;
        a[1] += dy * push;
        b[0] -= dx * push;
        b[1] -= dy * push;
      }),
    );
  }
}

/** The class names at their middles. */
export function drawNames(context, view, places, names, highlight, theme) {
  Object.assign(context, { textAlign: 'center', textBaseline: 'middle' });
  context.font = `700 22px ${theme.font}`;
  const present = [...places.keys()].filter((k) => places[k]);
  const pixels = present.map((k) => view.toPixel(...places[k]));
  spread(pixels);
  present.forEach((k, i) => {
    context.globalAlpha = highlight === null || highlight === k ? 1 : 0.35;
    haloed(context, names[k] ?? String(k), ...pixels[i], theme);
  });
  context.globalAlpha = 1;
}

function step(span) {
  const power = 10 ** Math.floor(Math.log10(span / 5));
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= 7);
}

/** Grid lines with their numbers, and the names of both axes. */
export function drawAxes(context, view, [nameX, nameY], theme) {
  const [width, height] = view.size,
    size = step(Math.min(width, height) / view.scale);
  const [left, top] = view.toData(0, 0),
    [right, bottom] = view.toData(width, height);
  const places = (low, high) => {
    const first = Math.ceil(low / size);
    return Array.from({ length: Math.floor(high / size) - first + 1 }, (_, i) => (first + i) * size);
  };
  const inside =
    (span) =>
    ([, at]) =>
      at > 36 && at < span - 36; // the corners belong to the axes' names
  const columns = places(left, right)
    .map((x) => [x, view.toPixel(x, 0)[0]])
    .filter(inside(width));
  const rows = places(bottom, top)
    .map((y) => [y, view.toPixel(0, y)[1]])
    .filter(inside(height));
  const words = (value) => String(Number(value.toFixed(6))).replace('-', '−');
  context.font = `14px ${theme.font}`;
  context.fillStyle = theme.border;
  for (const [, px] of columns) context.fillRect(Math.round(px), 0, 1, height);
  for (const [, py] of rows) context.fillRect(0, Math.round(py), width, 1);
  Object.assign(context, { textAlign: 'center', textBaseline: 'bottom' });
  for (const [x, px] of columns) haloed(context, words(x), px, height - 4, theme);
  Object.assign(context, { textAlign: 'left', textBaseline: 'middle' });
  for (const [y, py] of rows) haloed(context, words(y), 5, py, theme);
  context.font = `700 18px ${theme.font}`;
  haloed(context, nameY, 8, 16, theme);
  Object.assign(context, { textAlign: 'right', textBaseline: 'bottom' });
  haloed(context, nameX, width - 8, height - 6, theme);
}

// A picture becomes an image of a model as MNIST's digits did; loaded only when somebody brings one.

const SIDE = 256;
const clamp = (value, low = 0, high = 1) => Math.min(high, Math.max(low, value));

const middle = (values) => values.sort()[values.length >> 1];

// The brightness of the paper at each pixel, from the four corners: light falls from one side.
function paperOf(grey, [height, width]) {
  const [h, w] = [height, width].map((side) => Math.ceil(side / 8)), pixel = (x, y) => (_, i) => grey[(y + Math.floor(i / w)) * width + x + (i % w)];
  const corner = (x, y) => middle(Float32Array.from({ length: h * w }, pixel(x, y))), [right, bottom] = [width - w, height - h];
  const [a, b, c, d] = [corner(0, 0), corner(right, 0), corner(0, bottom), corner(right, bottom)];
  return (i) => {
    const x = (i % width) / width, y = i / width / height;
    return (1 - y) * (a + x * (b - a)) + y * (c + x * (d - c));
  };
}

/** The ink in 0..1 of a grey picture, dark on bright or bright on dark; noise and shadows of its paper are none. */
export function inkOf(grey, size) {
  const paper = paperOf(grey, size), from = grey.map((value, i) => value - paper(i)), sorted = from.slice().sort(), specks = Math.floor(grey.length / 1000);
  const dark = -sorted[specks], bright = sorted[grey.length - 1 - specks], peak = dark > bright ? -dark : bright;
  if (Math.abs(peak) < 0.1) return grey.map(() => 0);
  // Paper varies to both sides: the side without ink shows by how much.
  const floor = clamp(Math.min(dark, bright) / Math.abs(peak), 0.08, 0.4);
  return from.map((value) => clamp((value / peak - floor) / (1 - 2 * floor)));
}

// Where ink begins and ends along one side, but for specks, and its centre of mass.
function extent(sums) {
  const total = sums.reduce((a, b) => a + b);
  let from = 0, to = 0, seen = 0, mass = 0;
  sums.forEach((sum, i) => {
    if (seen <= 0.002 * total) from = i;
    if (seen < 0.998 * total) to = i + 1;
    seen += sum;
    mass += (sum * (i + 0.5)) / total;
  });
  return { from, to, mass };
}

// Where in the ink the image begins, along both sides, and the pixels of ink to one of the image.
function frameOf(ink, [rows, columns], sides) {
  const sums = [new Float64Array(rows), new Float64Array(columns)], [share, beyond] = Math.min(...sides) < 16 ? [1, 0] : [20 / 28, 0.5];
  for (let i = 0; i < rows * columns; i++) {
    sums[0][Math.floor(i / columns)] += ink[i];
    sums[1][i % columns] += ink[i];
  }
  const spans = sums.map(extent), exact = Math.max(...spans.map(({ from, to }, k) => (to - from) / sides[k] / share));
  const step = Math.abs(exact - 1) < 0.08 ? 1 : exact; // nearly right is right: fitting twice changes nothing
  const start = ({ from, to, mass }, k) => {
    const before = Math.round(sides[k] / 2 + beyond - (mass - from) / step), room = Math.floor(sides[k] - (to - from) / step);
    return from - step * clamp(before, 0, room);
  };
  return [step, ...spans.map(start)];
}

/**
 * A plane of ink, the first of several, as an image, prepared as MNIST's were: cropped, scaled into 20 of 28 pixels, its centre of mass half a pixel beyond the
 * middle, unless that would cut ink off; in tiny images it reaches the edge. Null without ink.
 */
export function fit(ink, size, [channels, height, width]) {
  const [step, top, left] = frameOf(ink, size, [height, width]), parts = Math.ceil(step) + 3, area = height * width;
  if (!(step > 0)) return null;
  const image = new Float32Array(channels * area), source = (start, k) => Math.floor(start + (step * (k + 0.5)) / parts);
  for (let v = 0; v < height * parts; v++) {
    const y = source(top, v), to = Math.floor(v / parts) * width;
    for (let u = 0; u < width * parts; u++) {
      const x = source(left, u);
      if (x >= 0 && x < size[1] && y >= 0 && y < size[0]) image[to + Math.floor(u / parts)] += ink[y * size[1] + x] / parts ** 2;
    }
  }
  for (let c = 1; c < channels; c++) image.copyWithin(c * area, 0, area);
  return image;
}

/** A picture file as an image of a model, or null; on grey paper, because a transparent picture may hold dark ink or bright. */
export async function scan(file, shape) {
  const bitmap = await createImageBitmap(file, { resizeWidth: SIDE, resizeQuality: 'high' }), { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.fillStyle = '#888';
  context.fillRect(0, 0, width, height);
  context.filter = 'grayscale(1)';
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return fit(inkOf(Float32Array.from({ length: width * height }, (_, i) => data[4 * i + 1] / 255), [height, width]), [height, width], shape);
}

// A picture becomes an image of a model as MNIST's digits did; loaded only when somebody brings one.

const SIDE = 256;
const clamp = (value, low = 0, high = 1) => Math.min(high, Math.max(low, value));

// The brightness of the paper at each pixel: a plane through the medians of its four borders, because light falls from one side.
function paperOf(grey, [height, width]) {
  const x = (i) => (i % width) / width - 0.5,
    y = (i) => i / width / height - 0.5;
  const [left, right, top, bottom] = [(i) => x(i) < -0.4, (i) => x(i) > 0.4, (i) => y(i) < -0.4, (i) => y(i) > 0.4].map(
    (inside) => {
      const border = grey.filter((_, i) => inside(i)).sort();
      return border[border.length >> 1];
    },
  );
  return (i) => (left + right + top + bottom) / 4 + ((right - left) * x(i) + (bottom - top) * y(i)) / 0.9;
}

/** The ink in 0..1 of a grey picture, dark on bright or bright on dark; noise and shadows of its paper are none. */
export function inkOf(grey, size) {
  const paper = paperOf(grey, size),
    from = grey.map((value, i) => value - paper(i)),
    sorted = from.slice().sort(),
    specks = grey.length >> 10;
  const dark = -sorted[specks],
    bright = sorted.at(-1 - specks),
    peak = dark > bright ? -dark : bright;
  // Paper varies to both sides: the side without ink shows by how much.
  const floor = clamp(Math.min(dark, bright) / Math.abs(peak), 0.08, 0.4);
  return from.map((value) => (Math.abs(peak) < 0.1 ? 0 : clamp((value / peak - floor) / (1 - 2 * floor))));
}

// Where ink begins and ends along one side, but for specks, and its centre of mass.
function extent(sums) {
  const inked = (sum) => sum > 0.03 * Math.max(...sums),
    total = sums.reduce((a, b) => a + b);
  return {
    from: sums.findIndex(inked),
    to: sums.findLastIndex(inked) + 1,
    mass: sums.reduce((moment, sum, i) => moment + (sum * (i + 0.5)) / total, 0),
  };
}

/**
 * A plane of ink, the first of several, as an image, prepared as MNIST's were: cropped, scaled into 20 of 28 pixels, its centre of mass
 * half a pixel beyond the middle, unless that would cut ink off; in tiny images it reaches the edge. Null without ink.
 */
export function fit(ink, size, [channels, ...sides]) {
  const sums = size.map((length) => new Float64Array(length)),
    [rows, columns] = size,
    [height, width] = sides;
  for (let i = 0; i < rows * columns; i++) {
    sums[0][Math.floor(i / columns)] += ink[i];
    sums[1][i % columns] += ink[i];
  }
  const spans = sums.map(extent),
    [share, beyond] = Math.min(...sides) < 16 ? [1, 0] : [20 / 28, 0.5];
  if (spans[0].from < 0) return null;
  const exact = Math.max(...spans.map(({ from, to }, k) => (to - from) / sides[k] / share));
  const step = Math.abs(exact - 1) < 0.08 ? 1 : exact; // pixels of ink to one of the image; nearly right is right: twice is once
  const [top, left] = spans.map(({ from, to, mass }, k) => {
    const before = Math.round(sides[k] / 2 + beyond - (mass - from) / step),
      room = Math.floor(sides[k] - (to - from) / step);
    return from - step * clamp(before, 0, room);
  });
  const parts = Math.ceil(step) + 3,
    image = new Float32Array(channels * height * width),
    source = (start, k) => Math.floor(start + (step * (k + 0.5)) / parts);
  for (let v = 0; v < height * parts; v++) {
    for (let u = 0; u < width * parts; u++) {
      const x = source(left, u),
        y = source(top, v),
        inside = x >= 0 && x < columns && y >= 0 && y < rows;
      if (inside) image[Math.floor(v / parts) * width + Math.floor(u / parts)] += ink[y * columns + x] / parts ** 2;
    }
  }
  for (let c = 1; c < channels; c++) image.copyWithin(c * height * width, 0, height * width);
  return image;
}

/** A picture file as an image of a model, or null; on grey paper, because a transparent picture may hold dark ink or bright. */
export async function scan(file, shape) {
  const bitmap = await createImageBitmap(file, { resizeWidth: SIDE, resizeQuality: 'high' }),
    { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.fillStyle = '#888';
  context.fillRect(0, 0, width, height);
  context.filter = 'grayscale(1)';
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return fit(
    inkOf(
      Float32Array.from({ length: width * height }, (_, i) => data[4 * i + 1] / 255),
      [height, width],
    ),
    [height, width],
    shape,
  );
}

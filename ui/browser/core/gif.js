// Animated GIFs of grey or colour images: fixed palette, LZW, looping for ever. Pure: no DOM.

// 6 levels of red and blue, 7 of green, which the eye tells apart best.
const colour = (i) => [Math.floor(i / 42) * 51, (Math.floor(i / 6) % 7) * 42.5, (i % 6) * 51];
const nearest = (red, green, blue) => Math.round(red / 51) * 42 + Math.round(green / 42.5) * 6 + Math.round(blue / 51);
const text = (words) => Array.from(words, (letter) => letter.charCodeAt());
const shorts = (...values) => values.flatMap((value) => [value & 255, value >> 8]);

function enlarged(image, [channels, height, width], scale) {
  const area = height * width,
    green = channels > 2 ? area : 0,
    blue = area * (channels - 1),
    across = width * scale;
  return new Uint8Array(area * scale * scale).map((_, k) => {
    const i = Math.floor(k / across / scale) * width + Math.floor((k % across) / scale);
    return channels > 1 ? nearest(image[i], image[green + i], image[blue + i]) : image[i];
  });
}

function lzw(pixels) {
  const bytes = [],
    table = new Map();
  let width = 9,
    next,
    held = 0,
    bits = 0,
    prefix = pixels[0];
  const put = (code) => {
    held |= code << bits;
    for (bits += width; bits > 7; bits -= 8, held >>= 8) bytes.push(held & 255);
  };
  const clear = () => {
    put(256);
    table.clear();
    [width, next] = [9, 258];
  };
  clear();
  for (let i = 1; i <= pixels.length; i++) {
    const key = (prefix << 8) | (pixels[i] ?? -1),
      known = table.get(key); // the end, -1, is never known
    if (!known) {
      put(prefix);
      table.set(key, next);
      if (next === 1 << width) width++; // the reader is one entry behind
      if (++next === 4096) clear();
    }
    prefix = known ?? pixels[i];
  }
  [257, 0].forEach(put); // the 0 flushes
  return bytes;
}

/** One frame: an image (bytes, channels first), its pixels `scale` wide, shown for `delay` hundredths of a second. */
export function frame(image, shape, scale, delay) {
  const data = lzw(enlarged(image, shape, scale)),
    blocks = [];
  for (let i = 0; i < data.length; i += 255) blocks.push(Math.min(255, data.length - i), ...data.slice(i, i + 255));
  const head = [
    ...text('!\xf9\x04\x04'),
    ...shorts(delay),
    0,
    0,
    44,
    ...shorts(0, 0, shape[2] * scale, shape[1] * scale),
    0,
    8,
  ];
  return Uint8Array.from([...head, ...blocks, 0]);
}

/** The parts of a file of frames of one shape and scale. */
export function gif(frames, [channels, height, width], scale) {
  const palette = Array.from({ length: 256 }, (_, i) => (channels > 1 ? colour(i) : [i, i, i])).flat();
  const head = [
    ...text('GIF89a'),
    ...shorts(width * scale, height * scale),
    0xf7,
    0,
    0,
    ...palette,
    ...text('!\xff\vNETSCAPE2.0\x03\x01\0\0\0'),
  ];
  return [Uint8Array.from(head), ...frames, Uint8Array.of(59)];
}

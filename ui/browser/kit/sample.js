// Paints one example of a data set: an image as pixels.

const buffers = new WeakMap();

/** Draw pixels (channels first, 0 to `full`) into a canvas of their own size. */
export function drawPixels(canvas, pixels, [channels, height, width], full = 1) {
  let buffer = buffers.get(canvas);
  if (!buffer || canvas.width !== width || canvas.height !== height) {
    Object.assign(canvas, { width, height });
    buffer = { context: canvas.getContext('2d'), image: new ImageData(width, height) };
    buffers.set(canvas, buffer);
  }
  fillRgba(buffer.image.data, pixels, channels, height * width, 255 / full);
  buffer.context.putImageData(buffer.image, 0, 0);
}

/** Write pixels as RGBA bytes. One channel is grey; of several, the first and the last two are red, green and blue. */
export function fillRgba(rgba, pixels, channels, area, scale = 255) {
  const green = (channels > 2 ? 1 : 0) * area,
    blue = (channels - 1) * area;
  for (let i = 0, o = 0; i < area; i++, o += 4) {
    rgba[o] = pixels[i] * scale;
    rgba[o + 1] = pixels[green + i] * scale;
    rgba[o + 2] = pixels[blue + i] * scale;
    rgba[o + 3] = 255;
  }
}

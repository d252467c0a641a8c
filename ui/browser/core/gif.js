// Animated GIFs of grey or colour images: fixed palette, LZW, looping for ever. Pure: no DOM.

/** @import { Shape } from './spec.js' */

/**
 * 6 levels of red and blue, 7 of green, which the eye tells apart best.
 *
 * @param {number} i
 */
const colour = (i) => [Math.floor(i / 42) * 51, (Math.floor(i / 6) % 7) * 42.5, (i % 6) * 51];
/**
 * @param {number} red
 * @param {number} green
 * @param {number} blue
 */
const nearest = (red, green, blue) => Math.round(red / 51) * 42 + Math.round(green / 42.5) * 6 + Math.round(blue / 51);
/** @param {string} words */
const text = (words) => Array.from(words, (letter) => letter.charCodeAt(0));
/** @param {...number} values */
const shorts = (...values) => values.flatMap((value) => [value & 255, value >> 8]);

/**
 * The places in the palette of an image's pixels, each of them `scale` wide.
 *
 * @param {ArrayLike<number>} image
 * @param {Shape} shape
 * @param {number} scale
 */
function enlarged(image, [channels, height, width], scale) {
  const area = height * width;
  const green = channels > 2 ? area : 0;
  const blue = area * (channels - 1);
  const across = width * scale;
  return new Uint8Array(area * scale * scale).map((_, k) => {
    const i = Math.floor(k / across / scale) * width + Math.floor((k % across) / scale);
    return channels > 1 ? nearest(image[i], image[green + i], image[blue + i]) : image[i];
  });
}

/** Codes of any width as bytes, the lowest bits first. */
class BitWriter {
  #held = 0;
  #bits = 0;

  constructor() {
    /** @type {number[]} */
    this.bytes = [];
  }

  /**
   * @param {number} code
   * @param {number} width - bits
   */
  put(code, width) {
    this.#held |= code << this.#bits;
    this.#bits += width;
    while (this.#bits > 7) {
      this.bytes.push(this.#held & 255);
      this.#held >>= 8;
      this.#bits -= 8;
    }
  }
}

const CLEAR = 256;
const END = 257;
const FULL = 4096;

/** @param {Uint8Array} pixels */
function lzw(pixels) {
  const writer = new BitWriter();
  /** @type {Map<number, number>} */
  const table = new Map();
  let width = 9;
  let next = END + 1;
  let prefix = pixels[0];
  const clear = () => {
    writer.put(CLEAR, width);
    table.clear();
    width = 9;
    next = END + 1;
  };
  clear();
  for (let i = 1; i <= pixels.length; i++) {
    const key = (prefix << 8) | (pixels[i] ?? -1);
    const known = table.get(key); // the end, -1, is never known
    if (!known) {
      writer.put(prefix, width);
      table.set(key, next);
      if (next === 1 << width) width++; // the reader is one entry behind
      next++;
      if (next === FULL) clear();
    }
    prefix = known ?? pixels[i];
  }
  for (const code of [END, 0]) writer.put(code, width); // the 0 flushes
  return writer.bytes;
}

/**
 * One frame, shown for `delay` hundredths of a second.
 *
 * @param {ArrayLike<number>} image - bytes, channels first
 * @param {Shape} shape
 * @param {number} scale - how wide its pixels are
 * @param {number} delay
 */
export function frame(image, shape, scale, delay) {
  const [, height, width] = shape;
  const data = lzw(enlarged(image, shape, scale));
  const blocks = [];
  for (let i = 0; i < data.length; i += 255) blocks.push(Math.min(255, data.length - i), ...data.slice(i, i + 255));
  const control = [...text('!\xf9\x04\x04'), ...shorts(delay), 0, 0];
  const descriptor = [44, ...shorts(0, 0, width * scale, height * scale), 0];
  return Uint8Array.from([...control, ...descriptor, 8, ...blocks, 0]);
}

/**
 * The parts of a file of frames of one shape and scale.
 *
 * @param {Uint8Array<ArrayBuffer>[]} frames
 * @param {Shape} shape
 * @param {number} scale
 */
export function gif(frames, [channels, height, width], scale) {
  const palette = Array.from({ length: 256 }, (_, i) => (channels > 1 ? colour(i) : [i, i, i])).flat();
  const screen = [...text('GIF89a'), ...shorts(width * scale, height * scale), 0xf7, 0, 0];
  const forEver = text('!\xff\vNETSCAPE2.0\x03\x01\0\0\0');
  return [Uint8Array.from([...screen, ...palette, ...forEver]), ...frames, Uint8Array.of(59)];
}

// Paints a sound as its spectrogram: a column is a moment, low frequencies are at the bottom, bright is loud.
import { HEAT } from './colours.js';

/** @import { Painter } from './sample.js' */

/** @type {Painter} */
export const sound = {
  size: ([, height, width]) => [width, height],
  paint(context, at, values, [, height, width], full) {
    const image = new ImageData(width, height);
    const words = new Uint32Array(image.data.buffer);
    for (let i = 0; i < words.length; i++) words[i] = HEAT[Math.round((255 * values[i]) / full)];
    context.putImageData(image, ...at);
  },
  across: 12,
  scales: ([, height, width], kind) => {
    const [rate, window, hop] = [kind.rate, kind.window, kind.hop].map(Number);
    return { across: ['s', ((width - 1) * hop) / rate], up: ['kHz', (height * rate) / window / 1000] };
  },
};

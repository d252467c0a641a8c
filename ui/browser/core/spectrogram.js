// Between a sound and the picture that a model has of it: the logarithm of its spectrum, low frequencies at the bottom.
import { griffinLim, ShortTime } from './griffinlim.js';

/** @import { Kind, Shape } from './spec.js' */
/**
 * What Python says of a set of sounds.
 *
 * @typedef {object} Sound
 * @property {number} rate - samples a second
 * @property {number} window - samples under one window
 * @property {number} hop - samples from one window to the next
 * @property {number} floor_db - of the level 0; the level 1 is 0 dB
 * @property {number} trim_db - a moment so far below the loudest is silence
 */

const PEAK = 0.7; // of full scale, of what is heard
const FADE = 64; // samples at both ends, so that nothing clicks

/** @param {Kind} kind */
export const soundOf = (kind) => /** @type {Sound} */ (/** @type {unknown} */ (kind));

/**
 * Where the level of a frequency at a moment stands in a picture.
 *
 * @param {Shape} shape
 * @param {number} frame
 * @param {number} bin
 */
const place = ([, height, width], frame, bin) => (height - 1 - bin) * width + frame;

/**
 * The picture of a sound, 0..1: 1 where it is loudest, 0 where it is `floor_db` below that, or fainter.
 *
 * @param {ArrayLike<number>} samples
 * @param {Shape} shape
 * @param {Sound} sound
 */
export function spectrogram(samples, shape, { window, hop, floor_db: floor }) {
  const [, height, frames] = shape;
  const transform = new ShortTime({ frames, window, hop });
  const kept = Array.from(samples).slice(0, transform.length);
  const { re, im } = transform.analyse(kept);
  const { bins } = transform;
  const magnitudes = re.map((real, i) => (i % bins < height ? Math.hypot(real, im[i]) : 0));
  const loudest = magnitudes.reduce((most, value) => Math.max(most, value), 1e-12);
  const levels = new Float32Array(height * frames);
  magnitudes.forEach((magnitude, i) => {
    const decibels = 20 * Math.log10(Math.max(magnitude / loudest, 1e-12));
    if (i % bins < height) levels[place(shape, Math.floor(i / bins), i % bins)] = 1 - Math.max(decibels, floor) / floor;
  });
  return levels;
}

/**
 * The magnitudes of a picture, frame by frame; what is at the floor is silent.
 *
 * @param {ArrayLike<number>} levels
 * @param {Shape} shape
 * @param {Sound} sound
 * @param {number} full - the loudest level
 */
function magnitudes(levels, shape, { window, floor_db: floor }, full) {
  const [, height, frames] = shape;
  const bins = window / 2 + 1;
  const found = new Float64Array(frames * bins);
  for (let frame = 0; frame < frames; frame++) {
    for (let bin = 0; bin < height; bin++) {
      const level = levels[place(shape, frame, bin)] / full;
      if (level > 0) found[frame * bins + bin] = 10 ** (((1 - level) * floor) / 20);
    }
  }
  return found;
}

/**
 * The sound of a picture, as loud as all others; its phase is estimated.
 *
 * @param {ArrayLike<number>} levels - 0 to `full`
 * @param {Shape} shape
 * @param {Sound} sound
 * @param {number} [full]
 */
export function heard(levels, shape, sound, full = 1) {
  const { window, hop } = sound;
  const samples = griffinLim(magnitudes(levels, shape, sound, full), { frames: shape[2], window, hop });
  return levelled(samples);
}

/**
 * Samples at a fixed loudness, with soft ends.
 *
 * @param {ArrayLike<number>} samples
 */
export function levelled(samples) {
  let peak = 1e-9;
  for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i]));
  const soft = (/** @type {number} */ i) => Math.min(1, (i + 1) / FADE, (samples.length - i) / FADE);
  return Float32Array.from(samples, (value, i) => (PEAK * soft(i) * value) / peak);
}

/**
 * A sound without the silence around it, as Python trims it; null if there is nothing else.
 *
 * @param {Float32Array} samples
 * @param {Sound} sound
 */
export function trimmed(samples, { hop, trim_db: trim }) {
  const count = Math.floor(samples.length / hop);
  const power = Array.from({ length: count }, (_, k) => {
    let sum = 0;
    for (let i = k * hop; i < (k + 1) * hop; i++) sum += samples[i] ** 2;
    return sum;
  });
  const least = Math.max(0, ...power) * 10 ** (trim / 10);
  const loud = [...power.keys()].filter((k) => power[k] > least);
  if (!loud.length) return null;
  return samples.slice(Math.max(0, loud[0] - 1) * hop, (loud[loud.length - 1] + 2) * hop);
}

// Sound from magnitudes: the phase that a spectrogram lacks, estimated by going to and fro between sound and spectrum.
import { fourier } from './fourier.js';

/** @typedef {{ frames: number, window: number, hop: number }} Grid - Windows of so many samples, so far apart. */
/** @typedef {{ re: Float64Array, im: Float64Array }} Spectrum - Frame by frame, window / 2 + 1 bins each. */

const ITERATIONS = 32;
const MOMENTUM = 0.99;
const LEAST = 1e-9; // so that nothing is divided by 0

/** The short-time Fourier transform under a periodic Hann window, frame k around sample k·hop, and its inverse. */
export class ShortTime {
  /** @param {Grid} grid */
  constructor({ frames, window, hop }) {
    this.frames = frames;
    this.size = window;
    this.hop = hop;
    this.bins = window / 2 + 1;
    this.length = (frames - 1) * hop;
    this.hann = Float64Array.from({ length: window }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window));
    this.transform = fourier(window);
    this.re = new Float64Array(window);
    this.im = new Float64Array(window);
    this.weights = this.#weights();
  }

  /** The sum of the squared windows over each sample. */
  #weights() {
    const weights = new Float64Array(this.length);
    for (let frame = 0; frame < this.frames; frame++) {
      const first = frame * this.hop - this.size / 2;
      for (let i = 0; i < this.size; i++) if (first + i in weights) weights[first + i] += this.hann[i] ** 2;
    }
    return weights.map((weight) => Math.max(weight, LEAST));
  }

  /** @returns {Spectrum} */
  get blank() {
    const count = this.frames * this.bins;
    return { re: new Float64Array(count), im: new Float64Array(count) };
  }

  /**
   * @param {ArrayLike<number>} samples - zero beyond their ends
   * @param {Spectrum} [spectrum] - is written over
   */
  analyse(samples, spectrum = this.blank) {
    const { frames, re, im } = this;
    for (let frame = 0; frame < frames; frame += 2) {
      this.#cut(samples, frame, re);
      this.#cut(samples, frame + 1, im);
      this.transform(re, im);
      this.#part(spectrum, frame);
    }
    return spectrum;
  }

  /**
   * @param {ArrayLike<number>} samples
   * @param {number} frame
   * @param {Float64Array} target
   */
  #cut(samples, frame, target) {
    const { size, hop, hann } = this;
    const first = frame * hop - size / 2;
    const [from, to] = [Math.max(0, -first), Math.min(size, samples.length - first)];
    target.fill(0);
    for (let i = from; i < to; i++) target[i] = hann[i] * samples[first + i];
  }

  /**
   * Two real frames went through one transform: of one the spectrum is even about 0, of the other odd.
   *
   * @param {Spectrum} spectrum
   * @param {number} frame - the first of the two
   */
  #part(spectrum, frame) {
    const { size, bins, re, im } = this;
    const one = frame * bins;
    const other = frame + 1 < this.frames ? one + bins : -1;
    for (let k = 0; k < bins; k++) {
      const mirror = (size - k) % size;
      spectrum.re[one + k] = (re[k] + re[mirror]) / 2;
      spectrum.im[one + k] = (im[k] - im[mirror]) / 2;
      if (other < 0) continue;
      spectrum.re[other + k] = (im[k] + im[mirror]) / 2;
      spectrum.im[other + k] = (re[mirror] - re[k]) / 2;
    }
  }

  /**
   * The samples whose spectrum is nearest to this one.
   *
   * @param {Spectrum} spectrum
   * @returns {Float64Array}
   */
  synthesise(spectrum) {
    const { frames, size, re, im, length, weights } = this;
    const samples = new Float64Array(length);
    for (let frame = 0; frame < frames; frame += 2) {
      this.#join(spectrum, frame);
      this.transform(im, re); // the inverse: the two frames are its real and its imaginary part
      this.#add(re, frame, samples);
      this.#add(im, frame + 1, samples);
    }
    for (let i = 0; i < length; i++) samples[i] /= weights[i] * size;
    return samples;
  }

  /**
   * @param {Spectrum} spectrum
   * @param {number} frame - the first of two
   */
  #join(spectrum, frame) {
    const { size, bins, re, im } = this;
    const one = frame * bins;
    const other = one + bins;
    const there = frame + 1 < this.frames;
    for (let k = 0; k < bins; k++) {
      const mirror = (size - k) % size;
      const real = there ? spectrum.re[other + k] : 0;
      const imaginary = there ? spectrum.im[other + k] : 0;
      re[mirror] = spectrum.re[one + k] + imaginary;
      im[mirror] = real - spectrum.im[one + k];
      re[k] = spectrum.re[one + k] - imaginary;
      im[k] = real + spectrum.im[one + k];
    }
  }

  /**
   * @param {Float64Array} part
   * @param {number} frame
   * @param {Float64Array} samples
   */
  #add(part, frame, samples) {
    const { size, hop, hann } = this;
    const first = frame * hop - size / 2;
    const [from, to] = [Math.max(0, -first), Math.min(size, samples.length - first)];
    for (let i = from; i < to; i++) samples[first + i] += hann[i] * part[i];
  }
}

/**
 * A phase to begin with: random, but always the same, so that a picture always sounds alike.
 *
 * @param {number} count
 */
function firstPhases(count) {
  let state = 1;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (2 * Math.PI * state) / 2 ** 32;
  });
}

/**
 * Give a spectrum the magnitudes that it should have; its phases stay.
 *
 * @param {Spectrum} spectrum
 * @param {Float64Array} magnitudes
 */
function impose({ re, im }, magnitudes) {
  for (let i = 0; i < magnitudes.length; i++) {
    const scale = magnitudes[i] / Math.max(Math.sqrt(re[i] * re[i] + im[i] * im[i]), LEAST);
    re[i] *= scale;
    im[i] *= scale;
  }
}

/**
 * `next` goes on in the direction in which it came from `before`.
 *
 * @param {Float64Array} next
 * @param {Float64Array} before
 */
function hurry(next, before) {
  const share = MOMENTUM / (1 + MOMENTUM);
  for (let i = 0; i < next.length; i++) {
    const here = next[i];
    next[i] -= share * before[i];
    before[i] = here;
  }
}

/**
 * A sound whose short-time spectrum has nearly these magnitudes: Griffin & Lim (1984), hurried as Perraudin, Balazs &
 * Søndergaard (2013) do.
 *
 * @param {Float64Array} magnitudes - frame by frame, window / 2 + 1 bins each
 * @param {Grid} grid
 * @param {number} [iterations]
 */
export function griffinLim(magnitudes, grid, iterations = ITERATIONS) {
  const transform = new ShortTime(grid);
  const phases = firstPhases(magnitudes.length);
  const spectrum = { re: phases.map(Math.cos), im: phases.map(Math.sin) };
  const before = transform.blank;
  for (let round = 0; round < iterations; round++) {
    impose(spectrum, magnitudes);
    transform.analyse(transform.synthesise(spectrum), spectrum);
    hurry(spectrum.re, before.re);
    hurry(spectrum.im, before.im);
  }
  impose(spectrum, magnitudes);
  return transform.synthesise(spectrum);
}

// Saves the way as a GIF, there and back.
import { button, el, fixed } from '../kit/elements.js';
import { raster } from '../kit/sample.js';
import { decode, steps } from './kept.js';
import { WAY_MS } from './player.js';

/** @import { Journey } from './journey.js' */
/** @typedef {{ began: number }} Job */

const WORDS = 'Save GIF';
const STEPS = 20; // there is one image more
const PIXELS = 224;
const SLOW_MS = 1000;
const KEPT_MS = 60000; // while the browser saves it

const pause = () => new Promise((resume) => setTimeout(resume));

/**
 * @param {BlobPart[]} parts
 * @param {string} name
 */
function download(parts, name) {
  const href = URL.createObjectURL(new Blob(parts, { type: 'image/gif' }));
  el('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), KEPT_MS);
}

/** The button that saves; if that takes long it says how far it is, and stops it. */
class Saver {
  /** @param {Journey} journey */
  constructor(journey) {
    this.journey = journey;
    /** @type {Job | null} */
    this.job = null;
    this.node = button(WORDS, () => this.#press());
  }

  async #press() {
    const stops = this.node.textContent !== WORDS;
    const job = stops ? null : { began: performance.now() };
    this.job = job;
    if (job) await this.#save(job).catch(() => this.journey.fail('The GIF could not be made. Reload the page.'));
    if (this.job === job) this.node.textContent = WORDS;
  }

  /**
   * Whether the job is still wanted; half of the work is decoding, half is encoding.
   *
   * @param {Job} job
   * @param {number} done
   */
  #goesOn(job, done) {
    const wanted = this.job === job;
    if (wanted && performance.now() - job.began > SLOW_MS)
      this.node.textContent = `Stop (${fixed((50 * done) / (STEPS + 1), 0)} %)`;
    return wanted;
  }

  /** @param {Job} job */
  async #save(job) {
    const { frame, gif } = await import('../core/gif.js');
    const { journey } = this;
    const { way, store } = journey;
    if (!way) return;
    const { shape, pixelsOf } = raster(store.vae.shape, PIXELS);
    const scale = Math.ceil(PIXELS / Math.max(shape[1], shape[2]));
    /** @type {ArrayLike<number>[]} */
    const images = [];
    await decode(journey, 'gif', steps(STEPS).map(way), (image) => {
      images.push(pixelsOf(image));
      this.#goesOn(job, images.length);
    });
    const frames = [];
    for (const image of images) {
      frames.push(frame(image, shape, scale, WAY_MS / STEPS / 10));
      if (!this.#goesOn(job, images.length + frames.length)) return;
      await pause();
    }
    const back = frames.slice(1, -1).reverse();
    download(gif([...frames, ...back], shape, scale), `${journey.data.token.split('/')[0]}-path.gif`);
  }
}

/**
 * The button that saves the way of a journey.
 *
 * @param {Journey} journey
 */
export const saver = (journey) => new Saver(journey).node;

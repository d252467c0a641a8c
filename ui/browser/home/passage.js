// What goes through the model: an image, its posterior and one ε.
import { distortion, placesOf } from '../core/likelihood.js';
import { normal, rates } from '../core/prior.js';

/** @import { Tensor } from '../core/safetensors.js' */
/** @import { Decoder, Encode } from '../core/spec.js' */

const SHOWN = 4; // dimensions whose numbers are written out

/** One image on its way through the model. */
export class Passage {
  /**
   * @param {Decoder} vae
   * @param {Encode} encode
   * @param {Tensor<Uint8Array>} images
   * @param {number} pixelStd
   */
  constructor(vae, encode, images, pixelStd) {
    this.vae = vae;
    this.encode = encode;
    this.images = images;
    this.pixelStd = pixelStd;
    this.x = this.#image(0);
    this.posterior = encode(this.x);
    this.eps = this.posterior.mu.map(normal);
  }

  /** @param {number} index */
  #image(index) {
    const { data, shape } = this.images;
    const size = data.length / shape[0];
    return Float32Array.from(data.subarray(index * size, (index + 1) * size), (byte) => byte / 255);
  }

  /** Send another test image through. */
  takeAnother() {
    this.x = this.#image(Math.floor(Math.random() * this.images.shape[0]));
    this.posterior = this.encode(this.x);
    this.eps = this.posterior.mu.map(normal);
  }

  /** The numbers on the way, by their symbols. */
  get values() {
    const { mu, logvar } = this.posterior;
    const sigma = logvar.map((v) => Math.exp(v / 2));
    return { mu, sigma, eps: this.eps, z: mu.map((m, i) => m + sigma[i] * this.eps[i]) };
  }

  /** Of this image at this ε, in nats. */
  get distortion() {
    const { vae, x, pixelStd } = this;
    return distortion(vae.decode(this.values.z), x, vae.likelihood, pixelStd, placesOf(vae.shape));
  }

  /** Of this image, by dimension, in nats. */
  get rates() {
    return rates(this.posterior.mu, this.posterior.logvar);
  }

  /** How many dimensions are written out. */
  get shown() {
    return Math.min(SHOWN, this.vae.latent);
  }

  /** The dimensions to write out: those that carry most of this image's rate. */
  get top() {
    const found = this.rates;
    const order = [...found.keys()].sort((a, b) => found[b] - found[a]);
    return order.slice(0, SHOWN).sort((a, b) => a - b);
  }
}

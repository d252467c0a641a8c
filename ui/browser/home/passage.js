// What goes through the model: an image, its posterior and one ε.
import { distortion } from '../core/likelihood.js';
import { normal, rates } from '../core/prior.js';

const SHOWN = 4; // dimensions whose numbers are written out

/** One image on its way through the model. */
export class Passage {
  constructor(vae, encode, images, { spec, pixel_std: pixelStd }) {
    this.vae = vae;
    this.encode = encode;
    this.images = images;
    this.likelihood = spec.likelihood;
    this.pixelStd = pixelStd;
    this.take(0);
  }

  /** Send a test image through; a random one if none is named. */
  take(index = Math.floor(Math.random() * this.images.shape[0])) {
    const { data, shape } = this.images;
    const size = data.length / shape[0];
    this.x = Float32Array.from(data.subarray(index * size, (index + 1) * size), (byte) => byte / 255);
    const { mu, logvar } = this.encode(this.x);
    this.values = { mu, sigma: logvar.map((v) => Math.exp(v / 2)), eps: mu.map(normal), z: mu };
    this.perDimension = rates(mu, logvar);
    this.rate = this.perDimension.reduce((a, b) => a + b, 0);
    this.setEps(this.values.eps);
  }

  setEps(eps) {
    const { mu, sigma } = this.values;
    this.values.eps = eps;
    this.values.z = mu.map((m, i) => m + sigma[i] * eps[i]);
    this.distortion = distortion(this.vae.decode(this.values.z), this.x, this.likelihood, this.pixelStd);
  }

  /** The dimensions to write out: those that carry most of this image's rate. */
  top() {
    const order = this.perDimension.map((_, i) => i).sort((a, b) => this.perDimension[b] - this.perDimension[a]);
    return order.slice(0, SHOWN).sort((a, b) => a - b);
  }

  /** How many dimensions are written out. */
  get shown() {
    return Math.min(SHOWN, this.vae.latent);
  }
}

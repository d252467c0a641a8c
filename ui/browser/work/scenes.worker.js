// A web worker that makes scenes of a training: from a snapshot the codes, the decoded plane, and pictures.
import { parseSnapshot } from '../core/snapshot.js';
import { buildDecoder } from '../core/vae.js';

/** @import { Spec } from '../core/spec.js' */
/** @typedef {{ spec: Spec, shown: number[], draws: Float32Array[] }} Brief */
/** @typedef {{ step: number, url: string, grid: Float32Array | null }} Wish - the codes of the plane, row by row */
/**
 * @typedef {object} Scene
 * @property {number} step
 * @property {Float32Array} mu
 * @property {Float32Array} logvar
 * @property {Float32Array} kl
 * @property {Uint8ClampedArray[]} manifold - images, 0 to 255
 * @property {Uint8ClampedArray[]} made - of the fixed images
 * @property {Uint8ClampedArray[]} samples
 */
/** @typedef {Scene | { step: number, problem: string }} Answer */

/** @param {ArrayLike<number>} image */
const bytes = (image) => Uint8ClampedArray.from(image, (value) => value * 255);

/**
 * @param {Brief} brief
 * @param {Wish} wish
 * @returns {Promise<Scene>}
 */
async function make({ spec, shown, draws }, { step, url, grid }) {
  const response = await fetch(url);
  if (!response.ok) throw new Error((await response.text()).slice(0, 200));
  const { tensors, mu, logvar, kl } = parseSnapshot(await response.arrayBuffer());
  const decoder = buildDecoder(spec, tensors);
  const { latent } = decoder;
  /** @type {(codes: Float32Array, i: number) => Uint8ClampedArray} */
  const decode = (codes, i) => bytes(decoder.mean(codes.slice(i * latent, (i + 1) * latent)));
  const cells = grid ? grid.length / latent : 0;
  return {
    step,
    mu,
    logvar,
    kl,
    manifold: Array.from({ length: cells }, (_, i) => decode(/** @type {Float32Array} */ (grid), i)),
    made: shown.map((row) => decode(mu, row)),
    samples: draws.map((z) => decode(z, 0)),
  };
}

/** @param {MessageEvent<Brief>} first */
onmessage = ({ data: brief }) => {
  /** @param {MessageEvent<Wish>} event */
  onmessage = ({ data: wish }) => {
    const fail = (/** @type {Error} */ { message }) => postMessage({ step: wish.step, problem: message });
    make(brief, wish).then((scene) => postMessage(scene), fail);
  };
};

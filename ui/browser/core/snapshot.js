// A snapshot of a training: the decoder in 8 bits, each row with a scale of its own, and the codes of fixed images.
import { parseSafetensors } from './safetensors.js';

/** @import { Table, Tensors } from './safetensors.js' */
/**
 * @typedef {object} Snapshot
 * @property {Tensors} tensors - of the decoder
 * @property {Float32Array} mu - row by row
 * @property {Float32Array} logvar
 * @property {Float32Array} kl - of each dimension, nats
 */

/**
 * The weights of one tensor as they were, but for the rounding.
 *
 * @param {Table} table
 * @param {string} name
 */
function widened(table, name) {
  const { shape, data } = table[name];
  const scale = table[`${name}.scale`]?.data;
  if (!scale) return { shape, data: Float32Array.from(data) };
  const each = data.length / scale.length;
  return { shape, data: Float32Array.from(data, (step, i) => step * scale[Math.floor(i / each)]) };
}

/**
 * What a snapshot's file holds; throws an Error that is a sentence.
 *
 * @param {ArrayBuffer} bytes
 * @returns {Snapshot}
 */
export function parseSnapshot(bytes) {
  const table = parseSafetensors(bytes);
  const names = Object.keys(table).filter((name) => name.startsWith('decoder.') && !name.endsWith('.scale'));
  const [mu, logvar, kl] = ['mu', 'logvar', 'kl'].map((name) => {
    if (!table[name]) throw new Error(`The snapshot lacks the array ${name}.`);
    return Float32Array.from(table[name].data);
  });
  return { tensors: Object.fromEntries(names.map((name) => [name, widened(table, name)])), mu, logvar, kl };
}

// Tables and models by URL: each is downloaded once per page and shared by all widgets.
import { parseSafetensors } from '../core/safetensors.js';
import { buildDecoder, buildEncoder } from '../core/vae.js';
import { noun } from '../kit/sample.js';
import { once } from './once.js';

/** @import { Table, Tensor, Tensors } from '../core/safetensors.js' */
/** @import { Decoder, Encode } from '../core/spec.js' */
/** @import { Model, Tables } from './told.js' */

/** @param {string} url */
async function fetchBytes(url) {
  const response = await fetch(url).catch(() => {
    throw new Error('The server cannot be reached. Reload the page.');
  });
  if (!response.ok) throw new Error((await response.text()).slice(0, 200) || `The server answered ${response.status}.`);
  return response.arrayBuffer();
}

/**
 * @param {string} url
 * @returns {Promise<Table>}
 */
export const loadTable = (url) => once(url, async () => parseSafetensors(await fetchBytes(url)));

/**
 * The tensors of one half of a model.
 *
 * @param {string} url
 */
export const loadTensors = async (url) => /** @type {Tensors} */ (await loadTable(url));

/**
 * The decoder of a widget's data; all widgets of a page share it.
 *
 * @param {Pick<Model, 'spec' | 'weights'>} data
 * @returns {Promise<Decoder>}
 */
export async function loadDecoder({ spec, weights }) {
  if (!weights) throw new Error('This model has no weights yet: its training has not finished.');
  return once(`decoder ${weights}`, async () => buildDecoder(spec, await loadTensors(weights)));
}

/**
 * The encoder of a widget's data, which is downloaded only when something is to be encoded.
 *
 * @param {Pick<Model, 'spec' | 'encoder'>} data
 * @returns {Promise<Encode>}
 */
export async function loadEncoder({ spec, encoder }) {
  if (!encoder)
    throw new Error('This model has no encoder here, so no image can be given a code. Choose another model.');
  return once(`encoder ${encoder}`, async () => buildEncoder(spec, await loadTensors(encoder)));
}

/**
 * The examples of a model's data that are at hand: its first test images, or training images that stand in for them.
 *
 * @typedef {object} Originals
 * @property {Tensor<Uint8Array>} images - channels first
 * @property {Uint8Array} labels
 * @property {string} what - what one of them is called
 */

/**
 * @param {Pick<Model, 'tables' | 'spec'>} data
 * @returns {Promise<Originals | null>}
 */
export async function loadOriginals(data) {
  const [own, standIns, codes] = await loadTables(data, 'examples', 'stand_ins', 'codes');
  const found = own ?? standIns;
  const labels = found?.labels ?? codes?.labels;
  if (!found || !labels) return null;
  const { images } = found;
  return {
    images,
    labels: labels.data.subarray(0, images.shape[0]),
    what: `${own ? 'test' : 'training'} ${noun(data.spec.image_shape)}`,
  };
}

/**
 * The named tables of a widget's data, null for one that there is not.
 *
 * @template {(keyof Tables)[]} Names
 * @param {Pick<Model, 'tables'>} data
 * @param {Names} names
 * @returns {Promise<{ [Index in keyof Names]: Tables[Names[Index]] | null }>}
 */
export async function loadTables({ tables }, ...names) {
  const found = names.map(async (name) => {
    const url = tables[name];
    return url ? loadTable(url) : null;
  });
  return /** @type {any} */ (await Promise.all(found));
}

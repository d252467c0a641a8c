// Tables and models by URL: each is downloaded once per page and shared by all widgets.
import { parseSafetensors } from '../core/safetensors.js';
import { buildDecoder, buildEncoder } from '../core/vae.js';
import { once } from './once.js';

/** @import { Table, Tensor, Tensors } from '../core/safetensors.js' */
/** @import { Decoder, Encode, Spec } from '../core/vae.js' */
/**
 * @typedef {{ mu: Tensor, labels: Tensor<Uint8Array> }} Codes - the posterior means of the test images
 * @typedef {{ logvar: Tensor }} Widths - their log-variances
 * @typedef {{ images: Tensor<Uint8Array> }} Examples - the first test images, channels first
 * @typedef {{ xy: Tensor }} Projected - the codes on a map
 * @typedef {{ codes: Codes, widths: Widths, examples: Examples, pca: Projected, umap: Projected }} Tables
 */
/**
 * What every widget that shows a model is told; weights and tables as URLs.
 *
 * @typedef {object} Model
 * @property {Spec} spec
 * @property {number} pixel_std
 * @property {string | null} weights
 * @property {string | null} encoder
 * @property {{ [Name in keyof Tables]?: string | null }} tables
 * @property {Record<string, string>} symbols - the colours of x, mu, sigma, eps, z and x_hat
 * @property {string[]} colours - of the classes
 * @property {string[]} class_names
 * @property {number[] | null} kl - per dimension, nats
 */
/**
 * What a widget that shares its state with others is told besides.
 *
 * @typedef {object} Wish
 * @property {string} token - another one for each wish of the address
 * @property {Record<string, string>} state - as the address has it
 * @property {string[]} tells - the keys that Python wants to hear of
 */
/** @typedef {Model & Wish} ModelData */

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

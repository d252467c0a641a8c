// Tables and models by URL: each is downloaded once per page and shared by all widgets.
import { parseSafetensors } from '../core/safetensors.js';
import { buildDecoder, buildEncoder } from '../core/vae.js';

const promises = new Map();

// A failure is forgotten, so that the next mount tries again.
function once(key, make) {
  if (!promises.has(key))
    promises.set(
      key,
      make().catch((error) => {
        promises.delete(key);
        throw error;
      }),
    );
  return promises.get(key);
}

async function fetchBytes(url) {
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new Error('The server cannot be reached. Reload the page.');
  }
  if (!response.ok) throw new Error((await response.text()).slice(0, 200) || `The server answered ${response.status}.`);
  return response.arrayBuffer();
}

/** The tensors {name: {shape, data}} of a table; one download per URL and page. */
export const loadTable = (url) => once(url, async () => parseSafetensors(await fetchBytes(url)));

/** The decoder of a widget's data; all widgets of a page share it. */
export async function loadDecoder({ spec, weights }) {
  if (!weights) throw new Error('This model has no weights yet: its training has not finished.');
  return once(`decoder ${weights}`, async () => buildDecoder(spec, await loadTable(weights)));
}

/** The encoder of a widget's data, which is downloaded only when something is to be encoded. */
export async function loadEncoder({ spec, encoder }) {
  if (!encoder)
    throw new Error('This model has no encoder here, so no image can be given a code. Choose another model.');
  return once(`encoder ${encoder}`, async () => buildEncoder(spec, await loadTable(encoder)));
}

/** The named tables of a widget's data, null for one that there is not. */
export const loadTables = ({ tables }, ...names) =>
  Promise.all(names.map((name) => tables[name] && loadTable(tables[name])));

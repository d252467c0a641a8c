// Reads a safetensors file.

/**
 * @template {Float32Array | Uint8Array | Int8Array | Int32Array | Uint16Array} [Values=Float32Array]
 * @typedef {{ shape: number[], data: Values }} Tensor
 */
/** @typedef {Record<string, Tensor>} Tensors - What a half of a model is made of. */
/** @typedef {Record<string, Tensor<Float32Array | Uint8Array | Int8Array | Int32Array>>} Table - Any file. */
/** @typedef {{ dtype: keyof typeof TYPES, shape: number[], data_offsets: [from: number, to: number] }} Entry */

const TYPES = { F16: Uint16Array, F32: Float32Array, U8: Uint8Array, I8: Int8Array, I32: Int32Array };

/** @param {number[]} sizes */
export const product = (sizes) => sizes.reduce((a, b) => a * b, 1);

const WRONG = 'The file is no safetensors file.';
const SHORT = 'The file is cut short. Copy it again.';

/**
 * What the file holds, and where its tensors begin.
 *
 * @param {ArrayBuffer} bytes
 * @returns {[header: Record<string, Entry>, start: number]}
 */
function readHeader(bytes) {
  if (bytes.byteLength < 8) throw new Error(SHORT);
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  if (length > 1e8) throw new Error(WRONG);
  if (8 + length > bytes.byteLength) throw new Error(SHORT);
  try {
    return [JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length))), 8 + length];
  } catch {
    throw new Error(WRONG);
  }
}

/**
 * A half's bits, moved to where a float has them, are the number times 2^-112; only infinity and NaN need more.
 *
 * @param {Uint16Array} halves
 */
function fromHalves(halves) {
  const bits = new Uint32Array(halves.length);
  const values = new Float32Array(bits.buffer);
  for (let i = 0; i < bits.length; i++) {
    const h = halves[i];
    bits[i] = ((h & 0x8000) << 16) | ((h & 0x7fff) << 13) | ((h & 0x7c00) === 0x7c00 ? 0x7f800000 : 0);
    values[i] *= 2 ** 112;
  }
  return values;
}

/**
 * @param {ArrayBuffer} bytes
 * @param {number} start
 * @param {string} name
 * @param {Entry} entry
 */
function readTensor(bytes, start, name, { dtype, shape, data_offsets: [from, to] }) {
  const Type = TYPES[dtype];
  if (!Type) throw new Error(`The browser cannot read numbers of type ${dtype} (tensor ${name}).`);
  if (to - from !== product(shape) * Type.BYTES_PER_ELEMENT)
    throw new Error(`Tensor ${name} has the wrong length for its shape.`);
  if (start + to > bytes.byteLength) throw new Error(SHORT);
  const data = new Type(bytes.slice(start + from, start + to)); // a copy: tensors need not be aligned
  return { shape, data: data instanceof Uint16Array ? fromHalves(data) : data };
}

/**
 * The tensors of a file, by name; throws an Error that is a sentence.
 *
 * @param {ArrayBuffer} bytes
 */
export function parseSafetensors(bytes) {
  const [header, start] = readHeader(bytes);
  /** @type {Table} */
  const tensors = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') tensors[name] = readTensor(bytes, start, name, entry);
  }
  return tensors;
}

/**
 * Throws if a tensor holds NaN or infinity.
 *
 * @param {string} name
 * @param {Float32Array} values
 */
export function requireFinite(name, values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * 0; // 0 unless some value is NaN or infinite
  if (sum !== 0) throw new Error(`Tensor ${name} holds NaN or infinity: the training diverged. Choose another model.`);
}

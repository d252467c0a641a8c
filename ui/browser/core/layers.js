// Runs the layers of an encoder or a decoder.
import { product, requireFinite } from './safetensors.js';

/** @import { Tensors } from './safetensors.js' */
/** @typedef {{ kind: string, sizes: number[] }} Layer */
/**
 * Of a layer or of many: what it makes of a vector, often in a buffer of its own.
 *
 * @typedef {(x: Float32Array) => Float32Array} Run
 */
/** @typedef {(layer: Layer, tensors: Tensors, prefix: string, shape: number[]) => Run} Maker */

/**
 * @param {Tensors} tensors
 * @param {string} name
 * @param {number[]} shape
 */
function parameter(tensors, name, shape) {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`The weights lack the tensor ${name}.`);
  if (tensor.shape.join() !== shape.join()) {
    throw new Error(`Tensor ${name} has the shape [${tensor.shape}], expected [${shape}].`);
  }
  requireFinite(name, tensor.data);
  return tensor.data;
}

/**
 * @param {Float32Array} weight
 * @param {number} rows
 * @param {number} columns
 */
function transposed(weight, rows, columns) {
  const result = new Float32Array(weight.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = weight[r * columns + c];
  return result;
}

/**
 * Writes where x is not 0; returns at how many places.
 *
 * @param {Float32Array} x
 * @param {Int32Array} used
 */
function findUsed(x, used) {
  let count = 0;
  for (let i = 0; i < x.length; i++) if (x[i] !== 0) used[count++] = i;
  return count;
}

/**
 * out = bias + W x as sums of columns of W: a zero input (half of them after relu, most pixels) costs nothing. Four
 * columns at a time, because the reads and writes of `out` cost as much as the products.
 *
 * @type {Maker}
 */
function linear({ sizes: [inputs, outputs] }, tensors, prefix) {
  const columns = transposed(parameter(tensors, `${prefix}.weight`, [outputs, inputs]), outputs, inputs);
  const bias = parameter(tensors, `${prefix}.bias`, [outputs]);
  const out = new Float32Array(outputs);
  const used = new Int32Array(inputs);
  return (x) => {
    const count = findUsed(x, used);
    out.set(bias);
    let k = 0;
    for (; k + 4 <= count; k += 4) {
      const [i0, i1, i2, i3] = [used[k], used[k + 1], used[k + 2], used[k + 3]];
      const [a0, a1, a2, a3] = [x[i0], x[i1], x[i2], x[i3]];
      const [o0, o1, o2, o3] = [i0 * outputs, i1 * outputs, i2 * outputs, i3 * outputs];
      for (let j = 0; j < outputs; j++) {
        out[j] += a0 * columns[o0 + j] + a1 * columns[o1 + j] + a2 * columns[o2 + j] + a3 * columns[o3 + j];
      }
    }
    for (; k < count; k++) {
      const [a, o] = [x[used[k]], used[k] * outputs];
      for (let j = 0; j < outputs; j++) out[j] += a * columns[o + j];
    }
    return out;
  };
}

/**
 * @param {Float32Array} padded
 * @param {Float32Array} x
 * @param {number[]} shape
 */
function padInto(padded, x, [channels, height, width]) {
  for (let row = 0; row < channels * height; row++) {
    const to = (row + 2 * Math.floor(row / height) + 1) * (width + 2) + 1;
    padded.set(x.subarray(row * width, (row + 1) * width), to);
  }
}

/**
 * Adds one input channel's 3×3 correlation, row by row; the window's nine numbers slide along in registers.
 *
 * @param {Float32Array} out
 * @param {number} o - where the output's plane begins
 * @param {Float32Array} padded
 * @param {number} p - where the input's plane begins
 * @param {Float32Array} w
 * @param {number} k - where the kernel begins
 * @param {number} height
 * @param {number} width
 */
function correlate(out, o, padded, p, w, k, height, width) {
  const [w0, w1, w2] = [w[k], w[k + 1], w[k + 2]];
  const [w3, w4, w5] = [w[k + 3], w[k + 4], w[k + 5]];
  const [w6, w7, w8] = [w[k + 6], w[k + 7], w[k + 8]];
  for (let row = 0; row < height; row++) {
    const top = p + row * (width + 2);
    const middle = top + width + 2;
    const bottom = middle + width + 2;
    const target = o + row * width;
    // One by one here and below: arrays to take apart would double the time of this loop.
    let a0 = padded[top];
    let a1 = padded[top + 1];
    let b0 = padded[middle];
    let b1 = padded[middle + 1];
    let c0 = padded[bottom];
    let c1 = padded[bottom + 1];
    for (let j = 0; j < width; j++) {
      const a2 = padded[top + j + 2];
      const b2 = padded[middle + j + 2];
      const c2 = padded[bottom + j + 2];
      out[target + j] += w0 * a0 + w1 * a1 + w2 * a2 + w3 * b0 + w4 * b1 + w5 * b2 + w6 * c0 + w7 * c1 + w8 * c2;
      a0 = a1;
      b0 = b1;
      c0 = c1;
      a1 = a2;
      b1 = b2;
      c1 = c2;
    }
  }
}

/**
 * @param {Float32Array} values
 * @param {number} from
 * @param {number} to
 */
function isZero(values, from, to) {
  for (let i = from; i < to; i++) if (values[i] !== 0) return false;
  return true;
}

/** @type {Maker} */
const conv = (layer, tensors, prefix, shape) => {
  const weight = parameter(tensors, `${prefix}.weight`, [layer.sizes[1], layer.sizes[0], 3, 3]);
  return correlation(layer, weight, tensors, prefix, shape);
};

/**
 * Over a line: kernels of 1×3, as the middle rows of larger ones.
 *
 * @type {Maker}
 */
const lineConv = (layer, tensors, prefix, shape) => {
  const rows = parameter(tensors, `${prefix}.weight`, [layer.sizes[1], layer.sizes[0], 1, 3]);
  const weight = new Float32Array(3 * rows.length);
  for (let i = 0; i < rows.length; i += 3) weight.set(rows.subarray(i, i + 3), 3 * i + 3);
  return correlation(layer, weight, tensors, prefix, shape);
};

/**
 * @param {Layer} layer
 * @param {Float32Array} weight - kernels of 3×3
 * @param {Tensors} tensors
 * @param {string} prefix
 * @param {number[]} shape
 * @returns {Run}
 */
function correlation({ sizes: [inputs, outputs] }, weight, tensors, prefix, [, height, width]) {
  const bias = parameter(tensors, `${prefix}.bias`, [outputs]);
  const area = height * width;
  const paddedArea = (height + 2) * (width + 2);
  const padded = new Float32Array(inputs * paddedArea);
  const out = new Float32Array(outputs * area);
  return (x) => {
    padInto(padded, x, [inputs, height, width]);
    for (let c = 0; c < outputs; c++) out.fill(bias[c], c * area, (c + 1) * area);
    for (let i = 0; i < inputs; i++) {
      if (isZero(x, i * area, (i + 1) * area)) continue;
      for (let c = 0; c < outputs; c++)
        correlate(out, c * area, padded, i * paddedArea, weight, (c * inputs + i) * 9, height, width);
    }
    return out;
  };
}

/** @type {Maker} */
function maxpool(_layer, _tensors, _prefix, [channels, height, width]) {
  const rows = height >> 1;
  const columns = width >> 1;
  const out = new Float32Array(channels * rows * columns);
  return (x) => {
    let o = 0;
    for (let c = 0; c < channels; c++) {
      for (let row = 0; row < rows; row++) {
        const start = (c * height + 2 * row) * width;
        for (let i = start; i < start + 2 * columns; i += 2) {
          out[o++] = Math.max(x[i], x[i + 1], x[i + width], x[i + width + 1]);
        }
      }
    }
    return out;
  };
}

/** @type {Maker} */
function upsample(_layer, _tensors, _prefix, [channels, height, width]) {
  const out = new Float32Array(4 * channels * height * width);
  return (x) => {
    for (let row = 0; row < channels * height; row++) {
      const o = 4 * width * row;
      for (let j = 0; j < 2 * width; j++) out[o + j] = x[row * width + (j >> 1)];
      out.copyWithin(o + 2 * width, o, o + 2 * width);
    }
    return out;
  };
}

/** @type {Maker} */
function lineMaxpool(_layer, _tensors, _prefix, [channels, , width]) {
  const out = new Float32Array((channels * width) >> 1);
  return (x) => out.map((_, o) => Math.max(x[2 * o], x[2 * o + 1]));
}

/** @type {Maker} */
function lineUpsample(_layer, _tensors, _prefix, [channels, , width]) {
  const out = new Float32Array(2 * channels * width);
  return (x) => out.map((_, o) => x[o >> 1]);
}

/**
 * In place: the layer before owns the buffer and fills it anew at every run.
 *
 * @param {(value: number) => number} f
 * @returns {Maker}
 */
const elementwise = (f) => () => (x) => {
  for (let i = 0; i < x.length; i++) x[i] = f(x[i]);
  return x;
};
/** @type {Maker} */
const relu = () => (x) => {
  for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0;
  return x;
};
/** @type {Maker} */
const identity = () => (x) => x;
/** @param {number[]} shape */
const same = (shape) => shape;

/**
 * By kind: the maker of the function that runs the layer, and the shape after it.
 *
 * @type {Record<string, [make: Maker, after: (shape: number[], layer: Layer) => number[]]>}
 */
const KINDS = {
  linear: [linear, (_, { sizes }) => [sizes[1]]],
  conv: [conv, ([, height, width], { sizes }) => [sizes[1], height, width]],
  maxpool: [maxpool, ([channels, height, width]) => [channels, height >> 1, width >> 1]],
  upsample: [upsample, ([channels, height, width]) => [channels, 2 * height, 2 * width]],
  'line-conv': [lineConv, ([, height, width], { sizes }) => [sizes[1], height, width]],
  'line-maxpool': [lineMaxpool, ([channels, , width]) => [channels, 1, width >> 1]],
  'line-upsample': [lineUpsample, ([channels, , width]) => [channels, 1, 2 * width]],
  flatten: [identity, (shape) => [product(shape)]],
  unflatten: [identity, (_, { sizes }) => sizes],
  dropout: [identity, same],
  relu: [relu, same],
  tanh: [elementwise(Math.tanh), same],
  elu: [elementwise((v) => (v > 0 ? v : Math.expm1(v))), same],
  silu: [elementwise((v) => v / (1 + Math.exp(-v))), same],
};

/**
 * The function that runs one layer, whose parameters are named by `prefix`, and the shape after it.
 *
 * @param {Layer} layer
 * @param {Tensors} tensors
 * @param {string} prefix
 * @param {number[]} shape
 * @returns {{ run: Run, after: number[] }}
 */
export function buildLayer(layer, tensors, prefix, shape) {
  const kind = KINDS[layer.kind];
  if (!kind) throw new Error(`The browser cannot run a layer of kind ${layer.kind}.`);
  const [make, after] = kind;
  return { run: make(layer, tensors, prefix, shape), after: after(shape, layer) };
}

/**
 * The function that runs a list of layers on a vector of the given shape. It returns the same buffer at every call:
 * copy what must outlive the next one.
 *
 * @param {Layer[]} layers
 * @param {Tensors} tensors
 * @param {string} part
 * @param {number[]} shape
 * @returns {Run}
 */
export function network(layers, tensors, part, shape) {
  let before = shape;
  const steps = layers.map((layer, position) => {
    const { run, after } = buildLayer(layer, tensors, `${part}.${position}`, before);
    before = after;
    return run;
  });
  return (x) => steps.reduce((values, run) => run(values), x);
}

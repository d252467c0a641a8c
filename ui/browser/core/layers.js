// Runs the layers of an encoder or a decoder.
import { product, requireFinite } from './safetensors.js';

function parameter(tensors, name, shape) {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`The weights lack the tensor ${name}.`);
  if (tensor.shape.join() !== shape.join()) {
    throw new Error(`Tensor ${name} has the shape [${tensor.shape}], expected [${shape}].`);
  }
  requireFinite(name, tensor.data);
  return tensor.data;
}

function transposed(weight, rows, columns) {
  const result = new Float32Array(weight.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = weight[r * columns + c];
  return result;
}

// out = bias + W x as sums of columns of W: a zero input (half of them after relu, most pixels) costs nothing. Four columns
// at a time, because the reads and writes of `out` cost as much as the products.
function linear({ sizes: [inputs, outputs] }, tensors, prefix) {
  const columns = transposed(parameter(tensors, `${prefix}.weight`, [outputs, inputs]), outputs, inputs);
  const bias = parameter(tensors, `${prefix}.bias`, [outputs]);
  const out = new Float32Array(outputs);
  const used = new Int32Array(inputs + 3);
  return (x) => {
    let count = 0;
    for (let i = 0; i < inputs; i++) if (x[i] !== 0) used[count++] = i;
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

function padInto(padded, x, channels, height, width) {
  for (let row = 0; row < channels * height; row++) {
    const to = (row + 2 * Math.floor(row / height) + 1) * (width + 2) + 1;
    padded.set(x.subarray(row * width, (row + 1) * width), to);
  }
}

// Adds one input channel's 3×3 correlation, row by row; the window's nine numbers slide along in registers.
function correlate(out, o, padded, p, w, k, height, width) {
  const [w0, w1, w2, w3, w4, w5, w6, w7, w8] = [
    w[k],
    w[k + 1],
    w[k + 2],
    w[k + 3],
    w[k + 4],
    w[k + 5],
    w[k + 6],
    w[k + 7],
    w[k + 8],
  ];
  const stride = width + 2;
  for (let row = 0; row < height; row++) {
    const top = p + row * stride,
      middle = top + stride,
      bottom = middle + stride,
      target = o + row * width;
    let a0 = padded[top],
      a1 = padded[top + 1],
      b0 = padded[middle],
      b1 = padded[middle + 1],
      c0 = padded[bottom],
      c1 = padded[bottom + 1];
    for (let j = 0; j < width; j++) {
      const a2 = padded[top + j + 2],
        b2 = padded[middle + j + 2],
        c2 = padded[bottom + j + 2];
      out[target + j] += w0 * a0 + w1 * a1 + w2 * a2 + w3 * b0 + w4 * b1 + w5 * b2 + w6 * c0 + w7 * c1 + w8 * c2;
      a0 = a1;
      a1 = a2;
      b0 = b1;
      b1 = b2;
      c0 = c1;
      c1 = c2;
    }
  }
}

function isZero(values, from, to) {
  for (let i = from; i < to; i++) if (values[i] !== 0) return false;
  return true;
}

function conv({ sizes: [inputs, outputs] }, tensors, prefix, [, height, width]) {
  const weight = parameter(tensors, `${prefix}.weight`, [outputs, inputs, 3, 3]);
  const bias = parameter(tensors, `${prefix}.bias`, [outputs]);
  const area = height * width,
    paddedArea = (height + 2) * (width + 2);
  const padded = new Float32Array(inputs * paddedArea);
  const out = new Float32Array(outputs * area);
  return (x) => {
    padInto(padded, x, inputs, height, width);
    for (let c = 0; c < outputs; c++) out.fill(bias[c], c * area, (c + 1) * area);
    for (let i = 0; i < inputs; i++) {
      if (isZero(x, i * area, (i + 1) * area)) continue;
      for (let c = 0; c < outputs; c++)
        correlate(out, c * area, padded, i * paddedArea, weight, (c * inputs + i) * 9, height, width);
    }
    return out;
  };
}

function maxpool(_layer, _tensors, _prefix, [channels, height, width]) {
  const rows = height >> 1,
    columns = width >> 1;
  const out = new Float32Array(channels * rows * columns);
  return (x) => {
    for (let c = 0, o = 0; c < channels; c++) {
      for (let row = 0; row < rows; row++) {
        for (let i = (c * height + 2 * row) * width, end = i + 2 * columns; i < end; i += 2) {
          out[o++] = Math.max(x[i], x[i + 1], x[i + width], x[i + width + 1]);
        }
      }
    }
    return out;
  };
}

function upsample(_layer, _tensors, _prefix, [channels, height, width]) {
  const out = new Float32Array(4 * channels * height * width);
  return (x) => {
    for (let row = 0, o = 0; row < channels * height; row++, o += 4 * width) {
      for (let j = 0; j < width; j++) out[o + 2 * j] = out[o + 2 * j + 1] = x[row * width + j];
      out.copyWithin(o + 2 * width, o, o + 2 * width);
    }
    return out;
  };
}

// In place: the layer before owns the buffer and fills it anew at every run.
const elementwise = (f) => () => (x) => {
  for (let i = 0; i < x.length; i++) x[i] = f(x[i]);
  return x;
};
const relu = () => (x) => {
  for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0;
  return x;
};
const identity = () => (x) => x;
const same = (shape) => shape;

// kind: [maker of the function that runs it, the shape after it]
const KINDS = {
  linear: [linear, (_, { sizes }) => [sizes[1]]],
  conv: [conv, ([, height, width], { sizes }) => [sizes[1], height, width]],
  maxpool: [maxpool, ([channels, height, width]) => [channels, height >> 1, width >> 1]],
  upsample: [upsample, ([channels, height, width]) => [channels, 2 * height, 2 * width]],
  flatten: [identity, (shape) => [product(shape)]],
  unflatten: [identity, (_, { sizes }) => sizes],
  dropout: [identity, same],
  relu: [relu, same],
  tanh: [elementwise(Math.tanh), same],
  elu: [elementwise((v) => (v > 0 ? v : Math.expm1(v))), same],
  silu: [elementwise((v) => v / (1 + Math.exp(-v))), same],
};

/**
 * The function that runs a list of layers [{kind, sizes}] on a Float32Array of the given shape. It returns the same buffer at
 * every call: copy what must outlive the next one.
 */
export function network(layers, tensors, part, shape) {
  const steps = layers.map((layer, position) => {
    const kind = KINDS[layer.kind];
    if (!kind) throw new Error(`The browser cannot run a layer of kind ${layer.kind}.`);
    const step = kind[0](layer, tensors, `${part}.${position}`, shape);
    shape = kind[1](shape, layer);
    return step;
  });
  return (x) => steps.reduce((values, step) => step(values), x);
}

// Backpropagation through the layers that layers.js runs: what passes back, and how large its gradients are.
import { buildLayer, network } from './layers.js';

/** @import { Layer, Run } from './layers.js' */
/** @import { Tensors } from './safetensors.js' */
/** @typedef {{ weight: number, bias: number }} Norms - L2 norms of the gradients of a layer's parameters. */
/** @typedef {Norms & { position: number, kind: string }} LayerNorms */
/**
 * From dy, what came in, what went out, and the shape of what came in: dx.
 *
 * @typedef {(dy: Float32Array, x: Float32Array, y: Float32Array, shape: number[]) => Float32Array} Back
 */
/** @typedef {(dy: Float32Array, x: Float32Array, shape: number[]) => Norms} ToNorms */
/** @typedef {{ kind: string, run: Run, before: number[], back: Back }} Step */

/** @param {Float32Array} values */
const total = (values) => values.reduce((a, b) => a + b, 0);
/**
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
const dot = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};
/** @param {ArrayLike<number>} values */
const norm = (values) => {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  return Math.sqrt(squares);
};

/** @type {Record<string, [height: number, width: number]>} */
const KERNELS = { conv: [3, 3], 'line-conv': [1, 3] };

/**
 * The adjoint of a linear layer is one with W transposed, of a convolution one with the kernels also turned by 180°.
 *
 * @param {Layer} layer
 * @param {Float32Array} data - its weights
 * @param {number[]} shape - of what passes back
 */
function adjoint({ kind, sizes: [inputs, outputs] }, data, shape) {
  const taps = data.length / inputs / outputs;
  const turned = data.map((_, k) => {
    const pair = Math.floor(k / taps);
    const o = pair % outputs;
    const i = (pair - o) / outputs;
    return data[(o * inputs + i + 1) * taps - 1 - (k % taps)];
  });
  const weight = { shape: [inputs, outputs, ...(KERNELS[kind] ?? [])], data: turned };
  const tensors = { '.0.weight': weight, '.0.bias': { shape: [inputs], data: new Float32Array(inputs) } };
  return network([{ kind, sizes: [outputs, inputs] }], tensors, '', shape);
}

const TAPS = Float32Array.from({ length: 81 }, (_, i) => +(i % 10 === 0)); // each kernel copies what one tap sees

/**
 * dW of a tap is the sum over positions of dy times what it sees.
 *
 * @type {ToNorms}
 */
function convNorms(dy, x, [, height, width]) {
  const area = height * width;
  const view = adjoint({ kind: 'conv', sizes: [9, 1] }, TAPS, [1, height, width]);
  /** @param {Float32Array} values */
  const planes = (values) =>
    Array.from({ length: values.length / area }, (_, i) => values.subarray(i * area, (i + 1) * area));
  const slopes = planes(dy);
  const products = planes(x).flatMap((plane) => planes(view(plane)).flatMap((seen) => slopes.map((d) => dot(d, seen))));
  return { weight: norm(products), bias: norm(slopes.map(total)) };
}

/** @type {Record<string, ToNorms>} */
const NORMS = {
  linear: (dy, x) => ({ weight: norm(dy) * norm(x), bias: norm(dy) }), // dW = dy xᵀ
  conv: convNorms,
  'line-conv': convNorms, // above and below a line there is nothing to see
};

/**
 * Where window o of 2×2 begins; only even sizes are halved.
 *
 * @param {number} o
 * @param {number} width
 */
const corner = (o, width) => 4 * o - 2 * (o % (width / 2));

/**
 * @param {(y: number, x: number) => number} f
 * @returns {Back}
 */
const slope = (f) => (dy, x, y) => dy.map((d, i) => d * f(y[i], x[i]));

/**
 * Of equal maxima the first receives the gradient, as in torch.
 *
 * @type {Back}
 */
function unpool(dy, x, y, [, , width]) {
  const dx = new Float32Array(x.length);
  const window = [0, 1, width, width + 1];
  dy.forEach((d, o) => {
    const first = corner(o, width);
    const most = window.find((k) => x[first + k] === y[o]) ?? 0;
    dx[first + most] = d;
  });
  return dx;
}

/** @type {Back} */
const shrink = (dy, x, y, [, , width]) =>
  x.map((_, o) => {
    const i = corner(o, 2 * width);
    const below = i + 2 * width;
    return dy[i] + dy[i + 1] + dy[below] + dy[below + 1];
  });

/** @type {Back} */
function unpoolLine(dy, x, y) {
  const dx = new Float32Array(x.length);
  dy.forEach((d, o) => {
    dx[2 * o + (x[2 * o] === y[o] ? 0 : 1)] = d;
  });
  return dx;
}

/** @type {Record<string, Back>} */
const BACK = {
  maxpool: unpool,
  upsample: shrink,
  'line-maxpool': unpoolLine,
  'line-upsample': (dy, x) => x.map((_, i) => dy[2 * i] + dy[2 * i + 1]),
  relu: slope((y) => +(y > 0)),
  tanh: slope((y) => 1 - y * y),
  elu: slope((y) => Math.min(y, 0) + 1),
  silu: slope((y, x) => y + (1 - y) / (1 + Math.exp(-x))),
};

/**
 * @param {Layer[]} layers
 * @param {Tensors} tensors
 * @param {string} part
 * @param {number[]} shape
 * @returns {Step[]}
 */
function buildSteps(layers, tensors, part, shape) {
  let next = shape;
  return layers.map((layer, position) => {
    const before = next;
    const prefix = `${part}.${position}`;
    const { run, after } = buildLayer(layer, tensors, prefix, before);
    next = after;
    const weight = tensors[`${prefix}.weight`];
    // The adjoint of a convolution keeps the image's sides.
    const back = weight ? adjoint(layer, weight.data, before) : (BACK[layer.kind] ?? ((dy) => dy));
    return { kind: layer.kind, run, before, back };
  });
}

/**
 * {forward, backward} of layers: backward(dy), after forward(x), is dx and the norms of all layers with parameters.
 *
 * @param {Layer[]} layers
 * @param {Tensors} tensors
 * @param {string} part
 * @param {number[]} shape
 */
export function tape(layers, tensors, part, shape) {
  const steps = buildSteps(layers, tensors, part, shape);
  /** @type {Float32Array[]} - the input and every output */
  let kept = [];
  /** @param {Float32Array} x */
  const forward = (x) => {
    /** @type {Float32Array} */
    let latest = Float32Array.from(x);
    kept = [latest];
    for (const { run } of steps) {
      latest = run(latest.slice()); // a copy, for activations work in place
      kept.push(latest);
    }
    return latest.slice();
  };
  /**
   * @param {ArrayLike<number>} dOutput
   * @param {boolean} [norms]
   */
  const backward = (dOutput, norms = true) => {
    /** @type {LayerNorms[]} */
    const found = [];
    /** @type {Float32Array} */
    let dy = Float32Array.from(dOutput);
    for (let position = steps.length - 1; position >= 0; position--) {
      const { kind, before, back } = steps[position];
      const x = kept[position];
      if (norms && NORMS[kind]) found.unshift({ position, kind, ...NORMS[kind](dy, x, before) });
      dy = back(dy, x, kept[position + 1], before);
    }
    return { input: dy.slice(), layers: found };
  };
  return { forward, backward };
}

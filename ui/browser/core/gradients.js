// Backpropagation through the layers that tensor.js runs: one image's gradients, and two estimators of them. Pure: no DOM.
import { network } from './layers.js';
import { product } from './safetensors.js';
import { distortion } from './likelihood.js';
import { rates } from './prior.js';
import { buildDecoder } from './vae.js';

const total = (values) => values.reduce((a, b) => a + b, 0);
const dot = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};
const norm = (values) => Math.sqrt(dot(values, values));

// The adjoint of a linear layer is one with W transposed, of a convolution one with the kernels also turned by 180°.
function adjoint(kind, [inputs, outputs], data, shape) {
  const taps = data.length / inputs / outputs;
  const turned = data.map((_, k) => {
    const pair = Math.floor(k / taps),
      o = pair % outputs,
      i = (pair - o) / outputs;
    return data[(o * inputs + i + 1) * taps - 1 - (k % taps)];
  });
  const weight = { shape: [inputs, outputs, ...(kind === 'conv' ? [3, 3] : [])], data: turned };
  const tensors = { '.0.weight': weight, '.0.bias': { shape: [inputs], data: new Float32Array(inputs) } };
  return network([{ kind, sizes: [outputs, inputs] }], tensors, '', shape);
}

const TAPS = Float32Array.from({ length: 81 }, (_, i) => +(i % 10 === 0)); // each kernel copies what one tap sees
const NORMS = {
  linear: (dy, x) => ({ weight: norm(dy) * norm(x), bias: norm(dy) }), // dW = dy xᵀ
  conv: (dy, x, [, height, width]) => {
    // dW of a tap: the sum over positions of dy times what it sees
    const area = height * width,
      view = adjoint('conv', [9, 1], TAPS, [1, height, width]);
    const planes = (values) =>
      Array.from({ length: values.length / area }, (_, i) => values.subarray(i * area, (i + 1) * area));
    const slopes = planes(dy),
      products = (plane) => planes(view(plane)).flatMap((seen) => slopes.map((d) => dot(d, seen)));
    return { weight: norm(planes(x).flatMap(products)), bias: norm(slopes.map(total)) };
  },
};

const corner = (o, width) => 4 * o - 2 * (o % (width / 2)); // of window o of 2×2; only even sizes are halved
const slope = (f) => (dy, x, y) => dy.map((d, i) => d * f(y[i], x[i]));
// dx from dy, x, y and the shape of x.
const BACK = {
  maxpool(dy, x, y, [, , width]) {
    // of equal maxima the first receives the gradient, as in torch
    const dx = new Float32Array(x.length),
      window = [0, 1, width, width + 1];
    dy.forEach((d, o) => {
      dx[corner(o, width) + window.find((k) => x[corner(o, width) + k] === y[o])] = d;
    });
    return dx;
  },
  upsample: (dy, x, y, [, , width]) =>
    x.map((_, o) => {
      const i = corner(o, 2 * width),
        below = i + 2 * width;
      return dy[i] + dy[i + 1] + dy[below] + dy[below + 1];
    }),
  relu: slope((y) => +(y > 0)),
  tanh: slope((y) => 1 - y * y),
  elu: slope((y) => Math.min(y, 0) + 1),
  silu: slope((y, x) => y + (1 - y) / (1 + Math.exp(-x))),
};
const SCALES = { maxpool: 0.5, upsample: 2 };

/** {forward, backward} of layers: backward(dy), after forward(x), is {input: dx, layers: L2 norms {position, kind, weight, bias}}. */
export function tape(layers, tensors, part, shape) {
  const steps = layers.map((layer, position) => {
    const { kind, sizes } = layer,
      before = shape,
      [channels, height, width] = shape,
      scale = SCALES[kind] ?? 1;
    shape = kind === 'unflatten' ? sizes : [sizes[1] ?? channels, scale * height, scale * width];
    // A list of one layer at its own position, which names its tensors: network() passes over the holes.
    const run = network(Object.assign([], { [position]: layer }), tensors, part, before);
    const weight = tensors[`${part}.${position}.weight`]?.data;
    return { kind, run, before, back: weight ? adjoint(kind, sizes, weight, before) : (BACK[kind] ?? ((dy) => dy)) };
  });
  let kept; // the input and every output
  const forward = (x) => {
    kept = [Float32Array.from(x)];
    for (const { run } of steps) kept.push(run(kept.at(-1).slice())); // a copy, for activations work in place
    return kept.at(-1).slice();
  };
  const backward = (dOutput, norms = true) => {
    const found = [],
      input = steps.reduceRight((dy, { kind, before, back }, position) => {
        if (norms && NORMS[kind]) found.unshift({ position, kind, ...NORMS[kind](dy, kept[position], before) });
        return back(dy, kept[position], kept[position + 1], before);
      }, Float32Array.from(dOutput));
    return { input: input.slice(), layers: found };
  };
  return { forward, backward };
}

/** {gradients, estimates} of a model; the second needs the decoder's tensors only. */
export function buildGradients(spec, tensors, pixelStd = 1) {
  const { image_shape: shape, latent_dim: latent, likelihood, logvar_bound: bound } = spec;
  const decoder = tape(spec.decoder, tensors, 'decoder', [latent]);
  const { mean } = buildDecoder({ ...spec, latent_dim: product(shape), decoder: [] }, {}); // of a decoder's output
  let encoder;

  const decode = (x, mu, logvar, eps, norms) => {
    const sigma = logvar.map((v) => Math.exp(v / 2)),
      z = mu.map((m, i) => m + sigma[i] * eps[i]),
      output = decoder.forward(z);
    // All likelihoods are exponential families: the slope of -log p is the mean less the pixel.
    const [means, variance] = likelihood === 'gaussian' ? [output, pixelStd ** 2] : [mean(output), 1];
    const { input: dz, layers } = decoder.backward(
      means.map((m, i) => (m - x[i]) / variance),
      norms,
    );
    const pathwise = Float32Array.of(...dz, ...dz.map((d, i) => (d * eps[i] * sigma[i]) / 2));
    return { z, sigma, distortion: distortion(output, x, likelihood, pixelStd), dz, pathwise, decoder: layers };
  };

  /**
   * Of distortion + beta · rate: dz and decoder (norms by layer), encoder: {distortion, rate, total}, each {dMu, dLogvar, layers}.
   * When blocked, the distortion's stop at the sampling, as if z came from a plain random call.
   */
  const gradients = (x, eps, { beta = 1, blocked = false } = {}) => {
    encoder ??= tape(spec.encoder, tensors, 'encoder', shape);
    const raw = encoder.forward(x),
      mu = raw.slice(0, latent),
      logvar = raw.slice(latent).map((r) => bound * Math.tanh(r / bound));
    const { pathwise, ...decoded } = decode(x, mu, logvar, eps);
    if (blocked) pathwise.fill(0);
    const ofRate = Float32Array.of(...mu.map((m) => beta * m), ...logvar.map((v) => (beta * Math.expm1(v)) / 2));
    const back = (d) => {
      const dMu = d.slice(0, latent),
        dLogvar = d.slice(latent);
      const { layers } = encoder.backward([...dMu, ...dLogvar.map((v, i) => v * (1 - (logvar[i] / bound) ** 2))]);
      return { dMu, dLogvar, layers };
    };
    const parts = {
      distortion: back(pathwise),
      rate: back(ofRate),
      total: back(pathwise.map((v, i) => v + ofRate[i])),
    };
    return { mu, logvar, ...decoded, rate: total(rates(mu, logvar)), encoder: parts };
  };

  /** Of E_q[distortion] in μ, then log σ²: per draw ε of normal() a row of the pathwise estimate, f and ∇log q. */
  const estimates = (x, { mu, logvar }, samples, normal) => {
    const pathwise = [],
      scores = [],
      f = Float64Array.from({ length: samples }, () => {
        const eps = mu.map(() => normal()),
          draw = decode(x, mu, logvar, eps, false);
        pathwise.push(...draw.pathwise);
        scores.push(...eps.map((e, i) => e / draw.sigma[i]), ...eps.map((e) => (e * e - 1) / 2));
        return draw.distortion;
      });
    return { pathwise: Float32Array.from(pathwise), scores: Float32Array.from(scores), f };
  };
  return { gradients, estimates };
}

/** Rows f ∇log q. With baseline, f less the mean of all other f, which do not depend on a draw's own ε. */
export function scoreFunction(f, scores, baseline = false) {
  const count = f.length,
    [mean, scale] = baseline ? [total(f) / count, count / (count - 1)] : [0, 1];
  return scores.map((s, i) => s * (f[Math.floor((i * count) / scores.length)] - mean) * scale);
}

/** {mean, variance} of each column of rows: the variance of a single sample. */
export function summary(rows, width) {
  const count = rows.length / width,
    mean = new Float64Array(width),
    variance = new Float64Array(width);
  rows.forEach((v, i) => {
    mean[i % width] += v / count;
  });
  rows.forEach((v, i) => {
    variance[i % width] += (v - mean[i % width]) ** 2 / (count - 1);
  });
  return { mean, variance };
}

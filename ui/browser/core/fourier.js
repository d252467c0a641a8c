// The discrete Fourier transform of a few samples: radix 2, in place.

/** @typedef {(re: Float64Array, im: Float64Array) => void} Transform */

/**
 * The order in which radix 2 wants its numbers: the bits of each index reversed.
 *
 * @param {number} size
 */
function reversed(size) {
  const order = new Uint32Array(size);
  for (let i = 1; i < size; i++) order[i] = (order[i >> 1] >> 1) | (i & 1 ? size >> 1 : 0);
  return order;
}

/**
 * @param {Float64Array} values
 * @param {number} i
 * @param {number} j
 */
function swap(values, i, j) {
  const value = values[i];
  values[i] = values[j];
  values[j] = value;
}

/**
 * The transform of a size that is a power of two, Σ x·exp(−2πi·jk/size), in place of its real and imaginary parts.
 * With these two exchanged it is the inverse, `size` times too large.
 *
 * @param {number} size
 * @returns {Transform}
 */
export function fourier(size) {
  if (size < 2 || size & (size - 1)) throw new Error(`A Fourier transform has a power of two, not ${size} numbers.`);
  const order = reversed(size);
  const cosines = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sines = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  /** @type {Transform} */
  const sort = (re, im) => {
    for (let i = 0; i < size; i++) {
      const j = order[i];
      if (j <= i) continue;
      swap(re, i, j);
      swap(im, i, j);
    }
  };
  return (re, im) => {
    sort(re, im);
    for (let half = 1; half < size; half *= 2) {
      const stride = size / 2 / half;
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const i = start + k;
          const j = i + half;
          const turn = k * stride;
          const real = re[j] * cosines[turn] - im[j] * sines[turn];
          const imaginary = re[j] * sines[turn] + im[j] * cosines[turn];
          re[j] = re[i] - real;
          im[j] = im[i] - imaginary;
          re[i] += real;
          im[i] += imaginary;
        }
      }
    }
  };
}

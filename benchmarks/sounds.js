// Run by benchmarks/sounds.py in node: makes sounds of spectrograms with the browser's own modules, and looks at them.
import { readFileSync } from 'node:fs';

const [core, file, told] = process.argv.slice(2);
const { heard, spectrogram } = await import(`${core}/spectrogram.js`);
const { shape, kind } = JSON.parse(told);
const all = readFileSync(file);
const size = shape[1] * shape[2];
const levels = Array.from({ length: all.length / size }, (_, i) =>
  Float32Array.from(all.subarray(i * size, (i + 1) * size), (byte) => byte / 255),
);

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

function correlation(a, b) {
  const [middleA, middleB] = [mean(a), mean(b)];
  const sum = (of) => a.reduce((total, _, i) => total + of(a[i] - middleA, b[i] - middleB), 0);
  return sum((p, q) => p * q) / Math.sqrt(sum((p) => p * p) * sum((_, q) => q * q));
}

heard(levels[0], shape, kind); // the first is compiled on the way
const results = levels.map((x) => {
  const began = performance.now();
  const samples = heard(x, shape, kind);
  const ms = performance.now() - began;
  return { ms, correlation: correlation(x, spectrogram(samples, shape, kind)) };
});
console.log(JSON.stringify(results));

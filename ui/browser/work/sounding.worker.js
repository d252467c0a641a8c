// A web worker that makes sounds of spectrograms, so that no drag waits for a phase.
import { heard } from '../core/spectrogram.js';

/** @import { Job } from './sounding.js' */

/** @param {MessageEvent<Job>} job */
onmessage = ({ data: { id, values, shape, sound, full } }) => {
  const samples = heard(values, shape, sound, full);
  postMessage({ id, samples }, { transfer: [samples.buffer] });
};

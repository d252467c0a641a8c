// What the chosen model of a sweep draws: 24 samples from the prior, and eight test images with their reconstructions.
import { el } from '../kit/elements.js';
import { sheet } from '../kit/gallery.js';

/** @import { Sweep } from './models.js' */

/** @param {Sweep} sweep */
export function pictures(sweep) {
  const shape = sweep.spec.image_shape;
  const samples = sheet(shape, 6, 4, '24 samples from the prior');
  const images = sheet(shape, 8, 1, 'Eight images x');
  const made = sheet(shape, 8, 1, 'Their reconstructions x̂');
  const words = el('p', { class: 'hint' });
  const show = () => {
    const { loaded, problem } = sweep.chosen;
    for (const { node } of [samples, made]) node.classList.toggle('waiting', !loaded);
    if (sweep.x) images.show(sweep.x);
    if (loaded) {
      const decoded = loaded.decodings.decoded(loaded.store.off);
      samples.show(decoded.samples);
      made.show(decoded.images);
    }
    words.className = problem || sweep.problem ? 'problem' : 'hint';
    words.textContent = problem || sweep.problem || whatIsX(sweep);
  };
  return { samples: samples.node, pairs: pairs(images.node, made.node), words, show };
}

/** @param {Sweep} sweep */
function whatIsX({ stand }) {
  if (!stand) return '';
  return `The test images are not on this machine: x is what the model of β = ${stand.beta} reconstructs of them.`;
}

/** @type {(images: Node, made: Node) => HTMLElement} */
const pairs = (images, made) =>
  el('div', { class: 'pairs' }, el('b', { class: 'x' }, 'x'), images, el('b', { class: 'd' }, 'x̂'), made);

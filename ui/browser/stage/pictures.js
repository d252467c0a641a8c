// Ten fixed test images, what the model makes of them, and ten fixed draws from the prior, at the shown time.
import { el } from '../kit/elements.js';
import { sheet } from '../kit/gallery.js';
import { noun } from '../kit/sample.js';
import { DRAWS } from './theatre.js';

/** @import { Theatre } from './theatre.js' */

/**
 * @param {string} words
 * @param {HTMLElement} node
 */
const line = (words, node) => el('div', { class: 'line' }, el('b', {}, words), node);

/** @param {Theatre} theatre */
export function pictures(theatre) {
  const shape = theatre.data.spec.image_shape;
  const area = shape[0] * shape[1] * shape[2];
  const images = sheet(shape, DRAWS, 1, `Ten test ${noun(shape)}s x`);
  const made = sheet(shape, DRAWS, 1, 'Their reconstructions x̂');
  const samples = sheet(shape, DRAWS, 1, 'Ten draws from the prior, decoded');
  const missing = el(
    'p',
    { class: 'hint' },
    'The test images are not on this machine; only their reconstructions are shown.',
  );
  const originals = line('x', images.node);
  const lines = [originals, line('x̂', made.node), line('z ~ p(z)', samples.node)];
  const node = el('div', { class: 'pictures' }, lines, missing);
  theatre.subscribe(() => {
    originals.hidden = !theatre.images;
    missing.hidden = Boolean(theatre.images) || !theatre.fixed.shown.length;
  });
  /** @type {Theatre['images']} */
  let painted = null;
  theatre.subscribe(() => {
    const { scene, fixed, images: table } = theatre;
    if (table && table !== painted)
      images.show(
        fixed.shown.map((k) => table.data.subarray(k * area, (k + 1) * area)),
        255,
      );
    painted = table;
    for (const one of [made, samples]) one.node.classList.toggle('waiting', !scene);
    if (scene) {
      made.show(scene.made, 255);
      samples.show(scene.samples, 255);
    }
  }, node);
  return node;
}

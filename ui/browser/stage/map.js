// The latent map of the fixed test codes, and beside it what the decoder makes of the same plane.
import { middles } from '../kit/dots.js';
import { el } from '../kit/elements.js';
import { sheet } from '../kit/gallery.js';
import { Scatter } from '../kit/scatter.js';
import { painter } from '../kit/sample.js';

/** @import { Theatre } from './theatre.js' */

/** @param {Theatre} theatre */
export function map(theatre) {
  const { colours, class_names: names } = theatre.data;
  const plot = new Scatter({ colours, names });
  theatre.subscribe(() => {
    const { scene, plane, reach, fixed } = theatre;
    const xy = scene && plane ? plane.project(scene.mu) : null;
    const shown = {
      reach,
      axes: plane?.names ?? ['', ''],
      xy,
      labels: fixed.labels,
      middles: xy ? middles(xy, fixed.labels, names.length) : [],
    };
    plot.show(shown, 'The codes of the fixed test images');
  }, plot.node);
  const caption = el(
    'figcaption',
    {},
    el('b', {}, 'Latent map'),
    ' of the test codes ',
    el('span', { class: 'hint' }, 'axes in σ of the prior'),
  );
  return { node: el('figure', {}, caption, plot.node), stop: () => plot.stop() };
}

/** @param {Theatre} theatre */
export function manifold(theatre) {
  const shape = theatre.data.spec.image_shape;
  const made = sheet(shape, ...painter(shape).square, 'What the decoder makes of the plane, from −3 to 3 σ');
  made.node.classList.add('waiting');
  const words = el('figcaption', {}, el('b', {}, 'Decoded plane'), el('span', { class: 'hint' }, ' from −3 to 3 σ'));
  theatre.subscribe(() => {
    const { scene } = theatre;
    made.node.classList.toggle('waiting', !scene?.manifold.length);
    if (scene?.manifold.length) made.show(scene.manifold, 255);
  }, made.node);
  return el('figure', {}, words, made.node);
}

// The latent map of the fixed test codes, and beside it what the decoder makes of the same plane.
import { contextOf, el, theme } from '../kit/elements.js';
import { View, drawDots, middles } from '../kit/dots.js';
import { drawAxes, drawNames } from '../kit/names.js';
import { sheet } from '../kit/gallery.js';
import { CELLS } from './theatre.js';

/** @import { Theatre } from './theatre.js' */

/** @param {Theatre} theatre */
export function map(theatre) {
  const dots = el('canvas', { role: 'img', 'aria-label': 'The codes of the fixed test images' });
  const letters = el('canvas', { 'aria-hidden': 'true' });
  const square = el('div', { class: 'square' }, dots, letters);
  const context = contextOf(letters);
  const draw = () => {
    const { scene, plane, reach, fixed, data } = theatre;
    const ratio = Math.min(2, devicePixelRatio || 1);
    /** @type {[number, number]} */
    const size = [square.clientWidth, square.clientHeight];
    if (!size[0] || !size[1]) return;
    for (const canvas of [dots, letters]) {
      const [width, height] = size.map((length) => Math.round(length * ratio));
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    }
    const view = new View([-reach, reach, -reach, reach], size);
    const style = theme(square);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, ...size);
    drawAxes(context, view, plane?.names ?? ['', ''], style);
    if (!scene || !plane) return;
    const xy = plane.project(scene.mu);
    drawDots(dots, view, ratio, xy, fixed.labels, { colours: data.colours });
    const places = middles(xy, fixed.labels, data.class_names.length);
    drawNames(context, view, places, data.class_names, null, style);
  };
  const observer = new ResizeObserver(draw);
  observer.observe(square);
  theatre.subscribe(draw);
  const caption = el(
    'figcaption',
    {},
    el('b', {}, 'Latent map'),
    ' of the test codes ',
    el('span', { class: 'hint' }, 'axes in σ of the prior'),
  );
  return { node: el('figure', {}, caption, square), stop: () => observer.disconnect() };
}

/** @param {Theatre} theatre */
export function manifold(theatre) {
  const made = sheet(
    theatre.data.spec.image_shape,
    CELLS,
    CELLS,
    'What the decoder makes of the plane, from −3 to 3 σ',
  );
  const words = el('figcaption', {}, el('b', {}, 'Decoded plane'), el('span', { class: 'hint' }, ' from −3 to 3 σ'));
  theatre.subscribe(() => {
    const { scene } = theatre;
    made.node.classList.toggle('waiting', !scene?.manifold.length);
    if (scene?.manifold.length) made.show(scene.manifold, 255);
  });
  return el('figure', {}, words, made.node);
}

// What the sweep's widgets show alike: many images on one canvas, and large numbers with their names.
import { el, picture } from './elements.js';
import { fillRgba } from './sample.js';

const GAP = 1; // pixels of the images' own between two of them

/** {node, show(images)}: a canvas of images (channels first, 0..1) of one shape, row by row; it keeps its size while it is empty. */
export function sheet([channels, height, width], columns, rows, label) {
  const node = picture(label, 'pixels sheet'),
    cell = new ImageData(width, height);
  Object.assign(node, { width: columns * (width + GAP) - GAP, height: rows * (height + GAP) - GAP });
  node.style.aspectRatio = `${node.width} / ${node.height}`;
  const show = (images) => {
    const context = node.getContext('2d');
    images.forEach((image, k) => {
      fillRgba(cell.data, image, channels, width * height);
      context.putImageData(cell, (k % columns) * (width + GAP), Math.floor(k / columns) * (height + GAP));
    });
  };
  return { node, show };
}

/** {node, set(text)}: a number so large that a class can read it. `kind` colours its mark: d(istortion) or r(ate); the unit is left out where it is narrow. */
export function figure(name, kind = '', unit = '') {
  const number = el('b', { class: 'number' }, '…');
  const title = el('span', {}, name, unit && el('small', {}, `, ${unit}`));
  return { node: el('div', { class: `figure ${kind}` }, title, number), set: (text) => (number.textContent = text) };
}

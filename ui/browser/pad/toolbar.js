// The controls above a pad: what it shows, of which plane, how near.
import { el, symbol } from '../kit/elements.js';

const SHOWS = { dots: 'Codes', both: 'Both', manifold: 'Manifold' };

function segments(pad) {
  const name = `lab-show-${Math.random()}`;
  const choose = (show) => {
    pad.store.view = { ...pad.store.view, show };
    pad.store.changed();
  };
  const inputs = Object.keys(SHOWS).map((show) =>
    el('input', { type: 'radio', name, value: show, onchange: () => choose(show) }),
  );
  const node = el(
    'fieldset',
    { class: 'segments', 'aria-label': 'What the pad shows' },
    inputs.map((input) => el('label', {}, input, SHOWS[input.value])),
  );
  return { node, follow: () => inputs.forEach((input) => (input.checked = input.value === pad.show)) };
}

// Of a 2-D model there is one plane only.
function planes(pad) {
  const { store, ranked, latent } = pad,
    options = (list) => list.map(([value, words]) => el('option', { value }, words));
  const axes = ranked.map((i) => [`z${i + 1}`, symbol('z', i)]);
  const change = () => {
    const plane = kind.value === 'axes' ? `${across.value}-${up.value}` : kind.value;
    if (across.value !== up.value) store.view = { ...store.view, plane, view: '' };
    store.changed();
  };
  const select = (label, list) => el('select', { 'aria-label': label, onchange: change }, options(list));
  const kind = select('Plane', [
    ['axes', 'Two dimensions'],
    ['pca', 'Principal axes'],
    ['pins', 'Through A, B, C'],
  ]);
  const across = select('Across', axes),
    up = select('Up', axes),
    two = el('span', { class: 'buttons' }, across, '×', up);
  const follow = () => {
    const { plane = '' } = store.view,
      [i, j] = plane.startsWith('z') ? plane.split('-') : ranked.map((k) => `z${k + 1}`);
    kind.value = ['pca', 'pins'].includes(plane) ? plane : 'axes';
    kind.options[2].disabled = store.pins.length < 3;
    two.hidden = kind.value !== 'axes';
    [across.value, up.value] = [i, j];
  };
  return { node: latent > 2 ? el('span', { class: 'buttons' }, kind, two) : null, follow };
}

/** {node, follow}: call `follow` whenever the shared state has changed. */
export function toolbar(pad) {
  const parts = pad.layout ? [] : [segments(pad), planes(pad)];
  const zooms = [
    ['−', 'Zoom out', 0.7],
    ['+', 'Zoom in', 1.4],
    ['Show all', 'Show all', 0],
  ];
  const buttons = zooms.map(([words, label, factor]) =>
    el('button', { 'aria-label': label, onclick: () => pad.zoom(factor) }, words),
  );
  const node = el(
    'div',
    { class: 'map-head' },
    parts.map((part) => part.node),
    el('span', { class: 'buttons' }, buttons),
  );
  return { node, follow: () => parts.forEach((part) => part.follow()) };
}

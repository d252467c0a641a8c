// The controls above a map: what it shows, of which plane, how near.
import { el, symbol } from '../kit/elements.js';

/** @import { LatentMap } from './map.js' */

const SHOWS = [
  ['dots', 'Codes'],
  ['both', 'Both'],
  ['manifold', 'Manifold'],
];
/** @type {[words: string, label: string, factor: number][]} */
const ZOOMS = [
  ['−', 'Zoom out', 0.7],
  ['+', 'Zoom in', 1.4],
  ['Show all', 'Show all', 0],
];
const KINDS = [
  ['axes', 'Two dimensions'],
  ['pca', 'Principal axes'],
  ['pins', 'Through A, B, C'],
];

/** @param {LatentMap} map */
function segments(map) {
  const name = `lab-show-${Math.random()}`;
  /** @param {string} show */
  const choose = (show) => {
    map.store.view = { ...map.store.view, show };
    map.store.changed();
  };
  const inputs = SHOWS.map(([value]) => el('input', { type: 'radio', name, value, onchange: () => choose(value) }));
  const labels = inputs.map((input, i) => el('label', {}, input, SHOWS[i][1]));
  const node = el('fieldset', { class: 'segments', 'aria-label': 'What the pad shows' }, labels);
  const follow = () => {
    for (const input of inputs) input.checked = input.value === map.show;
  };
  return { node, follow };
}

/**
 * @param {string} label
 * @param {string[][]} options - their values and words
 * @param {() => void} onchange
 */
function select(label, options, onchange) {
  const entries = options.map(([value, words]) => el('option', { value }, words));
  return el('select', { 'aria-label': label, onchange }, entries);
}

/**
 * Of a 2-D model there is one plane only.
 *
 * @param {LatentMap} map
 */
function planes({ store, ranked, latent }) {
  const change = () => {
    const plane = kind.value === 'axes' ? `${across.value}-${up.value}` : kind.value;
    if (across.value !== up.value) store.view = { ...store.view, plane, view: '' };
    store.changed();
  };
  const axes = ranked.map((i) => [`z${i + 1}`, symbol('z', i)]);
  const kind = select('Plane', KINDS, change);
  const across = select('Across', axes, change);
  const up = select('Up', axes, change);
  const two = el('span', { class: 'buttons' }, across, '×', up);
  const follow = () => {
    const { plane = '' } = store.view;
    const [i, j] = plane.startsWith('z') ? plane.split('-') : axes.map(([value]) => value);
    kind.value = plane === 'pca' || plane === 'pins' ? plane : 'axes';
    kind.options[2].disabled = store.pins.length < 3;
    two.hidden = kind.value !== 'axes';
    across.value = i;
    up.value = j;
  };
  return { node: latent > 2 ? el('span', { class: 'buttons' }, kind, two) : null, follow };
}

/**
 * What colours the dots; null where there is nothing to choose.
 *
 * @param {LatentMap} map
 */
function colouring({ store, colourings, data }) {
  const change = () => {
    store.view = { ...store.view, colour: choice.value };
    store.changed();
  };
  const options = [
    ['', 'By class'],
    ['groups', `By ${data.groups?.name}`],
  ];
  const choice = select('Colour', options, change);
  const follow = () => {
    choice.value = store.view.colour ?? '';
  };
  return { node: colourings.groups ? choice : null, follow };
}

/**
 * {node, follow}: call `follow` whenever the shared state has changed.
 *
 * @param {LatentMap} map
 */
export function toolbar(map) {
  const parts = [...(map.layout ? [] : [segments(map), planes(map)]), colouring(map)];
  /** @param {[words: string, label: string, factor: number]} button */
  const zoom = ([words, label, factor]) =>
    el('button', { 'aria-label': label, onclick: () => map.zoom(factor) }, words);
  const nodes = parts.map((part) => part.node);
  const node = el('div', { class: 'map-head' }, nodes, el('span', { class: 'buttons' }, ZOOMS.map(zoom)));
  const follow = () => {
    for (const part of parts) part.follow();
  };
  return { node, follow };
}

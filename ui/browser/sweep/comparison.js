// β and collapse: models that were trained on the same images with another weight of the rate, one below the other.
import { el, fixed } from '../kit/elements.js';
import { figure, sheet } from '../kit/gallery.js';
import { widget } from '../kit/mount.js';
import { loadSweep } from './models.js';

/**
 * @import { Shape } from '../core/spec.js'
 * @import { Component } from '../kit/component.js'
 * @import { Member } from './member.js'
 * @import { SweepData } from './models.js'
 * @typedef {SweepData & {titles: Record<string, string>}} Data what each model is called, by its name
 */

const COLUMNS = 8;

/** @type {(kind: string, words: string, node: Node) => HTMLElement} */
const strip = (kind, words, node) => el('div', { class: kind }, el('span', { class: 'hint' }, words), node);

/** @type {(name: string, kind: string, value: number | undefined) => HTMLElement} */
function figureOf(name, kind, value) {
  const { node, set } = figure(name, kind);
  set(value === undefined ? '–' : fixed(value, 1));
  return node;
}

/**
 * @param {Member} member
 * @param {string} title
 * @param {Shape} shape
 */
function row(member, title, shape) {
  const { beta, figures: card } = member;
  const images = sheet(shape, COLUMNS, 1, `Reconstructions with β = ${beta}`);
  const samples = sheet(shape, COLUMNS, 1, `Samples with β = ${beta}`);
  const words = el('p');
  const figures = [
    figureOf('Distortion', 'd', card?.distortion),
    figureOf('Rate', 'r', card?.rate),
    figureOf('−ELBO', '', card?.negative_elbo),
  ];
  const node = el(
    'section',
    {},
    el('h4', {}, title),
    el('div', { class: 'figures' }, figures),
    strip('made', 'x̂, decoded from z = μ', images.node),
    strip('drawn', 'samples from the prior', samples.node),
    words,
  );
  const show = () => {
    const { loaded, problem } = member;
    words.className = problem ? 'problem' : '';
    words.textContent = problem;
    if (!loaded) return;
    images.show(loaded.decodings.full.images);
    samples.show(loaded.decodings.full.samples.slice(0, COLUMNS));
  };
  return { node, show };
}

/** @param {Component<Data>} component */
async function build({ data }) {
  const sweep = loadSweep(data);
  const shape = sweep.spec.image_shape;
  const x = sheet(shape, COLUMNS, 1, 'Eight images x');
  const rows = sweep.members.map((member) => row(member, data.titles[member.name] ?? member.name, shape));
  const root = el(
    'div',
    { class: 'comparison', style: `--d: ${data.symbols.x_hat}; --r: ${data.symbols.z}` },
    el('section', {}, strip('made', 'x, eight test images', x.node)),
    rows.map(({ node }) => node),
  );
  const update = () => {
    if (sweep.x) x.show(sweep.x);
    rows.forEach(({ show }) => show());
  };
  return { nodes: [root], update, stop: sweep.subscribe(update) };
}

/**
 * Mount or update the widget on a Streamlit component.
 * @param {Component<Data>} component
 */
export const mount = (component) => widget(component, build, new URL('./sweep.css', import.meta.url));

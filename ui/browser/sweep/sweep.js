// β and collapse: a slider through a sweep of models, and what each makes of the same images and the same noise.
import { el } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { figures, slider } from './beta.js';
import { codemap } from './codemap.js';
import { Conversation } from './conversation.js';
import { costs } from './costs.js';
import { dimensions } from './dimensions.js';
import { loadSweep } from './models.js';
import { pictures } from './pictures.js';
import { tradeoff } from './tradeoff.js';

/**
 * @import { Component } from '../kit/component.js'
 * @import { Data } from './conversation.js'
 * @import { Sweep } from './models.js'
 */

/** @type {(name: string, words: string, hint: string, node: Node) => HTMLElement} */
const card = (name, words, hint, node) =>
  el('figure', {}, el('figcaption', {}, el('b', {}, name), ` ${words} `, el('span', { class: 'hint' }, hint)), node);

/**
 * The slider with the figures, and side by side the map, the samples and the plane.
 * @param {Sweep} sweep
 * @param {Data} data
 * @param {Node} samples
 */
function overview(sweep, data, samples) {
  const head = slider(sweep);
  const large = figures(sweep);
  const map = codemap(sweep, data);
  const plane = tradeoff(sweep);
  const hint = 'Thin: equal −ELBO. Dashed: slope −β. Click a dot.';
  const views = [map.node, samples, card('Rate and distortion', 'of each model.', hint, plane.node)];
  return {
    nodes: [el('div', { class: 'head' }, head.node, large.node), el('div', { class: 'views' }, views)],
    shown: [head, large, map, plane],
    stop: () => {
      map.stop();
      plane.stop();
    },
  };
}

/**
 * All that the slider moves: `nodes`, `show()` and `stop()`.
 * @param {Sweep} sweep
 * @param {Data} data
 */
function build(sweep, data) {
  const switches = data.parts.includes('collapse');
  const seen = pictures(sweep);
  const bars = dimensions(sweep, switches);
  const cost = switches ? costs(sweep) : null;
  const samples = card('Samples', 'decoded from 24 draws of the prior.', 'The same draws for every β.', seen.samples);
  const whole = data.parts.includes('sweep') ? overview(sweep, data, samples) : null;
  const left = card('Reconstructions', 'of eight test images, decoded from z = μ', '', seen.pairs);
  left.append(seen.words, ...(cost?.nodes ?? []));
  if (!whole) left.append(samples);
  const shown = [...(whole?.shown ?? []), seen, bars, ...(cost ? [cost] : [])];
  return {
    nodes: [...(whole?.nodes ?? []), el('div', { class: 'low' }, left, bars.node)],
    show: () => shown.forEach(({ show }) => show()),
    stop: () => whole?.stop(),
  };
}

/** @param {Component<Data>} component */
async function start({ data }) {
  const { x, x_hat: d, z: r } = data.symbols;
  const sweep = loadSweep(data);
  const { nodes, show, stop } = build(sweep, data);
  const notice = el('p');
  const kind = data.parts.length > 1 ? 'beta' : 'beta few';
  const root = el('div', { class: kind, style: `--x: ${x}; --d: ${d}; --r: ${r}` }, notice, nodes);
  const draw = () => {
    show();
    root.dataset.loaded = String(sweep.members.filter(({ loaded }) => loaded).length);
  };
  const conversation = new Conversation(sweep, draw);
  /** @param {Component<Data>} latest */
  const update = (latest) => {
    const wish = conversation.hear(latest);
    // It stays when the hand moves on from there: nothing jumps under it.
    if (wish || latest.data.notice) notice.textContent = latest.data.notice;
    notice.hidden = !notice.textContent;
    draw();
  };
  return {
    nodes: [root],
    update,
    stop: () => {
      conversation.stop();
      stop();
    },
  };
}

/**
 * Mount or update the widget on a Streamlit component.
 * @param {Component<Data>} component
 */
export const mount = (component) => widget(component, start, new URL('./sweep.css', import.meta.url));

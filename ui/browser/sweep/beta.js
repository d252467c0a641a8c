// The slider over the β of a sweep, and the figures of the model it stands on.
import { el, fixed } from '../kit/elements.js';
import { figure } from '../kit/gallery.js';

/** @import { Sweep } from './models.js' */

/** @param {Sweep} sweep */
export function slider(sweep) {
  const { members } = sweep;
  /** @param {boolean} final */
  const move = (final) => () => sweep.choose(Number(input.value), final);
  const range = { type: 'range', min: 0, max: members.length - 1, step: 1 };
  /** @type {HTMLInputElement} */
  const input = el('input', { ...range, 'aria-label': 'β', oninput: move(false), onchange: move(true) });
  const stops = members.map(({ label }, k) => el('button', { tabindex: -1, onclick: () => sweep.choose(k) }, label));
  const head = el('output', { class: 'chosen' });
  const scale = el('div', {}, input, el('div', {}, stops));
  const show = () => {
    const { chosen, index } = sweep;
    input.value = String(index);
    input.ariaValueText = `β = ${chosen.beta}`;
    head.textContent = `β = ${chosen.label}`;
    stops.forEach((stop, k) => {
      stop.ariaPressed = String(k === index);
    });
  };
  return { node: el('div', { class: 'stops', style: `--stops: ${members.length}` }, head, scale), show };
}

/** @param {Sweep} sweep */
export function figures(sweep) {
  const distortion = figure('Distortion', 'd', 'nats');
  const rate = figure('Rate', 'r', 'nats');
  const sum = figure('−ELBO', '', 'nats');
  const active = figure('Active units');
  const show = () => {
    const card = sweep.chosen.figures;
    distortion.set(card ? fixed(card.distortion, 1) : '–');
    rate.set(card ? fixed(card.rate, 1) : '–');
    sum.set(card ? fixed(card.negative_elbo, 1) : '–');
    active.set(card ? `${card.active_units} of ${sweep.latent}` : '–');
  };
  const nodes = [distortion, rate, sum, active].map(({ node }) => node);
  return { node: el('div', { class: 'figures' }, nodes), show };
}

// The KL of each latent dimension of the chosen model as ranked bars, each with a switch.
import { el, fixed, symbol } from '../kit/elements.js';
import { DEAD } from './member.js';

/** @import { Sweep } from './models.js' */

/**
 * Switch dimensions of the chosen model off: those that `choose` makes of those that are off.
 * @param {Sweep} sweep
 * @param {(off: Set<number>) => number[]} choose
 */
export function switchOff({ chosen: { loaded } }, choose) {
  if (!loaded) return;
  const { store } = loaded;
  store.off = new Set(choose(store.off));
  store.changed();
}

/** @type {(off: Set<number>, i: number) => number[]} */
const toggled = (off, i) => (off.has(i) ? [...off].filter((other) => other !== i) : [...off, i]);

/** @param {Sweep} sweep */
function usualScale({ members, outlier }) {
  const usual = members.filter((member) => member !== outlier).flatMap(({ figures }) => figures?.kl ?? []);
  return Math.max(0, ...usual) || 1;
}

/**
 * A row is a rank, not a dimension: under another β it is another one's, and nothing moves.
 * @param {Sweep} sweep
 * @param {number} rank
 * @param {number} usual the KL that fills a bar, unless the chosen model has more
 * @param {boolean} switches
 */
function row(sweep, rank, usual, switches) {
  const name = el('b');
  const part = el('i', { class: 'r' });
  const number = el('span', { class: 'number' });
  const onclick = () => switchOff(sweep, (off) => toggled(off, sweep.chosen.ranked[rank]));
  const use = switches ? el('button', { onclick }) : null;
  const node = el('div', { class: 'dimension' }, name, el('div', { class: 'bar' }, part), number, use);
  const show = () => {
    const { figures, loaded, ranked } = sweep.chosen;
    const i = ranked[rank];
    const kl = figures ? figures.kl[i] : 0;
    const full = Math.max(usual, figures?.kl[ranked[0]] ?? 0);
    const on = !loaded?.store.off.has(i);
    name.textContent = symbol('z', i);
    part.style.width = `${Math.min(100, (100 * kl) / full)}%`;
    number.textContent = figures ? `${fixed(kl)}${kl < DEAD ? ' · dead' : ''}` : '–';
    node.classList.toggle('off', !on);
    if (!use) return;
    use.textContent = on ? 'on' : 'off';
    use.ariaPressed = String(on);
    use.ariaLabel = `Use dimension ${symbol('z', i)}`;
    use.disabled = !loaded;
  };
  return { node, show };
}

/**
 * @param {Sweep} sweep
 * @param {boolean} switches whether there are any
 */
export function dimensions(sweep, switches) {
  const usual = usualScale(sweep);
  const rows = Array.from({ length: sweep.latent }, (_, rank) => row(sweep, rank, usual, switches));
  const scale = el('p', { class: 'hint' });
  const title = el('p', {}, el('b', {}, 'KL of each dimension'), ', ranked');
  const bars = el(
    'div',
    { class: 'dimensions' },
    rows.map(({ node }) => node),
  );
  const show = () => {
    const { chosen, outlier } = sweep;
    rows.forEach((one) => one.show());
    scale.textContent = `Nats per test image${chosen === outlier ? ', own scale' : ''}. Dead: below ${DEAD}.`;
  };
  return { node: el('div', { class: 'carried' }, title, bars, scale), show };
}

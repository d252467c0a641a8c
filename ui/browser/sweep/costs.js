// What it costs the chosen model of a sweep to do without the dimensions that are switched off.
import { el, fixed } from '../kit/elements.js';
import { figure } from '../kit/gallery.js';
import { switchOff } from './dimensions.js';

/**
 * @import { Loaded } from './member.js'
 * @import { Sweep } from './models.js'
 */

/** @param {number} value */
const signed = (value) => (value >= 0.05 ? '+' : '') + fixed(value, 1);

const WORDS =
  'Distortion of the eight images in nats, with all dimensions and without those that are off: ' +
  'they are decoded at 0, the prior’s mean. The rate is the test set’s.';

/** @param {Sweep} sweep */
function buttons(sweep) {
  /** @type {(words: string, off: () => number[]) => HTMLButtonElement} */
  const button = (words, off) => el('button', { onclick: () => switchOff(sweep, off) }, words);
  return el(
    'div',
    { class: 'buttons' },
    button('All on', () => []),
    button('All off', () => sweep.chosen.ranked),
    button('Only the dead off', () => sweep.chosen.dead),
  );
}

/**
 * The rate of the dimensions that are off, or null where the card has no figures.
 * @param {Sweep} sweep
 * @param {Loaded} loaded
 */
function saved({ chosen: { figures } }, { store }) {
  return figures && [...store.off].reduce((sum, i) => sum + figures.kl[i], 0);
}

/** @param {Sweep} sweep */
export function costs(sweep) {
  const all = figure('All on', 'd');
  const now = figure('As it is', 'd');
  const lost = figure('Lost', 'd');
  const rate = figure('Rate saved', 'r');
  const nodes = [all, now, lost, rate].map(({ node }) => node);
  const show = () => {
    const { loaded, problem } = sweep.chosen;
    const cheapest = loaded && sweep.cost(loaded, new Set());
    const actual = loaded && sweep.cost(loaded, loaded.store.off);
    const less = loaded && saved(sweep, loaded);
    const none = problem ? '–' : '…';
    all.set(cheapest === null ? none : fixed(cheapest, 1));
    now.set(actual === null ? none : fixed(actual, 1));
    lost.set(cheapest === null || actual === null ? none : signed(actual - cheapest));
    rate.set(less === null ? none : fixed(less, 1));
  };
  const words = el('p', { class: 'hint' }, WORDS);
  return { nodes: [buttons(sweep), el('div', { class: 'figures', 'aria-live': 'polite' }, nodes), words], show };
}

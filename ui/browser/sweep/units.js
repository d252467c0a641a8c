// The KL of each latent dimension as ranked bars, each with a switch, and what it costs to do without the dimensions switched off.
import { el, fixed, symbol } from '../kit/elements.js';
import { figure } from '../kit/gallery.js';

const DEAD = 0.01; // nats
const nats = (value) => (value == null ? '…' : fixed(value, 1));
const signed = (value) => (value >= 0.05 ? '+' : '') + nats(value);

/** {bars, costs, show()}: two lists of nodes; without `switches` the second is empty. */
export function units(sweep, switches) {
  const { members, outlier, latent } = sweep,
    usual = Math.max(...members.filter((member) => member !== outlier).map(({ kl }) => Math.max(...kl))) || 1;
  const flip = (dimensions) => {
    const { store } = sweep.chosen;
    if (!store) return;
    store.off = new Set(dimensions(store.off));
    store.changed();
  };
  const toggled = (off, i) => (off.has(i) ? [...off].filter((other) => other !== i) : [...off, i]);

  // A row is a rank, not a dimension: under another β it is another one's, and nothing moves.
  const row = (_, rank) => {
    const name = el('b'),
      part = el('i', { class: 'r' }),
      number = el('span', { class: 'number' });
    const use = switches && el('button', { onclick: () => flip((off) => toggled(off, sweep.chosen.ranked[rank])) });
    const show = () => {
      const { chosen } = sweep,
        i = chosen.ranked[rank],
        kl = chosen.kl[i],
        on = !chosen.store?.off.has(i),
        dead = kl < DEAD;
      name.textContent = symbol('z', i);
      part.style.width = `${Math.min(100, (100 * kl) / Math.max(usual, chosen.kl[chosen.ranked[0]]))}%`;
      number.textContent = `${fixed(kl)}${dead ? ' · dead' : ''}`;
      node.classList.toggle('off', !on);
      if (use)
        Object.assign(use, {
          textContent: on ? 'on' : 'off',
          ariaPressed: on,
          ariaLabel: `Use dimension ${symbol('z', i)}`,
          disabled: !chosen.store,
        });
    };
    const node = el('div', { class: 'unit' }, name, el('div', { class: 'bar' }, part), number, use || null);
    return { node, show };
  };
  const rows = Array.from({ length: latent }, row),
    scale = el('p', { class: 'hint' });
  const figures = [figure('All on', 'd'), figure('As it is', 'd'), figure('Lost', 'd'), figure('Rate saved', 'r')];
  const button = (words, dimensions) => el('button', { onclick: () => flip(dimensions) }, words),
    all = [...Array(latent).keys()];
  const costs = switches
    ? [
        el(
          'div',
          { class: 'buttons' },
          button('All on', () => []),
          button('All off', () => all),
          button('Only the dead off', () => all.filter((i) => sweep.chosen.kl[i] < DEAD)),
        ),
        el(
          'div',
          { class: 'figures', 'aria-live': 'polite' },
          figures.map(({ node }) => node),
        ),
        el(
          'p',
          { class: 'hint' },
          'Distortion of the eight images in nats, with all dimensions and without those that are off: ' +
            'they are decoded at 0, the prior’s mean. The rate is the test set’s.',
        ),
      ]
    : [];
  const show = () => {
    const { chosen } = sweep,
      { store } = chosen;
    rows.forEach((one) => one.show());
    scale.textContent = `Nats per test image${chosen === outlier ? ', own scale' : ''}. Dead: below ${DEAD}.`;
    if (!switches) return;
    const [full, now] = store ? [sweep.cost(chosen, new Set()), sweep.cost(chosen)] : [];
    const saved = store && [...store.off].reduce((sum, i) => sum + chosen.kl[i], 0);
    [nats(full), nats(now), full == null ? '…' : signed(now - full), nats(saved)].forEach((text, k) =>
      figures[k].set(text),
    );
  };
  return {
    bars: [
      el(
        'div',
        { class: 'units' },
        rows.map(({ node }) => node),
      ),
      scale,
    ],
    costs,
    show,
  };
}

// A guide to diagnosing collapse: what is seen, what it means, what to try, and the figure of the chosen model that decides.
import { el, fixed, symbol } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { loadSweep } from './members.js';

const DEAD = 0.01; // nats
const BARELY = 1; // nats
const FAR = 1.5; // times the prior's σ
const MUCH = 0.1; // of the best of the sweep
const RULE = `alarm ${100 * MUCH} % above`;
const nats = (value) => `${fixed(value, 1)} nats`;
const above = (value, least) => value - least > MUCH * Math.abs(least); // a density's distortion may be negative
const short = (value) => Number(value.toPrecision(3));
const lowest = (member, of) => `lowest ${nats(member[of])} at β = ${short(member.beta)}`;

// The best member of a sweep in one figure.
const best = ({ members }, of) => members.reduce((a, b) => (b[of] < a[of] ? b : a));

const ROWS = [
  {
    sign: 'The rate is near 0',
    means: 'Posterior collapse: q(z|x) is the prior whatever x is, so the code says nothing.',
    try: 'A smaller β, or a β that warms up from 0. Check that reconstruction and KL are both sums.',
    find: ({ chosen }) => [chosen.rate < BARELY, `rate ${nats(chosen.rate)}`, `alarm below ${BARELY}`],
  },
  {
    sign: 'All reconstructions look alike',
    means: 'The decoder does not read z and draws the average image.',
    try: 'As above. If the rate is not near 0, train longer: the decoder has yet to learn to read.',
    find: (sweep) => {
      const { chosen } = sweep,
        [off, on] = [new Set(Array(sweep.latent).keys()), new Set()].map(
          (some) => chosen.store && sweep.cost(chosen, some),
        );
      return off == null
        ? null
        : [off - on < BARELY, `z saves ${nats(off - on)} of distortion`, `alarm below ${BARELY}`];
    },
  },
  {
    sign: 'A slider does nothing',
    means: 'That dimension is dead: its posterior is the prior for every image.',
    try: 'Nothing, if the distortion is good enough: the model needs no more. Otherwise a smaller β.',
    find: ({ chosen, latent }) => {
      const dead = chosen.ranked.filter((i) => chosen.kl[i] < DEAD);
      const names = dead.length > 6 ? '' : `: ${dead.map((i) => symbol('z', i)).join(', ')}`;
      return [
        dead.length > 0,
        `${dead.length || 'none'} of ${latent} dead${dead.length ? names : ''}`,
        `dead: below ${DEAD} nats`,
      ];
    },
  },
  {
    sign: 'Reconstructions are blurry',
    means: 'Images that share a code are averaged: too little rate, or too small a decoder.',
    try: 'A smaller β, more latent dimensions, a larger decoder.',
    find: (sweep) => {
      const least = best(sweep, 'distortion'),
        { distortion } = sweep.chosen;
      return [
        above(distortion, least.distortion),
        `distortion ${fixed(distortion, 1)}; ${lowest(least, 'distortion')}`,
        RULE,
      ];
    },
  },
  {
    sign: 'Samples from the prior look like nothing',
    means: 'The codes lie elsewhere: the decoder has never seen what the prior draws.',
    try: 'A larger β: the rate is what pulls the codes to the prior.',
    find: ({ chosen }) => {
      if (!chosen.spreads) return null;
      const widest = chosen.spreads.indexOf(Math.max(...chosen.spreads)),
        spread = chosen.spreads[widest];
      return [
        spread > FAR,
        `codes reach ${fixed(spread)} σ along ${symbol('z', widest)}`,
        `root mean square of μ; the prior has 1, alarm above ${FAR}`,
      ];
    },
  },
  {
    sign: 'The −ELBO is poor',
    means: 'Rate and distortion are out of balance: to minimise their sum itself is β = 1.',
    try: 'β = 1. If it is 1 already, look for a mean where a sum belongs.',
    find: (sweep) => {
      const least = best(sweep, 'negative_elbo'),
        { negative_elbo: sum } = sweep.chosen;
      return [above(sum, least.negative_elbo), `−ELBO ${fixed(sum, 1)}; ${lowest(least, 'negative_elbo')}`, RULE];
    },
  },
];

async function build({ data }) {
  const sweep = loadSweep(data),
    cells = ROWS.map(() => el('td'));
  const head = el('th', { scope: 'col' }),
    columns = ['You see', 'It means', 'Try'].map((words) => el('th', { scope: 'col' }, words));
  const body = ROWS.map((row, k) =>
    el('tr', {}, el('th', { scope: 'row' }, row.sign), el('td', {}, row.means), el('td', {}, row.try), cells[k]),
  );
  const root = el('table', { class: 'guide' }, el('thead', {}, el('tr', {}, columns, head)), el('tbody', {}, body));
  const draw = () => {
    head.textContent = `β = ${short(sweep.chosen.beta)}`;
    ROWS.forEach(({ find }, k) => {
      const [alarm, words, rule] = find(sweep) ?? [null, '…', ''];
      cells[k].replaceChildren(
        el('strong', {}, alarm === null ? '' : alarm ? 'Yes. ' : 'No. '),
        words,
        rule ? el('span', { class: 'hint' }, rule) : '',
      );
      cells[k].className = alarm ? 'alarm' : '';
    });
  };
  const unsubscribe = sweep.subscribe(draw);
  const update = (latest) => {
    sweep.hear(latest.data.chosen);
    draw();
  };
  return { nodes: [root], update, stop: unsubscribe };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

// The signs of collapse: what is seen, what it means, what to try, and the figure of the chosen model that decides.
import { fixed, symbol } from '../kit/elements.js';
import { DEAD } from './member.js';

/**
 * @import { Figures, Member } from './member.js'
 * @import { Sweep } from './models.js'
 * @typedef {{alarm: boolean, words: string, rule: string}} Finding
 */

/**
 * `find` gives null where the model lacks what decides, or has not loaded it yet.
 * @typedef {object} Sign
 * @property {string} sign
 * @property {string} means
 * @property {string} try
 * @property {(sweep: Sweep) => Finding | null} find
 */

const BARELY = 1; // nats
const FAR = 1.5; // times the prior's σ
const MUCH = 0.1; // of the best of the sweep

/** @param {number} value */
const nats = (value) => `${fixed(value, 1)} nats`;

/**
 * Whether the chosen model is much worse in one figure than the best of its sweep.
 * @param {Sweep} sweep
 * @param {'distortion' | 'negative_elbo'} of
 * @param {string} name
 * @returns {Finding | null}
 */
function besideTheBest({ chosen, members }, of, name) {
  if (!chosen.figures) return null;
  const value = chosen.figures[of];
  /** @param {Member} member */
  const figure = ({ figures }) => figures?.[of] ?? Infinity;
  const best = members.reduce((a, b) => (figure(b) < figure(a) ? b : a));
  const least = figure(best);
  return {
    alarm: value - least > MUCH * Math.abs(least), // a density's distortion may be negative
    words: `${name} ${fixed(value, 1)}; lowest ${nats(least)} at β = ${best.label}`,
    rule: `alarm ${100 * MUCH} % above`,
  };
}

/** @type {(sweep: Sweep) => Finding | null} */
function lowRate({ chosen: { figures } }) {
  return (
    figures && { alarm: figures.rate < BARELY, words: `rate ${nats(figures.rate)}`, rule: `alarm below ${BARELY}` }
  );
}

/** @type {(sweep: Sweep) => Finding | null} */
function unreadCode(sweep) {
  const { loaded, ranked } = sweep.chosen;
  const off = loaded && sweep.cost(loaded, new Set(ranked));
  const on = loaded && sweep.cost(loaded, new Set());
  if (off === null || on === null) return null;
  return { alarm: off - on < BARELY, words: `z saves ${nats(off - on)} of distortion`, rule: `alarm below ${BARELY}` };
}

/** @type {(sweep: Sweep) => Finding | null} */
function deadDimensions({ chosen: { figures, dead }, latent }) {
  if (!figures) return null;
  const names = dead.length && dead.length <= 6 ? `: ${dead.map((i) => symbol('z', i)).join(', ')}` : '';
  const words = `${dead.length || 'none'} of ${latent} dead${names}`;
  return { alarm: dead.length > 0, words, rule: `dead: below ${DEAD} nats` };
}

/** @type {(sweep: Sweep) => Finding | null} */
function farCodes({ chosen: { loaded } }) {
  if (!loaded) return null;
  const spread = Math.max(...loaded.spreads);
  const widest = symbol('z', loaded.spreads.indexOf(spread));
  return {
    alarm: spread > FAR,
    words: `codes reach ${fixed(spread)} σ along ${widest}`,
    rule: `root mean square of μ; the prior has 1, alarm above ${FAR}`,
  };
}

/** @type {Sign[]} */
export const SIGNS = [
  {
    sign: 'The rate is near 0',
    means: 'Posterior collapse: q(z|x) is the prior whatever x is, so the code says nothing.',
    try: 'A smaller β, or a β that warms up from 0. Check that reconstruction and KL are both sums.',
    find: lowRate,
  },
  {
    sign: 'All reconstructions look alike',
    means: 'The decoder does not read z and draws the average image.',
    try: 'As above. If the rate is not near 0, train longer: the decoder has yet to learn to read.',
    find: unreadCode,
  },
  {
    sign: 'A slider does nothing',
    means: 'That dimension is dead: its posterior is the prior for every image.',
    try: 'Nothing, if the distortion is good enough: the model needs no more. Otherwise a smaller β.',
    find: deadDimensions,
  },
  {
    sign: 'Reconstructions are blurry',
    means: 'Images that share a code are averaged: too little rate, or too small a decoder.',
    try: 'A smaller β, more latent dimensions, a larger decoder.',
    find: (sweep) => besideTheBest(sweep, 'distortion', 'distortion'),
  },
  {
    sign: 'Samples from the prior look like nothing',
    means: 'The codes lie elsewhere: the decoder has never seen what the prior draws.',
    try: 'A larger β: the rate is what pulls the codes to the prior.',
    find: farCodes,
  },
  {
    sign: 'The −ELBO is poor',
    means: 'Rate and distortion are out of balance: to minimise their sum itself is β = 1.',
    try: 'β = 1. If it is 1 already, look for a mean where a sum belongs.',
    find: (sweep) => besideTheBest(sweep, 'negative_elbo', '−ELBO'),
  },
];

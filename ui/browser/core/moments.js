// The moments of a training that matter, each found in its reports by a clear rule. No DOM, runs in node as well.

/**
 * @typedef {object} Row - a report: nats per image
 * @property {number} step
 * @property {number} epoch
 * @property {number} seconds
 * @property {number} [train_distortion]
 * @property {number} [train_rate]
 * @property {number} [test_distortion]
 * @property {number} [test_rate]
 * @property {number[]} [kl_per_dimension]
 */
/** @typedef {{ step: number, kind: string, value?: number, of?: string }} Mark */
/** @typedef {{ step: number, epoch: number, words: string }} Moment */

const SPEAKS = 0.5; // nats of rate from which the code says something
const SILENT = 0.05; // nats of rate below which it says nothing
const WORSE = 0.5; // nats by which the test is above its best while training goes on falling
const SETTLED = 0.3; // of the run: a rise before that is the beginning's unrest
const ASLEEP = 0.01; // nats: a dimension below carries nothing

/** @param {Row} row */
export const testLoss = ({ test_distortion: d, test_rate: r }) => (d == null || r == null ? NaN : d + r);
/** @param {Row} row */
export const trainLoss = ({ train_distortion: d, train_rate: r }) => (d == null || r == null ? NaN : d + r);

/**
 * @param {Row} row
 * @param {string} words
 * @returns {Moment}
 */
const at = ({ step, epoch }, words) => ({ step, epoch, words });

/**
 * The rate has been near 0 and leaves it.
 *
 * @param {Row[]} tests
 */
function speaks(tests) {
  const first = tests.findIndex(({ test_rate: rate = 0 }) => rate > SPEAKS);
  const silent = first > 0 && (tests[first - 1].test_rate ?? 0) < SPEAKS && (tests[0].test_rate ?? 1) < SILENT;
  return silent ? [at(tests[first], 'The rate leaves 0 here: the code begins to speak.')] : [];
}

/**
 * The rate is near 0 again, or never left it.
 *
 * @param {Row[]} tests
 */
function falls(tests) {
  const last = tests[tests.length - 1];
  if (tests.length < 4 || (last.test_rate ?? 1) > SILENT) return [];
  const since = tests.findLastIndex(({ test_rate: rate = 0 }) => rate > SILENT) + 1;
  return [at(tests[since], 'The rate stays at 0: the code says nothing, and every image gets the same answer.')];
}

/**
 * Test figures rise above their best while those of training fall on.
 *
 * @param {Row[]} rows
 * @param {Row[]} tests
 */
function learnsByHeart(rows, tests) {
  const best = tests.reduce((low, row) => (testLoss(row) < testLoss(low) ? row : low), tests[0]);
  const last = tests[tests.length - 1];
  const begun = best.epoch > SETTLED * last.epoch || tests.length > 20;
  if (!begun || !(testLoss(last) > testLoss(best) + WORSE)) return [];
  const train = rows.filter((row) => !Number.isNaN(trainLoss(row)));
  const then = train.findLast((row) => row.step <= best.step);
  const now = train[train.length - 1];
  if (!then || !(trainLoss(now) < trainLoss(then))) return [];
  return [at(best, 'From here the test gets worse while training goes on falling: it learns its images by heart.')];
}

/**
 * Dimensions that carry nothing, at the last test.
 *
 * @param {Row[]} tests
 */
function sleepers(tests) {
  const last = tests[tests.length - 1];
  const kl = last?.kl_per_dimension ?? [];
  const asleep = kl.filter((nats) => nats < ASLEEP).length;
  if (tests.length < 4 || !asleep || asleep === kl.length) return [];
  const which = `${asleep} of ${kl.length} latent dimensions`;
  return [at(last, `${which} carry less than ${ASLEEP} nats: the decoder does not use them.`)];
}

/**
 * What a person did on the way, in words.
 *
 * @param {Mark} mark
 */
export function told({ kind, value, of }) {
  if (kind === 'beta') return `β = ${value}`;
  if (kind === 'learning_rate') return `learning rate ${value}`;
  if (kind === 'epochs') return `${value} epochs`;
  return kind === 'fork' ? `from ${of}` : '';
}

/**
 * The moments that matter in a training so far, in order.
 *
 * @param {Row[]} rows
 * @returns {Moment[]}
 */
export function moments(rows) {
  const tests = rows.filter((row) => !Number.isNaN(testLoss(row)));
  if (tests.length < 2) return [];
  const found = [...speaks(tests), ...falls(tests), ...learnsByHeart(rows, tests), ...sleepers(tests)];
  return found.sort((a, b) => a.step - b.step);
}

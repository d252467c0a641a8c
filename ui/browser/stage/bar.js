// The bar above all: what the training does, how far it is, and the buttons that steer it. It is never scrolled away.
import { button, el, row } from '../kit/elements.js';
import { put } from '../kit/numbers.js';
import { noun } from '../kit/sample.js';

/** @import { Theatre } from './theatre.js' */

const SILENT_SECONDS = 15;
const SLOW = 2; // steps a second
/** @type {Record<string, string>} */
const WORDS = {
  absent: 'not started',
  waiting: 'waiting',
  running: 'training',
  finished: 'trained',
  stopped: 'stopped',
  failed: 'failed',
  crashed: 'killed from outside',
};

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** @param {Theatre} theatre */
function word({ watcher: { state, status } }) {
  if (state.suspended) return 'suspended';
  if (state.word !== 'running') return WORDS[state.word] ?? state.word;
  if (status?.stopping) return 'measuring';
  if (state.silent !== null && state.silent > SILENT_SECONDS) return 'silent';
  if (status?.paused) return 'paused';
  return status?.slow ? 'slow motion' : 'training';
}

/** What a sentence has to say, if anything. @param {Theatre} theatre */
function sentence({ watcher: { state, problem }, refused }) {
  if (refused) return refused;
  if (problem) return problem;
  if (state.suspended) return 'Its process was stopped from outside, or the machine sleeps; this time does not count.';
  if (state.silent !== null && state.silent > SILENT_SECONDS)
    return `It has said nothing for ${duration(state.silent)}; it may be measuring, or the machine is very busy.`;
  if (state.word === 'crashed') return `Nothing that was kept is lost: resume it. ${state.message}`;
  return state.word === 'failed' || state.word === 'waiting' ? state.message : '';
}

/** @param {Theatre} theatre */
function figures({ watcher: { status, rows, state }, data: { epochs, spec } }) {
  const last = rows[rows.length - 1];
  const epoch = status?.epoch ?? last?.epoch ?? 0;
  const total = status ? status.total / status.per_epoch : epochs;
  const words = [`epoch ${epoch < 10 ? epoch.toFixed(1) : Math.floor(epoch)} of ${Math.round(total)}`];
  if (state.word !== 'running' || !status) return { words: words.join(''), share: epoch / total };
  const speed = status.images_per_second;
  if (speed) words.push(`${Math.round(speed).toLocaleString('en')} ${noun(spec.image_shape)}s/s`);
  if (speed && status.seconds && epoch) words.push(`${duration((status.seconds * (total - epoch)) / epoch)} left`);
  return { words: words.join(' · '), share: epoch / total };
}

/**
 * A field whose number acts when it is left or Enter is pressed.
 *
 * @param {string} label
 * @param {number} step
 * @param {(value: number) => unknown} act
 */
function field(label, step, act) {
  const input = el('input', { type: 'number', step: String(step), min: '0' });
  const commit = () => input.value !== '' && Number(input.value) !== shown && act(Number(input.value));
  let shown = NaN;
  input.addEventListener('change', commit);
  /** @param {number | undefined} value */
  const show = (value) => {
    if (value === undefined || value === shown || input.matches(':focus')) return;
    shown = value;
    input.value = String(value);
  };
  return { node: el('label', { class: 'field' }, label, input), input, show };
}

/**
 * The buttons of a training that lives.
 *
 * @param {Theatre} theatre
 */
function steering(theatre) {
  const { watcher } = theatre;
  /** @param {string} what */
  const ask = (what) => () => theatre.wish({ do: what });
  const pause = button('Pause', () => theatre.wish({ do: watcher.status?.paused ? 'go' : 'pause' }));
  const step = button('One step', ask('step'));
  const epoch = button('One epoch', ask('epoch'));
  const slow = button('Slow motion', () => theatre.wish({ slow: watcher.status?.slow ? 0 : SLOW }));
  const stop = button('Stop', ask('stop'));
  const beta = field('β', 0.1, (value) => theatre.wish({ beta: value }));
  const rate = field('learning rate', 0.0001, (value) => theatre.wish({ learning_rate: value }));
  const node = row(pause, step, epoch, slow, stop, beta.node, rate.node);
  const draw = () => {
    const { status, state } = watcher;
    node.hidden = !watcher.live;
    put(pause, status?.paused ? 'Go on' : 'Pause');
    slow.setAttribute('aria-pressed', String(Boolean(status?.slow)));
    for (const one of [pause, step, epoch, slow, beta.input, rate.input])
      one.disabled = state.word !== 'running' || !status || status.stopping;
    stop.disabled = Boolean(status?.stopping);
    beta.show(status?.beta);
    rate.show(status?.learning_rate);
  };
  return { node, draw };
}

/**
 * The buttons of a training that has ended.
 *
 * @param {Theatre} theatre
 * @param {(run: string) => void} open - another run
 */
function goingOn(theatre, open) {
  const { watcher } = theatre;
  const resume = button('Resume', () => theatre.wish({ do: 'resume' }));
  const epochs = el('input', { type: 'number', min: '1', step: '1', value: '10' });
  const extend = button('Train on', () => theatre.wish({ do: 'extend', epochs: Math.round(Number(epochs.value)) }));
  const beta = el('input', { type: 'number', min: '0', step: '0.1', value: '4' });
  const fork = button('Fork from the shown time', async () => {
    const { run } = await theatre.wish({ do: 'fork', at: theatre.step, beta: Number(beta.value) });
    if (run) open(run);
  });
  const more = el('span', { class: 'buttons' }, extend, el('label', { class: 'field' }, epochs, 'epochs more'));
  const part = el('span', { class: 'buttons' }, fork, el('label', { class: 'field' }, 'with β', beta));
  const node = row(resume, more, part);
  const draw = () => {
    const { state, snapshots, known } = watcher;
    node.hidden = watcher.live || !known.life;
    resume.hidden = !['stopped', 'failed', 'crashed'].includes(state.word);
    more.hidden = state.word !== 'finished' || known.life === '0';
    part.hidden = !snapshots.length;
  };
  return { node, draw };
}

/**
 * @param {Theatre} theatre
 * @param {(run: string) => void} open
 */
export function bar(theatre, open) {
  const [name, numbers] = [el('b', { class: 'doing', role: 'status' }), el('span', { class: 'number' })];
  const progress = el('progress', { max: '1', 'aria-label': 'Share of the training that is done' });
  const problem = el('p', { class: 'sentence', role: 'status' });
  const parts = [steering(theatre), goingOn(theatre, open)];
  const head = el('div', { class: 'head' }, name, progress, numbers);
  const node = el('div', { class: 'helm' }, head, ...parts.map((part) => part.node), problem);
  theatre.subscribe(() => {
    const { words, share } = figures(theatre);
    put(name, word(theatre));
    put(numbers, words);
    progress.value = Math.min(1, share || 0);
    put(problem, sentence(theatre));
    problem.hidden = !problem.textContent;
    for (const part of parts) part.draw();
  });
  return node;
}

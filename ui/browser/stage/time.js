// The time slider: from the untrained model to now, by hand or as a film; at its right end it follows the training.
import { button, el } from '../kit/elements.js';
import { wantsStillness } from '../kit/frames.js';
import { put } from '../kit/numbers.js';

/** @import { Theatre } from './theatre.js' */

const FILM_MS = 6000;
const KEPT_MS = 60000; // while the browser saves it

/**
 * @param {Uint8Array[]} parts
 * @param {string} name
 */
function download(parts, name) {
  const href = URL.createObjectURL(new Blob(/** @type {BlobPart[]} */ (parts), { type: 'image/gif' }));
  el('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), KEPT_MS);
}

/** Plays the snapshots from the shown one on, or from the first. @param {Theatre} theatre */
function film(theatre) {
  let frame = 0;
  const halt = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    put(node, 'Play');
  };
  const play = () => {
    const { steps } = theatre;
    const from = theatre.live ? 0 : Math.max(0, steps.indexOf(theatre.step));
    const began = performance.now() - (from / steps.length) * FILM_MS;
    put(node, 'Pause');
    const tick = (/** @type {number} */ now) => {
      const share = Math.max(0, now - began) / (wantsStillness() ? 2 * FILM_MS : FILM_MS);
      const place = Math.min(steps.length - 1, Math.floor(share * steps.length));
      theatre.show(steps[place], share >= 1);
      frame = requestAnimationFrame(tick);
      if (share >= 1) halt();
    };
    frame = requestAnimationFrame(tick);
  };
  const node = button('Play', () => (frame ? halt() : play()));
  return { node, halt };
}

/** @param {Theatre} theatre */
function saver(theatre) {
  const node = button('Save GIF', async () => {
    node.disabled = true;
    const { animation } = await import('./animation.js');
    download(animation(theatre), `${theatre.data.run}-training.gif`);
    node.disabled = false;
  });
  return node;
}

/** @param {Theatre} theatre */
export function time(theatre) {
  const player = film(theatre);
  const range = el('input', { type: 'range', min: '0', step: '1', 'aria-label': 'Time: snapshots of the training' });
  range.addEventListener('input', () => {
    player.halt();
    theatre.show(theatre.steps[Number(range.value)]);
  });
  const words = el('output', { class: 'number' });
  const live = button('Now', () => theatre.show(theatre.steps[theatre.steps.length - 1]));
  const save = saver(theatre);
  const empty = el(
    'p',
    { class: 'hint' },
    'This run kept no snapshots: its curves can be read, but time cannot be turned back.',
  );
  const controls = el('div', { class: 'turn' }, player.node, range, words, live, save);
  const node = el('div', { class: 'time' }, controls, empty);
  theatre.subscribe(() => {
    const { steps, step, perEpoch, watcher } = theatre;
    const place = Math.max(0, steps.indexOf(step));
    range.max = String(Math.max(0, steps.length - 1));
    if (Number(range.value) !== place) range.value = String(place);
    const epoch = step / perEpoch;
    const when = step
      ? `epoch ${epoch < 10 ? epoch.toFixed(2) : epoch.toFixed(1)}, step ${step.toLocaleString('en')}`
      : 'untrained';
    put(words, `${when}${theatre.live && watcher.live ? ' · live' : ''}`);
    range.setAttribute('aria-valuetext', when);
    live.disabled = theatre.live;
    empty.hidden = steps.length > 0 || watcher.live || !watcher.known.life;
    controls.hidden = !steps.length;
  });
  return { node, stop: player.halt };
}

// What is a sound can be heard: a press on its picture or on its button plays it, and so does what moves z by itself.
import { button, el } from '../kit/elements.js';
import { kindOf } from '../kit/sample.js';

/** @import { Shape } from '../core/spec.js' */
/** @import { Store } from './store.js' */
/** @typedef {() => { values: ArrayLike<number>, full?: number } | null} Heard - what is to be heard now, if anything */

const PHASE = 'The model knows magnitudes only: the phase that you hear is estimated (Griffin–Lim), not modelled.';

/** @param {Shape} shape */
const isHeard = (shape) => kindOf(shape).name === 'sound';
/** What makes and plays sounds is loaded where there are any. */
const loadVoice = async () => (await import('../work/sounding.js')).voice;

/** The sentence about the phase, where there are sounds. @param {Shape} shape */
export const phaseHint = (shape) => (isHeard(shape) ? el('p', { class: 'hint' }, PHASE) : null);

/**
 * Play an example of a shape, if it is a sound; `mark(true)` at its beginning, `mark(false)` at its end.
 *
 * @param {Shape} shape
 * @param {ReturnType<Heard>} heard
 * @param {(sounds: boolean) => void} [mark]
 */
export async function hear(shape, heard, mark = () => undefined) {
  if (!heard || !isHeard(shape)) return;
  mark(true);
  const voice = await loadVoice();
  await voice.play(heard.values, shape, heard.full);
  mark(false);
}

/**
 * Let a press on a canvas play what it shows; nothing, where examples are no sounds.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Shape} shape
 * @param {Heard} heard
 */
export function playsAtPress(canvas, shape, heard) {
  if (!isHeard(shape)) return;
  canvas.style.cursor = 'pointer';
  canvas.title = 'Press to hear it';
  canvas.addEventListener('click', () => hear(shape, heard()));
}

/**
 * The button that plays an example; null where examples are no sounds.
 *
 * @param {Shape} shape
 * @param {Heard} heard
 * @param {string} [label] - for screen readers
 */
export function playButton(shape, heard, label = 'Play the sound') {
  if (!isHeard(shape)) return null;
  /** @param {boolean} sounds */
  const mark = (sounds) => {
    node.ariaPressed = String(sounds);
  };
  const press = async () => {
    if (node.ariaPressed === 'true') (await loadVoice()).stop();
    else hear(shape, heard(), mark);
  };
  const node = button('▶ Play', press, label);
  loadVoice().catch(() => undefined); // so that a press finds it there
  node.ariaPressed = 'false';
  node.classList.add('play');
  return node;
}

/**
 * Something moves z: hear where it is, unless the sound of an earlier place has not ended.
 *
 * @param {Store} store
 */
export async function hearOnTheWay(store) {
  if (!isHeard(store.vae.shape)) return;
  const voice = await loadVoice();
  if (!voice.busy) voice.play(store.image, store.vae.shape);
}

/**
 * A hand has chosen z: hear it now.
 *
 * @param {Store} store
 */
export function hearHere(store) {
  hear(store.vae.shape, { values: store.image });
}

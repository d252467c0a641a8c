// The shelf of kept codes: an image and a letter for each, and the button that keeps one more.
import { button, el, pictures } from '../kit/elements.js';
import { LETTERS } from './kept.js';

/** @import { Store } from '../state/store.js' */
/** @import { Cell } from './kept.js' */

/**
 * {nodes, show}; `show` brings it up to date and returns pairs of a code and the canvas to show it.
 *
 * @param {Store} store
 */
export function shelf(store) {
  const keep = button('', () => store.pin(store.code));
  const canvases = pictures(LETTERS.length);
  /** @param {number} i */
  const remove = (i) => {
    store.pins = store.pins.filter((_, k) => k !== i);
    store.changed();
    if (!store.pins[i]) keep.focus(); // the × that had it is hidden
  };
  const slots = LETTERS.map((letter, i) => {
    const onclick = () => store.glideTo(store.pins[i]);
    const go = el('button', { onclick, 'aria-label': `Go to ${letter}` }, canvases[i], letter);
    return el(
      'div',
      { class: 'kept' },
      go,
      button('×', () => remove(i), `Remove ${letter}`),
    );
  });
  /** @returns {Cell[]} */
  const show = () => {
    slots.forEach((slot, i) => slot.toggleAttribute('hidden', !store.pins[i]));
    keep.textContent = `Keep this one as ${LETTERS[store.pins.length] ?? 'D (A goes)'}`;
    return store.pins.map((pin, i) => [pin, canvases[i]]);
  };
  return { nodes: [...slots, keep], show };
}

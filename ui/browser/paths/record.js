// The button that lets the pad draw into the shared route, and the sentence that says what to do next.
import { button, el } from '../kit/elements.js';

/** @import { Journey } from './journey.js' */
/** @import { Cell } from './kept.js' */

/**
 * {node, hint, show}; the node is null where there is no pad to draw on.
 *
 * @param {Journey} journey
 */
export function recorder(journey) {
  const { store } = journey;
  const hint = el('p', { role: 'status' });
  const record = () => {
    store.halt();
    store.recording = !store.recording;
    store.route = [];
    store.changed(false);
  };
  const node = button('', record);
  const advice = () => {
    if (store.recording) return 'On the pad: press, draw the path, let go.';
    return journey.way ? '' : 'Keep two codes, then walk between them.';
  };
  /** @returns {Cell[]} */
  const show = () => {
    node.textContent = store.recording ? 'Stop drawing' : 'Draw a path';
    hint.textContent = advice();
    return [];
  };
  return { node: journey.data.pad ? node : null, hint, show };
}

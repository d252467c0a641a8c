// Play and Pause: z goes there and back on its way, until something else moves it.
import { button } from '../kit/elements.js';
import { wantsStillness } from '../kit/frames.js';
import { hearOnTheWay } from '../state/hearing.js';

/** @import { Journey } from './journey.js' */

/** How long one way takes. */
export const WAY_MS = 3000;
const STILLS = 8; // places, for who wants stillness

/**
 * 0 to 1 and back again and again; for who wants stillness from place to place.
 *
 * @param {number} ms
 */
function shareAt(ms) {
  const share = 1 - Math.abs(1 - ((Math.abs(ms) / WAY_MS) % 2));
  return wantsStillness() ? Math.round(share * STILLS) / STILLS : share;
}

/**
 * The button; while it plays, z and the range follow the way.
 *
 * @param {Journey} journey
 * @param {HTMLInputElement} range
 */
export function player(journey, range) {
  const { store } = journey;
  let frame = 0;
  const halt = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    node.textContent = 'Play';
  };
  const play = () => {
    const began = performance.now() - Number(range.value) * WAY_MS;
    /** @param {number} now */
    const tick = (now) => {
      const share = shareAt(now - began);
      range.value = String(share);
      if (journey.way) store.z = journey.way(share);
      store.changed(false);
      hearOnTheWay(store);
      frame = requestAnimationFrame(tick);
    };
    store.halt();
    store.halt = halt;
    node.textContent = 'Pause';
    frame = requestAnimationFrame(tick);
  };
  const node = button('Play', () => {
    if (frame)
      store.set(store.z, { final: true }); // which halts
    else play();
  });
  return node;
}

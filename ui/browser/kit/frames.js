// When to draw: at most once a frame, at once for a hand that moves, and easing from here to there.

/**
 * A function that runs `draw` at most once per frame, with the latest state.
 *
 * @param {() => unknown} draw
 */
export function coalesce(draw) {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      draw();
    });
  };
}

/** The event of a moving pointer: the one ahead of the next frame, where the page is trusted (https or localhost). */
export const MOVE = globalThis.onpointerrawupdate === undefined ? 'pointermove' : 'pointerrawupdate';
/** What comes within so many milliseconds of a drawing waits for the frame; a common mouse speaks every 8. */
export const AGAIN_MS = 4;

export const wantsStillness = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/**
 * Call `step(part, done)` at every frame while part eases from 0 to 1; returns the function that halts it.
 *
 * @param {number} ms
 * @param {(part: number, done: boolean) => void} step
 */
export function travel(ms, step) {
  const began = performance.now();
  let frame = requestAnimationFrame(function tick(now) {
    const part = wantsStillness() ? 1 : Math.min(1, Math.max(0, (now - began) / ms));
    if (part < 1) frame = requestAnimationFrame(tick);
    step(part * part * (3 - 2 * part), part === 1);
  });
  return () => cancelAnimationFrame(frame);
}

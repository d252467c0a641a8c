// A pointer that is held on a row or a square of images.

/**
 * A share of a length, 0 to 1.
 *
 * @param {number} share
 */
export const clamp = (share) => Math.min(1, Math.max(0, share));

/**
 * While a pointer holds images, `count` steps from the first to the last: call `onMove([across, down], final)` with its
 * shares of the way from the middle of the first to that of the last.
 *
 * @param {HTMLElement} element
 * @param {number} count
 * @param {(shares: [across: number, down: number], final: boolean) => void} onMove
 */
export function dragged(element, count, onMove) {
  /**
   * @param {number} place
   * @param {number} length
   */
  const share = (place, length) => clamp((place / length) * (1 + 1 / count) - 0.5 / count);
  /** @param {PointerEvent} event */
  const move = ({ type, pointerId, clientX, clientY }) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    if (type === 'pointerdown') element.setPointerCapture(pointerId);
    if (!element.hasPointerCapture(pointerId)) return;
    onMove([share(clientX - left, width), share(clientY - top, height)], type === 'pointerup');
  };
  element.addEventListener('pointerdown', move);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', move);
}

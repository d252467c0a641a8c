// A pointer that is held on a row or a square of images.

/** A share of a length, 0 to 1. */
export const clamp = (share) => Math.min(1, Math.max(0, share));

/**
 * While a pointer holds images, `count` steps from the first to the last: call `onMove([across, down], final)` with its
 * shares of the way from the middle of the first to that of the last.
 */
export function dragged(element, count, onMove) {
  const share = (place, length) => clamp((place / length) * (1 + 1 / count) - 0.5 / count);
  const move = ({ type, pointerId, clientX, clientY }) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    if (type === 'pointerdown') element.setPointerCapture(pointerId);
    if (!element.hasPointerCapture(pointerId)) return;
    onMove([share(clientX - left, width), share(clientY - top, height)], type === 'pointerup');
  };
  for (const type of ['pointerdown', 'pointermove', 'pointerup']) element.addEventListener(type, move);
}

// Mouse, pen, touch and keys on a pad: hovering looks, holding drags z, shift or two fingers move the view, the wheel zooms.
import { MOVE } from '../kit/frames.js';

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 6; // pixels a key moves z; five times as far with shift

const middle = ([[ax, ay], [bx, by]]) => [(ax + bx) / 2, (ay + by) / 2];
const gap = ([[ax, ay], [bx, by]]) => Math.hypot(ax - bx, ay - by);

/** Let a pad be looked at, moved and zoomed by its top canvas. */
export function pointerOn(pad) {
  const canvas = pad.top,
    down = new Map();
  let pans = false;
  const offset = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const moveView = (before, after) => {
    const [x, y] = middle(before),
      [toX, toY] = middle(after);
    pad.view.pan(toX - x, toY - y);
    if (gap(before)) pad.view.zoomAt(toX, toY, gap(after) / gap(before));
    pad.drawSoon();
  };
  const pressed = (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, offset(event));
    if (down.size === 1) pans = event.shiftKey || event.button > 0;
    else pans = true;
    if (pad.store.recording) pad.store.route = [];
    if (!pans) pad.pointAt(...offset(event));
  };
  const moved = (event) => {
    const at = offset(event),
      before = [...down.values()],
      held = down.has(event.pointerId);
    if (held) down.set(event.pointerId, at);
    if (held && pans)
      return moveView(
        ...[before, [...down.values()]].map((places) => (places.length > 1 ? places : [places[0], places[0]])),
      );
    if (!held && pad.store.recording) return;
    if (event.pointerType === 'mouse') pad.enter();
    pad.pointAt(...at);
  };
  const lifted = (event) => {
    if (!down.delete(event.pointerId)) return;
    if (!pans) {
      pad.store.recording = false;
      pad.pointAt(...offset(event), true);
    } else if (!down.size) pad.moved();
  };
  const zoomed = (event) => {
    event.preventDefault();
    pad.view.zoomAt(...offset(event), Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)));
    pad.moved();
  };
  const typed = (event) => {
    const { key, shiftKey } = event,
      direction = KEYS[key],
      [x, y] = pad.view.toPixel(...pad.plane.place(pad.store.z)),
      far = shiftKey ? 5 * STEP : STEP;
    if (direction) pad.pointAt(x + far * direction[0], y + far * direction[1], true);
    else if (key === '+' || key === '-') pad.zoom(key === '+' ? 1.25 : 0.8);
    else if (key === '0') pad.zoom(0);
    else if (key === 'k' || key === 'K') pad.store.pin(pad.store.code);
    else return;
    event.preventDefault();
  };
  const listeners = {
    pointerdown: pressed,
    [MOVE]: moved,
    pointerup: lifted,
    pointercancel: lifted,
    wheel: zoomed,
    keydown: typed,
    pointerleave: () => down.size || pad.leave(),
    dblclick: () => pad.zoom(0),
    contextmenu: (event) => event.preventDefault(),
  };
  for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener, { passive: false });
}

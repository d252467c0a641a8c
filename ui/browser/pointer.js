// Mouse, touch and keys on a map: hover or one finger looks, a mouse drag moves, wheel and two fingers zoom.

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 6; // pixels a key moves the crosshair; five times as far with shift

function offset(event) {
  const box = event.currentTarget.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

const middle = ([[ax, ay], [bx, by]]) => [(ax + bx) / 2, (ay + by) / 2];
const gap = ([[ax, ay], [bx, by]]) => Math.hypot(ax - bx, ay - by);

function pinch(plot, before, after) {
  const [x, y] = middle(before), [toX, toY] = middle(after);
  plot.view.pan(toX - x, toY - y);
  plot.view.zoomAt(toX, toY, gap(after) / (gap(before) || 1));
  plot.drawSoon();
}

function moved(plot, down, event) {
  const before = [...down.values()], at = offset(event);
  const held = down.has(event.pointerId);
  if (held) down.set(event.pointerId, at);
  if (down.size === 2 && held) return pinch(plot, before, [...down.values()]);
  const drags = held && event.pointerType === 'mouse' && plot.mode !== 'manifold';
  if (!drags) return plot.pointAt(...at);
  plot.view.pan(at[0] - before[0][0], at[1] - before[0][1]);
  plot.drawSoon();
}

function pressed(plot, down, event) {
  event.currentTarget.setPointerCapture(event.pointerId);
  down.set(event.pointerId, offset(event));
  if (event.pointerType !== 'mouse' && down.size === 1) plot.pointAt(...offset(event));
}

function zoomed(plot, event) {
  if (plot.mode === 'manifold') return;
  event.preventDefault();
  plot.view.zoomAt(...offset(event), Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)));
  plot.drawSoon();
}

function typed(plot, event) {
  const [width, height] = plot.view.size, direction = KEYS[event.key];
  if (direction) {
    const [px, py] = plot.at ? plot.pixelOf(plot.at) : [width / 2, height / 2], far = event.shiftKey ? 5 * STEP : STEP;
    plot.pointAt(px + far * direction[0], py + far * direction[1], true);
  } else if (event.key === '+' || event.key === '-') plot.view.zoomAt(width / 2, height / 2, event.key === '+' ? 1.25 : 0.8);
  else if (event.key === '0') plot.view.reset();
  else return;
  event.preventDefault();
  plot.drawSoon();
}

/** Let a plot be looked at, moved and zoomed by its top canvas. */
export function pointerOn(plot) {
  const canvas = plot.top, down = new Map();
  const lifted = (event) => {
    if (down.delete(event.pointerId) && plot.at) plot.goTo(plot.at, true);
  };
  canvas.addEventListener('pointerdown', (event) => pressed(plot, down, event));
  canvas.addEventListener('pointermove', (event) => moved(plot, down, event));
  canvas.addEventListener('pointerup', lifted);
  canvas.addEventListener('pointercancel', lifted);
  canvas.addEventListener('wheel', (event) => zoomed(plot, event), { passive: false });
  canvas.addEventListener('dblclick', () => (plot.view.reset(), plot.drawSoon()));
  canvas.addEventListener('keydown', (event) => typed(plot, event));
}

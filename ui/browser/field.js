// The field of ε: the standard normal of two dimensions seen from above, and in it the dot that is dragged.
import { el, theme } from './dom.js';

const REACH = 3.5; // σ of ε from the middle to the rim
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP = 0.1; // of an arrow key; five times as far with Shift
const MOVE = 'onpointerrawupdate' in window ? 'pointerrawupdate' : 'pointermove'; // ahead of the next frame, where there is such
const LABEL = 'The noise ε. Drag the dot, or move it by the arrow keys; with Shift it moves farther.';

/** {node, show(eps, cloud, dims), fit()}: `move([a, b], final)` is called with the dot's two numbers under a hand. */
export function field(colour, move) {
  const canvas = el('canvas', { class: 'field', tabindex: 0, role: 'application', 'aria-label': LABEL }), context = canvas.getContext('2d');
  let side = 0, look, dot = [0, 0], held = null;

  const disc = ([a, b], radius) => {
    context.beginPath();
    context.arc(side / 2 + (a * side) / 2 / REACH, side / 2 - (b * side) / 2 / REACH, radius, 0, 2 * Math.PI);
  };
  const rings = () => {
    const shade = context.createRadialGradient(side / 2, side / 2, 0, side / 2, side / 2, side / 2);
    for (let part = 0; part <= 1; part += 0.1) shade.addColorStop(part, `${colour}${Math.round(112 * Math.exp(-((part * REACH) ** 2) / 2)).toString(16).padStart(2, '0')}`);
    context.fillStyle = shade;
    disc([0, 0], side / 2);
    context.fill();
    Object.assign(context, { strokeStyle: look.border, fillStyle: look.text, lineWidth: 1.5, font: `14px ${look.font}`, textAlign: 'center', textBaseline: 'middle' });
    for (const radius of [1, 2, 3]) {
      disc([0, 0], (radius * side) / 2 / REACH);
      context.stroke();
      context.fillText(radius, side / 2 + (radius * side) / 2 / REACH - 8, side / 2 - 9);
    }
    context.strokeRect(side / 2, 6, 0, side - 12);
    context.strokeRect(6, side / 2, side - 12, 0);
  };
  const show = (eps, cloud, [i, j]) => {
    dot = [eps[i], eps[j] ?? 0];
    if (!side) return;
    const ratio = canvas.width / side, far = Math.max(1, Math.hypot(...dot) / (REACH - 0.15));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, side, side);
    rings();
    context.fillStyle = `${colour}b0`;
    for (const one of cloud ?? []) disc([one[i], one[j] ?? 0], 2), context.fill();
    disc(dot.map((value) => value / far), 9);
    Object.assign(context, { fillStyle: far > 1 ? look.background : colour, strokeStyle: look.text, lineWidth: 2.5 });
    context.fill();
    context.stroke();
  };
  const fit = () => {
    const ratio = Math.min(2, devicePixelRatio || 1);
    look = theme(canvas);
    side = canvas.clientWidth;
    Object.assign(canvas, { width: side * ratio, height: side * ratio });
  };
  const under = ({ clientX, clientY }, final) => {
    const box = canvas.getBoundingClientRect(), at = [clientX - box.left - box.width / 2, box.top + box.height / 2 - clientY].map((length) => (length / box.width) * 2 * REACH);
    const far = Math.max(1, Math.hypot(...at) / (REACH - 0.15));
    move(at.map((value) => value / far), final);
  };
  const lifted = (event) => {
    if (event.pointerId !== held) return;
    held = null;
    under(event, true);
  };
  const listeners = {
    pointerdown(event) {
      if (event.button || held !== null) return;
      canvas.setPointerCapture((held = event.pointerId));
      under(event, false);
    },
    [MOVE]: (event) => event.pointerId === held && under(event, false),
    pointerup: lifted,
    pointercancel: lifted,
    keydown(event) {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      move(step.map((way, k) => dot[k] + way * STEP * (event.shiftKey ? 5 : 1)), true);
    },
  };
  for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener);
  return { node: canvas, show, fit };
}

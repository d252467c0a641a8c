// The field of ε: the standard normal of two dimensions seen from above, and in it the dot that is dragged.
import { MOVE } from '../kit/frames.js';
import { el, theme } from '../kit/elements.js';

const REACH = 3.5; // σ of ε from the middle to the rim
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP = 0.1; // of an arrow key; five times as far with Shift
const LABEL = 'The noise ε. Drag the dot, or move it by the arrow keys; with Shift it moves farther.';

/** {node, show(eps, cloud, dims), fit()}: `move([a, b], final)` is called with the dot's two numbers under a hand. */
export function field(colour, move) {
  const canvas = el('canvas', { class: 'field', tabindex: 0, role: 'application', 'aria-label': LABEL }),
    context = canvas.getContext('2d');
  const ground = document.createElement('canvas'); // the rings, drawn once
  let side = 0,
    look,
    box,
    dot = [0, 0],
    held = null;

  const disc = (on, [a, b], radius) => {
    on.beginPath();
    on.arc(side / 2 + (a * side) / 2 / REACH, side / 2 - (b * side) / 2 / REACH, radius, 0, 2 * Math.PI);
  };
  const rings = (on) => {
    const shade = on.createRadialGradient(side / 2, side / 2, 0, side / 2, side / 2, side / 2);
    for (let part = 0; part <= 1; part += 0.1)
      shade.addColorStop(
        part,
        `${colour}${Math.round(112 * Math.exp(-((part * REACH) ** 2) / 2))
          .toString(16)
          .padStart(2, '0')}`,
      );
    on.fillStyle = shade;
    disc(on, [0, 0], side / 2);
    on.fill();
    Object.assign(on, {
      strokeStyle: look.border,
      fillStyle: look.text,
      lineWidth: 1.5,
      font: `14px ${look.font}`,
      textAlign: 'center',
      textBaseline: 'middle',
    });
    for (const radius of [1, 2, 3]) {
      disc(on, [0, 0], (radius * side) / 2 / REACH);
      on.stroke();
      on.fillText(radius, side / 2 + (radius * side) / 2 / REACH - 8, side / 2 - 9);
    }
    on.strokeRect(side / 2, 6, 0, side - 12);
    on.strokeRect(6, side / 2, side - 12, 0);
  };
  const show = (eps, cloud, [i, j]) => {
    dot = [eps[i], eps[j] ?? 0];
    if (!side) return;
    const far = Math.max(1, Math.hypot(...dot) / (REACH - 0.15));
    context.clearRect(0, 0, side, side);
    context.drawImage(ground, 0, 0, side, side);
    context.fillStyle = `${colour}b0`;
    for (const one of cloud ?? []) (disc(context, [one[i], one[j] ?? 0], 2), context.fill());
    disc(
      context,
      dot.map((value) => value / far),
      9,
    );
    Object.assign(context, { fillStyle: far > 1 ? look.background : colour, strokeStyle: look.text, lineWidth: 2.5 });
    context.fill();
    context.stroke();
  };
  const fit = () => {
    const ratio = Math.min(2, devicePixelRatio || 1);
    look = theme(canvas);
    side = canvas.clientWidth;
    for (const each of [canvas, ground]) {
      Object.assign(each, { width: side * ratio, height: side * ratio });
      each.getContext('2d').scale(ratio, ratio);
    }
    if (side) rings(ground.getContext('2d'));
  };
  const under = ({ clientX, clientY }, final) => {
    const at = [clientX - box.left - box.width / 2, box.top + box.height / 2 - clientY].map(
      (length) => (length / box.width) * 2 * REACH,
    );
    const far = Math.max(1, Math.hypot(...at) / (REACH - 0.15));
    move(
      at.map((value) => value / far),
      final,
    );
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
      box = canvas.getBoundingClientRect(); // asked once: at every move it would cost a layout
      under(event, false);
    },
    [MOVE]: (event) => event.pointerId === held && under(event, false),
    pointerup: lifted,
    pointercancel: lifted,
    keydown(event) {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      move(
        step.map((way, k) => dot[k] + way * STEP * (event.shiftKey ? 5 : 1)),
        true,
      );
    },
  };
  for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener);
  return { node: canvas, show, fit };
}

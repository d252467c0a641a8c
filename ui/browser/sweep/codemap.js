// The test codes of the chosen model of a sweep in its two dimensions with the highest KL, on one scale as far as that goes.
import { el, symbol, theme } from '../kit/elements.js';
import { View, drawAxes, drawDots, drawNames } from '../kit/dots.js';

const SCALE = 6; // σ of the prior to each side
const SMALL = 420,
  SMALLER = 0.75; // on a small map the names of the classes are smaller

/** {node, words, show(), stop()}. */
export function codemap(sweep, { colours, class_names: names }) {
  const dots = el('canvas', { role: 'img' }),
    letters = el('canvas', { 'aria-hidden': 'true' }),
    words = el('figcaption');
  let size = [1, 1];

  // Where the prior would have the codes: circles of one and two of its σ.
  function prior(context, view, { text }) {
    const [x, y] = view.toPixel(0, 0);
    Object.assign(context, { strokeStyle: text, lineWidth: 1.5 });
    context.setLineDash([5, 5]);
    for (const sigmas of [1, 2]) {
      context.beginPath();
      context.arc(x, y, sigmas * view.scale, 0, 2 * Math.PI);
      context.stroke();
    }
    context.setLineDash([]);
  }

  function draw() {
    const ratio = Math.min(2, devicePixelRatio || 1),
      [width, height] = size.map((length) => Math.round(length * ratio)),
      { chosen } = sweep;
    for (const canvas of [dots, letters])
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const own = chosen.reach > SCALE,
      reach = own ? 1.1 * chosen.reach : SCALE,
      view = new View([-reach, reach, -reach, reach], size);
    const style = theme(dots),
      axes = chosen.ranked.slice(0, 2).map((i) => symbol('z', i)),
      context = letters.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, ...size);
    drawAxes(context, view, [axes[0], axes[1] ?? ''], style);
    prior(context, view, style);
    dots.ariaLabel = `The test codes of β = ${chosen.beta} in ${axes.join(' and ')}`;
    words.replaceChildren(
      el('b', {}, 'Map'),
      ` of ${axes.join(', ')}: the highest KL. `,
      el(
        'span',
        { class: 'hint' },
        own ? `Own scale: ±${Math.round(reach)} σ. ` : `Always ±${SCALE} σ. `,
        'Dashed: 1, 2 σ of the prior.',
      ),
    );
    dots.hidden = !chosen.xy;
    if (!chosen.xy) return;
    drawDots(dots, view, ratio, chosen.xy, chosen.labels, { colours });
    const zoom = size[0] < SMALL ? SMALLER : 1,
      larger = new View(
        [-reach, reach, -reach, reach],
        size.map((length) => length / zoom),
      );
    context.scale(zoom, zoom);
    drawNames(context, larger, chosen.middles, names, null, style);
  }

  const node = el('div', { class: 'square' }, dots, letters),
    observer = new ResizeObserver(() => {
      size = [node.clientWidth, node.clientHeight];
      draw();
    });
  observer.observe(node);
  return { node, words, show: draw, stop: () => observer.disconnect() };
}

// The plane of rate and distortion: a dot for each model of a sweep, lines of equal −ELBO, and the line that β minimises along.
import { el, fixed, theme } from '../kit/elements.js';

const LEFT = 46,
  BOTTOM = 46,
  TOP = 28,
  RIGHT = 14;
const STEEP = 0.5; // radians
const NEAR = 30; // pixels within which a click means a dot
const short = (value) => String(Number(value.toPrecision(3)));

function step(span, most) {
  const power = 10 ** Math.floor(Math.log10(span / most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= most);
}

function ticks(low, high, most) {
  const size = step(high - low, most),
    first = Math.ceil(low / size);
  return Array.from({ length: Math.floor(high / size) - first + 1 }, (_, i) => (first + i) * size);
}

/** {node, show(), stop()} for a sweep; a click on a dot chooses it. */
export function tradeoff(sweep) {
  const { members, outlier } = sweep,
    canvas = el('canvas', { role: 'img' }),
    distortions = members.map((member) => member.distortion);
  const [least, most] = [Math.min(...distortions), Math.max(...distortions)],
    margin = 0.12 * (most - least) || 1;
  const low = least - 1.6 * margin,
    high = most + margin,
    end = 1.14 * Math.max(...members.filter((member) => member !== outlier).map(({ rate }) => rate)) || 1;
  let size = [1, 1],
    colours;

  const across = (rate) => LEFT + (rate / end) * (size[0] - LEFT - RIGHT),
    up = (nats) => TOP + ((high - nats) / (high - low)) * (size[1] - TOP - BOTTOM);
  // A member with a rate off the scale stands at the edge, with an arrow.
  const place = (member) => [member === outlier ? size[0] - RIGHT - 12 : across(member.rate), up(member.distortion)];

  function write(context, text, x, y, { align = 'left', weight = 400, px = 14, colour = colours.text } = {}) {
    Object.assign(context, { font: `${weight} ${px}px ${colours.font}`, textAlign: align, textBaseline: 'middle' });
    Object.assign(context, { lineJoin: 'round', lineWidth: 4, strokeStyle: colours.background, fillStyle: colour });
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }

  function line(context, points, { colour, width = 1, dash = [] }) {
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    context.setLineDash(dash);
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.stroke();
    context.setLineDash([]);
  }

  function frame(context) {
    const [width, height] = size;
    for (const nats of ticks(low, high, 6)) write(context, short(nats), LEFT - 8, up(nats), { align: 'right' });
    for (const nats of ticks(0, end, width / 70))
      write(context, short(nats), across(nats), height - BOTTOM + 15, { align: 'center' });
    write(context, 'rate, nats →', width - RIGHT, height - 11, { align: 'right', weight: 600 });
    write(context, '↑ distortion, nats', 4, 13, { weight: 600 });
    line(
      context,
      [
        [LEFT, TOP],
        [LEFT, height - BOTTOM],
        [width - RIGHT, height - BOTTOM],
      ],
      { colour: colours.text, width: 1.5 },
    );
  }

  // Distortion + rate is the same all along such a line. Its name stands above the curve: farther down it would cover dots.
  function equals(context) {
    const [width] = size,
      angle = Math.atan2(up(0) - up(end), across(end) - across(0)),
      right = end * (1 - 8 / (width - LEFT - RIGHT));
    for (const sum of ticks(low, high + end, 8)) {
      const name = `−ELBO ${short(sum)}`,
        nats = sum - right;
      line(
        context,
        [
          [across(0), up(sum)],
          [across(end), up(sum - end)],
        ],
        { colour: colours.border },
      );
      context.save();
      context.globalAlpha = 0.75;
      if (angle > STEEP && across(sum - high) < width - RIGHT - 90)
        write(context, name, across(sum - high) + 8, TOP + 8);
      if (angle <= STEEP && nats > low + 0.3 * (high - low)) {
        context.translate(across(right), up(nats));
        context.rotate(angle);
        write(context, name, 0, -9, { align: 'right' });
      }
      context.restore();
    }
  }

  function mark(context, member) {
    const [x, y] = place(member),
      chosen = member === sweep.chosen,
      text = (chosen ? 'β = ' : '') + short(member.beta);
    context.beginPath();
    context.arc(x, y, chosen ? 10 : 6, 0, 2 * Math.PI);
    Object.assign(context, {
      fillStyle: chosen ? colours.primary : colours.text,
      lineWidth: 3,
      strokeStyle: colours.background,
    });
    context.stroke();
    context.fill();
    const wide = x > size[0] - 60,
      style = {
        align: chosen && !wide ? 'left' : wide ? 'right' : 'center',
        weight: chosen ? 700 : 400,
        px: chosen ? 18 : 14,
      };
    if (member === outlier)
      return write(context, `${text}: rate ${short(member.rate)} →`, size[0] - RIGHT, y + 19, {
        ...style,
        align: 'right',
      });
    const [cx, cy] = place(sweep.chosen);
    // The chosen one's label is large: what it would cover is left out.
    const free = chosen || sweep.chosen === outlier || x < cx - 12 || x > cx + 76 || Math.abs(y - cy) > 40;
    const above = y - (chosen ? 22 : 15);
    if (!free) return;
    if (above < TOP && !wide)
      write(context, text, x + (chosen ? 16 : 11), y, { ...style, align: 'left' }); // above it is the axis's name
    else write(context, text, wide ? x + 8 : x + 7, above, style);
  }

  function draw() {
    const ratio = Math.min(2, devicePixelRatio || 1),
      [width, height] = size.map((length) => Math.round(length * ratio)),
      { chosen } = sweep;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    colours = theme(canvas);
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, ...size);
    context.save();
    context.beginPath();
    context.rect(LEFT, TOP, size[0] - LEFT - RIGHT, size[1] - TOP - BOTTOM);
    context.clip();
    equals(context);
    const along = (rate) => [across(rate), up(chosen.distortion - chosen.beta * (rate - chosen.rate))];
    const level = [LEFT, size[0]].map((x) => [x, up(chosen.distortion)]);
    line(context, chosen === outlier ? level : [along(0), along(end)], {
      colour: colours.primary,
      width: 2,
      dash: [8, 6],
    });
    line(context, members.map(place), { colour: colours.text, width: 2 });
    context.restore();
    frame(context);
    for (const member of members) if (member !== chosen) mark(context, member);
    mark(context, chosen);
    canvas.ariaLabel = `Rate and distortion. Chosen: β = ${chosen.beta}, rate ${fixed(chosen.rate, 1)}, distortion ${fixed(chosen.distortion, 1)} nats.`;
  }

  const nearest = ({ clientX, clientY }) => {
    const { left, top } = canvas.getBoundingClientRect(),
      away = members.map(place).map(([x, y]) => Math.hypot(x - clientX + left, y - clientY + top));
    const index = away.indexOf(Math.min(...away));
    return away[index] < NEAR ? index : -1;
  };
  canvas.addEventListener('click', (event) => nearest(event) >= 0 && sweep.choose(nearest(event)));
  canvas.addEventListener('pointermove', (event) => (canvas.style.cursor = nearest(event) < 0 ? '' : 'pointer'));
  const node = el('div', { class: 'square' }, canvas),
    observer = new ResizeObserver(() => {
      size = [node.clientWidth, node.clientHeight];
      draw();
    });
  observer.observe(node);
  return { node, show: draw, stop: () => observer.disconnect() };
}

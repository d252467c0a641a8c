// What the code costs: the rate of each latent dimension, rate against distortion, and one dimension over all images.
import { Plot } from '../kit/axes.js';
import { el, symbol } from '../kit/elements.js';

/** @import { Theatre } from './theatre.js' */

const MARGINS = { left: 48, right: 12, top: 26, bottom: 40 };
const LEAST = 1; // nats that the axis of the bars shows at least
const EVERY = 3; // of the images sorted by class one is drawn

/** @param {Theatre} theatre */
export function bars(theatre) {
  const plot = new Plot(
    'The rate of each latent dimension, nats',
    (plot) => {
      const kl = theatre.scene?.kl ?? new Float32Array();
      plot.frame([0.5, theatre.data.spec.latent_dim + 0.5], [0, Math.max(LEAST, ...kl) * 1.1]);
      kl.forEach((nats, i) => {
        const [left, right] = [i + 0.65, i + 1.35];
        const [top, foot] = [nats, 0].map((y) => [[left, y], [right, y]]); // prettier-ignore
        plot.area(top, foot, { colour: theatre.data.symbols.z });
      });
    },
    { names: ['latent dimension', 'KL of each dimension, nats'], margins: MARGINS, room: [40, 28] },
  );
  theatre.subscribe(plot.redraw, plot.node);
  return plot;
}

/** @param {Theatre} theatre */
export function tradeoff(theatre) {
  const { symbols } = theatre.data;
  const plot = new Plot(
    'Rate against distortion of the test images over the training, nats',
    (plot) => {
      const tests = theatre.watcher.rows.filter((row) => row.test_rate != null);
      const way = tests.map((row) => [row.test_rate ?? 0, row.test_distortion ?? 0]);
      const [rates, distortions] = [0, 1].map((k) => way.map((point) => point[k]));
      if (!way.length) return plot.frame([0, 1], [0, 1]);
      const [low, high] = [Math.min(...distortions), Math.max(...distortions)];
      const margin = 0.1 * (high - low) || 1;
      plot.frame([0, Math.max(LEAST, ...rates) * 1.1], [Math.max(0, low - margin), high + margin]);
      plot.line(way, { alpha: 0.5, width: 1.5 });
      const now = tests.findLastIndex(({ step }) => step <= theatre.step);
      if (now >= 0) plot.spot(way[now][0], way[now][1], 8, { colour: symbols.z });
    },
    { names: ['rate, nats', 'distortion, nats'], margins: MARGINS, room: [48, 28] },
  );
  theatre.subscribe(plot.redraw, plot.node);
  return plot;
}

/**
 * The mean ± σ of one dimension against the images, sorted by class: flat at 0 is collapsed.
 *
 * @param {Theatre} theatre
 */
export function collapse(theatre) {
  const latent = theatre.data.spec.latent_dim;
  const options = Array.from({ length: latent }, (_, i) => el('option', { value: String(i) }, symbol('z', i)));
  const select = el('select', { 'aria-label': 'Latent dimension', onchange: () => plot.redraw() }, options);
  /** @type {{ labels: Uint8Array | null, order: number[] }} */
  let sorted = { labels: null, order: [] };
  const order = () => {
    const { labels } = theatre.fixed;
    if (sorted.labels !== labels)
      sorted = {
        labels,
        order: [...labels.keys()].sort((a, b) => labels[a] - labels[b]).filter((_, i) => i % EVERY === 0),
      };
    return sorted.order;
  };
  const plot = new Plot(
    'Mean and spread of one latent dimension over the test images, sorted by class',
    (plot) => drawCollapse(plot, theatre, Number(select.value), order()),
    { names: ['images, sorted by class', 'μ ± σ'], margins: MARGINS, room: [1e6, 28] },
  );
  theatre.subscribe(plot.redraw, plot.node);
  const words = el('span', { class: 'hint' }, 'flat at 0: it has collapsed');
  return {
    plot,
    node: el('figure', {}, el('figcaption', {}, el('b', {}, 'One dimension '), select, ' ', words), plot.node),
  };
}

/**
 * @param {Plot} plot
 * @param {Theatre} theatre
 * @param {number} dimension
 * @param {number[]} order - of the images
 */
function drawCollapse(plot, { scene, fixed, data }, dimension, order) {
  const latent = data.spec.latent_dim;
  const means = order.map((image) => scene?.mu[image * latent + dimension] ?? 0);
  const most = Math.max(3, ...means.map(Math.abs)) * 1.1;
  plot.frame([0, Math.max(1, order.length)], [-most, most]);
  if (!scene) return;
  const spreads = order.map((image) => Math.exp(scene.logvar[image * latent + dimension] / 2));
  const edge = (/** @type {number} */ sign) => means.map((mean, i) => [i, mean + sign * spreads[i]]);
  plot.area(edge(1), edge(-1), { colour: data.symbols.sigma, alpha: 0.22 });
  for (let k = 0; k < data.class_names.length; k++) {
    const own = order.flatMap((image, i) => (fixed.labels[image] === k ? [i, means[i]] : []));
    plot.dust(own, 3, { colour: data.colours[k % data.colours.length] });
    if (own.length) plot.words(data.class_names[k], own[(own.length >> 2) * 2], -most, { dy: -12, align: 'center' });
  }
}

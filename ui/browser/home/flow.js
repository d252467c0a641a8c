// Home: one picture of a VAE with a real test image going through it, computed as you watch.
import { coalesce, travel, wantsStillness } from '../kit/frames.js';
import { drawPixels } from '../kit/sample.js';
import { el, fixed, picture, symbol } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { distortion } from '../core/likelihood.js';
import { rates } from '../core/prior.js';
import { normal } from '../core/prior.js';
import { loadDecoder, loadEncoder, loadTables } from '../work/load.js';

const SHOWN = 4; // dimensions whose numbers are written out
const REST_MS = 1400,
  GLIDE_MS = 900;
// from, to, the symbol whose colour the wire has
const WIRES = [
  ['x', 'encoder', 'x'],
  ['encoder', 'mu', 'mu'],
  ['encoder', 'sigma', 'sigma'],
  ['mu', 'z', 'mu'],
  ['sigma', 'z', 'sigma'],
  ['eps', 'z', 'eps'],
  ['z', 'decoder', 'z'],
  ['decoder', 'y', 'x_hat'],
];
const DENSITY = '−log p(x|z), a density: it may be negative';
const DISTORTION_WORDS = {
  grayscale: 'cross-entropy of the grey pixels',
  bernoulli: '−log p(x|z) of the grey pixels taken as probabilities',
  gaussian: DENSITY,
  'continuous-bernoulli': DENSITY,
};
const WORDS = { mu: 'mean', sigma: 'standard deviation', eps: 'noise, N(0, 1)', z: 'z = μ + σ · ε' };
const LETTERS = { mu: 'μ', sigma: 'σ', eps: 'ε', z: 'z' };

/** What goes through the model: an image, its posterior and one ε. */
class Passage {
  constructor(vae, encode, images, { spec, pixel_std: pixelStd }) {
    Object.assign(this, { vae, encode, images, likelihood: spec.likelihood, pixelStd });
    this.next(0);
  }

  next(index = Math.floor(Math.random() * this.images.shape[0])) {
    const size = this.images.data.length / this.images.shape[0];
    this.x = Float32Array.from(this.images.data.subarray(index * size, (index + 1) * size), (byte) => byte / 255);
    const { mu, logvar } = this.encode(this.x);
    this.values = { mu, sigma: logvar.map((v) => Math.exp(v / 2)), eps: mu.map(normal) };
    this.perDimension = rates(mu, logvar);
    this.rate = this.perDimension.reduce((a, b) => a + b, 0);
    this.setEps(this.values.eps);
  }

  setEps(eps) {
    const { mu, sigma } = this.values;
    Object.assign(this.values, { eps, z: mu.map((m, i) => m + sigma[i] * eps[i]) });
    this.distortion = distortion(this.vae.decode(this.values.z), this.x, this.likelihood, this.pixelStd);
  }

  /** The dimensions to write out: those that carry most of this image's rate. */
  top() {
    const order = this.perDimension.map((_, i) => i).sort((a, b) => this.perDimension[b] - this.perDimension[a]);
    return order.slice(0, SHOWN).sort((a, b) => a - b);
  }
}

function numberBox(kind, latent, colour) {
  const rows = Array.from({ length: Math.min(SHOWN, latent) }, () => [
    el('th', { scope: 'row' }),
    el('td', { class: 'number' }),
  ]);
  const box = el(
    'div',
    { class: kind === 'eps' ? 'box noise' : 'box', style: `--c: ${colour}; grid-area: ${kind}` },
    el('b', {}, LETTERS[kind]),
    el('div', { class: 'hint' }, WORDS[kind]),
    el(
      'table',
      {},
      rows.map((cells) => el('tr', {}, cells)),
    ),
  );
  const show = (values, dimensions) =>
    dimensions.forEach((dimension, i) => {
      rows[i][0].textContent = symbol(LETTERS[kind], dimension);
      rows[i][1].textContent = fixed(values[dimension]);
    });
  return { box, show };
}

function image(area, letter, words, colour) {
  const canvas = picture(words);
  return {
    canvas,
    box: el(
      'figure',
      { style: `--c: ${colour}; grid-area: ${area}` },
      el('b', {}, letter),
      canvas,
      el('figcaption', { class: 'hint' }, words),
    ),
  };
}

const part = (name) => ({ box: el('div', { class: `part ${name}`, style: `grid-area: ${name}` }, name) });

// A wire leaves and arrives sideways where the boxes stand side by side, and from below where they are stacked.
function wire(from, to, origin) {
  const relative = (value, i) => value - (i % 2 ? origin.top : origin.left);
  const rect = (element) => element.getBoundingClientRect();
  let a = rect(from.box),
    b = rect(to.box);
  const sideways = b.left >= a.right - 2;
  if (sideways) [a, b] = [rect(from.canvas ?? from.box), rect(to.canvas ?? to.box)];
  let [x0, y0] = sideways ? [a.right, a.top + a.height / 2] : [a.left + a.width / 2, a.bottom];
  const [x1, y1] = sideways ? [b.left, b.top + b.height / 2] : [b.left + b.width / 2, b.top];
  if (sideways && Math.abs(y1 - y0) < 8) y0 = y1; // captions of different heights must not tilt a straight wire
  const [mx, my] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const bend = sideways ? [mx, y0, mx, y1] : [x0, my, x1, my];
  return 'M' + [x0, y0].map(relative) + 'C' + [...bend, x1, y1].map(relative);
}

function wiring(root, parts, symbols) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const paths = WIRES.map(([, , colour]) => {
    const path = document.createElementNS(svg.namespaceURI, 'path');
    path.setAttribute('stroke', symbols[colour]);
    svg.append(path);
    return path;
  });
  root.prepend(svg);
  return () => {
    const origin = root.getBoundingClientRect();
    WIRES.forEach(([from, to], i) => paths[i].setAttribute('d', wire(parts[from], parts[to], origin)));
  };
}

function sums(likelihood) {
  const numbers = ['distortion ', '+ rate ', '= negative ELBO '].map((term) => [term, el('span', { class: 'number' })]);
  const line = el(
    'div',
    { class: 'sum' },
    numbers.map(([term, number]) => el('span', {}, term, number, ' nats')),
  );
  const words = el(
    'p',
    { class: 'hint' },
    `Of this one image at this one ε. Distortion: ${DISTORTION_WORDS[likelihood]}. Rate: KL(q(z|x) ‖ p(z)) = ½ Σ (μ² + σ² − 1 − log σ²).`,
  );
  const show = (passage) => {
    const values = [passage.distortion, passage.rate, passage.distortion + passage.rate];
    values.forEach((value, i) => (numbers[i][1].textContent = fixed(value, 1)));
  };
  return { nodes: [line, words], show };
}

// Glides from one ε to the next; on its own again and again while `playing` and somebody can see it.
function animation(passage, root, draw) {
  const state = { playing: !wantsStillness(), timer: 0, halt() {}, seen: true };
  const glide = (target) => {
    state.halt();
    const from = passage.values.eps;
    state.halt = travel(GLIDE_MS, (part) => {
      passage.setEps(from.map((value, i) => value + (target[i] - value) * part));
      draw();
    });
  };
  const resample = () => glide(passage.values.eps.map(normal));
  const tick = () => {
    if (state.playing && state.seen && !document.hidden) resample();
    state.timer = setTimeout(tick, REST_MS + GLIDE_MS);
  };
  const watcher = new IntersectionObserver(([entry]) => (state.seen = entry.isIntersecting));
  watcher.observe(root);
  state.timer = setTimeout(tick, REST_MS);
  const stop = () => (clearTimeout(state.timer), state.halt(), watcher.disconnect());
  return { state, resample, stop };
}

// In the order of reading, for those who hear the page.
function picturesAndBoxes(vae, symbols) {
  const numbers = (kind) => numberBox(kind, vae.latent, symbols[kind]);
  return {
    x: image('x', 'x', 'a test image', symbols.x),
    encoder: part('encoder'),
    mu: numbers('mu'),
    sigma: numbers('sigma'),
    eps: numbers('eps'),
    z: numbers('z'),
    decoder: part('decoder'),
    y: image('y', 'x̂', 'its reconstruction', symbols.x_hat),
  };
}

async function build({ data }) {
  const [vae, encode, [examples]] = await Promise.all([
    loadDecoder(data),
    loadEncoder(data),
    loadTables(data, 'examples'),
  ]);
  if (!examples) throw new Error('No test images of this model are on this machine, so none can go through it here.');
  const passage = new Passage(vae, encode, examples.images, data);
  const parts = picturesAndBoxes(vae, data.symbols),
    sum = sums(data.spec.likelihood);
  const root = el(
    'div',
    { class: 'flow' },
    Object.values(parts).map(({ box }) => box),
  );
  const draw = coalesce(() => {
    drawPixels(parts.x.canvas, passage.x, vae.shape);
    drawPixels(parts.y.canvas, vae.mean(passage.values.z), vae.shape);
    for (const kind of Object.keys(LETTERS)) parts[kind].show(passage.values[kind], passage.top());
    sum.show(passage);
  });
  const rewire = wiring(root, parts, data.symbols),
    observer = new ResizeObserver(rewire),
    motion = animation(passage, root, draw);
  observer.observe(root);
  const setPlaying = (playing) => {
    motion.state.playing = playing;
    root.classList.toggle('moving', playing);
    play.textContent = playing ? 'Pause' : 'Play';
  };
  const play = el('button', { onclick: () => setPlaying(!motion.state.playing) });
  setPlaying(motion.state.playing);
  const another = () => (motion.state.halt(), passage.next(), draw());
  const buttons = el(
    'div',
    { class: 'buttons' },
    el('button', { onclick: motion.resample }, 'New ε'),
    el('button', { onclick: another }, 'Another image'),
    play,
    vae.latent > SHOWN
      ? el(
          'span',
          { class: 'hint' },
          `${SHOWN} of ${vae.latent} dimensions are written out: those with the highest rate.`,
        )
      : null,
  );
  return {
    nodes: [root, ...sum.nodes, buttons],
    update: () => (draw(), rewire()),
    stop: () => (motion.stop(), observer.disconnect()),
  };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

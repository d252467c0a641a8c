// Home: one picture of a VAE with a real test image going through it, computed as you watch.
import { normal } from '../core/prior.js';
import { el, fixed } from '../kit/elements.js';
import { coalesce, travel, wantsStillness } from '../kit/frames.js';
import { widget } from '../kit/mount.js';
import { drawPixels } from '../kit/sample.js';
import { loadDecoder, loadEncoder, loadTables } from '../work/load.js';
import { LETTERS, makeParts } from './parts.js';
import { Passage } from './passage.js';
import { wiring } from './wires.js';

const REST_MS = 1400;
const GLIDE_MS = 900;
const DENSITY = '−log p(x|z), a density: it may be negative';
const DISTORTION_WORDS = {
  grayscale: 'cross-entropy of the grey pixels',
  bernoulli: '−log p(x|z) of the grey pixels taken as probabilities',
  gaussian: DENSITY,
  'continuous-bernoulli': DENSITY,
};

function sums(likelihood) {
  const numbers = ['distortion ', '+ rate ', '= negative ELBO '].map((term) => [term, el('span', { class: 'number' })]);
  const terms = numbers.map(([term, number]) => el('span', {}, term, number, ' nats'));
  const words =
    `Of this one image at this one ε. Distortion: ${DISTORTION_WORDS[likelihood]}. ` +
    'Rate: KL(q(z|x) ‖ p(z)) = ½ Σ (μ² + σ² − 1 − log σ²).';
  const show = (passage) => {
    const values = [passage.distortion, passage.rate, passage.distortion + passage.rate];
    values.forEach((value, i) => numbers[i][1].replaceChildren(fixed(value, 1)));
  };
  return { nodes: [el('div', { class: 'sum' }, terms), el('p', { class: 'hint' }, words)], show };
}

/** Glides from one ε to the next; on its own again and again while `playing` and somebody can see it. */
class Motion {
  constructor(passage, root, draw) {
    this.passage = passage;
    this.draw = draw;
    this.playing = !wantsStillness();
    this.seen = true;
    this.halt = () => undefined;
    this.watcher = new IntersectionObserver(([entry]) => {
      this.seen = entry.isIntersecting;
    });
    this.watcher.observe(root);
    this.timer = setTimeout(() => this.#tick(), REST_MS);
  }

  #tick() {
    if (this.playing && this.seen && !document.hidden) this.resample();
    this.timer = setTimeout(() => this.#tick(), REST_MS + GLIDE_MS);
  }

  /** Glide to a new draw of ε. */
  resample() {
    this.halt();
    const from = this.passage.values.eps;
    const target = from.map(normal);
    this.halt = travel(GLIDE_MS, (part) => {
      this.passage.setEps(from.map((value, i) => value + (target[i] - value) * part));
      this.draw();
    });
  }

  stop() {
    clearTimeout(this.timer);
    this.halt();
    this.watcher.disconnect();
  }
}

function controls(root, motion, passage) {
  const play = el('button', { onclick: () => setPlaying(!motion.playing) });
  const setPlaying = (playing) => {
    motion.playing = playing;
    root.classList.toggle('moving', playing);
    play.textContent = playing ? 'Pause' : 'Play';
  };
  const another = () => {
    motion.halt();
    passage.take();
    motion.draw();
  };
  const { shown, vae } = passage;
  const words = `${shown} of ${vae.latent} dimensions are written out: those with the highest rate.`;
  setPlaying(motion.playing);
  return el(
    'div',
    { class: 'buttons' },
    el('button', { onclick: () => motion.resample() }, 'New ε'),
    el('button', { onclick: another }, 'Another image'),
    play,
    vae.latent > shown ? el('span', { class: 'hint' }, words) : null,
  );
}

async function load(data) {
  const loading = [loadDecoder(data), loadEncoder(data), loadTables(data, 'examples')];
  const [vae, encode, [examples]] = await Promise.all(loading);
  if (!examples) throw new Error('No test images of this model are on this machine, so none can go through it here.');
  return new Passage(vae, encode, examples.images, data);
}

async function build({ data }) {
  const passage = await load(data);
  const { vae } = passage;
  const parts = makeParts(passage.shown, data.symbols);
  const sum = sums(data.spec.likelihood);
  const boxes = Object.values(parts).map(({ box }) => box);
  const root = el('div', { class: 'flow' }, boxes);
  const draw = coalesce(() => {
    drawPixels(parts.x.canvas, passage.x, vae.shape);
    drawPixels(parts.y.canvas, vae.mean(passage.values.z), vae.shape);
    for (const kind of Object.keys(LETTERS)) parts[kind].show(passage.values[kind], passage.top());
    sum.show(passage);
  });
  const rewire = wiring(root, parts, data.symbols);
  const observer = new ResizeObserver(rewire);
  observer.observe(root);
  const motion = new Motion(passage, root, draw);
  const update = () => {
    draw();
    rewire();
  };
  const stop = () => {
    motion.stop();
    observer.disconnect();
  };
  return { nodes: [root, ...sum.nodes, controls(root, motion, passage)], update, stop };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

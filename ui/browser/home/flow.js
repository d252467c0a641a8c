// Home: one picture of a VAE with a real test image going through it, computed as you watch.
import { LIKELIHOODS } from '../core/likelihood.js';
import { normal } from '../core/prior.js';
import { el, fixed } from '../kit/elements.js';
import { coalesce, travel, wantsStillness } from '../kit/frames.js';
import { widget } from '../kit/mount.js';
import { drawPixels, noun } from '../kit/sample.js';
import { phaseHint, playsAtPress } from '../state/hearing.js';
import { loadDecoder, loadEncoder, loadTables } from '../work/load.js';
import { KINDS, makeParts } from './parts.js';
import { Passage } from './passage.js';
import { wiring } from './wires.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Model } from '../work/told.js' */

const REST_MS = 1400;
const GLIDE_MS = 900;

/**
 * @param {string} likelihood
 * @param {string} name - of an example
 */
function sums(likelihood, name) {
  const names = ['distortion ', '+ rate ', '= negative ELBO '];
  const numbers = names.map(() => el('span', { class: 'number' }));
  const terms = names.map((name, i) => el('span', {}, name, numbers[i], ' nats'));
  const words =
    `Of this one ${name} at this one ε. Distortion: ${LIKELIHOODS[likelihood].words}. ` +
    'Rate: KL(q(z|x) ‖ p(z)) = ½ Σ (μ² + σ² − 1 − log σ²).';
  /** @param {Passage} passage */
  const show = (passage) => {
    const { distortion } = passage;
    const rate = passage.rates.reduce((a, b) => a + b, 0);
    [distortion, rate, distortion + rate].forEach((value, i) => numbers[i].replaceChildren(fixed(value, 1)));
  };
  return { nodes: [el('div', { class: 'sum' }, terms), el('p', { class: 'hint' }, words)], show };
}

/** Glides from one ε to the next; on its own again and again while `playing` and somebody can see it. */
class Motion {
  /**
   * @param {Passage} passage
   * @param {HTMLElement} root
   * @param {() => void} draw
   */
  constructor(passage, root, draw) {
    this.passage = passage;
    this.draw = draw;
    this.playing = !wantsStillness();
    this.seen = true;
    /** @type {() => void} */
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
    const { passage } = this;
    const from = passage.eps;
    const target = from.map(normal);
    this.halt = travel(GLIDE_MS, (part) => {
      passage.eps = from.map((value, i) => value + (target[i] - value) * part);
      this.draw();
    });
  }

  stop() {
    clearTimeout(this.timer);
    this.halt();
    this.watcher.disconnect();
  }
}

/**
 * @param {HTMLElement} root
 * @param {Motion} motion
 * @param {Passage} passage
 */
function controls(root, motion, passage) {
  const play = el('button', { onclick: () => setPlaying(!motion.playing) });
  /** @param {boolean} playing */
  const setPlaying = (playing) => {
    motion.playing = playing;
    root.classList.toggle('moving', playing);
    play.textContent = playing ? 'Pause' : 'Play';
  };
  const another = () => {
    motion.halt();
    passage.takeAnother();
    motion.draw();
  };
  const { shown, vae } = passage;
  const words = `${shown} of ${vae.latent} dimensions are written out: those with the highest rate.`;
  setPlaying(motion.playing);
  return el(
    'div',
    { class: 'buttons' },
    el('button', { onclick: () => motion.resample() }, 'New ε'),
    el('button', { onclick: another }, `Another ${noun(vae.shape)}`),
    play,
    vae.latent > shown ? el('span', { class: 'hint' }, words) : null,
  );
}

/** @param {Model} data */
async function load(data) {
  const [vae, encode, [examples, standIns]] = await Promise.all([
    loadDecoder(data),
    loadEncoder(data),
    loadTables(data, 'examples', 'stand_ins'),
  ]);
  const found = examples ?? standIns;
  if (!found) throw new Error('No images of this model are on this machine, so none can go through it here.');
  return new Passage(vae, encode, found.images, data.pixel_std);
}

/** @param {Component<Model>} component */
async function build({ data }) {
  const passage = await load(data);
  const { vae } = passage;
  const parts = makeParts(passage.shown, data.symbols, noun(vae.shape), data.tables.examples ? 'test' : 'training');
  const sum = sums(data.spec.likelihood, noun(vae.shape));
  playsAtPress(parts.x.canvas, vae.shape, () => ({ values: passage.x }));
  playsAtPress(parts.y.canvas, vae.shape, () => ({ values: vae.mean(passage.values.z) }));
  const boxes = Object.values(parts).map(({ box }) => box);
  const root = el('div', { class: 'flow' }, boxes);
  const draw = coalesce(() => {
    drawPixels(parts.x.canvas, passage.x, vae.shape);
    const { values, top } = passage;
    drawPixels(parts.y.canvas, vae.mean(values.z), vae.shape);
    for (const kind of KINDS) parts[kind].show(values[kind], top);
    sum.show(passage);
  });
  const rewire = wiring(root, parts, data.symbols);
  const observer = new ResizeObserver(rewire);
  observer.observe(root);
  const motion = new Motion(passage, root, draw);
  const phase = phaseHint(vae.shape);
  const update = () => {
    draw();
    rewire();
  };
  const stop = () => {
    motion.stop();
    observer.disconnect();
  };
  return { nodes: [root, ...sum.nodes, controls(root, motion, passage), ...(phase ? [phase] : [])], update, stop };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Model>} component
 */
export const mount = (component) => widget(component, build, new URL('./home.css', import.meta.url));

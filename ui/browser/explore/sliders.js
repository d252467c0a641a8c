// Explore: the decoded image, a slider and a film-strip for each latent dimension.
import { normal } from '../core/prior.js';
import { el, picture } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { drawPixels, noun } from '../kit/sample.js';
import { withScales } from '../kit/scales.js';
import { phaseHint, playButton, playsAtPress } from '../state/hearing.js';
import { conversation, loadStore } from '../state/store.js';
import { Dimension } from './dimension.js';
import { Films } from './films.js';
import { StartPanel } from './start.js';
import { Wanderer } from './wander.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Store } from '../state/store.js' */
/** @import { ModelData } from '../work/told.js' */
/** @typedef {ModelData & { reach: number }} Sent - `reach`: how far the sliders go, in σ of the prior. */

const SHOWN = 6; // more make control harder, not easier (GANSlider, CHI 2022)

/**
 * {button, stop} of the endless walk.
 *
 * @param {Store} store
 */
function walk(store) {
  const toggle = () => (wanderer.walks ? wanderer.stop() : wanderer.start());
  const button = el('button', { 'aria-pressed': 'false', onclick: toggle }, 'Walk');
  const wanderer = new Wanderer(store, (walks) => {
    button.ariaPressed = String(walks);
  });
  return { button, stop: () => wanderer.stop() };
}

/**
 * @param {Store} store
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} walkButton
 */
function decoded(store, canvas, walkButton) {
  /**
   * @param {string} words
   * @param {() => number} to
   */
  const button = (words, to) => el('button', { onclick: () => store.glideTo(store.z.map(to)) }, words);
  const { shape } = store.vae;
  const heard = () => ({ values: store.image });
  playsAtPress(canvas, shape, heard);
  const play = playButton(shape, heard, 'Play the sound decoded from z');
  const buttons = [play, button('Sample from the prior', normal), button('Reset to 0', () => 0), walkButton];
  const figure = el('figure', {}, withScales(canvas, shape), el('figcaption', {}, 'x̂ decoded from z'));
  return el('div', { class: 'decoded' }, figure, el('div', { class: 'buttons' }, buttons));
}

/**
 * @param {Dimension[]} dimensions
 * @param {() => void} refresh
 */
function rest(dimensions, refresh) {
  const more = dimensions.slice(SHOWN).map(({ node }) => node);
  if (!more.length) return null;
  return el('details', { ontoggle: refresh }, el('summary', {}, `${more.length} more dimensions`), more);
}

/**
 * The dimensions that carry most first.
 *
 * @param {Sent} data
 * @param {Store} store
 */
function rankedDimensions({ kl, reach }, store) {
  const order = [...store.z.keys()].sort((a, b) => (kl?.[b] ?? 0) - (kl?.[a] ?? 0));
  return order.map((index) => new Dimension(store, index, kl?.[index], reach));
}

/** @param {number[] | null} kl */
const ranking = (kl) =>
  kl ? 'Ranked by KL, the nats that a dimension carries on average.' : 'In the model’s order: the KL is not known.';

/** @param {Component<Sent>} component */
async function build({ data }) {
  const store = await loadStore(data);
  const talk = conversation(store);
  const { button, stop: stopWalk } = walk(store);
  const dimensions = rankedDimensions(data, store);
  const canvas = picture(`The ${noun(store.vae.shape)} decoded from z`, 'pixels big');
  const films = new Films(data, store, dimensions);
  const start = data.tables.codes ? new StartPanel(data, store) : null;
  const draw = () => {
    drawPixels(canvas, store.image, store.vae.shape);
    for (const dimension of dimensions) dimension.show();
    start?.show();
    films.refresh();
  };
  const unsubscribe = store.subscribe(draw);
  /** @param {Event} event */
  const held = ({ target }) => {
    if (target instanceof HTMLInputElement) stopWalk();
  };
  const root = el(
    'div',
    { class: 'sliders', style: `--z: ${data.symbols.z}`, onpointerdown: held },
    decoded(store, canvas, button),
    dimensions.slice(0, SHOWN).map(({ node }) => node),
    rest(dimensions, () => films.refresh()),
    el('p', { class: 'hint' }, `${ranking(data.kl)} The small ${noun(store.vae.shape)}s show what it does from here.`),
    phaseHint(store.vae.shape),
    start?.node,
  );
  /** @param {Component<Sent>} latest */
  const update = (latest) => {
    talk.hear(latest);
    draw();
  };
  const stop = () => {
    stopWalk();
    talk.stop();
    unsubscribe();
  };
  return { nodes: [root], update, stop };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Sent>} component
 */
export const mount = (component) => widget(component, build, new URL('./explore.css', import.meta.url));

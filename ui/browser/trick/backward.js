// The gradient of one draw's loss, layer by layer on its way back, through the sampling or stopped by it.
import { el, fixed } from '../kit/elements.js';
import { drawOf } from '../state/noise.js';
import { loadGradients } from '../work/backpropagation.js';

/** @import { ImageGradients } from '../core/gradients.js' */
/** @import { Norms } from '../core/tape.js' */
/** @import { Draw } from '../state/noise.js' */
/** @import { Store } from '../state/store.js' */
/** @import { Looked } from '../state/subject.js' */
/** @import { Data } from './near.js' */
/** @typedef {'distortion' | 'rate'} Term - Of the loss, whose gradient a bar shows. */

const DECADES = 5; // of the axis, down from the largest norm
/** @type {Record<string, string>} */
const KINDS = { linear: 'dense', conv: 'conv', 'line-conv': 'conv' };
/** @type {Term[]} */
const BOTH = ['distortion', 'rate'];
const OPEN = {
  name: '↓  z = μ + σ·ε  ↓',
  words:
    'The sampling is a sum and a product, and ε a number that came in: ∂z/∂μ\u00a0=\u00a01 and ∂z/∂σ\u00a0=\u00a0ε. ' +
    'So the distortion’s gradient passes to μ and σ, and the encoder learns which codes bring the image back.',
};
const BLOCKED = {
  name: '✕  z drawn by a random call  ✕',
  words:
    'A random call has no derivative. The decoder still learns; of the distortion nothing reaches the encoder. ' +
    'It would only be taught to make q(z|x) equal to the prior, and all images would get the same code.',
};
const LENGTH = 'Length of the gradient (L2 norm over all of a layer’s parameters), on a logarithmic axis.';

const norm = (/** @type {Float32Array} */ values) => Math.hypot(...values);
const ofLayer = (/** @type {Norms} */ { weight, bias }) => Math.hypot(weight, bias);
const written = (/** @type {number} */ value, digits = 3) =>
  value ? value.toLocaleString('en', { minimumSignificantDigits: digits, maximumSignificantDigits: digits }) : '0';

/** A row of the table: a bar and a number for each term of the loss. */
class Row {
  /**
   * @param {Node | string} name
   * @param {Term[]} terms
   * @param {Record<Term, string>} colours
   */
  constructor(name, terms, colours, kind = '') {
    this.bars = terms.map((term) => el('i', { style: `--c: ${colours[term]}` }));
    this.tracks = this.bars.map((bar) => el('div', {}, bar));
    this.numbers = terms.map(() => el('span', { class: 'number' }));
    const cells = [el('th', { scope: 'row' }, name), el('td', {}, this.tracks), el('td', {}, this.numbers)];
    this.node = el('tr', { class: kind }, cells);
  }

  /**
   * @param {number[]} values
   * @param {(value: number) => number} share - how long a bar is, in per cent.
   */
  show(values, share) {
    values.forEach((value, k) => {
      this.bars[k].style.width = `${share(value)}%`;
      this.tracks[k].classList.toggle('none', !value);
      this.numbers[k].textContent = written(value);
    });
  }
}

/** The table of the gradient's lengths, in the order in which it arrives: decoder, z, μ and σ, encoder. */
class Backward {
  /**
   * @param {Data} data
   * @param {Store} store
   * @param {HTMLElement} root - what it fills
   * @param {{ draw: Draw, ask: Awaited<ReturnType<typeof loadGradients>> }} sources - of the draw and of its gradients
   */
  constructor(data, store, root, { draw, ask }) {
    this.data = data;
    this.store = store;
    this.root = root;
    this.draw = draw;
    this.ask = ask;
    this.seen = false;
    this.top = -Infinity; // the power of ten at the end of the axis
    /** @type {{ posterior: Looked, wish: string } | null} */
    this.asked = null;
    this.colours = { distortion: data.symbols.x_hat, rate: data.symbols.z };
    this.rows = this.#rows();
    this.sampling = el('th', { colspan: 3 });
    this.ticks = el('td', { class: 'ticks' });
    this.loss = BOTH.map(() => el('span', { class: 'number' }));
    this.says = el('p', { 'aria-live': 'polite' });
    this.inputs = this.#inputs();
    const hint = el('p', { class: 'hint' }, LENGTH);
    root.replaceChildren(this.#switch(), this.#terms(), this.says, this.#table(), hint);
    this.unsubscribe = store.subscribe(() => this.#follow());
  }

  #rows() {
    const { colours } = this;
    const { spec, symbols } = this.data;
    /**
     * @param {'encoder' | 'decoder'} half
     * @param {Term[]} terms
     */
    const layers = (half, terms) => {
      const named = spec[half].filter(({ kind }) => KINDS[kind]);
      return named.map(({ kind, sizes }) => new Row(`${KINDS[kind]} ${sizes.join(' → ')}`, terms, colours)).reverse();
    };
    /**
     * @param {string} text
     * @param {string} colour
     * @param {Term[]} terms
     */
    const row = (text, colour, terms) =>
      new Row(el('b', { style: `color: ${colour}` }, text), terms, colours, 'symbol');
    return {
      decoder: layers('decoder', ['distortion']),
      z: row('z', symbols.z, ['distortion']),
      posterior: [row('μ', symbols.mu, BOTH), row('log σ²', symbols.sigma, BOTH)],
      encoder: layers('encoder', BOTH),
    };
  }

  #table() {
    const { rows } = this;
    const head = (/** @type {string} */ name) => el('tr', { class: 'head' }, el('th', { colspan: 3 }, name));
    const nodes = (/** @type {Row[]} */ some) => some.map(({ node }) => node);
    return el(
      'table',
      {},
      ['names', '', 'norms'].map((name) => el('col', { class: name })),
      head('Decoder'),
      nodes(rows.decoder),
      rows.z.node,
      el('tr', { class: 'sampling' }, this.sampling),
      nodes(rows.posterior),
      head('Encoder'),
      nodes(rows.encoder),
      el('tr', {}, el('th'), this.ticks, el('td')),
    );
  }

  #terms() {
    const { loss, colours } = this;
    return el(
      'div',
      { class: 'terms', style: `--d: ${colours.distortion}; --r: ${colours.rate}` },
      el('span', { class: 'd' }, 'distortion ', loss[0]),
      el('span', { class: 'r' }, '+ rate ', loss[1]),
      el('span', {}, 'nats: the loss of this image at this ε'),
    );
  }

  #inputs() {
    const { store } = this;
    const name = `lab-way-${Math.random()}`;
    return ['', '1'].map((value) => {
      const onchange = () => {
        store.view = { ...store.view, blocked: value };
        store.changed();
      };
      return el('input', { type: 'radio', name, value, onchange });
    });
  }

  #switch() {
    const words = ['z = μ + σ·ε (reparameterized)', 'z drawn by a random call (blocked)'];
    const labels = this.inputs.map((input, k) => el('label', {}, input, words[k]));
    return el('fieldset', { class: 'segments', 'aria-label': 'How z is drawn' }, labels);
  }

  /**
   * Whether anybody sees it: where nobody looks nothing is computed.
   *
   * @param {boolean} seen
   */
  look(seen) {
    this.seen = seen;
    this.#follow();
  }

  #follow() {
    const { draw, asked } = this;
    const { posterior } = draw;
    if (!posterior || !this.seen) return;
    const blocked = this.store.view.blocked === '1';
    this.#say(blocked);
    const eps = Float32Array.from(draw.eps, (value) => value * draw.share);
    const wish = [blocked, ...eps].join();
    if (asked && posterior === asked.posterior && wish === asked.wish) return;
    this.asked = { posterior, wish };
    this.ask('one', { x: posterior.x, eps, blocked }, (answer) => this.#show(answer));
  }

  /** @param {boolean} blocked */
  #say(blocked) {
    const { name, words } = blocked ? BLOCKED : OPEN;
    for (const input of this.inputs) input.checked = (input.value === '1') === blocked;
    this.root.classList.toggle('blocked', blocked);
    if (this.sampling.textContent === name) return;
    this.sampling.textContent = name;
    this.says.textContent = words;
  }

  /** @param {ImageGradients} found */
  #show({ decoder, dz, encoder: { distortion, rate }, distortion: cost, rate: price }) {
    const { rows } = this;
    const both = (/** @type {'dMu' | 'dLogvar'} */ key) => [norm(distortion[key]), norm(rate[key])];
    const layers = distortion.layers.map((layer, k) => [ofLayer(layer), ofLayer(rate.layers[k])]);
    const values = [
      ...decoder.map((layer) => [ofLayer(layer)]).reverse(),
      [norm(dz)],
      both('dMu'),
      both('dLogvar'),
      ...layers.reverse(),
    ];
    this.#scale(Math.ceil(Math.log10(Math.max(1, ...values.flat()))));
    const share = (/** @type {number} */ value) =>
      value ? Math.max(1, 100 * (1 + (Math.log10(value) - this.top) / DECADES)) : 0;
    [...rows.decoder, rows.z, ...rows.posterior, ...rows.encoder].forEach((row, k) => row.show(values[k], share));
    this.loss[0].textContent = fixed(cost, 1);
    this.loss[1].textContent = fixed(price, 1);
    this.root.dataset.ready = 'true';
  }

  /**
   * The axis grows with the largest gradient and never shrinks: nothing jumps.
   *
   * @param {number} top
   */
  #scale(top) {
    if (top <= this.top) return;
    this.top = top;
    const ticks = Array.from({ length: DECADES + 1 }, (_, k) =>
      el('span', { style: `left: ${(100 * k) / DECADES}%` }, written(10 ** (top - DECADES + k), 1)),
    );
    this.ticks.replaceChildren(...ticks);
  }

  stop() {
    this.unsubscribe();
    this.draw.leave();
  }
}

/**
 * @param {Data} data
 * @param {Store} store
 * @param {HTMLElement} root - what it fills
 */
export async function loadBackward(data, store, root) {
  const ask = await loadGradients(data);
  return new Backward(data, store, root, { draw: drawOf(store), ask });
}

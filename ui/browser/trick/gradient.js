// The gradient of one draw's loss, layer by layer on its way back, through the sampling or stopped by it.
import { loadGradients } from '../work/backpropagation.js';
import { el, fixed } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { drawOf } from '../state/noise.js';
import { conversation, loadStore } from '../state/store.js';
import { subject } from '../state/subject.js';

const DECADES = 5; // of the axis, down from the largest norm
const KINDS = { linear: 'dense', conv: 'conv' };
const WORDS = {
  open: [
    '↓  z = μ + σ·ε  ↓',
    'The sampling is a sum and a product, and ε a number that came in: ∂z/∂μ\u00a0=\u00a01 and ∂z/∂σ\u00a0=\u00a0ε. ' +
      'So the distortion’s gradient passes to μ and σ, and the encoder learns which codes bring the image back.',
  ],
  blocked: [
    '✕  z drawn by a random call  ✕',
    'A random call has no derivative. The decoder still learns; of the distortion nothing reaches the encoder. ' +
      'It would only be taught to make q(z|x) equal to the prior, and all images would get the same code.',
  ],
};

const norm = (values) => Math.hypot(...values);
const written = (value, digits = 3) =>
  value ? value.toLocaleString('en', { minimumSignificantDigits: digits, maximumSignificantDigits: digits }) : '0';

function row(name, parts, colours, kind = '') {
  const bars = parts.map((part) => el('i', { style: `--c: ${colours[part]}` })),
    numbers = parts.map(() => el('span', { class: 'number' }));
  const node = el(
    'tr',
    { class: kind },
    el('th', { scope: 'row' }, name),
    el(
      'td',
      {},
      bars.map((bar) => el('div', {}, bar)),
    ),
    el('td', {}, numbers),
  );
  const show = (values, share) =>
    values.forEach((value, k) => {
      bars[k].style.width = `${share(value)}%`;
      bars[k].parentNode.classList.toggle('none', !value);
      numbers[k].textContent = written(value);
    });
  return { node, show };
}

class Backward {
  constructor(data, store, draw, ask) {
    const { spec, symbols } = data,
      colours = { distortion: symbols.x_hat, rate: symbols.z },
      both = ['distortion', 'rate'];
    Object.assign(this, { store, draw, ask, top: null, seen: false });
    const layers = (part) =>
      spec[part].flatMap(({ kind, sizes }) => (KINDS[kind] ? [`${KINDS[kind]} ${sizes.join(' → ')}`] : []));
    const label = (text, colour) => el('b', { style: `color: ${symbols[colour]}` }, text);
    // In the order in which the gradient arrives.
    this.decoder = layers('decoder')
      .map((name) => row(name, ['distortion'], colours))
      .reverse();
    this.z = row(label('z', 'z'), ['distortion'], colours, 'symbol');
    this.posterior = [
      row(label('μ', 'mu'), both, colours, 'symbol'),
      row(label('log σ²', 'sigma'), both, colours, 'symbol'),
    ];
    this.encoder = layers('encoder')
      .map((name) => row(name, both, colours))
      .reverse();
    this.sampling = el('th', { colspan: 3 });
    this.ticks = el('td', { class: 'ticks' });
    const head = (name) => el('tr', { class: 'head' }, el('th', { colspan: 3 }, name)),
      nodes = (rows) => rows.map(({ node }) => node);
    const table = el(
      'table',
      {},
      ['names', '', 'norms'].map((name) => el('col', { class: name })),
      head('Decoder'),
      nodes(this.decoder),
      this.z.node,
      el('tr', { class: 'sampling' }, this.sampling),
      nodes(this.posterior),
      head('Encoder'),
      nodes(this.encoder),
      el('tr', {}, el('th'), this.ticks, el('td')),
    );
    this.loss = both.map(() => el('span', { class: 'number' }));
    const terms = el(
      'div',
      { class: 'terms', style: `--d: ${colours.distortion}; --r: ${colours.rate}` },
      el('span', { class: 'd' }, 'distortion ', this.loss[0]),
      el('span', { class: 'r' }, '+ rate ', this.loss[1]),
      el('span', {}, 'nats: the loss of this image at this ε'),
    );
    this.says = el('p', { 'aria-live': 'polite' });
    this.root = el(
      'div',
      { class: 'backward' },
      this.switch(),
      terms,
      this.says,
      table,
      el(
        'p',
        { class: 'hint' },
        'Length of the gradient (L2 norm over all of a layer’s parameters), on a logarithmic axis.',
      ),
    );
  }

  switch() {
    const { store } = this,
      name = `lab-way-${Math.random()}`;
    const choose = ({ target }) => {
      store.view = { ...store.view, blocked: target.value };
      store.changed();
    };
    this.inputs = ['', '1'].map((value) => el('input', { type: 'radio', name, value, onchange: choose }));
    const labels = ['z = μ + σ·ε (reparameterized)', 'z drawn by a random call (blocked)'];
    return el(
      'fieldset',
      { class: 'segments', 'aria-label': 'How z is drawn' },
      this.inputs.map((input, k) => el('label', {}, input, labels[k])),
    );
  }

  follow() {
    const {
        store: { view },
        draw,
        draw: { posterior },
        inputs,
      } = this,
      blocked = view.blocked === '1';
    if (!posterior || !this.seen) return;
    inputs.forEach((input) => (input.checked = (input.value === '1') === blocked));
    const [name, words] = WORDS[blocked ? 'blocked' : 'open'];
    if (this.sampling.textContent !== name) [this.sampling.textContent, this.says.textContent] = [name, words];
    this.root.classList.toggle('blocked', blocked);
    const eps = Float32Array.from(draw.eps, (value) => value * draw.share),
      wish = [blocked, ...eps].join();
    if (posterior === this.asked?.posterior && wish === this.asked.wish) return;
    this.asked = { posterior, wish };
    this.ask('one', { x: posterior.x, eps, blocked }, (answer) => this.show(answer));
  }

  show({ decoder, dz, encoder: { distortion, rate }, distortion: cost, rate: price }) {
    const of = ({ weight, bias }) => Math.hypot(weight, bias),
      reversed = (values) => [...values].reverse();
    const both = (key) => [norm(distortion[key]), norm(rate[key])];
    const values = [
      ...reversed(decoder).map((layer) => [of(layer)]),
      [norm(dz)],
      both('dMu'),
      both('dLogvar'),
      ...reversed(distortion.layers).map((layer, k) => [of(layer), of(reversed(rate.layers)[k])]),
    ];
    this.scale(Math.ceil(Math.log10(Math.max(1, ...values.flat()))));
    const share = (value) => (value ? Math.max(1, 100 * (1 + (Math.log10(value) - this.top) / DECADES)) : 0);
    [...this.decoder, this.z, ...this.posterior, ...this.encoder].forEach((line, k) => line.show(values[k], share));
    [cost, price].forEach((value, k) => (this.loss[k].textContent = fixed(value, 1)));
    this.root.dataset.ready = 'true';
  }

  // The axis grows with the largest gradient and never shrinks: nothing jumps.
  scale(top) {
    if (top <= this.top) return;
    this.top = top;
    this.ticks.replaceChildren(
      ...Array.from({ length: DECADES + 1 }, (_, k) =>
        el('span', { style: `left: ${(100 * k) / DECADES}%` }, written(10 ** (top - DECADES + k), 1)),
      ),
    );
  }
}

async function build({ data }) {
  const store = await loadStore(data),
    chooser = data.chooser ? await subject(store, data) : null,
    ask = await loadGradients(data),
    { draw, release } = drawOf(store),
    talk = conversation(store);
  const backward = new Backward(data, store, draw, ask),
    unsubscribe = store.subscribe(() => backward.follow());
  // Where nobody looks nothing is computed.
  const watcher = new IntersectionObserver(
    ([{ isIntersecting }]) => ((backward.seen = isIntersecting), backward.follow()),
    { rootMargin: '200px' },
  );
  watcher.observe(backward.root);
  const update = (latest) => {
    talk.hear(latest);
    backward.follow();
  };
  return {
    nodes: [chooser?.node ?? '', backward.root],
    update,
    stop: () => (watcher.disconnect(), unsubscribe(), release(), chooser?.stop(), talk.stop()),
  };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

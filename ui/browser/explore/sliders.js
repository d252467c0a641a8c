// Explore: the decoded image, a slider and a film-strip for each latent dimension.
import { loadBatch } from '../work/decoding.js';
import { drawPixels } from '../kit/sample.js';
import { el, fixed, picture, symbol } from '../kit/elements.js';
import { wantsStillness } from '../kit/frames.js';
import { widget } from '../kit/mount.js';
import { startPanel } from './start.js';
import { conversation, loadStore } from '../state/store.js';
import { normal } from '../core/prior.js';

const SHOWN = 6; // more make control harder, not easier (GANSlider, CHI 2022)
const replaced = (z, index, value) => z.map((old, i) => (i === index ? value : old));

// `reach` is how far the slider goes to each side, in σ of the prior: to where the codes are.
function makeRow(store, index, kl, reach) {
  const name = symbol('z', index),
    unused = kl < 0.01,
    to = (value) => replaced(store.z, index, value);
  const move = (final) => () => store.set(to(+input.value), { final });
  const input = el('input', {
    type: 'range',
    min: -reach,
    max: reach,
    step: reach / 300,
    'aria-label': `Latent dimension ${name}`,
    oninput: move(),
    onchange: move(true),
  });
  const flip = () => (store.off.delete(index) || store.off.add(index), store.changed());
  const use = el('button', {
    'aria-label': `Use dimension ${name}`,
    title: 'Off: the prior’s mean is decoded',
    onclick: flip,
  });
  const tile = (value) =>
    el('canvas', { class: 'pixels', width: 1, height: 1, onclick: () => input.disabled || store.glideTo(to(value)) });
  const tiles = [-3, -2, -1, 0, 1, 2, 3].map((k) => tile((k * reach) / 3)),
    number = el('span', { class: 'number' });
  const title = unused && 'The decoder ignores it: posterior = prior';
  const nats = el('span', { class: 'number hint', title }, unused ? 'unused' : kl == null ? '' : `${fixed(kl)} nats`);
  const element = el(
    'div',
    { class: 'row' },
    el('b', {}, name),
    input,
    number,
    use,
    el('div', { class: 'film', 'aria-hidden': 'true' }, tiles),
    nats,
  );
  const show = () => {
    const value = store.z[index],
      disabled = store.off.has(index),
      text = fixed(value),
      className = value > reach ? 'above' : value < -reach ? 'below' : '';
    Object.assign(input, { value, disabled, className, ariaValueText: `${text} standard deviations` });
    number.textContent = disabled ? 'off' : `${text} σ`;
    use.ariaPressed = !disabled;
  };
  return Object.assign(element, { index, tiles, show });
}

// Soon brings the film-strips of the visible rows to what is decoded now.
function films(data, store, rows) {
  let batch, busy;
  const ask = () => {
    // The strip of the dimension under the hand is the same from anywhere on it, so it stays.
    const stale = rows
      .filter((row) => row.parentElement.open !== false)
      .flatMap(({ tiles, index }) =>
        tiles.map((canvas, k) => [canvas, replaced(store.code, index, ((k - 3) * data.reach) / 3)]),
      )
      .filter(([canvas, code]) => canvas.code !== String(code));
    busy = stale.length;
    if (busy)
      batch.ask('films', Float32Array.from(stale.flatMap(([, code]) => [...code])), ({ from, images, done }) => {
        images.forEach((pixels, i) => {
          const [canvas, code] = stale[from + i];
          drawPixels(canvas, pixels, store.vae.shape, 255);
          canvas.code = String(code);
        });
        busy = !done;
        refresh();
      });
  };
  const refresh = () => {
    if (batch) busy ||= setTimeout(ask, 90);
  };
  loadBatch(data).then(
    (loaded) => refresh((batch = loaded)),
    () => 0,
  ); // no worker, no film-strips
  return refresh;
}

// An endless walk: four draws from the prior under B-spline weights of length 1 are a draw, always.
function walker(store) {
  let frame, draws, began;
  const halt = () => {
    frame = cancelAnimationFrame(frame);
    button.ariaPressed = false;
  };
  const stop = () => frame && (halt(), store.changed());
  const step = (now) => {
    frame = requestAnimationFrame(step);
    const still = wantsStillness();
    let u = (now - began) / 1600;
    if (u >= 1) [u, began, draws] = [0, now, [...draws.slice(1), store.z.map(normal)]];
    const v = 1 - u,
      weights = [v ** 3, 3 * u ** 3 - 6 * u * u + 4, 3 * v ** 3 - 6 * v * v + 4, u ** 3];
    const at = (_, i) => weights.reduce((sum, weight, k) => sum + weight * draws[k][i], 0) / Math.hypot(...weights);
    if (still && u) return;
    store.z = still ? draws[3] : draws[3].map(at);
    store.changed(false);
  };
  const start = () => {
    store.halt();
    store.halt = halt;
    button.ariaPressed = true;
    [draws, began] = [Array(4).fill(store.z.map((value) => value * Math.SQRT1_2)), -Infinity]; // three of these make z, at rest
    frame = requestAnimationFrame(step);
  };
  const button = el('button', { 'aria-pressed': 'false', onclick: () => (frame ? stop() : start()) }, 'Walk');
  return { button, stop };
}

async function build({ data }) {
  const { kl } = data,
    store = await loadStore(data),
    { shape } = store.vae,
    talk = conversation(store),
    walk = walker(store);
  const order = [...store.z.keys()].sort((a, b) => kl?.[b] - kl?.[a]),
    rows = order.map((index) => makeRow(store, index, kl?.[index], data.reach));
  const canvas = picture('The image decoded from z', 'pixels big'),
    refresh = films(data, store, rows),
    more = rows.length - SHOWN;
  const start = data.tables.codes && startPanel(data, store);
  const draw = () => {
    drawPixels(canvas, store.image, shape);
    for (const row of rows) row.show();
    start?.show();
    refresh();
  };
  const unsubscribe = store.subscribe(draw),
    button = (words, to) => el('button', { onclick: () => store.glideTo(store.z.map(to)) }, words);
  const buttons = el(
    'div',
    { class: 'buttons' },
    button('Sample from the prior', normal),
    button('Reset to 0', () => 0),
    walk.button,
  );
  const words = kl
    ? 'Ranked by KL, the nats that a dimension carries on average.'
    : 'In the model’s order: the KL is not known.';
  const root = el(
    'div',
    {
      class: 'sliders',
      style: `--z: ${data.symbols.z}`,
      onpointerdown: ({ target }) => target.type === 'range' && walk.stop(),
    },
    el('div', { class: 'decoded' }, el('figure', {}, canvas, el('figcaption', {}, 'x̂ decoded from z')), buttons),
    rows.slice(0, SHOWN),
    more > 0
      ? el('details', { ontoggle: refresh }, el('summary', {}, `${more} more dimensions`), rows.slice(SHOWN))
      : null,
    el('p', { class: 'hint' }, `${words} The small images show what it does from here.`),
    start?.panel,
  );
  return {
    nodes: [root],
    update: (latest) => (talk.hear(latest), draw()),
    stop: () => (walk.stop(), talk.stop(), unsubscribe()),
  };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

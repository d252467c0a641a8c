// Explore: the decoded image, one slider per latent dimension, and test images to start from.
import { coalesce, drawPixels, el, fixed, picture, symbol, widget } from './dom.js';
import { latentStore, normal } from './state.js';
import { load } from './vae.js';

const SHOWN = 8; // more sliders make control harder, not easier (GANSlider, CHI 2022)
const UNUSED_NATS = 0.01;
const COMMIT_MS = 200; // arrow keys fire a change each: Python hears of the last one only

const rounded = (z) => Array.from(z, (value) => Math.round(value * 1e4) / 1e4);

function slider(index, kl, onMove) {
  const name = symbol('z', index);
  const input = el('input', { type: 'range', min: -3, max: 3, step: 0.01, 'aria-label': `Latent dimension ${name}`,
    oninput: () => onMove(index, Number(input.value), false), onchange: () => onMove(index, Number(input.value), true) });
  const value = el('span', { class: 'number' });
  const unused = kl !== undefined && kl < UNUSED_NATS;
  const note = kl === undefined ? '' : unused ? 'unused' : `${fixed(kl)} nats`;
  const title = unused ? 'The posterior equals the prior here: the decoder ignores this dimension.' : false;
  const row = el('div', { class: 'slider' }, el('b', {}, name), input, value, el('span', { class: 'hint number', title }, note));
  const show = (z) => {
    input.value = z;
    value.textContent = fixed(z);
    input.setAttribute('aria-valuetext', fixed(z));
  };
  return { row, index, show };
}

function sliderPanel(latent, kl, onMove) {
  const order = [...Array(latent).keys()];
  if (kl) order.sort((a, b) => kl[b] - kl[a]);
  const sliders = order.map((index) => slider(index, kl?.[index], onMove));
  const rows = sliders.map(({ row }) => row);
  const rest = rows.length > SHOWN && el('details', {}, el('summary', {}, `${rows.length - SHOWN} more dimensions`), rows.slice(SHOWN));
  const words = kl ? 'Ranked by KL: the nats that each dimension carries, on average over the test images.' : 'One slider per latent dimension, in prior standard deviations.';
  const panel = el('div', { class: 'sliders' }, rows.slice(0, SHOWN), rest || null, el('p', { class: 'hint' }, words));
  return { panel, show: (z) => sliders.forEach((one) => one.show(z[one.index])) };
}

const row = ({ data, shape }, i) => data.subarray(i * (data.length / shape[0]), (i + 1) * (data.length / shape[0]));

// One random test image per class, from those whose pixels are here if any are.
function chooseTen(labels, count) {
  const chosen = new Map(), seen = new Map();
  for (let i = 0; i < count; i++) {
    const label = labels[i], times = (seen.get(label) ?? 0) + 1;
    seen.set(label, times);
    if (Math.random() < 1 / times) chosen.set(label, i);
  }
  return [...chosen].sort((a, b) => a[0] - b[0]).slice(0, 10);
}

function startPanel(vae, { latents, examples }, names, onChoose) {
  const originals = examples?.images, labels = latents.labels.data;
  const strip = el('div', { class: 'strip', role: 'group', 'aria-label': 'Test images' });
  const captioned = (letter, words) => {
    const canvas = picture(words);
    return { canvas, figure: el('figure', {}, canvas, el('figcaption', {}, el('b', {}, letter), ' ', el('span', { class: 'hint' }, words))) };
  };
  const x = captioned('x', 'original'), y = captioned('x̂', 'reconstruction');
  const pair = el('div', { class: 'pair empty' }, x.figure, y.figure);
  const choose = (index, button) => {
    for (const other of strip.children) other.setAttribute('aria-pressed', other === button);
    const mu = row(latents.mu, index);
    if (originals) {
      drawPixels(x.canvas, row(originals, index), vae.shape, 255);
      drawPixels(y.canvas, vae.mean(mu), vae.shape);
      pair.classList.remove('empty');
    }
    onChoose(mu);
  };
  const thumbnail = ([label, index]) => {
    const name = names[label] ?? String(label), canvas = picture('');
    if (originals) drawPixels(canvas, row(originals, index), vae.shape, 255);
    else drawPixels(canvas, vae.mean(row(latents.mu, index)), vae.shape);
    const button = el('button', { 'aria-label': `Start from a test image: ${name}`, 'aria-pressed': 'false', onclick: () => choose(index, button) }, canvas, name);
    return button;
  };
  const count = originals ? originals.shape[0] : labels.length;
  const fill = () => strip.replaceChildren(...chooseTen(labels, Math.min(count, labels.length)).map(thumbnail));
  fill();
  const head = el('div', { class: 'buttons' }, el('strong', {}, originals ? 'Start from a test image' : 'Start from the code of a test image'), el('button', { onclick: fill }, 'Other ten'));
  const note = originals ? null : el('p', { class: 'hint' }, 'Shown decoded: the originals come with the data set, when you first train on it. A code may decode to another class than its image has.');
  return [el('div', { class: 'start' }, head, note, strip), originals ? pair : null];
}

async function build({ data }) {
  const [vae, latents, examples] = await load(data, 'latents', 'examples');
  const store = latentStore(data.weights, vae.latent);
  let component, timer, token;
  const tell = () => component.setStateValue('z', { token, z: rounded(store.z) });
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, COMMIT_MS);
  };
  const move = (index, value, final) => store.set(store.z.map((old, i) => (i === index ? value : old)), { final });
  const canvas = picture('The image decoded from z', 'pixels big');
  const { panel, show } = sliderPanel(vae.latent, data.kl, move);
  const draw = coalesce(() => {
    drawPixels(canvas, vae.mean(store.z), vae.shape);
    show(store.z);
  });
  const unsubscribe = store.subscribe((_, final) => {
    draw();
    if (final) later();
  });
  const buttons = el('div', { class: 'buttons' },
    el('button', { onclick: () => store.glideTo(store.z.map(normal)) }, 'Sample from the prior'),
    el('button', { onclick: () => store.glideTo(new Float32Array(vae.latent)) }, 'Reset to 0'));
  const caption = el('figcaption', {}, el('b', {}, 'x̂'), ' decoded from z');
  const start = latents ? startPanel(vae, { latents, examples }, data.class_names, (mu) => store.glideTo(mu)) : [];
  const root = el('div', { class: vae.latent > 4 ? 'explorer many' : 'explorer', style: `--z: ${data.symbols.z}` }, el('figure', { class: 'decoded' }, canvas, caption),
    el('div', { class: 'panel' }, buttons, panel), start);
  const update = (latest) => {
    component = latest;
    // Python sends back what it was told, perhaps late; only under a new token is its z a wish of its own.
    if (latest.data.token !== token && latest.data.z) store.set(latest.data.z);
    token = latest.data.token;
    draw();
  };
  return { nodes: [root], update, stop: () => (clearTimeout(timer), unsubscribe()) };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

// Explore: test images to start from, one of each class.
import { drawPixels } from '../kit/sample.js';
import { el, picture } from '../kit/elements.js';
import { loadTables } from '../work/load.js';

const row = ({ data, shape }, i, size = data.length / shape[0]) => data.subarray(i * size, (i + 1) * size);

function oneOfEach(labels) {
  const all = [];
  labels.forEach((label, i) => (all[label] ??= []).push(i));
  return all.flatMap((some) => some[Math.floor(Math.random() * some.length)]).slice(0, 10);
}

/** {panel, show()}; the images come when the codes are there. */
export function startPanel(data, store) {
  const { vae } = store,
    { examples } = data.tables,
    head = examples ? 'Start from a test image' : 'Start from the code of a test image';
  const pair = el('div', { class: 'pair' }),
    strip = el('div', { class: 'tests', role: 'group', 'aria-label': head });
  let codes, originals;
  const image = (i, original) => {
    const canvas = picture('');
    drawPixels(canvas, original ? row(original, i) : vae.mean(row(codes.mu, i)), vae.shape, original && 255);
    return canvas;
  };
  const choose = async (i, words) => {
    const mu = row(codes.mu, i);
    if (originals) pair.replaceChildren(image(i, originals), `x: ${words}`, image(i), 'x̂: decoded from its μ');
    store.glideTo(mu);
    const [widths] = await loadTables(data, 'widths').catch(() => []);
    store.posterior = widths ? { mu, logvar: row(widths.logvar, i), words } : null;
    store.changed(false);
  };
  const thumbnail = (i) => {
    const name = data.class_names[codes.labels.data[i]],
      title = `test image ${i}, class ${name}`;
    return el('button', { title, onclick: () => choose(i, title) }, image(i, originals), name);
  };
  const show = () => {
    for (const button of strip.children) button.ariaPressed = button.title === store.posterior?.words;
  };
  const fill = () => {
    strip.replaceChildren(...oneOfEach(codes.labels.data.subarray(0, originals?.shape[0])).map(thumbnail));
    show();
  };
  const load = () =>
    loadTables(data, 'codes', 'examples').then(
      ([first, second]) => fill(([codes, originals] = [first, second?.images])),
      () => panel.remove(),
    );
  const buttons = el(
    'div',
    { class: 'buttons' },
    el('strong', {}, head),
    el('button', { onclick: () => codes && fill() }, 'Other ten'),
  );
  const note = 'Shown decoded: the originals come with the data set. A code may decode to another class.';
  const panel = el('div', { class: 'start' }, buttons, strip, examples ? pair : el('p', { class: 'hint' }, note));
  // Only when they are looked at: the pixels are a third as much again as model and codes together.
  const watcher = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && (watcher.disconnect(), load()));
  watcher.observe(strip);
  return { panel, show };
}

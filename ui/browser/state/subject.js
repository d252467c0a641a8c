// The image a laboratory looks at: one of ten test images, or what is drawn over it; its posterior is the store's.
import { stroke } from '../core/brush.js';
import { drawPixels } from '../kit/sample.js';
import { el } from '../kit/elements.js';
import { loadEncoder, loadTables } from '../work/load.js';

const KNOWN = 500; // as many test images of MNIST are kept: where they are not, the same are offered
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * {node, encode, stop} of a store's chooser. It keeps store.posterior = {mu, logvar, x, words, index}, index null for a drawing, and
 * follows store.view.image, the index in the address.
 */
export async function subject(store, data) {
  const { vae } = store,
    { shape, latent } = vae,
    [channels, height, width] = shape,
    sides = [width, height],
    size = channels * height * width;
  const [encode, [codes, examples]] = await Promise.all([loadEncoder(data), loadTables(data, 'codes', 'examples')]);
  const images = examples?.images,
    labels = codes ? [...codes.labels.data.subarray(0, images?.shape[0] ?? KNOWN)] : [],
    row = (table, length, i) => table.data.subarray(i * length, (i + 1) * length);
  let mine,
    told,
    pen,
    at = sides.map((side) => side / 2);

  const pixels = (i) =>
    images ? Float32Array.from(row(images, size, i), (byte) => byte / 255) : vae.mean(row(codes.mu, latent, i)).slice();
  const title = (i) => `test image ${i}, class ${data.class_names[labels[i]]}`;
  const paper = el('canvas', {
    class: 'pixels',
    tabindex: 0,
    role: 'application',
    'aria-label': 'The image x. Arrow keys draw on it, with Shift they only move the brush.',
  });
  const cursor = el('i', { hidden: true }),
    words = el('figcaption'),
    strip = el('div', { class: 'ten', role: 'group', 'aria-label': 'Test images' });

  const keep = (posterior, final) => {
    mine = store.posterior = posterior;
    store.view = { ...store.view, image: (told = String(mine.index ?? '')) };
    drawPixels(paper, mine.x, shape);
    words.textContent = mine.words;
    for (const button of strip.children) button.ariaPressed = button.title === mine.words;
    store.changed(final);
  };
  const take = (x, index, final) =>
    keep({ ...encode(x), x, index, words: index == null ? 'your drawing' : title(index) }, final);
  const fill = (ten) =>
    strip.replaceChildren(
      ...ten.map((i) => {
        const canvas = el('canvas', { class: 'pixels', role: 'img', 'aria-label': title(i) });
        drawPixels(canvas, pixels(i), shape);
        return el(
          'button',
          { title: title(i), 'aria-pressed': `${mine?.index === i}`, onclick: () => take(pixels(i), i, true) },
          canvas,
        );
      }),
    );
  const ofEach = (pick) =>
    [...new Set(labels)]
      .sort((a, b) => a - b)
      .slice(0, 10)
      .map((label) => {
        const all = [...labels.keys()].filter((i) => labels[i] === label);
        return all[Math.floor(pick() * all.length)];
      });
  const choose = (index) => {
    fill(ofEach(() => 0).map((i) => (labels[i] === labels[index] ? index : i)));
    take(pixels(index), index, false);
  };
  const follow = () => {
    const {
      posterior,
      view: { image },
    } = store;
    if (image && image !== told && labels.length) choose(image % labels.length);
    else if (posterior?.x && posterior !== mine) keep(posterior, false);
    else if (posterior !== mine) {
      store.posterior = mine; // a clicked pad shows another one's: the subject stays
      store.changed(false);
    }
  };

  const draw = (to, final = false) => {
    const x = mine.x.slice();
    stroke(x, shape, at, to);
    at = to;
    take(x, null, final);
  };
  const place = ({ clientX, clientY }) => {
    const box = paper.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height];
  };
  const listeners = {
    pointerdown(event) {
      if (event.button || !event.isPrimary) return;
      paper.setPointerCapture((pen = event.pointerId));
      draw((at = place(event)));
    },
    pointermove: (event) => event.pointerId === pen && draw(place(event)),
    lostpointercapture: () => ((pen = null), store.changed()),
    blur: () => (cursor.hidden = true),
    keydown(event) {
      const to = WAYS[event.key]?.map((step, k) => Math.min(sides[k] - 0.5, Math.max(0.5, at[k] + step)));
      if (!to) return;
      event.preventDefault();
      if (event.shiftKey) at = to;
      else draw(to, true);
      cursor.hidden = false;
      cursor.style = `left: ${(100 * to[0]) / width}%; top: ${(100 * to[1]) / height}%`;
    },
  };
  for (const [name, listener] of Object.entries(listeners)) paper.addEventListener(name, listener);

  const buttons = [
    codes && ['Other ten', () => fill(ofEach(Math.random))],
    ['Clear', () => take(new Float32Array(size), null, true)],
  ];
  const node = el(
    'div',
    { class: 'subject', style: `--c: ${data.symbols.x}` },
    el('figure', {}, el('b', {}, 'x'), el('div', {}, paper, cursor), words),
    strip,
    el(
      'div',
      { class: 'buttons' },
      buttons.filter(Boolean).map(([text, onclick]) => el('button', { onclick }, text)),
    ),
    images ? null : el('p', { class: 'hint' }, 'The originals are not on this machine: these are decoded test codes.'),
  );

  const wish = (store.token === data.token ? store.view : data.state).image,
    { posterior } = store;
  fill(ofEach(() => 0));
  if (posterior?.x && posterior.index == null)
    keep(posterior, false); // drawn on another page since
  else if (labels.length) choose((wish || 0) % labels.length);
  else take(vae.mean(new Float32Array(latent)).slice(), null, false);
  return { node, encode, stop: store.subscribe(follow) };
}

// What is done with the ways between kept codes: walk, play, blend four, save as a GIF. Loaded when there are two codes.
import { el, fixed } from '../kit/elements.js';
import { wantsStillness } from '../kit/frames.js';
import { LETTERS, decode, seen, steps } from './kept.js';
import { button, pictures, row } from '../kit/elements.js';
import { along, bilinear, lerp, norm, slerp, tour } from '../core/ways.js';

const DRAWN = 'Drawn path',
  CURVES = { 'Straight (lerp)': lerp, 'Along the sphere (slerp)': slerp };
const REEL = 8,
  SIDE = 6,
  GIF = 20; // steps: there is one image more
const WAY_MS = 3000,
  SLOW_MS = 1000,
  GIF_PIXELS = 224;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const clamp = (share) => Math.min(1, Math.max(0, share));
const arrows = (letters) => letters.join(' → ');

// While a pointer holds images: shares of the way from the middle of the first to that of the last, across and down.
function dragged(element, count, onMove) {
  const share = (place, length) => clamp((place / length) * (1 + 1 / count) - 0.5 / count);
  const move = ({ type, pointerId, clientX, clientY }) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    if (type === 'pointerdown') element.setPointerCapture(pointerId);
    if (element.hasPointerCapture(pointerId))
      onMove([share(clientX - left, width), share(clientY - top, height)], type === 'pointerup');
  };
  for (const type of ['down', 'move', 'up']) element.addEventListener(`pointer${type}`, move);
}

/** The blends of four codes and a puck on them. */
export function corners({ store }) {
  const places = steps(SIDE).flatMap((v) => steps(SIDE).map((u) => [u, v])),
    canvases = pictures(places.length),
    puck = el('i');
  let at = [0.5, 0.5];
  const blend = (to, final) => {
    at = to.map(clamp);
    store.set(bilinear(store.pins, ...at), { final });
    put();
  };
  const put = () => {
    const [x, y] = at.map((share) => (100 * (share * SIDE + 0.5)) / (SIDE + 1));
    puck.style = `left: ${x}%; top: ${y}%`;
    field.ariaValueNow = at[0];
    field.ariaValueText = at.map((share, i) => `${fixed(100 * share, 0)} % ${i ? 'down' : 'across'}`).join();
  };
  const typed = (event) => {
    const step = KEYS[event.key];
    if (step)
      event.preventDefault(
        blend(
          at.map((share, i) => share + step[i] / 2 / SIDE),
          true,
        ),
      );
  };
  const field = el(
    'div',
    { role: 'slider', tabindex: 0, 'aria-label': 'Blend of A, B, C and D', onkeydown: typed },
    canvases,
    puck,
  );
  const node = el(
    'div',
    { class: 'corners' },
    LETTERS.map((letter) => el('b', {}, letter)),
    field,
  );
  const show = () => {
    node.hidden = store.pins.length < 4;
    return node.hidden ? [] : places.map((place, i) => [bilinear(store.pins, ...place), canvases[i]]);
  };
  dragged(field, SIDE, blend);
  put();
  return { node, show };
}

// Play and Pause: there and back, until something else moves z.
function player(lab, range) {
  const { store } = lab;
  let frame;
  const play = () => {
    const began = performance.now() - range.value * WAY_MS;
    const tick = (now) => {
      const even = 1 - Math.abs(1 - ((Math.abs(now - began) / WAY_MS) % 2)),
        t = wantsStillness() ? Math.round(even * REEL) / REEL : even;
      range.value = t;
      store.z = lab.way(t);
      store.changed(false);
      frame = requestAnimationFrame(tick);
    };
    if (frame) return store.set(store.z, { final: true }); // which halts
    store.halt();
    store.halt = () => {
      frame = cancelAnimationFrame(frame);
      node.textContent = 'Play';
    };
    node.textContent = 'Pause';
    frame = requestAnimationFrame(tick);
  };
  const node = button('Play', play);
  return node;
}

// The button that saves the way as a GIF, there and back; if that takes long it says how far it is, and stops it.
function saver(lab) {
  const { shape } = lab.store.vae,
    WORDS = 'Save GIF',
    scale = Math.ceil(GIF_PIXELS / Math.max(shape[1], shape[2]));
  let job;
  const encode = async (goesOn) => {
    const { frame, gif } = await import('../core/gif.js'),
      images = [],
      frames = [];
    await decode(lab, 'gif', steps(GIF).map(lab.way), (image) => goesOn(images.push(image)));
    for (const image of images) {
      if (!goesOn(images.length + frames.push(frame(image, shape, scale, WAY_MS / GIF / 10)))) return;
      await new Promise((resume) => setTimeout(resume));
    }
    const href = URL.createObjectURL(
      new Blob(gif([...frames, ...frames.slice(1, -1).reverse()], shape, scale), { type: 'image/gif' }),
    );
    el('a', { href, download: `${lab.data.token.split('/')[0]}-path.gif` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60000);
  };
  const save = async () => {
    const began = performance.now(),
      mine = (job = node.textContent === WORDS && {});
    const goesOn = (done) => {
      if (job === mine && performance.now() - began > SLOW_MS)
        node.textContent = `Stop (${fixed((50 * done) / (GIF + 1), 0)} %)`;
      return job === mine;
    };
    if (mine) await encode(goesOn).catch(() => lab.fail({ message: 'The GIF could not be made. Reload the page.' }));
    if (job === mine) node.textContent = WORDS;
  };
  const node = button(WORDS, save);
  return node;
}

// The codes of each way that there is, by its name.
function listed({ store: { pins }, drawn }) {
  const ways = {},
    add = (...places) => (ways[arrows(places.map((i) => LETTERS[i]))] = places.map((i) => pins[i]));
  pins.forEach((_, j) => pins.slice(0, j).forEach((_, i) => add(i, j)));
  if (pins.length > 2) add(...pins.keys());
  return drawn ? { ...ways, [DRAWN]: drawn } : ways;
}

/** The choice of a way, its film-strip, and z on it. */
export function walker(lab) {
  const { store } = lab,
    canvases = pictures(REEL + 1),
    words = el('p', { class: 'hint' });
  const scrub = (t, final) => {
    range.value = t;
    store.set(lab.way(t), { final });
  };
  const choose = (change) => lab.renew(Object.assign(lab, change));
  const radio = ([name, curve]) =>
    el(
      'label',
      {},
      el('input', {
        type: 'radio',
        name: 'curve',
        checked: curve === (lab.curve ??= lerp),
        onchange: () => choose({ curve }),
      }),
      name,
    );
  const select = el('select', { 'aria-label': 'Way', onchange: () => choose({ chosen: select.value }) });
  const curves = el('fieldset', { class: 'segments', 'aria-label': 'Curve' }, Object.entries(CURVES).map(radio));
  const reel = el('div', { class: 'reel', role: 'img', 'aria-label': 'Images on the way' }, canvases);
  const range = el('input', {
    type: 'range',
    max: 1,
    step: 0.005,
    'aria-label': 'Place on the way',
    oninput: () => scrub(range.value),
    onchange: () => scrub(range.value, true),
  });
  const node = el(
    'div',
    { class: 'walk' },
    row(select, curves),
    reel,
    range,
    row(player(lab, range), saver(lab)),
    words,
  );
  const say = () => {
    const [first, middle, last] = [0, 0.5, 1].map((t) => fixed(norm(seen(store, lab.way(t)))));
    words.textContent =
      `|z| is ${first} at the start, ${middle} halfway, ${last} at the end. A straight way passes through codes shorter than the prior’s ` +
      `typical √d = ${fixed(Math.sqrt(store.vae.latent))}; along the sphere |z| changes evenly.`;
  };
  const show = () => {
    const ways = listed(lab),
      last = arrows(LETTERS.slice(0, store.pins.length).slice(-2)),
      chosen = [lab.chosen, last, DRAWN].find((name) => ways[name]);
    select.replaceChildren(...Object.keys(ways).map((name) => el('option', { selected: name === chosen }, name)));
    lab.way = chosen && (chosen === DRAWN ? along(ways[chosen]) : tour(ways[chosen], lab.curve));
    [node.hidden, curves.disabled] = [!chosen, chosen === DRAWN];
    chosen ? say() : store.halt();
    return chosen ? steps(REEL).map((t, i) => [lab.way(t), canvases[i]]) : [];
  };
  dragged(reel, REEL, ([t], final) => scrub(t, final));
  return { node, range, show };
}

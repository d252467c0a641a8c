// Paths: the kept codes A to D and the ways between them: walked, played, blended of four, drawn, saved as a GIF.
import { loadBatch } from './batch.js';
import { drawPixels, el, fixed, picture, wantsStillness, widget } from './dom.js';
import { conversation, loadStore } from './state.js';
import { along, bilinear, lerp, norm, slerp, tour } from './ways.js';

const LETTERS = [...'ABCD'], DRAWN = 'Drawn path', CURVES = { 'Straight (lerp)': lerp, 'Along the sphere (slerp)': slerp };
const REEL = 8, SIDE = 6, ROUTE = 48, GIF = 20; // steps: there is one image more
const WAY_MS = 3000, SLOW_MS = 1000, GIF_PIXELS = 224;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const button = (words, onclick, label) => el('button', { onclick, 'aria-label': label }, words);
const row = (...nodes) => el('div', { class: 'buttons' }, ...nodes);
const pictures = (count) => Array.from({ length: count }, () => picture(''));
const steps = (count) => Array.from({ length: count + 1 }, (_, i) => i / count);
const clamp = (share) => Math.min(1, Math.max(0, share));
const arrows = (letters) => letters.join(' → ');
const seen = ({ off }, code) => code.map((value, i) => (off.has(i) ? 0 : value));

// Decode codes as they are seen, in the worker; `show(image, i)` comes for each.
async function decode({ data, store }, channel, codes, show) {
  const batch = await loadBatch(data), flat = Float32Array.from(codes.flatMap((code) => [...seen(store, code)]));
  await new Promise((resolve) => batch.ask(channel, flat, ({ from, images, done }) => {
    images.forEach((image, i) => show(image, from + i));
    if (done) resolve();
  }));
}

// While a pointer holds images: shares of the way from the middle of the first to that of the last, across and down.
function dragged(element, count, onMove) {
  const share = (place, length) => clamp((place / length) * (1 + 1 / count) - 0.5 / count);
  const move = ({ type, pointerId, clientX, clientY }) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    if (type === 'pointerdown') element.setPointerCapture(pointerId);
    if (element.hasPointerCapture(pointerId)) onMove([share(clientX - left, width), share(clientY - top, height)], type === 'pointerup');
  };
  for (const type of ['down', 'move', 'up']) element.addEventListener(`pointer${type}`, move);
}

// The `show` of each part brings it up to date and returns pairs of a code and the canvas to show it.
function shelf({ store }) {
  const keep = button('', () => store.pin(store.code)), canvases = pictures(4);
  const remove = (i) => {
    store.pins = store.pins.filter((_, k) => k !== i);
    store.changed();
    if (!store.pins[i]) keep.focus(); // the × that had it is hidden
  };
  const slots = LETTERS.map((letter, i) => el('div', { class: 'kept' },
    button([canvases[i], letter], () => store.glideTo(store.pins[i]), `Go to ${letter}`), button('×', () => remove(i), `Remove ${letter}`)));
  const show = () => {
    slots.forEach((slot, i) => (slot.hidden = !store.pins[i]));
    keep.textContent = `Keep this one as ${LETTERS[store.pins.length] ?? 'D (A goes)'}`;
    return store.pins.map((pin, i) => [pin, canvases[i]]);
  };
  return { nodes: [...slots, keep], show };
}

// The blends of four codes and a puck on them.
function corners({ store }) {
  const places = steps(SIDE).flatMap((v) => steps(SIDE).map((u) => [u, v])), canvases = pictures(places.length), puck = el('i');
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
    if (step) event.preventDefault(blend(at.map((share, i) => share + step[i] / 2 / SIDE), true));
  };
  const field = el('div', { role: 'slider', tabindex: 0, 'aria-label': 'Blend of A, B, C and D', onkeydown: typed }, canvases, puck);
  const node = el('div', { class: 'corners' }, LETTERS.map((letter) => el('b', {}, letter)), field);
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
      const even = 1 - Math.abs(1 - (Math.abs(now - began) / WAY_MS) % 2), t = wantsStillness() ? Math.round(even * REEL) / REEL : even;
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
  const { shape } = lab.store.vae, WORDS = 'Save GIF', scale = Math.ceil(GIF_PIXELS / Math.max(shape[1], shape[2]));
  let job;
  const encode = async (goesOn) => {
    const { frame, gif } = await import('./gif.js'), images = [], frames = [];
    await decode(lab, 'gif', steps(GIF).map(lab.way), (image) => goesOn(images.push(image)));
    for (const image of images) {
      if (!goesOn(images.length + frames.push(frame(image, shape, scale, WAY_MS / GIF / 10)))) return;
      await new Promise((resume) => setTimeout(resume));
    }
    const href = URL.createObjectURL(new Blob(gif([...frames, ...frames.slice(1, -1).reverse()], shape, scale), { type: 'image/gif' }));
    el('a', { href, download: `${lab.data.token.split('/')[0]}-path.gif` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60000);
  };
  const save = async () => {
    const began = performance.now(), mine = (job = node.textContent === WORDS && {});
    const goesOn = (done) => {
      if (job === mine && performance.now() - began > SLOW_MS) node.textContent = `Stop (${fixed((50 * done) / (GIF + 1), 0)} %)`;
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
  const ways = {}, add = (...places) => (ways[arrows(places.map((i) => LETTERS[i]))] = places.map((i) => pins[i]));
  pins.forEach((_, j) => pins.slice(0, j).forEach((_, i) => add(i, j)));
  if (pins.length > 2) add(...pins.keys());
  return drawn ? { ...ways, [DRAWN]: drawn } : ways;
}

function walker(lab) {
  const { store } = lab, canvases = pictures(REEL + 1), words = el('p', { class: 'hint' });
  const scrub = (t, final) => {
    range.value = t;
    store.set(lab.way(t), { final });
  };
  const choose = (change) => lab.renew(Object.assign(lab, change));
  const radio = ([name, curve]) =>
    el('label', {}, el('input', { type: 'radio', name: 'curve', checked: curve === lerp, onchange: () => choose({ curve }) }), name);
  const select = el('select', { 'aria-label': 'Way', onchange: () => choose({ chosen: select.value }) });
  const curves = el('fieldset', { class: 'segments', 'aria-label': 'Curve' }, Object.entries(CURVES).map(radio));
  const reel = el('div', { class: 'reel', role: 'img', 'aria-label': 'Images on the way' }, canvases);
  const range = el('input', { type: 'range', max: 1, step: 0.005, 'aria-label': 'Place on the way', oninput: () => scrub(range.value),
    onchange: () => scrub(range.value, true) });
  const node = el('div', { class: 'walk' }, row(select, curves), reel, range, row(player(lab, range), saver(lab)), words);
  const say = () => {
    const [first, middle, last] = [0, 0.5, 1].map((t) => fixed(norm(seen(store, lab.way(t)))));
    words.textContent = `|z| is ${first} at the start, ${middle} halfway, ${last} at the end. A straight way passes through codes shorter than the prior’s `
      + `typical √d = ${fixed(Math.sqrt(store.vae.latent))}; along the sphere |z| changes evenly.`;
  };
  const show = () => {
    const ways = listed(lab), last = arrows(LETTERS.slice(0, store.pins.length).slice(-2)), chosen = [lab.chosen, last, DRAWN].find((name) => ways[name]);
    select.replaceChildren(...Object.keys(ways).map((name) => el('option', { selected: name === chosen }, name)));
    lab.way = chosen && (chosen === DRAWN ? along(ways[chosen]) : tour(ways[chosen], lab.curve));
    [node.hidden, curves.disabled] = [!chosen, chosen === DRAWN];
    chosen ? say() : store.halt();
    return chosen ? steps(REEL).map((t, i) => [lab.way(t), canvases[i]]) : [];
  };
  dragged(reel, REEL, ([t], final) => scrub(t, final));
  return { node, range, show };
}

// The button that lets the pad draw into the shared route, and the sentence that says what to do next.
function drawing(lab) {
  const { store } = lab, hint = el('p', { role: 'status' });
  const record = () => {
    store.halt();
    Object.assign(store, { recording: !store.recording, route: [] }).changed(false);
  };
  const node = button('', record);
  const show = () => {
    node.textContent = store.recording ? 'Stop drawing' : 'Draw a path';
    hint.textContent = store.recording ? 'On the pad: press, draw the path, let go.' : lab.way ? '' : 'Keep two codes, then walk between them.';
    return [];
  };
  return { node: lab.data.pad ? node : null, hint, show };
}

async function build({ data }) {
  const store = await loadStore(data), talk = conversation(store), lab = { data, store, curve: lerp };
  const parts = [shelf, walker, corners, drawing].map((make) => make(lab)), [kept, walk, four, draw] = parts;
  let pins, told;
  lab.fail = ({ message }) => (draw.hint.textContent = message);
  lab.renew = () => {
    const cells = parts.flatMap(({ show }) => show());
    const paint = (image, i) => drawPixels(cells[i][1], image, store.vae.shape, 255);
    if (cells.length) decode(lab, 'paths', cells.map(([code]) => code), paint).catch(lab.fail);
    if (!store.recording) store.route = lab.way ? steps(ROUTE).map(lab.way) : null;
    store.changed(false);
  };
  const follow = () => {
    const now = [store.recording, ...store.off].join();
    if (store.pins === pins && now === told) return;
    if (told?.startsWith('true') && !store.recording && store.route?.length > 1) Object.assign(lab, { drawn: store.route, chosen: DRAWN });
    else if (store.pins !== pins) lab.chosen = null;
    [pins, told, walk.range.value] = [store.pins, now, 1]; // z is where the hand has just been: at the end
    lab.renew();
  };
  const unsubscribe = store.subscribe(follow);
  const stop = () => {
    for (const end of [unsubscribe, talk.stop, store.halt]) end();
    Object.assign(store, { route: null, recording: false }).changed(false);
  };
  const root = el('div', { class: 'paths', style: `--z: ${data.symbols.z}` }, row(kept.nodes, draw.node), draw.hint, el('div', {}, walk.node, four.node));
  return { nodes: [root], update: (component) => (talk.hear(component), follow()), stop };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

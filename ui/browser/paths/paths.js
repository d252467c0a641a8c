// Paths: the kept codes A to D and the ways between them: walked, played, blended of four, drawn, saved as a GIF.
import { drawPixels } from '../kit/sample.js';
import { button, el, pictures, row } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { conversation, loadStore } from '../state/store.js';
import { LETTERS, decode, steps } from './kept.js';

const ROUTE = 48; // steps of the line on the pad
// The `show` of each part brings it up to date and returns pairs of a code and the canvas to show it.
function shelf({ store }) {
  const keep = button('', () => store.pin(store.code)),
    canvases = pictures(4);
  const remove = (i) => {
    store.pins = store.pins.filter((_, k) => k !== i);
    store.changed();
    if (!store.pins[i]) keep.focus(); // the × that had it is hidden
  };
  const slots = LETTERS.map((letter, i) =>
    el(
      'div',
      { class: 'kept' },
      button([canvases[i], letter], () => store.glideTo(store.pins[i]), `Go to ${letter}`),
      button('×', () => remove(i), `Remove ${letter}`),
    ),
  );
  const show = () => {
    slots.forEach((slot, i) => (slot.hidden = !store.pins[i]));
    keep.textContent = `Keep this one as ${LETTERS[store.pins.length] ?? 'D (A goes)'}`;
    return store.pins.map((pin, i) => [pin, canvases[i]]);
  };
  return { nodes: [...slots, keep], show };
}

// The button that lets the pad draw into the shared route, and the sentence that says what to do next.
function drawing(lab) {
  const { store } = lab,
    hint = el('p', { role: 'status' });
  const record = () => {
    store.halt();
    Object.assign(store, { recording: !store.recording, route: [] }).changed(false);
  };
  const node = button('', record);
  const show = () => {
    node.textContent = store.recording ? 'Stop drawing' : 'Draw a path';
    hint.textContent = store.recording
      ? 'On the pad: press, draw the path, let go.'
      : lab.way || store.pins.length > 1
        ? ''
        : 'Keep two codes, then walk between them.';
    return [];
  };
  return { node: lab.data.pad ? node : null, hint, show };
}

async function build({ data }) {
  const store = await loadStore(data),
    talk = conversation(store),
    lab = { data, store };
  const kept = shelf(lab),
    draw = drawing(lab),
    parts = [kept, draw],
    ways = el('div');
  let pins, told, walk;
  lab.fail = ({ message }) => (draw.hint.textContent = message);
  lab.renew = () => {
    const cells = parts.flatMap(({ show }) => show());
    const paint = (image, i) => drawPixels(cells[i][1], image, store.vae.shape, 255);
    if (cells.length)
      decode(
        lab,
        'paths',
        cells.map(([code]) => code),
        paint,
      ).catch(lab.fail);
    if (!store.recording) store.route = lab.way ? steps(ROUTE).map(lab.way) : null;
    store.changed(false);
  };
  const grow = async () => {
    const { corners, walker } = await import('./walker.js');
    parts.splice(1, 0, (walk = walker(lab)), corners(lab));
    ways.replaceChildren(...parts.slice(1, 3).map(({ node }) => node));
    lab.renew();
  };
  const follow = () => {
    const now = [store.recording, ...store.off].join();
    if (store.pins === pins && now === told) return;
    const drawn = told?.startsWith('true') && !store.recording && store.route?.length > 1;
    if (drawn) Object.assign(lab, { drawn: store.route, chosen: 'Drawn path' });
    else if (store.pins !== pins) lab.chosen = null;
    [pins, told] = [store.pins, now];
    if (walk?.range)
      walk.range.value = 1; // z is where the hand has just been: at the end
    else if (!walk && (pins.length > 1 || drawn)) walk = grow().catch(lab.fail);
    lab.renew();
  };
  const unsubscribe = store.subscribe(follow);
  const stop = () => {
    for (const end of [unsubscribe, talk.stop, store.halt]) end();
    Object.assign(store, { route: null, recording: false }).changed(false);
  };
  const root = el(
    'div',
    { class: 'paths', style: `--z: ${data.symbols.z}` },
    row(kept.nodes, draw.node),
    draw.hint,
    ways,
  );
  return { nodes: [root], update: (component) => (talk.hear(component), follow()), stop };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

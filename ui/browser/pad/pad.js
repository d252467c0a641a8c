// The latent pad: the test codes in a plane of the latent space, the manifold behind them, and z under the pointer.
import { el } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { conversation, loadStore } from '../state/store.js';
import { loadBatch } from '../work/decoding.js';
import { loadTables } from '../work/load.js';
import { Inset } from './inset.js';
import { legend } from './legend.js';
import { LatentMap } from './map.js';
import { pointerOn } from './pointer.js';
import { toolbar } from './toolbar.js';

async function load(data) {
  const { tables, table } = data;
  if (!tables.codes) throw new Error('The test images of this model have not been encoded yet.');
  if (!tables[table]) throw new Error(`This model has no ${table.toUpperCase()} projection yet.`);
  const loading = [loadStore(data), loadBatch(data), loadTables(data, 'codes', table)];
  const [store, batch, [codes, projected]] = await Promise.all(loading);
  return { store, batch, codes, projected: table === 'codes' ? null : projected.xy };
}

function makeMap(data, { store, batch, codes, projected }) {
  const onNews = () => {
    const { plane, near } = map;
    const { image, posterior, vae } = store;
    const known = { near, reach: batch.reach, names: plane.names, place: plane.place(store.z), posterior };
    inset.show({ image, shape: vae.shape, projected: !!projected, ...known });
  };
  const map = new LatentMap(data, store, batch, codes, projected, onNews);
  const inset = new Inset(legend(data.class_names, data.colours, (k) => map.light(k)));
  return { map, inset };
}

function watchSize(frame, map) {
  const observer = new ResizeObserver(() => {
    if (frame.clientWidth) map.resize(frame.clientWidth, frame.clientHeight); // else it was taken out of the page
  });
  observer.observe(frame);
  return observer;
}

async function build({ data }) {
  const loaded = await load(data);
  const { store } = loaded;
  const { map, inset } = makeMap(data, loaded);
  const talk = conversation(store);
  const bar = toolbar(map);
  const frame = el('div', { class: 'plot' }, map.layers.all);
  const observer = watchSize(frame, map);
  pointerOn(map);
  const follow = () => {
    bar.follow();
    map.follow();
  };
  const unsubscribe = store.subscribe(follow);
  const update = (latest) => {
    map.data = latest.data;
    talk.hear(latest);
    follow();
    map.drawSoon();
  };
  const stop = () => {
    map.leave();
    map.manifold.stop();
    observer.disconnect();
    unsubscribe();
    talk.stop();
  };
  return {
    nodes: [el('div', { class: 'pad' }, el('div', { class: 'map' }, bar.node, frame, inset.node))],
    update,
    stop,
  };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

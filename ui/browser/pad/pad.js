// The latent pad: the test codes in a plane of the latent space, the manifold behind them, and z under the pointer.
import { el } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { playButton, playsAtPress } from '../state/hearing.js';
import { conversation, loadStore } from '../state/store.js';
import { loadBatch } from '../work/decoding.js';
import { loadTables } from '../work/load.js';
import { Inset } from './inset.js';
import { legend } from './legend.js';
import { LatentMap } from './map.js';
import { pointerOn } from './pointer.js';
import { toolbar } from './toolbar.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Sent } from './map.js' */

/** @param {Sent} data */
async function load(data) {
  const { table } = data;
  const [store, batch, [codes], [projected]] = await Promise.all([
    loadStore(data),
    loadBatch(data),
    loadTables(data, 'codes'),
    table === 'codes' ? [null] : loadTables(data, table),
  ]);
  if (!codes) throw new Error('The test images of this model have not been encoded yet.');
  if (table !== 'codes' && !projected) throw new Error(`This model has no ${table.toUpperCase()} projection yet.`);
  return { store, batch, codes, projected };
}

/**
 * @param {Sent} data
 * @param {Awaited<ReturnType<typeof load>>} loaded
 */
function makeMap(data, loaded) {
  const { store, batch, projected } = loaded;
  const onNews = () => {
    const { plane, near } = map;
    const { image, posterior } = store;
    const known = { near, reach: batch.reach, names: plane.names, place: plane.place(store.z), posterior };
    inset.show({ image, projected: !!projected, ...known });
  };
  /** @type {LatentMap} */
  const map = new LatentMap(data, loaded, onNews);
  const { shape } = store.vae;
  const heard = () => ({ values: store.image });
  const classes = legend(data.colours, (k) => map.light(k));
  const inset = new Inset(shape, playButton(shape, heard, 'Play the sound under z'), classes.node);
  playsAtPress(inset.image, shape, heard);
  let { names } = map.shown;
  classes.show(names);
  const follow = () => {
    if (names === map.shown.names) return;
    ({ names } = map.shown);
    classes.show(names);
  };
  return { map, inset, follow };
}

/**
 * @param {HTMLElement} frame
 * @param {LatentMap} map
 */
function watchSize(frame, map) {
  const observer = new ResizeObserver(() => {
    if (frame.clientWidth) map.resize(frame.clientWidth, frame.clientHeight); // else it was taken out of the page
  });
  observer.observe(frame);
  return observer;
}

/** @param {Component<Sent>} component */
async function build({ data }) {
  const loaded = await load(data);
  const { store } = loaded;
  const { map, inset, follow: followColour } = makeMap(data, loaded);
  const talk = conversation(store);
  const bar = toolbar(map);
  const frame = el('div', { class: 'plot' }, map.layers.all);
  const observer = watchSize(frame, map);
  pointerOn(map);
  const follow = () => {
    bar.follow();
    map.follow();
    followColour();
  };
  const unsubscribe = store.subscribe(follow);
  /** @param {Component<Sent>} latest */
  const update = (latest) => {
    map.data = latest.data;
    talk.hear(latest);
    follow();
    map.drawSoon();
  };
  const stop = () => {
    map.leave();
    map.manifold?.stop();
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

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Sent>} component
 */
export const mount = (component) => widget(component, build, new URL('./pad.css', import.meta.url));

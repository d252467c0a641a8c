// The stage: a training as it happens and as it happened, all of it at one time that can be turned back.
import { el } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { bar } from './bar.js';
import { bars, collapse, tradeoff } from './costs.js';
import { curves } from './curves.js';
import { manifold, map } from './map.js';
import { pictures } from './pictures.js';
import { Theatre } from './theatre.js';
import { time } from './time.js';

/** @import { Component } from '../kit/component.js' */
/** @import { StageData } from './theatre.js' */

/**
 * Tell the page once when a training begins or ends: its own parts follow.
 *
 * @param {Theatre} theatre
 * @param {(state: Record<string, unknown>) => void} tell
 */
function follow(theatre, tell) {
  /** @type {boolean | null} */
  let live = null;
  theatre.subscribe(() => {
    const { watcher } = theatre;
    if (live !== null && live !== watcher.live) tell({ live: watcher.live });
    if (watcher.known.life) live = watcher.live;
  });
}

/** @param {Component<StageData>} component */
async function build({ data, setStateValue }) {
  const theatre = new Theatre(data);
  let told = setStateValue;
  /** @param {Record<string, unknown>} state */
  const tell = (state) => told('state', { run: data.run, ...state });
  const plots = [bars(theatre), tradeoff(theatre)];
  const [chart, codes, dimension, slider] = [curves(theatre), map(theatre), collapse(theatre), time(theatre)];
  const scene = el(
    'div',
    { class: 'scene' },
    el('div', { class: 'seen' }, el('div', { class: 'pair' }, codes.node, manifold(theatre)), pictures(theatre)),
    chart.node,
  );
  const costs = el(
    'div',
    { class: 'costs' },
    plots.map((plot) => plot.node),
    dimension.node,
  );
  const head = bar(theatre, (run) => tell({ open: run }));
  const node = el('div', { class: 'stage' }, head, scene, costs, slider.node);
  follow(theatre, tell);
  theatre.watcher.ask();
  /** @param {Component<StageData>} latest */
  const update = (latest) => {
    told = latest.setStateValue;
    theatre.changed();
  };
  const stop = () => {
    theatre.stop();
    chart.stop();
    codes.stop();
    slider.stop();
    for (const plot of [...plots, dimension.plot]) plot.stop();
  };
  return { nodes: [el('div', { class: 'theatre' }, node)], update, stop };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<StageData>} component
 */
export const mount = (component) => widget(component, build, new URL('./stage.css', import.meta.url));

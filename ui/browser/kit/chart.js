// A plotly chart that stays where it is: new data are drawn into the same node, so zoom and hover survive.
import { el, theme } from './elements.js';
import { widget } from './mount.js';

/** @import { Theme } from './elements.js' */
/** @import { Component } from './component.js' */
/** @typedef {Record<string, unknown>} Json */
/** @typedef {Record<string, Json>} Layout */
/**
 * @typedef {object} Sent
 * @property {{ data: Json[], layout?: Layout }} figure
 * @property {string} revision - while it stays the same, zoom and hidden traces are kept
 * @property {number} height
 * @property {string} label
 * @property {string} plotly - where the library is
 */
/**
 * What is used of plotly.
 *
 * @typedef {object} Plotly
 * @property {(node: HTMLElement, data: Json[], layout: Json, config: Json) => Promise<unknown>} react
 * @property {(node: HTMLElement) => void} purge
 * @property {{ resize: (node: HTMLElement) => void }} Plots
 */

/** @type {Map<string, Promise<Plotly>>} */
const libraries = new Map();
const canHover = matchMedia('(hover: hover)').matches;

// A classic script: it leaves the library in the page.
const present = () => /** @type {{ Plotly?: Plotly }} */ (globalThis).Plotly;

/**
 * @param {string} url
 * @returns {Promise<Plotly>}
 */
const fetchLibrary = (url) =>
  new Promise((resolve, reject) => {
    const fail = () => reject(new Error('The chart library could not be loaded. Reload the page.'));
    const done = () => {
      const library = present();
      if (library) resolve(library);
      else fail();
    };
    document.head.append(el('script', { src: url, onload: done, onerror: fail }));
  });

/** @param {string} url */
async function plotly(url) {
  const library = present();
  if (library) return library;
  const loading = libraries.get(url) ?? fetchLibrary(url);
  libraries.set(url, loading);
  loading.catch(() => libraries.delete(url)); // the next mount tries again
  return loading;
}

/**
 * @param {Json | undefined} given
 * @param {Theme} colours
 */
const axis = (given, colours) => ({
  automargin: true,
  ...given,
  gridcolor: colours.border,
  linecolor: colours.border,
  zerolinecolor: colours.border,
});

/**
 * The axes that a layout names, and the first two in any case, in the page's colours.
 *
 * @param {Layout} given
 * @param {Theme} colours
 */
function axesOf(given, colours) {
  const named = Object.keys(given).filter((name) => /^[xy]axis\d*$/.test(name));
  const all = new Set(['xaxis', 'yaxis', ...named]);
  return Object.fromEntries([...all].map((name) => [name, axis(given[name], colours)]));
}

/**
 * @param {Sent} sent
 * @param {Theme} colours
 * @returns {Json}
 */
function layoutOf({ figure, revision, height }, colours) {
  const given = figure.layout ?? {};
  const font = { size: 15, color: colours.text, family: colours.font };
  // The template is plotly's own look, light only: the page's is used instead.
  return {
    margin: { l: 8, r: 8, t: 28, b: 8 },
    hovermode: 'x unified',
    legend: { orientation: 'h', y: 1.02, yanchor: 'bottom' },
    ...given,
    ...axesOf(given, colours),
    template: undefined,
    height,
    dragmode: canHover && 'zoom',
    autosize: true,
    uirevision: revision,
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    modebar: { bgcolor: 'rgba(0,0,0,0)', color: colours.border, activecolor: colours.primary },
    font: { ...font, ...given.font, color: colours.text, family: colours.font },
    hoverlabel: { ...given.hoverlabel, bgcolor: colours.background, bordercolor: colours.border, font },
  };
}

// Where nothing can hover, the bar would lie on the legend for ever, and a swipe must scroll the page.
const CONFIG = {
  displaylogo: false,
  displayModeBar: canHover ? 'hover' : false,
  scrollZoom: false,
  modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'],
};

/** @param {Component<Sent>} component */
async function build({ data }) {
  const library = await plotly(data.plotly);
  const node = el('div', { class: 'chart', style: `height: ${data.height}px`, role: 'img', 'aria-label': data.label });
  /** @type {Promise<unknown>} */
  let drawn = Promise.resolve();
  let stopped = false;
  const observer = new ResizeObserver(() => {
    if ('data' in node && node.clientWidth) library.Plots.resize(node); // plotly has drawn
  });
  /** @param {Sent} latest */
  const draw = (latest) => {
    if (stopped) return undefined;
    node.style.height = `${latest.height}px`;
    return library.react(node, latest.figure.data, layoutOf(latest, theme(node)), CONFIG);
  };
  /** @param {Error} error */
  const fail = (error) => {
    const problem = `The chart could not be drawn: ${error.message}`;
    node.replaceChildren(el('p', { class: 'problem', role: 'alert' }, problem));
  };
  /** @param {Component<Sent>} component */
  const update = (component) => {
    // One after the other: a react that overtakes another draws old data last.
    drawn = drawn.then(() => draw(component.data)).catch(fail);
  };
  observer.observe(node);
  const stop = () => {
    stopped = true;
    observer.disconnect();
    library.purge(node);
  };
  return { nodes: [node], update, stop };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Sent>} component
 */
export const mount = (component) => widget(component, build);

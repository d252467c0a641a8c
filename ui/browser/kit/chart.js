// A plotly chart that stays where it is: new data are drawn into the same node, so zoom and hover survive.
import { el, theme } from './elements.js';
import { widget } from './mount.js';

const libraries = new Map();
const canHover = matchMedia('(hover: hover)').matches;

function plotly(url) {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  if (!libraries.has(url)) {
    libraries.set(
      url,
      new Promise((resolve, reject) => {
        const script = el('script', { src: url, onload: () => resolve(globalThis.Plotly) });
        script.addEventListener('error', () => {
          libraries.delete(url);
          reject(new Error('The chart library could not be loaded. Reload the page.'));
        });
        document.head.append(script);
      }),
    );
  }
  return libraries.get(url);
}

const axis = (given, colours) => ({
  automargin: true,
  ...given,
  gridcolor: colours.border,
  linecolor: colours.border,
  zerolinecolor: colours.border,
});

function layoutOf({ figure, revision, height }, colours) {
  const given = figure.layout ?? {};
  const axes = Object.keys(given).filter((name) => /^[xy]axis\d*$/.test(name));
  const themed = Object.fromEntries(
    [...new Set(['xaxis', 'yaxis', ...axes])].map((name) => [name, axis(given[name], colours)]),
  );
  // The template is plotly's own look, light only: the page's is used instead.
  return {
    margin: { l: 8, r: 8, t: 28, b: 8 },
    hovermode: 'x unified',
    legend: { orientation: 'h', y: 1.02, yanchor: 'bottom' },
    ...given,
    ...themed,
    template: undefined,
    height,
    dragmode: canHover && 'zoom',
    autosize: true,
    uirevision: revision,
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    modebar: { bgcolor: 'rgba(0,0,0,0)', color: colours.border, activecolor: colours.primary },
    font: { size: 15, ...given.font, color: colours.text, family: colours.font },
    hoverlabel: {
      ...given.hoverlabel,
      bgcolor: colours.background,
      bordercolor: colours.border,
      font: { size: 15, color: colours.text, family: colours.font },
    },
  };
}

// Where nothing can hover, the bar would lie on the legend for ever, and a swipe must scroll the page.
const CONFIG = {
  displaylogo: false,
  displayModeBar: canHover ? 'hover' : false,
  scrollZoom: false,
  modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'],
};

async function build({ data }) {
  const library = await plotly(data.plotly);
  const node = el('div', { class: 'chart', style: `height: ${data.height}px`, role: 'img', 'aria-label': data.label });
  let drawn = Promise.resolve(),
    stopped = false;
  const observer = new ResizeObserver(() => node.data && node.clientWidth && library.Plots.resize(node));
  // One after the other: a react that overtakes another draws old data last.
  const update = ({ data: latest }) => {
    drawn = drawn
      .then(() => {
        if (stopped) return;
        node.style.height = `${latest.height}px`;
        return library.react(node, latest.figure.data, layoutOf(latest, theme(node)), CONFIG);
      })
      .catch((error) =>
        node.replaceChildren(
          el('p', { class: 'problem', role: 'alert' }, `The chart could not be drawn: ${error.message}`),
        ),
      );
  };
  observer.observe(node);
  const stop = () => {
    stopped = true;
    observer.disconnect();
    library.purge(node);
  };
  return { nodes: [node], update, stop };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

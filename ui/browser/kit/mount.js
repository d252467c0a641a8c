// What every widget begins with: one idempotent mount with its loading and failure sentences.
import { el } from './elements.js';

const sentence = (text, problem) =>
  el('p', { class: problem ? 'problem' : 'status', role: problem ? 'alert' : 'status' }, text);

const sheet = new CSSStyleSheet();
await sheet.replace(await (await fetch(new URL('../lab.css', import.meta.url))).text());

function adoptStyles(host) {
  const scope = host.getRootNode();
  if (!scope.adoptedStyleSheets.includes(sheet)) scope.adoptedStyleSheets = [...scope.adoptedStyleSheets, sheet];
}

function start(root, identity, build) {
  let ready,
    stopped = false;
  const fill = (live) => {
    if (!stopped) root.replaceChildren(...live.nodes);
    root.style.minHeight = 0; // it was kept free until now
    return live;
  };
  const update = (component) => {
    ready ??= build(component).then(fill);
    ready
      .then((live) => stopped || live.update(component))
      .catch((error) => stopped || root.replaceChildren(sentence(error.message, true)));
  };
  const stop = () => {
    stopped = true;
    ready?.then(
      (live) => live.stop(),
      () => undefined,
    );
    if (root.lab?.stop === stop) root.lab = null;
  };
  root.replaceChildren(sentence('Loading…'));
  root.style.minHeight = '';
  return { identity, update, stop };
}

/**
 * Mount a widget, or update the one that is there: Streamlit calls again whenever data or theme change. `build(component)`
 * promises {nodes, update(component), stop()}; other weights or tables build anew. Returns the clean-up.
 */
export function widget(component, build) {
  const { weights, encoder, tables, table } = component.data,
    identity = JSON.stringify([weights, encoder, tables, table]);
  const root = component.parentElement.querySelector('.lab');
  adoptStyles(root);
  if (root.lab?.identity !== identity) {
    root.lab?.stop();
    root.lab = start(root, identity, build);
  }
  const mounted = root.lab;
  mounted.update(component);
  return () => mounted.stop();
}

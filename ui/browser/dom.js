// What every widget begins with: elements, one idempotent mount with its loading and failure sentences, drawing helpers.

/** A DOM element: attributes by name, listeners by `onclick`-like names, children as nodes or text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

const sentence = (text, problem) =>
  el('p', { class: problem ? 'problem' : 'status', role: problem ? 'alert' : 'status' }, text);

const sheet = new CSSStyleSheet();
await sheet.replace(await (await fetch(new URL('./lab.css', import.meta.url))).text());

function adoptStyles(host) {
  const scope = host.getRootNode();
  if (!scope.adoptedStyleSheets.includes(sheet)) scope.adoptedStyleSheets = [...scope.adoptedStyleSheets, sheet];
}

function start(root, identity, build) {
  let ready, stopped = false;
  const fill = (live) => {
    if (!stopped) root.replaceChildren(...live.nodes);
    root.style.minHeight = 0; // it was kept free until now
    return live;
  };
  const update = (component) => {
    ready ??= build(component).then(fill);
    ready.then((live) => stopped || live.update(component)).catch((error) => stopped || root.replaceChildren(sentence(error.message, true)));
  };
  const stop = () => {
    stopped = true;
    ready?.then((live) => live.stop(), () => undefined);
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
  const { weights, encoder, tables, table } = component.data, identity = JSON.stringify([weights, encoder, tables, table]);
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

/** A function that runs `draw` at most once per frame, with the latest state. */
export function coalesce(draw) {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      draw();
    });
  };
}

/** The name of the event of a moving pointer: the one ahead of the next frame, where the page is trusted (https or this machine). */
export const MOVE = globalThis.onpointerrawupdate === undefined ? 'pointermove' : 'pointerrawupdate';
/** What comes within so many milliseconds of a drawing waits for the frame; a common mouse speaks every 8. */
export const AGAIN_MS = 4;

export const wantsStillness = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Call `step(part, done)` at every frame while part eases from 0 to 1; returns the function that halts it. */
export function travel(ms, step) {
  const began = performance.now();
  let frame = requestAnimationFrame(function tick(now) {
    const part = wantsStillness() ? 1 : Math.min(1, Math.max(0, (now - began) / ms));
    if (part < 1) frame = requestAnimationFrame(tick);
    step(part * part * (3 - 2 * part), part === 1);
  });
  return () => cancelAnimationFrame(frame);
}

/** The page's colours and font, read from Streamlit's CSS variables. */
export function theme(element) {
  const style = getComputedStyle(element);
  const read = (name, fallback) => style.getPropertyValue(`--st-${name}`).trim() || fallback;
  return {
    text: read('text-color', style.color),
    background: read('background-color', '#fff'),
    border: read('border-color', '#8888'),
    primary: read('primary-color', '#d33'),
    font: read('font', 'sans-serif'),
  };
}

const buffers = new WeakMap();

/** Draw pixels (channels first, 0 to `full`) into a canvas of their own size. */
export function drawPixels(canvas, pixels, [channels, height, width], full = 1) {
  let buffer = buffers.get(canvas);
  if (!buffer || canvas.width !== width || canvas.height !== height) {
    Object.assign(canvas, { width, height });
    buffer = { context: canvas.getContext('2d'), image: new ImageData(width, height) };
    buffers.set(canvas, buffer);
  }
  fillRgba(buffer.image.data, pixels, channels, height * width, 255 / full);
  buffer.context.putImageData(buffer.image, 0, 0);
}

/** Write pixels as RGBA bytes. One channel is grey; of several, the first and the last two are red, green and blue. */
export function fillRgba(rgba, pixels, channels, area, scale = 255) {
  const green = (channels > 2 ? 1 : 0) * area, blue = (channels - 1) * area;
  for (let i = 0, o = 0; i < area; i++, o += 4) {
    rgba[o] = pixels[i] * scale;
    rgba[o + 1] = pixels[green + i] * scale;
    rgba[o + 2] = pixels[blue + i] * scale;
    rgba[o + 3] = 255;
  }
}

/** An image canvas with a name for screen readers. */
export const picture = (label, kind = 'pixels') => el('canvas', { class: kind, role: 'img', 'aria-label': label, width: 1, height: 1 });

const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';
/** The symbol of one dimension, counted from 1: z₁, z₂, … */
export const symbol = (letter, index) => letter + String(index + 1).replace(/\d/g, (digit) => SUBSCRIPTS[digit]);

/** A number with a true minus sign. */
export const fixed = (value, digits = 2) => value.toFixed(digits).replace(/^-(0(\.0*)?)$/, '$1').replace('-', '−');

// The elements that widgets are built of, and the page's colours.

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

/** An image canvas with a name for screen readers. */
export const picture = (label, kind = 'pixels') =>
  el('canvas', { class: kind, role: 'img', 'aria-label': label, width: 1, height: 1 });

const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';
/** The symbol of one dimension, counted from 1: z₁, z₂, … */
export const symbol = (letter, index) => letter + String(index + 1).replace(/\d/g, (digit) => SUBSCRIPTS[digit]);

/** A number with a true minus sign. */
export const fixed = (value, digits = 2) =>
  value
    .toFixed(digits)
    .replace(/^-(0(\.0*)?)$/, '$1')
    .replace('-', '−');

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

export const button = (words, onclick, label) => el('button', { onclick, 'aria-label': label }, words);
export const row = (...nodes) => el('div', { class: 'buttons' }, ...nodes);
export const pictures = (count) => Array.from({ length: count }, () => picture(''));

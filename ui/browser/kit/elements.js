// The elements that widgets are built of, and the page's colours.

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {{ text: string, background: string, border: string, primary: string, font: string }} Theme */

/**
 * A DOM element: attributes by name, listeners by `onclick`-like names, children as nodes or text.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: any) => unknown)>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat()) {
    if (child != null && child !== false) element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/**
 * An image canvas with a name for screen readers.
 *
 * @param {string} label
 * @param {string} [kind]
 */
export const picture = (label, kind = 'pixels') =>
  el('canvas', { class: kind, role: 'img', 'aria-label': label, width: 1, height: 1 });
/** @param {number} count */
export const pictures = (count) => Array.from({ length: count }, () => picture(''));

/**
 * @param {string} words
 * @param {() => unknown} onclick
 * @param {string} [label] - for screen readers, where the words are too few
 */
export const button = (words, onclick, label) => el('button', { onclick, 'aria-label': label }, words);
/** @param {...(Child | Child[])} nodes */
export const row = (...nodes) => el('div', { class: 'buttons' }, ...nodes);

/**
 * The context of a canvas that is there to be painted on.
 *
 * @param {HTMLCanvasElement} canvas
 */
export const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';
/** @param {number} count */
export const subscript = (count) => String(count).replace(/\d/g, (digit) => SUBSCRIPTS[Number(digit)]);
/**
 * The symbol of one dimension, counted from 1: z₁, z₂, …
 *
 * @param {string} letter
 * @param {number} index - from 0
 */
export const symbol = (letter, index) => letter + subscript(index + 1);

/**
 * A number with a true minus sign.
 *
 * @param {number} value
 * @param {number} [digits]
 */
export const fixed = (value, digits = 2) =>
  value
    .toFixed(digits)
    .replace(/^-(0(\.0*)?)$/, '$1')
    .replace('-', '−');

/**
 * The page's colours and font, read from Streamlit's CSS variables.
 *
 * @param {Element} element
 * @returns {Theme}
 */
export function theme(element) {
  const style = getComputedStyle(element);
  /** @type {(name: string, fallback: string) => string} */
  const read = (name, fallback) => style.getPropertyValue(`--st-${name}`).trim() || fallback;
  return {
    text: read('text-color', style.color),
    background: read('background-color', '#fff'),
    border: read('border-color', '#8888'),
    primary: read('primary-color', '#d33'),
    font: read('font', 'sans-serif'),
  };
}

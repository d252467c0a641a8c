// The classes and their colours, one of which can be highlighted.
import { el } from '../kit/elements.js';

/**
 * {node, show}: `show` says which classes there are. Calls `onHighlight` with the class that the pointer is on or that
 * was pressed, with null when all are alike.
 *
 * @param {string[]} colours
 * @param {(k: number | null) => void} onHighlight
 */
export function legend(colours, onHighlight) {
  /** @type {number | null} */
  let pinned = null;
  /** @param {number} k */
  const pin = (k) => {
    pinned = pinned === k ? null : k;
    [...node.children].forEach((button, i) => button.setAttribute('aria-pressed', String(i === pinned)));
    onHighlight(pinned);
  };
  /**
   * @param {string} name
   * @param {number} k
   */
  const entry = (name, k) => {
    const listeners = {
      onclick: () => pin(k),
      onpointerenter: () => onHighlight(k),
      onpointerleave: () => onHighlight(pinned),
    };
    const colour = el('i', { style: `background: ${colours[k % colours.length]}` });
    return el('button', { 'aria-pressed': 'false', ...listeners }, colour, name);
  };
  const node = el('div', { class: 'legend', role: 'group', 'aria-label': 'Highlight one class' });
  /** @param {string[]} names */
  const show = (names) => {
    pinned = null;
    // Wide enough for the longest name; a digit needs little.
    node.style.setProperty('--name', `${Math.max(62, 44 + 8 * Math.max(...names.map((name) => name.length)))}px`);
    node.replaceChildren(...names.map(entry));
  };
  return { node, show };
}

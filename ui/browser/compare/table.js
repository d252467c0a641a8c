// All runs in a table: sorted by a click on a column's title, filtered by words, chosen for the curves by a tick.
import { button, el } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { differing, filtered, sorted } from './rows.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Cell, Column, Row, Sorting } from './rows.js' */
/**
 * @typedef {object} TableData
 * @property {Column[]} columns
 * @property {Row[]} rows
 * @property {string[]} chosen - the names of the runs whose curves are drawn
 * @property {number} most - that may be chosen
 * @property {number} heard - the number of the last choice that the page has heard of
 */

/** What is sorted, filtered and chosen, and the table that shows it. */
class Table {
  /** @type {Sorting} */
  #sorting = { title: '', down: false };
  #told = 0;

  /**
   * @param {TableData} data
   * @param {(runs: string[], number: number) => void} tell
   */
  constructor(data, tell) {
    this.data = data;
    this.tell = tell;
    this.chosen = new Set(data.chosen);
    this.filter = el('input', {
      type: 'search',
      placeholder: 'Filter: words in names, settings or notes',
      'aria-label': 'Filter the runs by words in their names, settings or notes',
      oninput: () => this.show(),
    });
    this.count = el('span', { class: 'hint', role: 'status' });
    this.all = button('', () => this.#choose(this.rows.slice(0, this.data.most).map(({ name }) => name)));
    this.head = el('thead');
    this.body = el('tbody');
    this.node = el(
      'div',
      { class: 'runs' },
      el('div', { class: 'filter' }, this.filter, this.count, this.all),
      el(
        'div',
        { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Runs' },
        el('table', {}, this.head, this.body),
      ),
    );
  }

  /** Python has spoken: what it had not heard of when it did stays as it is here. @param {TableData} data */
  hear(data) {
    this.data = data;
    this.#told = Math.max(this.#told, data.heard);
    if (data.heard === this.#told) this.chosen = new Set(data.chosen);
    this.show();
  }

  /** @param {string[]} names */
  #choose(names) {
    this.chosen = new Set(names);
    this.#told += 1;
    this.tell(names, this.#told);
    this.show();
  }

  /** The rows that are shown. */
  get rows() {
    return sorted(filtered(this.data.rows, this.data.columns, this.filter.value), this.data.columns, this.#sorting);
  }

  show() {
    const { rows, data, chosen } = this;
    const compared = data.rows.filter(({ name }) => chosen.has(name));
    const shown = differing(data.columns, compared.length > 1 ? compared : rows);
    const focus = this.#focused;
    this.head.replaceChildren(
      el(
        'tr',
        {},
        el('td'),
        this.#title('run'),
        shown.map(({ title, number }) => this.#title(title, number)),
      ),
    );
    this.body.replaceChildren(...rows.map((row) => this.#row(row, shown)));
    this.count.textContent = `${rows.length} of ${data.rows.length} runs`;
    const choosable = Math.min(rows.length, data.most);
    this.all.textContent = choosable < rows.length ? `Draw the first ${choosable}` : `Draw these ${choosable}`;
    this.all.disabled = !choosable;
    if (focus) /** @type {HTMLElement | null} */ (this.node.querySelector(`[data-focus="${focus}"]`))?.focus();
  }

  /** What has the keyboard, because it is about to be replaced by its like. */
  get #focused() {
    const root = /** @type {Document | ShadowRoot} */ (this.node.getRootNode());
    const active = /** @type {HTMLElement | null} */ (root.activeElement ?? null);
    return active && this.node.contains(active) ? CSS.escape(active.dataset.focus ?? '') : '';
  }

  /**
   * @param {string} title
   * @param {boolean} [number]
   */
  #title(title, number) {
    const { title: by, down } = this.#sorting;
    const order = title !== by ? 'none' : down ? 'descending' : 'ascending';
    const onclick = () => {
      this.#sorting = { title, down: title === by && !down };
      this.show();
    };
    const arrow = { none: '', ascending: ' ↑', descending: ' ↓' }[order];
    return el(
      'th',
      { scope: 'col', 'aria-sort': order, class: number && 'number' },
      el('button', { onclick, 'data-focus': title }, title, arrow),
    );
  }

  /**
   * @param {Row} row
   * @param {Column[]} shown
   */
  #row(row, shown) {
    const { name, url, note } = row;
    const on = this.chosen.has(name);
    const tick = el('input', {
      type: 'checkbox',
      'aria-label': `Draw the curves of ${name}`,
      'data-focus': `tick ${name}`,
      disabled: !on && this.chosen.size >= this.data.most,
      onchange: () =>
        this.#choose([...(on ? [...this.chosen].filter((other) => other !== name) : [...this.chosen, name])]),
    });
    tick.checked = on;
    const cells = shown.map(({ title, number }) =>
      el('td', { class: number && 'number' }, row.cells[title]?.text ?? ''),
    );
    return el(
      'tr',
      { class: on && 'chosen' },
      el('td', {}, el('label', {}, tick)),
      el('th', { scope: 'row' }, el('a', { href: url, target: '_self' }, name), note && el('small', {}, note)),
      cells,
    );
  }
}

/** @param {Component<TableData>} component */
async function build({ data, setStateValue }) {
  let tellPage = setStateValue;
  const table = new Table(data, (runs, number) => tellPage('state', { runs, number }));
  /** @param {Component<TableData>} latest */
  const update = ({ data: news, setStateValue: newest }) => {
    tellPage = newest;
    table.hear(news);
  };
  return { nodes: [table.node], update, stop: () => undefined };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<TableData>} component
 */
export const mount = (component) => widget(component, build, new URL('./compare.css', import.meta.url));

// Which rows and columns a table of runs shows, and in which order. No DOM, runs in node.

/** @typedef {{ text: string, value: number | string | null }} Cell - its words, and what it is sorted by */
/**
 * @typedef {object} Column
 * @property {string} title
 * @property {boolean} figure - whether it was measured; else it is a setting
 * @property {boolean} number - whether its cells are numbers
 */
/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} url - of the page that shows the run
 * @property {string} note
 * @property {Record<string, Cell>} cells - by the titles of their columns
 */
/** @typedef {{ title: string, down: boolean }} Sorting - an empty title: as Python lists them */

/** @type {(text: string) => string} */
const plain = (text) => text.toLowerCase().normalize('NFKD');

const NOTHING = ['', '0', 'no'];

/**
 * The rows that hold all of some words in their names, notes or settings; of a setting that is used, its title counts.
 *
 * @param {Row[]} rows
 * @param {Column[]} columns
 * @param {string} words
 */
export function filtered(rows, columns, words) {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  const settings = columns.filter(({ figure }) => !figure);
  return rows.filter((row) => {
    const said = settings.map(({ title }) => {
      const text = row.cells[title]?.text ?? '';
      return NOTHING.includes(text) ? '' : `${title} ${text}`;
    });
    const all = plain([row.name, row.note, ...said].join('\n'));
    return wanted.every((word) => all.includes(word));
  });
}

/**
 * The columns worth a look: figures that somebody has, settings in which the rows differ.
 *
 * @param {Column[]} columns
 * @param {Row[]} rows
 */
export function differing(columns, rows) {
  return columns.filter(({ title, figure }) => {
    const texts = new Set(rows.map((row) => row.cells[title]?.text ?? ''));
    return figure ? [...texts].some(Boolean) : texts.size > 1;
  });
}

/**
 * The rows by one column, empty cells last whichever way it goes.
 *
 * @param {Row[]} rows
 * @param {Column[]} columns
 * @param {Sorting} sorting
 */
export function sorted(rows, columns, { title, down }) {
  if (!title) return rows;
  const known = columns.some((column) => column.title === title);
  /** @type {(row: Row) => number | string | null} */
  const value = (row) => (known ? (row.cells[title]?.value ?? null) : row.name);
  const collator = new Intl.Collator('en', { numeric: true });
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
    return down ? -order : order;
  });
}

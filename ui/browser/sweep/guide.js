// A guide to diagnosing collapse: the signs as a table, each decided by the figures of the chosen model.
import { el } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { loadSweep } from './models.js';
import { SIGNS } from './signs.js';

/**
 * @import { Component } from '../kit/component.js'
 * @import { SweepData } from './models.js'
 * @import { Finding } from './signs.js'
 */

/** @type {(cell: HTMLElement, finding: Finding | null, none: string) => void} */
function fill(cell, finding, none) {
  cell.className = finding?.alarm ? 'alarm' : '';
  if (!finding) return cell.replaceChildren(none);
  const answer = el('strong', {}, finding.alarm ? 'Yes. ' : 'No. ');
  cell.replaceChildren(answer, finding.words, el('span', { class: 'hint' }, finding.rule));
}

/** @param {Component<SweepData>} component */
async function build({ data }) {
  const sweep = loadSweep(data);
  const head = el('th', { scope: 'col' });
  const columns = ['You see', 'It means', 'Try'].map((words) => el('th', { scope: 'col' }, words));
  const cells = SIGNS.map(() => el('td'));
  const rows = SIGNS.map((row, k) =>
    el('tr', {}, el('th', { scope: 'row' }, row.sign), el('td', {}, row.means), el('td', {}, row.try), cells[k]),
  );
  const root = el('table', { class: 'guide' }, el('thead', {}, el('tr', {}, columns, head)), el('tbody', {}, rows));
  const draw = () => {
    const { label, problem } = sweep.chosen;
    head.textContent = `β = ${label}`;
    SIGNS.forEach(({ find }, k) => fill(cells[k], find(sweep), problem ? '–' : '…'));
  };
  /** @param {Component<SweepData>} latest */
  const update = (latest) => {
    sweep.hear(latest.data.chosen);
    draw();
  };
  return { nodes: [root], update, stop: sweep.subscribe(draw) };
}

/**
 * Mount or update the widget on a Streamlit component.
 * @param {Component<SweepData>} component
 */
export const mount = (component) => widget(component, build, new URL('./sweep.css', import.meta.url));

// The drawing board: every stroke event becomes a code; beside it what the model makes of the drawing.
import { button, el, picture, row } from '../kit/elements.js';
import { AGAIN_MS } from '../kit/frames.js';
import { widget } from '../kit/mount.js';
import { drawPixels } from '../kit/sample.js';
import { conversation, loadStore } from '../state/store.js';
import { loadEncoder, loadOriginals } from '../work/load.js';
import { drawingOf } from './drawing.js';
import { Pen } from './pen.js';

/** @import { Encode } from '../core/spec.js' */
/** @import { Child } from '../kit/elements.js' */
/** @import { Component } from '../kit/component.js' */
/** @import { Store } from '../state/store.js' */
/** @import { ModelData } from '../work/told.js' */
/** @import { Code } from './meter.js' */
/** @import { Segment } from './pen.js' */

const HELP = [
  'Drawing board. Arrow keys move the brush, Space puts the pen down or up,',
  'Control Z undoes, Control V pastes a picture.',
].join(' ');

/**
 * @param {string} name
 * @param {Child} words
 * @param {...Child} nodes
 */
const figure = (name, words, ...nodes) =>
  el('figure', {}, el('div', {}, nodes), el('figcaption', {}, el('b', {}, name), ' ', words));

/** The drawing, the pen, and what the model makes of them. */
class Board {
  /**
   * @param {ModelData} data
   * @param {Store} store
   */
  constructor(data, store) {
    const [, height, width] = store.vae.shape;
    this.data = data;
    this.store = store;
    this.vae = store.vae;
    this.drawing = drawingOf(store.vae.shape);
    /** @type {Encode | null} */
    this.encode = null;
    /** @type {{ node: Node, show: (code: Code | null) => void } | null} */
    this.meter = null;
    /** @type {Code | null} */
    this.code = null;
    /** @type {Promise<void> | null} */
    this.learning = null;
    this.codes = 0;
    this.encoded = -Infinity;
    this.waiting = 0;
    this.paper = el('canvas', { class: 'pixels', tabindex: 0, role: 'application', 'aria-label': HELP });
    this.cursor = el('i', { hidden: true });
    this.invitation = el('span', {}, data.class_names[3] === '3' ? 'Draw a digit here' : 'Draw here');
    this.caption = el('span');
    this.answer = picture('The reconstruction of the drawing');
    this.numbers = el('div');
    this.said = el('p', { role: 'status' });
    this.pen = new Pen(this.paper, this.cursor, [width, height], {
      begin: () => this.lay(this.drawing.pixels.slice()),
      ink: (segments) => this.ink(segments),
      lift: () => this.changed(true),
      say: (words) => this.say(words),
    });
    this.node = this.#furnish(width / height);
    this.#listen();
    this.show();
    if (!this.drawing.empty) this.wake();
  }

  /** @param {number} ratio */
  #furnish(ratio) {
    const { x_hat: distortion, z: rate } = this.data.symbols;
    return el(
      'div',
      { class: 'board', style: `--d: ${distortion}; --r: ${rate}; --ratio: ${ratio}` },
      figure('x', this.caption, this.paper, this.invitation, this.cursor),
      figure('x̂', 'decoded from its μ', this.answer),
      this.numbers,
      this.#buttons(),
      this.said,
    );
  }

  #buttons() {
    /** @type {HTMLInputElement} */
    const file = el('input', {
      type: 'file',
      accept: 'image/*',
      hidden: true,
      onchange: () => this.take(file.files),
      onclick: () => {
        file.value = '';
      },
    });
    return row(
      button('Undo', () => this.undo()),
      button('Clear', () => this.put(this.drawing.blank)),
      button('Centre', () => this.centre()),
      button('Open a picture', () => file.click()),
      this.data.tables.examples || this.data.tables.stand_ins ? button('Take a real image', () => this.borrow()) : null,
      file,
    );
  }

  #listen() {
    const { node } = this;
    for (const type of ['pointerenter', 'pointerdown', 'focusin']) node.addEventListener(type, () => this.wake());
    node.addEventListener('dragover', (event) => event.preventDefault());
    node.addEventListener('drop', (event) => {
      event.preventDefault();
      if (event.dataTransfer) this.take(event.dataTransfer.files);
    });
    node.addEventListener('keydown', (event) => {
      if (event.key !== 'z' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.undo();
    });
  }

  /** @param {ClipboardEvent} event */
  paste({ clipboardData }) {
    if (clipboardData?.files.length && this.node.matches(':hover, :focus-within')) this.take(clipboardData.files);
  }

  /**
   * @param {string} [words]
   * @param {boolean} [problem]
   */
  say(words = '', problem = false) {
    this.said.textContent = words;
    this.said.className = problem ? 'problem' : 'hint';
  }

  /** Somebody comes near: load what a drawing needs, once. */
  wake() {
    this.learning ??= this.#learn().catch((error) => this.say(error.message, true));
  }

  async #learn() {
    this.say('Loading the encoder…');
    this.encode = await loadEncoder(this.data);
    this.say();
    if (!this.code) this.changed(!this.pen.down);
    const { meter } = await import('./meter.js');
    this.meter = meter(this.vae, this.data);
    this.numbers.replaceChildren(this.meter.node);
    this.show();
  }

  /**
   * Show the drawing and move to its code; `final` when the hand has let go.
   *
   * @param {boolean} final
   */
  changed(final) {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    this.encoded = performance.now();
    const { store, drawing, code: before } = this;
    const { pixels, name } = drawing;
    this.code = this.encode && !drawing.empty ? { ...this.encode(pixels), x: pixels, words: name, final } : null;
    if (this.code) {
      this.codes += 1;
      this.node.dataset.codes = String(this.codes);
      store.posterior = this.code;
      store.set(this.code.mu, { final });
    } else if (before && store.posterior === before) {
      store.posterior = null;
      store.changed();
    }
    this.show();
  }

  show() {
    const { vae, drawing, code } = this;
    drawPixels(this.paper, drawing.pixels, vae.shape);
    drawPixels(this.answer, code ? vae.mean(code.mu) : drawing.blank, vae.shape);
    this.invitation.hidden = !drawing.empty;
    this.caption.textContent = drawing.name;
    this.meter?.show(code);
  }

  /**
   * Another image lies on the paper; nothing is made of it yet.
   *
   * @param {Float32Array} pixels
   * @param {string} [name]
   */
  lay(pixels, name) {
    this.drawing.lay(pixels, name);
    this.#laid();
  }

  #laid() {
    this.pen.drop();
    this.wake();
    if (this.encode) this.say();
  }

  /**
   * @param {Float32Array} pixels
   * @param {string} [name]
   */
  put(pixels, name) {
    this.lay(pixels, name);
    this.changed(true);
  }

  undo() {
    this.drawing.undo();
    this.#laid();
    this.changed(true);
  }

  /** @param {Segment[]} segments */
  ink(segments) {
    for (const [from, to] of segments) this.drawing.ink(from, to);
    if (performance.now() - this.encoded >= AGAIN_MS) this.changed(false);
    else this.waiting ||= requestAnimationFrame(() => this.changed(false));
  }

  /**
   * Take the first of the files that somebody brings.
   *
   * @param {FileList | null} files
   */
  async take(files) {
    const { scan } = await import('./scan.js');
    const image = files?.length ? await scan(files[0], this.vae.shape).catch(() => null) : null;
    if (image) this.put(image, 'your picture');
    else this.say('No ink found: that is no picture, or an empty one. The drawing stays.', true);
  }

  async centre() {
    const { fit } = await import('../core/scan.js');
    const { shape } = this.vae;
    const image = fit(this.drawing.pixels, [shape[1], shape[2]], shape);
    if (image) this.put(image);
  }

  async borrow() {
    const originals = await loadOriginals(this.data);
    if (!originals) return;
    const { images, labels, what } = originals;
    const count = images.shape[0];
    const i = Math.floor(Math.random() * count);
    const size = images.data.length / count;
    const pixels = Float32Array.from(images.data.subarray(i * size, (i + 1) * size), (byte) => byte / 255);
    this.put(pixels, `${what} ${i}, class ${this.data.class_names[labels[i]]}`);
  }
}

/** @param {Component<ModelData>} component */
async function build({ data }) {
  const store = await loadStore(data);
  const board = new Board(data, store);
  const { hear, stop: stopTalk } = conversation(store);
  /** @param {ClipboardEvent} event */
  const paste = (event) => board.paste(event);
  document.addEventListener('paste', paste);
  const stop = () => {
    stopTalk();
    document.removeEventListener('paste', paste);
  };
  return { nodes: [board.node], update: hear, stop };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<ModelData>} component
 */
export const mount = (component) => widget(component, build, new URL('./draw.css', import.meta.url));

// The drawing board: every stroke event becomes a code; beside it what the model makes of the drawing.
import { stroke } from '../core/brush.js';
import { AGAIN_MS, MOVE } from '../kit/frames.js';
import { drawPixels } from '../kit/sample.js';
import { el, picture } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { conversation, loadStore } from '../state/store.js';
import { loadEncoder, loadTables } from '../work/load.js';

const DRAWING = 'your drawing';
const WAYS = { ' ': [0, 0], ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP =
  'Drawing board. Arrow keys move the brush, Space puts the pen down or up, Control Z undoes, Control V pastes a picture.';
const drawings = new Map(); // by shape: a drawing outlives its widget and goes along to another model
const figure = (name, words, ...nodes) =>
  el('figure', {}, el('div', {}, nodes), el('figcaption', {}, el('b', {}, name), ' ', words));

/** The drawing, the pen and what the model makes of them; a method for each event. */
class Board {
  constructor(data, store) {
    const { vae } = store,
      [, height, width] = vae.shape,
      blank = store.image.map(() => 0);
    if (!drawings.has(blank.length)) drawings.set(blank.length, { pixels: blank, past: [], words: DRAWING });
    Object.assign(this, {
      data,
      store,
      vae,
      blank,
      sides: [width, height],
      at: [width / 2, height / 2],
      drawing: drawings.get(blank.length),
      codes: 0,
    });
    this.drawing.code = null; // another model's, perhaps
    this.furnish();
    this.show();
    if (this.drawing.pixels.some(Boolean)) this.wake();
  }

  furnish() {
    const { class_names: names, symbols, tables } = this.data,
      button = (words, onclick) => el('button', { onclick }, words);
    const file = el('input', {
      type: 'file',
      accept: 'image/*',
      hidden: true,
      onchange: () => this.take(file.files[0]),
      onclick: () => (file.value = ''),
    });
    this.paper = el('canvas', { class: 'pixels', tabindex: 0, role: 'application', 'aria-label': HELP });
    this.invitation = el('span', {}, names[3] === '3' ? 'Draw a digit here' : 'Draw here');
    this.cursor = el('i', { hidden: true });
    this.caption = el('span');
    this.answer = picture('The reconstruction of the drawing');
    this.numbers = el('div');
    this.said = el('p', { role: 'status' });
    const buttons = [
      button('Undo', () => this.undo()),
      button('Clear', () => this.put(this.blank)),
      button('Centre', () => this.centre()),
      button('Open a picture', () => file.click()),
      tables.examples && button('Take a test image', () => this.borrow()),
      file,
    ];
    this.root = el(
      'div',
      { class: 'board', style: `--d: ${symbols.x_hat}; --r: ${symbols.z}; --ratio: ${this.sides.join('/')}` },
      figure('x', this.caption, this.paper, this.invitation, this.cursor),
      figure('x̂', 'decoded from its μ', this.answer),
      this.numbers,
      el('div', { class: 'buttons' }, buttons),
      this.said,
    );
    const types = 'pointerenter focusin focusout pointerdown lostpointercapture keydown dragover drop';
    types.split(' ').forEach((type) => this.root.addEventListener(type, this));
    this.root.addEventListener(MOVE, (event) => this.follow(event));
  }

  handleEvent(event) {
    this.wake();
    this[event.type]?.(event);
  }

  say(words = '', problem = false) {
    Object.assign(this.said, { textContent: words, className: problem ? 'problem' : 'hint' });
  }

  /** Somebody comes near: load what a drawing needs, once. */
  wake() {
    this.asked ??= this.learn().catch((error) => this.say(error.message, true));
  }

  async learn() {
    this.say('Loading the encoder…');
    this.encode = await loadEncoder(this.data);
    this.say();
    if (!this.drawing.code) this.changed(this.pen == null);
    const { node, show } = (await import('./meter.js')).meter(this.vae, this.data);
    this.numbers.replaceChildren(node);
    this.measure = show;
    this.show();
  }

  /** Show the drawing and move to its code; `final` when the hand has let go. */
  changed(final) {
    const { store, drawing } = this,
      { pixels, words, code } = drawing;
    this.waiting = cancelAnimationFrame(this.waiting);
    this.encoded = performance.now();
    drawing.code = this.encode && pixels.some(Boolean) ? { ...this.encode(pixels), x: pixels, words, final } : null;
    if (drawing.code) {
      this.root.dataset.codes = ++this.codes;
      store.posterior = drawing.code;
      store.set(drawing.code.mu, { final });
    } else if (code && store.posterior === code) {
      store.posterior = null;
      store.changed();
    }
    this.show();
  }

  show() {
    const {
      vae,
      drawing: { pixels, code },
    } = this;
    drawPixels(this.paper, pixels, vae.shape);
    drawPixels(this.answer, code ? vae.mean(code.mu) : this.blank, vae.shape);
    this.invitation.hidden = pixels.some(Boolean);
    this.caption.textContent = this.drawing.words;
    this.measure?.(code);
  }

  /** Lay another image over the one that Undo brings back. */
  lay(pixels, words = DRAWING) {
    this.drawing.past.push(this.drawing.pixels);
    this.pen = null;
    Object.assign(this.drawing, { pixels, words });
    this.wake();
    if (this.encode) this.say();
  }

  put(pixels, words) {
    this.lay(pixels, words);
    this.changed(true);
  }

  undo() {
    const { past } = this.drawing;
    this.put(past.pop() ?? this.blank);
    past.pop();
  }

  async take(file) {
    const image = await import('./scan.js').then(({ scan }) => scan(file, this.vae.shape)).catch(() => null);
    if (image) this.put(image, 'your picture');
    else this.say('No ink found: that is no picture, or an empty one. The drawing stays.', true);
  }

  async centre() {
    const { fit } = await import('../core/scan.js'),
      { shape } = this.vae,
      image = fit(this.drawing.pixels, shape.slice(1), shape);
    if (image) this.put(image);
  }

  async borrow() {
    const [
        {
          images: { data, shape },
        },
        codes,
      ] = await loadTables(this.data, 'examples', 'codes'),
      i = Math.floor(Math.random() * shape[0]);
    const words = codes ? `test image ${i}, class ${this.data.class_names[codes.labels.data[i]]}` : 'a test image';
    this.put(
      this.blank.map((_, k) => data[i * this.blank.length + k] / 255),
      words,
    );
  }

  paste = ({ clipboardData: { files } }) => {
    if (files.length && this.root.matches(':hover, :focus-within')) this.take(files[0]);
  };

  dragover(event) {
    event.preventDefault();
  }

  drop(event) {
    this.dragover(event);
    this.take(event.dataTransfer.files[0]);
  }

  /** Put a pen down: 'key' or a pointer's id. */
  lower(pen, at) {
    this.lay(this.drawing.pixels.slice());
    Object.assign(this, { pen, at });
    this.draw([at]);
  }

  draw(places) {
    for (const place of places) {
      stroke(this.drawing.pixels, this.vae.shape, this.at, place);
      this.at = place;
    }
    if (!(performance.now() - this.encoded < AGAIN_MS)) this.changed(false);
    else this.waiting ??= requestAnimationFrame(() => this.changed(false));
  }

  place({ clientX, clientY }) {
    const { left, top, width } = this.paper.getBoundingClientRect();
    return [clientX - left, clientY - top].map((length) => (length / width) * this.sides[0]);
  }

  pointerdown(event) {
    if (event.target !== this.paper || event.button || !event.isPrimary) return;
    this.paper.setPointerCapture(event.pointerId);
    this.cursor.hidden = true;
    this.lower(event.pointerId, this.place(event));
  }

  follow(event) {
    if (event.pointerId === this.pen)
      this.draw([...(event.getCoalescedEvents?.() ?? []), event].map((one) => this.place(one)));
  }

  lostpointercapture({ pointerId }) {
    if (pointerId !== this.pen) return;
    this.pen = null;
    this.changed(true);
  }

  focusout() {
    this.cursor.hidden = true;
    this.lostpointercapture({ pointerId: 'key' });
  }

  keydown(event) {
    const way = event.target === this.paper && WAYS[event.key];
    if (way) this.step(way, event.key === ' ');
    else if (event.key === 'z' && (event.ctrlKey || event.metaKey)) this.undo();
    else return;
    event.preventDefault();
  }

  step(way, turns) {
    const at = this.at.map((value, k) => Math.min(this.sides[k] - 1, Math.max(0, Math.floor(value) + way[k])) + 0.5);
    if (turns && this.pen == null) this.lower('key', at);
    else if (turns) this.focusout();
    else if (this.pen) this.draw([at]);
    this.at = at;
    this.cursor.hidden = false;
    this.cursor.style = `left: ${(100 * at[0]) / this.sides[0]}%; top: ${(100 * at[1]) / this.sides[1]}%`;
    this.say(`Pen ${this.pen ? 'down' : 'up'}, column ${Math.ceil(at[0])}, row ${Math.ceil(at[1])}.`);
  }
}

async function build({ data }) {
  const store = await loadStore(data),
    board = new Board(data, store),
    { hear, stop } = conversation(store);
  document.addEventListener('paste', board.paste);
  return {
    nodes: [board.root],
    update: hear,
    stop: () => (stop(), document.removeEventListener('paste', board.paste)),
  };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);

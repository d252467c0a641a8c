// One of two maps side by side: which run it shows, its codes, and what the run makes of the marked test image.
import { el, picture } from '../kit/elements.js';
import { drawPixels } from '../kit/sample.js';
import { Scatter } from '../kit/scatter.js';
import { trained } from './trained.js';

/** @import { Layer } from '../kit/scatter.js' */
/** @import { Pair } from './maps.js' */
/** @import { Told, Trained } from './trained.js' */

const NEAR = 40; // pixels: beyond, nothing is meant
const RING = 9;

export class Side {
  /** @type {Trained | null} */
  loaded = null;
  #asked = '';

  /**
   * @param {Pair} pair
   * @param {number} place - 0 left, 1 right
   */
  constructor(pair, place) {
    const { colours, class_names: names } = pair.data;
    this.pair = pair;
    this.place = place;
    this.choice = el('select', {
      'aria-label': `Run on the ${place ? 'right' : 'left'}`,
      onchange: () => this.offer(),
    });
    this.plot = new Scatter({ colours, names, over: (...layer) => this.#drawMark(...layer) });
    this.hint = el('span', { class: 'hint' });
    this.problem = el('p', { class: 'problem', role: 'alert', hidden: true });
    this.decoded = picture('');
    this.node = el('figure', {}, el('figcaption', {}, this.choice, this.hint), this.plot.node, this.problem);
    this.#listen(this.plot.dots);
  }

  /** The run that is chosen here; if it is not among those compared any more, the one whose place this is. */
  get told() {
    const { members } = this.pair.data;
    return members.find(({ name }) => name === this.choice.value) ?? members[this.place];
  }

  /** Offer the runs that are compared now, and show the chosen one. */
  offer() {
    const { told, choice, pair } = this;
    const options = pair.data.members.map(({ name }) => el('option', { value: name }, name));
    choice.replaceChildren(...options);
    choice.value = told.name;
    const key = `${told.name} ${told.weights} ${told.tables.codes}`;
    if (key !== this.#asked) this.#load(key, told);
  }

  /**
   * @param {string} key
   * @param {Told} told
   */
  async #load(key, told) {
    this.#asked = key;
    const { pair } = this;
    this.problem.hidden = true;
    try {
      const loaded = await trained(told, pair.data.class_names.length);
      if (key !== this.#asked) return; // another run has been chosen meanwhile
      this.loaded = loaded;
      this.plot.show(loaded.shown, `The test codes of ${told.name}. Arrow keys mark another image.`);
      this.hint.textContent = `${loaded.shown.axes.filter(Boolean).join(', ')}, in σ of the prior`;
    } catch (error) {
      if (key !== this.#asked) return;
      this.#asked = ''; // the next update tries again
      this.loaded = null;
      this.problem.textContent = /** @type {Error} */ (error).message;
      this.problem.hidden = false;
    }
    this.plot.node.hidden = !this.loaded;
    pair.changed();
  }

  /** @param {HTMLCanvasElement} canvas */
  #listen(canvas) {
    canvas.tabIndex = 0;
    /** @param {PointerEvent} event */
    const point = ({ offsetX, offsetY }) => this.#point(offsetX, offsetY);
    canvas.addEventListener('pointermove', point);
    canvas.addEventListener('pointerdown', point);
    canvas.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.pair.mark(this.pair.index + step);
    });
  }

  /**
   * Mark the image whose dot is nearest to a pixel.
   *
   * @param {number} px
   * @param {number} py
   */
  #point(px, py) {
    const { loaded, pair } = this;
    if (!loaded) return;
    const view = this.plot.view();
    const [x, y] = view.toData(px, py);
    const { xy } = loaded.shown;
    let [best, least] = [-1, NEAR / view.scale];
    for (let i = 0; i < (pair.count ?? 0); i++) {
      const distance = Math.hypot(xy[2 * i] - x, xy[2 * i + 1] - y);
      if (distance < least) [best, least] = [i, distance];
    }
    if (best >= 0) pair.mark(best);
  }

  /** @type {Layer} */
  #drawMark(context, view, style) {
    const { loaded, pair } = this;
    if (!loaded || !pair.count) return;
    const { xy } = loaded.shown;
    const [x, y] = view.toPixel(xy[2 * pair.index], xy[2 * pair.index + 1]);
    for (const [width, colour] of /** @type {const} */ ([
      [6, style.background],
      [3, style.text],
    ])) {
      Object.assign(context, { lineWidth: width, strokeStyle: colour });
      context.beginPath();
      context.arc(x, y, RING, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /**
   * The mark and the decoded image of a test image; null: there is none in common.
   *
   * @param {number | null} index
   */
  show(index) {
    this.plot.drawLetters();
    const { loaded, told, decoded } = this;
    decoded.hidden = index === null || !loaded;
    if (index === null || !loaded) return;
    drawPixels(decoded, loaded.decode(index), told.spec.image_shape);
    decoded.setAttribute('aria-label', `What ${told.name} makes of test image ${index + 1}`);
  }
}

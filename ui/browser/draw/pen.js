// The pen over the paper: a pointer or the keys put it down, move it and lift it.
import { MOVE } from '../kit/frames.js';

const STEPS = { ' ': [0, 0], ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KEYS = 'keys';

/** Tells of strokes: `begin()`, `ink([[from, to], …])` again and again, `lift()`; `say(words)` where the keys are. */
export class Pen {
  constructor(paper, cursor, sides, listener) {
    this.paper = paper;
    this.cursor = cursor;
    this.sides = sides;
    this.listener = listener;
    this.at = sides.map((side) => side / 2);
    this.holder = null; // the id of a pointer, or the keys
    paper.addEventListener('pointerdown', (event) => this.#press(event));
    paper.addEventListener(MOVE, (event) => this.#follow(event));
    paper.addEventListener('lostpointercapture', ({ pointerId }) => this.#lift(pointerId));
    paper.addEventListener('keydown', (event) => this.#type(event));
    paper.addEventListener('blur', () => this.#hide());
  }

  get down() {
    return this.holder !== null;
  }

  /** Forget the stroke: another image lies on the paper. */
  drop() {
    this.holder = null;
  }

  #lower(holder, at) {
    this.listener.begin();
    this.holder = holder;
    this.at = at;
    this.#ink([at]);
  }

  #ink(places) {
    const segments = places.map((place, i) => [places[i - 1] ?? this.at, place]);
    this.at = places[places.length - 1];
    this.listener.ink(segments);
  }

  #lift(holder) {
    if (holder !== this.holder) return;
    this.holder = null;
    this.listener.lift();
  }

  #hide() {
    this.cursor.hidden = true;
    this.#lift(KEYS);
  }

  #place({ clientX, clientY }) {
    const { left, top, width } = this.paper.getBoundingClientRect();
    return [clientX - left, clientY - top].map((length) => (length / width) * this.sides[0]);
  }

  #press(event) {
    if (event.button || !event.isPrimary) return;
    this.paper.setPointerCapture(event.pointerId);
    this.cursor.hidden = true;
    this.#lower(event.pointerId, this.#place(event));
  }

  #follow(event) {
    if (event.pointerId !== this.holder) return;
    const between = event.getCoalescedEvents?.() ?? [];
    this.#ink([...between, event].map((one) => this.#place(one)));
  }

  #type(event) {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    const step = STEPS[event.key];
    const inside = (value, k) => Math.min(this.sides[k] - 1, Math.max(0, Math.floor(value) + step[k])) + 0.5;
    const at = this.at.map(inside);
    if (event.key !== ' ') {
      if (this.down) this.#ink([at]);
    } else if (this.down) this.#lift(KEYS);
    else this.#lower(KEYS, at);
    this.at = at;
    this.#show();
  }

  #show() {
    const [x, y] = this.at.map((value, k) => (100 * value) / this.sides[k]);
    this.cursor.hidden = false;
    this.cursor.style.left = `${x}%`;
    this.cursor.style.top = `${y}%`;
    const [column, row] = this.at.map(Math.ceil);
    this.listener.say(`Pen ${this.down ? 'down' : 'up'}, column ${column}, row ${row}.`);
  }
}

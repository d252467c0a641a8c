// The canvases of a pad, one above the other: the manifold, the dots, the words, and the marks that move with z.
import { contextOf, el } from '../kit/elements.js';

/** @import { Point } from '../kit/dots.js' */

const LABEL = 'Latent pad. Arrow keys move the code z, plus and minus zoom, 0 shows all, K keeps the code.';

/** What is drawn seldom lies below what is drawn at every move. */
export class Layers {
  constructor() {
    const canvas = () => el('canvas', { 'aria-hidden': 'true' });
    this.ground = canvas();
    this.dots = canvas();
    this.words = canvas();
    this.top = el('canvas', { tabindex: 0, role: 'application', 'aria-label': LABEL });
    this.all = [this.ground, this.dots, this.words, this.top];
  }

  /**
   * Give all canvases a size; returns how many of their pixels there are to one of the page.
   *
   * @param {Point} size
   */
  fit(size) {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const [width, height] = size.map((length) => Math.round(length * ratio));
    for (const canvas of this.all)
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    return ratio;
  }

  /**
   * The context of a canvas, cleaned, in pixels of the page.
   *
   * @param {HTMLCanvasElement} canvas
   * @param {number} ratio
   */
  clean(canvas, ratio) {
    const context = contextOf(canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }
}

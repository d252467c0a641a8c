// Paints one example of a data set, whatever kind of thing it is: the table of kinds.
import { contextOf } from './elements.js';

/** @import { Kind, Shape, Spec } from '../core/spec.js' */
/**
 * How examples of a kind are painted. `full` is the value that is white, or certain.
 *
 * @typedef {object} Painter
 * @property {(shape: Shape, kind: Kind) => [width: number, height: number]} size - of one example, in canvas pixels
 * @property {(context: CanvasRenderingContext2D, at: [x: number, y: number], values: ArrayLike<number>,
 *   shape: Shape, full: number, kind: Kind) => void} paint - with its upper left corner there
 * @property {(values: ArrayLike<number>, shape: Shape, kind: Kind) => string} [read] - what it says, if it says a thing
 * @property {number} across - so many side by side can still be read on half a page
 * @property {boolean} [smooth] - whether it is more than its pixels when it is enlarged
 * @property {(shape: Shape, kind: Kind) => Scales} [scales] - what is measured across and up
 */
/**
 * Both axes of a large picture: their units, and the largest value of each.
 *
 * @typedef {{ across: [unit: string, most: number], up: [unit: string, most: number] }} Scales
 */

/** @type {Kind} */
const IMAGE = { name: 'image' };

/** @type {WeakMap<CanvasRenderingContext2D, ImageData>} */
const buffers = new WeakMap();

/**
 * A buffer of that size, kept with the context.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 */
function bufferOf(context, width, height) {
  const known = buffers.get(context);
  if (known && known.width === width && known.height === height) return known;
  const buffer = new ImageData(width, height);
  buffers.set(context, buffer);
  return buffer;
}

/** @type {Painter} */
const image = {
  size: ([, height, width]) => [width, height],
  paint(context, at, values, [channels, height, width], full) {
    const buffer = bufferOf(context, width, height);
    fillRgba(buffer.data, values, channels, height * width, 255 / full);
    context.putImageData(buffer, ...at);
  },
  across: 12,
};
/**
 * The table of kinds; all but images come with the first model of their kind.
 *
 * @type {Record<string, () => Promise<Painter>>}
 */
const KINDS = {
  image: async () => image,
  word: async () => (await import('./words.js')).word,
  sound: async () => (await import('./sound.js')).sound,
};
/** The painters that are here. @type {Map<string, Painter>} */
const painters = new Map();

/** What the examples of each shape on this page are. @type {Map<string, Kind>} */
const known = new Map();

/**
 * Tell what the examples of a model are, and wait for what paints them, before any of them is painted.
 *
 * @param {Pick<Spec, 'image_shape' | 'kind'>} spec
 */
export async function describe({ image_shape: shape, kind = IMAGE }) {
  const { name } = kind;
  if (!painters.has(name)) painters.set(name, await (KINDS[name] ?? KINDS.image)());
  known.set(shape.join(), kind);
}

/** @param {Shape} shape */
export const kindOf = (shape) => known.get(shape.join()) ?? IMAGE;
/** @param {Shape} shape */
const painterOf = (shape) => painters.get(kindOf(shape).name) ?? image;
/** What one example of a shape is called: image, word, sound. @param {Shape} shape */
export const noun = (shape) => String(kindOf(shape).unit ?? IMAGE.name);
/** Whether a brush makes sense on examples of a shape. @param {Shape} shape */
export const canBeDrawn = (shape) => kindOf(shape).name === IMAGE.name;
/** What is measured across and up in a picture of a shape, if anything is. @param {Shape} shape */
export const scalesOf = (shape) => painterOf(shape).scales?.(shape, kindOf(shape));

/**
 * What paints examples of a shape, and how large they are.
 *
 * @param {Shape} shape
 */
export function painter(shape) {
  const kind = kindOf(shape);
  const { size, paint, read, across, smooth = false } = painterOf(shape);
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {[x: number, y: number]} at
   * @param {ArrayLike<number>} values
   * @param {number} [full]
   */
  const draw = (context, at, values, full = 1) => paint(context, at, values, shape, full, kind);
  const [width, height] = size(shape, kind);
  return {
    size: /** @type {[width: number, height: number]} */ ([width, height]),
    draw,
    /** What an example says. @param {ArrayLike<number>} values */
    says: (values) => read?.(values, shape, kind) ?? '',
    /** How many stand side by side, and one above the other, in a square. @type {[across: number, up: number]} */
    square: [across, Math.round((across * width) / height)],
    smooth,
  };
}

/**
 * Give a canvas of examples the right sides on the page.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {[width: number, height: number]} size
 * @param {boolean} smooth
 */
export function proportion(canvas, [width, height], smooth) {
  Object.assign(canvas, { width, height });
  Object.assign(canvas.style, { aspectRatio: `${width} / ${height}`, imageRendering: smooth ? 'auto' : '' });
}

/**
 * Draw an example (channels first, 0 to `full`) into a canvas of its own size.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values
 * @param {Shape} shape
 * @param {number} [full]
 */
export function drawPixels(canvas, values, shape, full = 1) {
  const { size, draw, says, smooth } = painter(shape);
  if (canvas.width !== size[0] || canvas.height !== size[1]) proportion(canvas, size, smooth);
  draw(contextOf(canvas), [0, 0], values, full);
  const words = says(values);
  if (canvas.title !== words) canvas.title = words;
}

/**
 * What makes grey or colour pixels (channels first, 0 to 255) of examples in 0 to 255, as a GIF takes them.
 *
 * @param {Shape} shape
 * @param {number} most - pixels across, of what is more than its pixels
 * @returns {{ shape: Shape, pixelsOf: (values: ArrayLike<number>) => ArrayLike<number> }}
 */
export function raster(shape, most) {
  const { size, draw, smooth } = painter(shape);
  if (!smooth) return { shape, pixelsOf: (values) => values };
  const [width, height] = size.map((side) => Math.round((side * most) / size[0]));
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = contextOf(canvas);
  context.scale(width / size[0], height / size[1]);
  const pixelsOf = (/** @type {ArrayLike<number>} */ values) => {
    draw(context, [0, 0], values, 255);
    const { data } = context.getImageData(0, 0, width, height);
    return Uint8ClampedArray.from({ length: width * height }, (_, i) => data[4 * i]);
  };
  return { shape: [1, height, width], pixelsOf };
}

/**
 * Write pixels as RGBA bytes. One channel is grey; of several, the first and the last two are red, green and blue.
 *
 * @param {Uint8ClampedArray} rgba
 * @param {ArrayLike<number>} pixels
 * @param {number} channels
 * @param {number} area
 * @param {number} [scale]
 */
export function fillRgba(rgba, pixels, channels, area, scale = 255) {
  const green = (channels > 2 ? 1 : 0) * area;
  const blue = (channels - 1) * area;
  for (let i = 0; i < area; i++) {
    rgba[4 * i] = pixels[i] * scale;
    rgba[4 * i + 1] = pixels[green + i] * scale;
    rgba[4 * i + 2] = pixels[blue + i] * scale;
    rgba[4 * i + 3] = 255;
  }
}

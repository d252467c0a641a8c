// What Python tells a widget: types for the checker, never loaded by a browser.

/** @import { Tensor } from '../core/safetensors.js' */
/** @import { Spec } from '../core/spec.js' */

/**
 * @typedef {{ mu: Tensor, labels: Tensor<Uint8Array>, groups?: Tensor<Uint8Array> }} Codes - the posterior means of the
 *   test images, their classes, and their second labels where they have any
 * @typedef {{ logvar: Tensor }} Widths - their log-variances
 * @typedef {{ images: Tensor<Uint8Array>, labels?: Tensor<Uint8Array> }} Examples - the first ones, channels first
 * @typedef {{ xy: Tensor }} Projected - the codes on a map
 * @typedef {{ examples: Examples, stand_ins: Examples }} Shown - test images; training images in their place
 * @typedef {{ codes: Codes, widths: Widths, pca: Projected, umap: Projected } & Shown} Tables
 */

/**
 * What every widget that shows a model is told; weights and tables as URLs.
 *
 * @typedef {object} Model
 * @property {Spec} spec
 * @property {number} pixel_std
 * @property {string | null} weights
 * @property {string | null} encoder
 * @property {{ [Name in keyof Tables]?: string | null }} tables
 * @property {Record<string, string>} symbols - the colours of x, mu, sigma, eps, z and x_hat
 * @property {string[]} colours - of the classes
 * @property {string[]} class_names
 * @property {{ name: string, names: string[] } | null} groups - what a second label is, and what each stands for
 * @property {number[] | null} kl - per dimension, nats
 */

/**
 * What a widget that shares its state with others is told besides.
 *
 * @typedef {object} Wish
 * @property {string} token - another one for each wish of the address
 * @property {Record<string, string>} state - as the address has it
 * @property {string[]} tells - the keys that Python wants to hear of
 */

/** @typedef {Model & Wish} ModelData */

export {};

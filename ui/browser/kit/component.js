// What Streamlit hands a widget, and what a widget is: types for the checker, never loaded by a browser.

/** @typedef {Record<string, unknown>} Data - What `ui/widgets.py` sends. */

/**
 * What Streamlit hands over, again whenever data or theme change.
 *
 * @template {Data} Sent
 * @typedef {object} Component
 * @property {Sent} data
 * @property {ParentNode} parentElement
 * @property {(name: string, value: unknown) => void} setStateValue - tells Python
 */

/**
 * A widget that is there.
 *
 * @template {Data} Sent
 * @typedef {{ nodes: Node[], update: (component: Component<Sent>) => unknown, stop: () => unknown }} Live
 */

/**
 * @template {Data} Sent
 * @typedef {(component: Component<Sent>) => Promise<Live<Sent>>} Build
 */

export {};

// The style sheets of the widgets, which live in shadow roots: each is downloaded once per page.

/** @type {Map<string, Promise<CSSStyleSheet>>} */
const sheets = new Map();

/** @param {string} url */
async function fetchSheet(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error('The look of this widget could not be loaded. Reload the page.');
  return new CSSStyleSheet().replace(await response.text());
}

/** @param {URL} url */
function loadSheet({ href }) {
  const sheet = sheets.get(href) ?? fetchSheet(href);
  sheets.set(href, sheet);
  sheet.catch(() => sheets.delete(href)); // the next mount tries again
  return sheet;
}

/**
 * Give the tree around a node the look of all widgets and, if it has one, of its room.
 *
 * @param {Node} node
 * @param {URL} [room]
 */
export async function adoptStyles(node, room) {
  const scope = /** @type {Document | ShadowRoot} */ (node.getRootNode());
  const kit = new URL('./kit.css', import.meta.url);
  const urls = room ? [kit, room] : [kit];
  for (const sheet of await Promise.all(urls.map(loadSheet))) {
    if (!scope.adoptedStyleSheets.includes(sheet)) scope.adoptedStyleSheets.push(sheet);
  }
}

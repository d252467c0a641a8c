// What is loaded once and shared by all who ask: the latest is kept, what is older only while somebody still uses it.

const MOST = 24; // the tables and halves of some three models

/** @type {Map<string, Promise<object>>} */
const loading = new Map();
/** @type {Map<string, object>} */
const kept = new Map(); // from the oldest to the latest
/** @type {Map<string, WeakRef<object>>} */
const known = new Map();

/**
 * @param {string} key
 * @param {object} value
 */
function keep(key, value) {
  kept.delete(key);
  kept.set(key, value);
  known.set(key, new WeakRef(value));
  const [oldest] = kept.keys();
  if (kept.size > MOST) kept.delete(oldest);
}

/**
 * What `make` promises under a key; a failure is forgotten, so that the next wish tries again.
 *
 * @template {object} Value
 * @param {string} key
 * @param {() => Promise<Value>} make
 * @returns {Promise<Value>}
 */
export async function once(key, make) {
  const value = known.get(key)?.deref() ?? (await (loading.get(key) ?? load(key, make)));
  keep(key, value);
  return /** @type {Value} */ (value);
}

/**
 * @param {string} key
 * @param {() => Promise<object>} make
 */
function load(key, make) {
  const promise = make().finally(() => loading.delete(key));
  loading.set(key, promise);
  return promise;
}

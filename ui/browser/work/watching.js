// Watches a training by plain HTTP: asks for what is new once a second while it lives, and less often when it does not.

/** @import { Mark, Row } from '../core/moments.js' */
/**
 * @typedef {object} State
 * @property {string} word
 * @property {string} message
 * @property {number} fraction
 * @property {number} ahead
 * @property {number | null} silent - seconds since a live training last said what it does
 * @property {boolean} suspended
 */
/**
 * @typedef {object} Status
 * @property {number} step
 * @property {number} epoch
 * @property {number} per_epoch
 * @property {number} total
 * @property {number} seconds
 * @property {number} images_per_second
 * @property {boolean} paused
 * @property {boolean} stopping
 * @property {number} beta
 * @property {number} learning_rate
 * @property {number} slow
 */
/**
 * @typedef {object} News
 * @property {string} life
 * @property {State} state
 * @property {Status | null} status
 * @property {Row[]} rows
 * @property {Mark[]} events
 * @property {{ rows: number, events: number }} at
 * @property {{ token: string, all: [step: number, url: string][] } | null} snapshots
 * @property {string | null} stage
 * @property {string | null} weights
 */

const LIVE_MS = 1000;
const STARTING_MS = 200; // until there is something to see
const IDLE_MS = 4000;
const WAITING = { word: 'absent', message: '', fraction: 0, ahead: 0, silent: null, suspended: false };

/** What is known of a training; `changed` is called after every answer, and when none comes. */
export class Watcher {
  /**
   * @param {string} url
   * @param {() => void} changed
   */
  constructor(url, changed) {
    this.url = url;
    this.changed = changed;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Mark[]} */
    this.events = [];
    /** @type {[step: number, url: string][]} */
    this.snapshots = [];
    /** @type {State} */
    this.state = WAITING;
    /** @type {Status | null} */
    this.status = null;
    /** @type {string | null} */
    this.stage = null;
    this.problem = '';
    this.known = { life: '', rows: 0, events: 0, snapshots: '' };
    this.stopped = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.again = () => this.ask();
    document.addEventListener('visibilitychange', this.again);
  }

  get live() {
    return this.state.word === 'running' || this.state.word === 'waiting';
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.again);
  }

  /** Ask now, and again when it is time; nothing is asked while nobody looks. */
  async ask() {
    clearTimeout(this.timer);
    if (this.stopped || document.hidden) return;
    try {
      await this.#fetch();
    } catch {
      this.problem = 'No answer from the server; trying again.';
    }
    if (this.stopped) return;
    this.changed();
    clearTimeout(this.timer);
    this.timer = setTimeout(this.again, this.#pause);
  }

  /** Milliseconds until it is asked again. */
  get #pause() {
    if (this.problem) return LIVE_MS;
    if (!this.live) return IDLE_MS;
    return this.snapshots.length ? LIVE_MS : STARTING_MS;
  }

  async #fetch() {
    const { life, rows, events, snapshots } = this.known;
    const query = new URLSearchParams({ life, rows: String(rows), events: String(events), snapshots });
    const response = await fetch(`${this.url}?${query}`, { cache: 'no-store' });
    if (!response.ok) {
      this.problem = (await response.text()).slice(0, 200);
      return;
    }
    this.problem = '';
    this.hear(await response.json());
  }

  /** @param {News} news */
  hear(news) {
    const anew = news.life !== this.known.life;
    const first = news.rows[0]?.step ?? Infinity;
    // A training that was taken up writes what lies beyond its state again.
    this.rows = [...(anew ? [] : this.rows.filter(({ step }) => step < first)), ...news.rows];
    this.events = [...(anew ? [] : this.events), ...news.events];
    if (news.snapshots) this.snapshots = news.snapshots.all;
    const token = news.snapshots?.token ?? this.known.snapshots;
    this.known = { life: news.life, ...news.at, snapshots: token };
    this.state = news.state;
    this.status = news.status;
    this.stage = news.stage;
  }
}

/**
 * Ask the server to do something with a training; what it answers, or an Error with its sentence.
 *
 * @param {string} url
 * @param {Record<string, unknown>} what
 * @returns {Promise<{ run?: string }>}
 */
export async function post(url, what) {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(what) }).catch(() => {
    throw new Error('The server cannot be reached.');
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text.slice(0, 300) || `The server answered ${response.status}.`);
  return text ? JSON.parse(text) : {};
}

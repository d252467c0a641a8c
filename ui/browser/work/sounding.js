// One voice for a whole page: makes a sound of an example in a worker, and plays it.
import { levelled, soundOf } from '../core/spectrogram.js';
import { kindOf } from '../kit/sample.js';

/** @import { Sound } from '../core/spectrogram.js' */
/** @import { Shape } from '../core/spec.js' */
/** @typedef {{ id: number, values: ArrayLike<number>, shape: Shape, sound: Sound, full: number }} Job */
/** @typedef {{ id: number, samples: Float32Array<ArrayBuffer> }} Done */
/** @typedef {{ id: number, end: () => void }} Turn - what is being made, or sounds; `end` once it is over. */

const REST_MS = 20000; // a worker that nobody has asked for so long ends

class Voice {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {AudioBufferSourceNode | null} */
  #source = null;
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Turn} */
  #turn = { id: 0, end: () => undefined };
  #busy = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;

  get busy() {
    return this.#busy;
  }

  /** Whatever sounded before ends; `start(id)` begins the next. @param {(id: number) => void} start */
  #next(start) {
    this.stop();
    this.#busy = true;
    this.#context ??= new AudioContext();
    this.#context.resume().catch(() => undefined); // without a hand on the page a browser lets nothing sound
    const id = this.#turn.id + 1;
    return new Promise((resolve) => {
      this.#turn = { id, end: () => resolve(undefined) };
      start(id);
    });
  }

  /**
   * Play an example, 0 to `full`; resolves when it has ended or something else sounds.
   *
   * @param {ArrayLike<number>} values
   * @param {Shape} shape
   * @param {number} [full]
   */
  play(values, shape, full = 1) {
    const sound = soundOf(kindOf(shape));
    // Copied, because the decoder writes over what it returned.
    return this.#next((id) =>
      this.#ask({ id, values: Float32Array.from(values), shape, sound, full }, (samples) =>
        this.#sound(id, samples, sound.rate),
      ),
    );
  }

  /**
   * Play samples; resolves as `play` does.
   *
   * @param {Float32Array} samples
   * @param {number} rate
   */
  playSamples(samples, rate) {
    return this.#next((id) => this.#sound(id, levelled(samples), rate));
  }

  /**
   * @param {Job} job
   * @param {(samples: Float32Array<ArrayBuffer>) => void} hear
   */
  #ask(job, hear) {
    this.#worker ??= new Worker(new URL('./sounding.worker.js', import.meta.url), { type: 'module' });
    this.#worker.onmessage = (/** @type {MessageEvent<Done>} */ { data }) => {
      if (data.id === this.#turn.id) hear(data.samples);
    };
    this.#worker.onerror = () => this.#end();
    this.#worker.postMessage(job);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#end(), REST_MS);
  }

  #end() {
    this.stop();
    this.#worker?.terminate();
    this.#worker = null;
  }

  /**
   * @param {number} id
   * @param {Float32Array<ArrayBuffer>} samples
   * @param {number} rate
   */
  #sound(id, samples, rate) {
    if (id !== this.#turn.id || !this.#context) return;
    const buffer = this.#context.createBuffer(1, samples.length, rate);
    buffer.copyToChannel(samples, 0);
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    source.onended = () => {
      if (this.#source === source) this.stop();
    };
    this.#source = source;
    source.start();
  }

  stop() {
    const { end, id } = this.#turn;
    this.#busy = false;
    this.#turn = { id, end: () => undefined };
    const source = this.#source;
    this.#source = null;
    source?.stop();
    end();
  }
}

export const voice = new Voice();

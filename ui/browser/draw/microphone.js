// Sound from a microphone or a file, as samples of one channel at a set's rate.

/** @typedef {{ stop: () => void, done: Promise<Blob> }} Recording - `done` resolves once it has been stopped. */

const LONGEST_MS = 4000;
const CLOSED =
  'A browser lends its microphone only to a page that came by https or from this machine (localhost). ' +
  'Open a sound file instead.';
const REFUSED = 'The microphone is not there, or the page may not use it. Allow it in the browser, or open a file.';
const UNREADABLE = 'That is no sound that this browser can read. Take a WAV file.';

/** @returns {Promise<MediaStream>} */
function listen() {
  const devices = /** @type {MediaDevices | undefined} */ (navigator.mediaDevices);
  if (!devices) throw new Error(CLOSED);
  return devices.getUserMedia({ audio: true }).catch(() => {
    throw new Error(REFUSED);
  });
}

/**
 * Begin to record, for some seconds at most; throws an Error whose message says what stands in the way.
 *
 * @returns {Promise<Recording>}
 */
export async function record() {
  const stream = await listen();
  const recorder = new MediaRecorder(stream);
  /** @type {Blob[]} */
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const timer = setTimeout(() => recorder.stop(), LONGEST_MS);
  /** @type {Promise<Blob>} */
  const done = new Promise((resolve) => {
    recorder.onstop = () => {
      clearTimeout(timer);
      for (const track of stream.getTracks()) track.stop();
      resolve(new Blob(parts, { type: recorder.mimeType }));
    };
  });
  recorder.start();
  return { stop: () => recorder.state === 'recording' && recorder.stop(), done };
}

/**
 * The samples in a recording or a file, its channels averaged; throws an Error if there are none.
 *
 * @param {Blob} blob
 * @param {number} rate - samples a second that are wanted
 */
export async function samplesOf(blob, rate) {
  const context = new OfflineAudioContext(1, 1, rate); // which decodes at its own rate
  const buffer = await context.decodeAudioData(await blob.arrayBuffer()).catch(() => {
    throw new Error(UNREADABLE);
  });
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  return channels[0].map((_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
}

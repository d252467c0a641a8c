// Jobs of a web worker, done in slices, so that a newer wish is heard between two of them.

/** The most milliseconds of a slice. */
export const SLICE_MS = 12;

const { port1, port2 } = new MessageChannel();

// A message to oneself waits behind those that have come; a timer would wait longer.
const pause = () =>
  new Promise((resume) => {
    port1.onmessage = resume;
    port2.postMessage(0);
  });

/**
 * The function that takes a job on a channel, where a newer one replaces the older; all channels advance in turn.
 *
 * @template {object} Job
 * @param {(job: Job) => boolean} slice - does some of a job and says whether it is done
 */
export function queue(slice) {
  /** @type {Map<string, Job>} */
  const jobs = new Map();
  let working = false;
  const work = async () => {
    while (jobs.size) {
      for (const [channel, job] of [...jobs]) {
        if (jobs.get(channel) !== job) continue;
        if (slice(job)) jobs.delete(channel);
        await pause();
      }
    }
    working = false;
  };
  /**
   * @param {string} channel
   * @param {Job} job
   */
  return (channel, job) => {
    jobs.set(channel, job);
    if (working) return;
    working = true;
    work().catch(reportError); // the page forgets a worker that failed
  };
}

// Owns time as a parameter: the wall clock for stamps, the monotonic clock for waits, and waits that can be given up.
export interface Clock {
  /** Milliseconds UTC. */
  now(): number;
  /** Milliseconds that never jump. */
  monotonic(): number;
  /** Resolves after the time; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Runs later, unless it is called off by what it gives back: for deadlines, of which nearly all are called off. */
  after(milliseconds: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', give);
        resolve();
      }, milliseconds);
      const give = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', give, { once: true });
    }),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Full jitter: any wait from nothing to the doubling bound, so that many who lost the same peer do not return together. */
export function backoff(attempt: number, first: number, most: number, random: () => number): number {
  return random() * Math.min(most, first * 2 ** Math.min(attempt, 20));
}

// Owns a clock for tests that moves only when it is told to, and wakes its sleepers in order.
import type { Clock } from './clock.ts';

export class FakeClock implements Clock {
  #time: number;
  #sleepers: { at: number; wake: () => void }[] = [];
  /** How far the wall clock is from the monotonic one. */
  wallOffset = 0;

  constructor(start = 0) {
    this.#time = start;
  }

  now(): number {
    return this.#time + this.wallOffset;
  }

  monotonic(): number {
    return this.#time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { at: this.#time + milliseconds, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  after(milliseconds: number, run: () => void): () => void {
    const sleeper = { at: this.#time + milliseconds, wake: run };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
    };
  }

  /** Lets time pass up to the next moment in which somebody wakes. */
  async advanceToNext(): Promise<void> {
    await settle();
    const next = this.#sleepers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
    if (next < Number.POSITIVE_INFINITY) await this.advance(next - this.#time);
  }

  /** Lets time pass; whoever wakes may go to sleep again within it. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#time + milliseconds;
    for (;;) {
      await settle();
      const next = this.#sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((one) => one !== next);
      this.#time = Math.max(this.#time, next.at);
      next.wake();
    }
    this.#time = end;
    await settle();
  }
}

/** Everything that is ready to run has run. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

// Owns listening: runs the sources that tell their readings by themselves, beside those that are asked.
import { aborted, backoff, type Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Sample } from '../core/sample.ts';
import { News, type NewsLimits } from './news.ts';
import { type PushedSource, tellChange } from './source.ts';

export type Pushed = { source: PushedSource; limits: NewsLimits };

export type FollowerOptions = {
  clock: Clock;
  log: Log;
  deliver: (samples: readonly Sample[]) => void;
  random?: () => number;
};

const longestRest = 60_000;

type Followed = { stop: AbortController; running: Promise<void> };

export class Follower {
  readonly #options: Required<FollowerOptions>;
  readonly #followed = new Map<PushedSource, Followed>();
  readonly #news = new News();

  constructor(options: FollowerOptions) {
    this.#options = { random: Math.random, ...options };
  }

  /** Begins what is new and ends what is gone; what stays is not touched. Resolves when what is gone has ended. */
  async set(pushed: readonly Pushed[]): Promise<void> {
    const wanted = new Set(pushed.map(({ source }) => source));
    const gone = [...this.#followed].filter(([source]) => !wanted.has(source));
    for (const [source, { stop }] of gone) {
      this.#followed.delete(source);
      stop.abort();
    }
    for (const one of pushed) if (!this.#followed.has(one.source)) this.#followed.set(one.source, this.#begin(one));
    await Promise.all(gone.map(([, { running }]) => running));
  }

  async run(signal: AbortSignal): Promise<void> {
    await aborted(signal);
    await this.set([]);
  }

  #begin(pushed: Pushed): Followed {
    const stop = new AbortController();
    return { stop, running: this.#follow(pushed, stop.signal) };
  }

  /** A mistake of ours with one source must not cost the plant its other meters, nor this one what it tells next. */
  async #follow({ source, limits }: Pushed, signal: AbortSignal): Promise<void> {
    const { clock, log, deliver, random } = this.#options;
    let wasDown = false;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await source.follow((samples) => {
          tellChange(log, source, wasDown);
          wasDown = source.fault !== undefined;
          if (!wasDown) attempt = 0;
          const news = this.#news.select(samples, limits);
          if (news.length > 0) deliver(news);
        }, signal);
        if (signal.aborted) return;
        throw new Error(`${source.meter} is no longer followed`);
      } catch (mistake) {
        log.error({ event: 'follow_failed', meter: source.meter, err: mistake }, 'a mistake in following a meter');
      }
      await clock.sleep(backoff(attempt, 1_000, longestRest, random), signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
  }
}

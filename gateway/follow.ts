// Owns listening: runs the sources that tell their readings by themselves, beside those that are asked.
import type { Log } from '../core/log.ts';
import type { Sample } from '../core/sample.ts';
import { News, type NewsLimits } from './news.ts';
import { type PushedSource, tellChange } from './source.ts';

export type Pushed = { source: PushedSource; limits: NewsLimits };

export type FollowerOptions = { log: Log; deliver: (samples: readonly Sample[]) => void };

type Followed = { stop: AbortController; running: Promise<void> };

export class Follower {
  readonly #options: FollowerOptions;
  readonly #followed = new Map<PushedSource, Followed>();
  readonly #news = new News();
  readonly #failed = Promise.withResolvers<never>();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#failed.promise.catch(() => undefined); // heard by whoever waits in run()
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
    await Promise.allSettled(gone.map(([, { running }]) => running)); // a mistake among them was told by run()
  }

  /** Runs until the signal; rejects only on a mistake of ours. */
  async run(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([aborted, this.#failed.promise]);
    await this.set([]);
  }

  #begin({ source, limits }: Pushed): Followed {
    const { log, deliver } = this.#options;
    const stop = new AbortController();
    let wasDown = false;
    const follow = async () => {
      await source.follow((samples) => {
        tellChange(log, source, wasDown);
        wasDown = source.fault !== undefined;
        const news = this.#news.select(samples, limits);
        if (news.length > 0) deliver(news);
      }, stop.signal);
      if (!stop.signal.aborted) throw new Error(`${source.meter} is no longer followed`);
    };
    const running = follow();
    running.catch((error: unknown) => this.#failed.reject(error));
    return { stop, running };
  }
}

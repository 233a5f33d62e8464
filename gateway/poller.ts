// Owns when each source is read: an absolute schedule on the monotonic clock, spread over the period, never queued.
import { aborted, backoff, type Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Sample } from '../core/sample.ts';
import { DeadTime } from './dead-time.ts';
import { News, type NewsLimits } from './news.ts';
import { type PollClass, type PolledSource, pollClasses, tellChange } from './source.ts';

export type Polled = {
  source: PolledSource;
  periods: Record<PollClass, number>;
  limits: NewsLimits;
  /** What the source shares with others: time that dead devices cost them is rationed. */
  line?: { readonly wasted: number };
};

export type PollCounts = { reads: number; failed: number; skipped: number };

export type PollerOptions = {
  clock: Clock;
  log: Log;
  deliver: (samples: readonly Sample[]) => void;
  /** How late each read began, in milliseconds. */
  onTick?: (late: number) => void;
  random?: () => number;
};

const failuresBeforeRest = 3;
const firstRest = 1_000;
const longestRest = 60_000;

type Device = { polled: Polled; stop: AbortController; running: Promise<void>; failures: number; restsUntil: number };

export class Poller {
  readonly counts: PollCounts = { reads: 0, failed: 0, skipped: 0 };
  readonly #options: Required<PollerOptions>;
  readonly #devices = new Map<PolledSource, Device>();
  readonly #news = new News();
  readonly #deadTime: DeadTime;

  constructor(options: PollerOptions) {
    this.#options = { onTick: () => undefined, random: Math.random, ...options };
    this.#deadTime = new DeadTime(options.clock);
  }

  /** Begins what is new and ends what is gone; what stays misses no tick. Resolves when what is gone has ended. */
  async set(polled: readonly Polled[]): Promise<void> {
    const wanted = new Set(polled.map(({ source }) => source));
    const gone = [...this.#devices.values()].filter(({ polled: { source } }) => !wanted.has(source));
    for (const {
      stop,
      polled: { source },
    } of gone) {
      this.#devices.delete(source);
      stop.abort();
    }
    for (const one of polled) {
      const known = this.#devices.get(one.source);
      if (known === undefined) this.#devices.set(one.source, this.#begin(one));
      else known.polled = one;
    }
    await Promise.all(gone.map(({ running }) => running));
  }

  async run(signal: AbortSignal): Promise<void> {
    await aborted(signal);
    await this.set([]);
  }

  #begin(polled: Polled): Device {
    const stop = new AbortController();
    const device: Device = { polled, stop, running: Promise.resolve(), failures: 0, restsUntil: 0 };
    device.running = Promise.all(pollClasses.map((pollClass) => this.#loop(device, pollClass))).then(() => undefined);
    return device;
  }

  async #loop(device: Device, pollClass: PollClass): Promise<void> {
    const { clock, onTick } = this.#options;
    const { source, periods } = device.polled;
    const period = periods[pollClass];
    let due = Math.floor(clock.monotonic() / period) * period + phaseOf(`${source.meter}/${pollClass}`, period);
    while (await this.#waitUntil(due, device.stop.signal)) {
      if (this.#mayAsk(device)) {
        onTick(clock.monotonic() - due);
        await this.#read(device, pollClass).catch((mistake: unknown) => this.#tellMistake(device, mistake));
      }
      due = this.#nextDue(due, period, device);
    }
  }

  /** A device that is down is asked now and then, and only while its line has time to waste. */
  #mayAsk({ polled: { line }, failures, restsUntil }: Device): boolean {
    if (failures < failuresBeforeRest) return true;
    return this.#options.clock.monotonic() >= restsUntil && (line === undefined || this.#deadTime.isLeft(line));
  }

  async #read(device: Device, pollClass: PollClass): Promise<void> {
    const { deliver } = this.#options;
    const { source, limits } = device.polled;
    const wasDown = source.fault !== undefined;
    const samples = await source.read(pollClass);
    if (samples.length === 0) return; // nothing of this speed
    this.counts.reads++;
    tellChange(this.#options.log, source, wasDown);
    if (source.fault === undefined) device.failures = 0;
    else this.#countFailure(device);
    deliver(this.#news.select(samples, limits));
  }

  #countFailure(device: Device): void {
    const { clock, random } = this.#options;
    this.counts.failed++;
    device.failures++;
    if (device.failures < failuresBeforeRest) return;
    const most = Math.min(longestRest, firstRest * 2 ** Math.min(device.failures - failuresBeforeRest, 10));
    device.restsUntil = clock.monotonic() + most / 2 + backoff(0, most / 2, most / 2, random);
  }

  /** A mistake of ours with one device must not cost the plant its other meters, nor this one its next answer. */
  #tellMistake(device: Device, mistake: unknown): void {
    this.#countFailure(device);
    const { meter } = device.polled.source;
    this.#options.log.error({ event: 'read_failed', meter, err: mistake }, 'a mistake in reading a meter');
  }

  /** The next tick that is still ahead: ticks that passed meanwhile are counted, not made up for. */
  #nextDue(due: number, period: number, { failures }: Device): number {
    const missed = Math.max(0, Math.floor((this.#options.clock.monotonic() - due) / period));
    if (failures === 0) this.counts.skipped += missed;
    return due + (missed + 1) * period;
  }

  async #waitUntil(due: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const { clock } = this.#options;
    const wait = due - clock.monotonic();
    try {
      if (wait > 0) await clock.sleep(wait, signal);
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }
}

/** Spreads sources over the period, the same way at every start (FNV-1a). */
function phaseOf(name: string, period: number): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % Math.max(1, Math.floor(period));
}

// Owns when each source is read: an absolute schedule on the monotonic clock, spread over the period, never queued.
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import { levelOf } from '../core/quality.ts';
import { type Sample, seriesName } from '../core/sample.ts';
import { type PollClass, type PolledSource, pollClasses } from './source.ts';

export type Polled = { source: PolledSource; periods: Record<PollClass, number> };

export type PollCounts = { reads: number; failed: number; skipped: number };

const failuresBeforeRest = 3;
const longestRest = 60_000;

export class Poller {
  readonly counts: PollCounts = { reads: 0, failed: 0, skipped: 0 };
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #deliver: (samples: readonly Sample[]) => void;
  /** The quality under which a series was last reported: the same trouble is told once, not at every poll. */
  readonly #reported = new Map<string, number>();

  constructor(options: { clock: Clock; log: Log; deliver: (samples: readonly Sample[]) => void }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#deliver = options.deliver;
  }

  /** Runs until the signal; rejects only on a mistake of ours. */
  async run(polled: readonly Polled[], signal: AbortSignal): Promise<void> {
    const loops = polled.flatMap(({ source, periods }) =>
      pollClasses.map((pollClass) => this.#loop(source, pollClass, periods[pollClass], signal)),
    );
    await Promise.all(loops);
  }

  async #loop(source: PolledSource, pollClass: PollClass, period: number, signal: AbortSignal): Promise<void> {
    const phase = phaseOf(`${source.meter}/${pollClass}`, period);
    let due = Math.floor(this.#clock.monotonic() / period) * period + phase;
    let failures = 0;
    while (await this.#waitUntil(due, signal)) {
      const wasDown = source.fault !== undefined;
      const samples = await source.read(pollClass);
      this.counts.reads++;
      this.#tellChange(source, wasDown);
      failures = source.fault === undefined ? 0 : failures + 1;
      if (failures > 0) this.counts.failed++;
      this.#deliver(samples.filter((sample) => this.#isNews(sample)));
      const rest =
        failures < failuresBeforeRest ? 0 : Math.min(longestRest, 1_000 * 2 ** (failures - failuresBeforeRest));
      due = this.#nextDue(due, period, rest);
    }
  }

  /** The next tick that is still ahead: ticks that passed meanwhile are counted, not made up for. */
  #nextDue(due: number, period: number, rest: number): number {
    const now = this.#clock.monotonic();
    const missed = Math.max(0, Math.floor((now - due) / period));
    if (rest === 0) this.counts.skipped += missed;
    const next = due + (missed + 1) * period;
    return rest <= period ? next : next + Math.ceil((rest - period) / period) * period;
  }

  async #waitUntil(due: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const wait = due - this.#clock.monotonic();
    try {
      if (wait > 0) await this.#clock.sleep(wait, signal);
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  #tellChange(source: PolledSource, wasDown: boolean): void {
    const isDown = source.fault !== undefined;
    if (isDown === wasDown) return;
    const { meter } = source;
    if (isDown) this.#log.warn({ event: 'source_down', meter, reason: messageOf(source.fault) }, 'source down');
    else this.#log.info({ event: 'source_back', meter }, 'source back');
  }

  #isNews(sample: Sample): boolean {
    const name = seriesName(sample);
    const before = this.#reported.get(name);
    this.#reported.set(name, sample.quality);
    return levelOf(sample.quality) !== 'bad' || before !== sample.quality;
  }
}

/** Spreads sources over the period, the same way at every start (FNV-1a). */
function phaseOf(name: string, period: number): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % Math.max(1, Math.floor(period));
}

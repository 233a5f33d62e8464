// Owns group commit: what arrives within a moment goes to the store together, and is acknowledged when it is there.
import { backoff, type Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import { type Range, RangeSet } from '../core/ranges.ts';
import type { Batch } from '../core/sample.ts';
import type { Committed, RefuseReadings, Store } from '../core/store.ts';

export type Stored = { gateway: string; epoch: number; ranges: Range[] };

export type CommitterOptions = {
  store: Store;
  clock: Clock;
  log: Log;
  /** Comes before every commit. */
  beforeCommit?: (batches: readonly Batch[]) => void;
  acknowledge: (stored: Stored) => void;
  /** Takes what the database will never take; without it, such a commit fails. */
  refuse?: RefuseReadings;
  /** Follows every commit, in their order. */
  onCommitted: (batches: readonly Batch[], committed: Committed) => void | Promise<void>;
  every?: number;
  mostRows?: number;
};

export type CommitCounts = { commits: number; batches: number; samples: number; duplicates: number; failures: number };

/** By how much a commit may exceed what starts one. */
const mostAtOnce = 5;

export class Committer {
  readonly counts: CommitCounts = { commits: 0, batches: 0, samples: 0, duplicates: 0, failures: 0 };
  readonly #options: Required<Omit<CommitterOptions, 'refuse'>> & Pick<CommitterOptions, 'refuse'>;
  /** Bounded by the windows of the gateways: they send no more until these are acknowledged. */
  #waiting: Batch[] = [];
  #rows = 0;
  #full: (() => void) | undefined;

  constructor(options: CommitterOptions) {
    this.#options = { every: 60, mostRows: 10_000, beforeCommit: () => undefined, ...options };
  }

  add(batch: Batch): void {
    this.#waiting.push(batch);
    this.#rows += batch.index.length;
    if (this.#rows >= this.#options.mostRows) this.#full?.();
  }

  /** Until the signal. What then still waits was not acknowledged: the gateways have it. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#gather(signal);
      await this.#commitSome(signal);
    }
  }

  async #gather(signal: AbortSignal): Promise<void> {
    if (this.#rows >= this.#options.mostRows) return;
    const enough = new AbortController();
    this.#full = () => enough.abort();
    await this.#options.clock.sleep(this.#options.every, AbortSignal.any([signal, enough.signal])).catch((error) => {
      if (!signal.aborted && !enough.signal.aborted) throw error;
    });
    this.#full = undefined;
  }

  /** Behind a backlog commits are larger, but bounded: a million rows at once take five times as long as in twenty commits. */
  #takeSome(): Batch[] {
    let count = 0;
    let rows = 0;
    while (count < this.#waiting.length && rows < mostAtOnce * this.#options.mostRows) {
      rows += (this.#waiting[count] as Batch).index.length;
      count++;
    }
    this.#rows -= rows;
    return this.#waiting.splice(0, count);
  }

  async #commitSome(signal: AbortSignal): Promise<void> {
    const { store, clock, log, beforeCommit, onCommitted, acknowledge, refuse } = this.#options;
    const batches = this.#takeSome();
    if (batches.length === 0) return;
    for (let attempt = 0; ; attempt++) {
      try {
        beforeCommit(batches);
        const committed = await store.commit(batches, refuse);
        this.counts.commits++;
        this.counts.batches += batches.length;
        this.counts.samples += committed.samples;
        this.counts.duplicates += committed.duplicates;
        for (const stored of storedRanges(batches)) acknowledge(stored);
        await onCommitted(batches, committed);
        return;
      } catch (error) {
        this.counts.failures++;
        log.error(
          { event: 'commit_failed', batches: batches.length, reason: messageOf(error) },
          'commit failed; the batches wait',
        );
        if (signal.aborted) return; // not acknowledged: the gateways still have them
        await clock.sleep(200 + backoff(attempt, 500, 30_000, Math.random), signal).catch((reason) => {
          if (!signal.aborted) throw reason;
        });
      }
    }
  }
}

function storedRanges(batches: readonly Batch[]): Stored[] {
  const runs = new Map<string, Stored & { set: RangeSet }>();
  for (const { gateway, epoch, seq } of batches) {
    const name = `${gateway}/${epoch}`;
    let run = runs.get(name);
    if (run === undefined) {
      const set = new RangeSet();
      run = { gateway, epoch, set, ranges: set.ranges };
      runs.set(name, run);
    }
    run.set.add(seq);
  }
  return [...runs.values()].map(({ gateway, epoch, ranges }) => ({ gateway, epoch, ranges }));
}

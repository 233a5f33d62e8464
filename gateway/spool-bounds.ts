// Owns what goes when there is no room for more: the oldest states first, then the oldest counters, always on record.
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { LossReason } from '../core/sample.ts';
import { addUp } from './loss-sums.ts';
import type { EncodeLosses, Spool } from './spool.ts';

export type Bounds = {
  /** The most bytes that the spool may use. */
  size: number;
  /** Readings older than this many milliseconds are given up, some at a time. */
  age: number;
  /** Bytes that stay free on the disk for others. */
  free: number;
};

export type SpoolBoundsOptions = {
  spool: Spool;
  file: string;
  bounds: Bounds;
  clock: Clock;
  log: Log;
  encode: EncodeLosses;
  /** Batches that are on their way. */
  sparing: () => ReadonlySet<number>;
  /** For tests of a full disk. */
  freeBytes?: (folder: string) => number;
};

/** So much goes at once: the fewer records of losses, the easier they are to read. */
const portionOf = (size: number): number => Math.max(64 * 1024, Math.floor(size / 100));
/** Likewise of what is too old: each record of its own would be a record every quarter of a second for as long as an outage lasts. */
const ageShare = 0.01;
/** Kept on the disk for the moment when it is full: room in which the oldest can be given up in good order. */
const reserveBytes = 2 * 1024 * 1024;

export class SpoolBounds {
  readonly #options: Required<SpoolBoundsOptions>;
  readonly #reserve: string;

  constructor(options: SpoolBoundsOptions) {
    this.#options = { freeBytes, ...options };
    this.#reserve = `${options.file}.reserve`;
    this.#keepReserve();
  }

  /** After every append. */
  keep(): void {
    const { spool, bounds, clock, file } = this.#options;
    const before = clock.now() - bounds.age;
    const old = { before, overdue: before - ageShare * bounds.age };
    while (this.#giveUp('spool_old', Number.MAX_SAFE_INTEGER, old));
    const portion = portionOf(bounds.size);
    while (spool.bytes.used > bounds.size && this.#giveUp('spool_full', portion));
    // When others fill the disk, the spool keeps its size: the newest takes the place of the oldest.
    const isLow = this.#options.freeBytes(dirname(file)) < bounds.free;
    if (isLow && spool.bytes.free < portion && spool.bytes.used > portion) this.#giveUp('disk_low', portion);
    if (!isLow) this.#keepReserve();
  }

  /** The disk is full: makes room inside the spool, at the cost of the oldest. */
  makeRoom(): void {
    const { spool, bounds } = this.#options;
    rmSync(this.#reserve, { force: true });
    this.#giveUp('disk_full', portionOf(bounds.size));
    spool.checkpoint();
  }

  #giveUp(reason: LossReason, bytes: number, limit: { before?: number; overdue?: number } = {}): boolean {
    const { spool, sparing, encode, log } = this.#options;
    for (const kind of ['states', 'counters'] as const) {
      const lost = spool.giveUp({ kind, bytes, reason, ...limit }, sparing(), encode);
      for (const loss of addUp(lost))
        log.error({ event: 'readings_given_up', ...loss }, 'readings given up: no room in the spool');
      if (lost.length > 0) return true;
    }
    return false;
  }

  #keepReserve(): void {
    if (this.#options.file === ':memory:' || existsSync(this.#reserve)) return;
    if (this.#options.freeBytes(dirname(this.#options.file)) < 4 * reserveBytes) return;
    writeFileSync(this.#reserve, Buffer.alloc(reserveBytes));
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

export const spoolFile = (dataFolder: string, gateway: string): string =>
  join(dataFolder, 'spool', `${gateway}.sqlite`);

// Owns what is missing among the batches of a gateway: which numbers, of which time, and why as far as anybody knows.
import { type Range, RangeSet } from './ranges.ts';
import { ReceiptSet } from './receipts.ts';
import type { LossReason } from './sample.ts';
import type { LossRecord, Receipts } from './store.ts';

export type BatchNumber = { gateway: string; epoch: number; seq: number };

/** Readings that are sent again stand under numbers of their own: their batch is stored without them. No gateway uses this epoch. */
export const retriedEpoch = 0;

export type Gap = {
  gateway: string;
  epoch: number;
  batches: Range;
  /** The gateway's last reading before the gap and its first one behind it; null where nobody knows. */
  after: number | null;
  before: number | null;
  /** lost: the gateway said so. refused: it is kept, and can be sent again. missing: on its way, or nobody knows. */
  why: 'lost' | 'refused' | 'missing';
  reason: LossReason | null;
};

/** What is lost of what gateways said: a batch that was given up alone and is stored all the same is not. */
export function lossesBeside(receipts: readonly Receipts[], told: readonly LossRecord[]): LossRecord[] {
  const sets = new Map<string, ReceiptSet>();
  for (const { gateway, epoch, ranges } of receipts) {
    const set = new ReceiptSet();
    for (const range of ranges) set.add(range);
    sets.set(`${gateway}/${epoch}`, set);
  }
  return told.filter(({ gateway, epoch, batches }) => {
    const [first, last] = batches ?? [];
    return first === undefined || first !== last || !sets.get(`${gateway}/${epoch}`)?.has(first);
  });
}

/** In the order of gateways, their spools and numbers. */
export function gapsOf(
  receipts: readonly Receipts[],
  losses: readonly LossRecord[],
  refused: readonly BatchNumber[],
): Gap[] {
  return receipts
    .filter(({ epoch }) => epoch !== retriedEpoch)
    .sort((a, b) => a.gateway.localeCompare(b.gateway) || a.epoch - b.epoch)
    .flatMap(({ gateway, epoch, ranges }) => {
      const isOfRun = (one: { gateway: string; epoch: number }) => one.gateway === gateway && one.epoch === epoch;
      const kept = new RangeSet();
      for (const { seq } of refused.filter(isOfRun)) kept.add(seq);
      const known: { range: Range; why: Gap['why']; reason: LossReason | null }[] = [
        ...losses
          .filter(isOfRun)
          .flatMap(({ batches, reason }) =>
            batches === null ? [] : [{ range: batches, why: 'lost' as const, reason }],
          ),
        ...kept.ranges.map((range) => ({ range, why: 'refused' as const, reason: null })),
      ].sort((a, b) => a.range[0] - b.range[0]);
      const set = new ReceiptSet();
      for (const range of ranges) set.add(range);
      return set.gaps().flatMap(({ batches, after, before }) => {
        const pieces: Gap[] = [];
        const add = (from: number, to: number, why: Gap['why'], reason: LossReason | null) => {
          if (from <= to) pieces.push({ gateway, epoch, batches: [from, to], after, before, why, reason });
        };
        let next = batches[0];
        for (const { range, why, reason } of known) {
          const [from, to] = [Math.max(range[0], next), Math.min(range[1], batches[1])];
          if (from > to) continue;
          add(next, from - 1, 'missing', null);
          add(from, to, why, reason);
          next = to + 1;
        }
        add(next, batches[1], 'missing', null);
        return pieces;
      });
    });
}

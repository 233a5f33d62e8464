// Every loss that is told is true: whatever is killed between sending, storing and acknowledging, appended = stored + lost.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { lossesBeside } from '../core/gaps.ts';
import { ReceiptSet } from '../core/receipts.ts';
import type { Loss } from '../core/sample.ts';
import type { LossRecord } from '../core/store.ts';
import { Spool, type Spooled } from './spool.ts';

type Payload = { seq: number; readings: number; lost: Loss[] };
const encodeLosses = (_: number, seq: number, lost: Loss[]) => JSON.stringify({ seq, readings: 0, lost });
const decode = ({ payload }: Spooled) => JSON.parse(payload) as Payload;

/** A gateway, what is on its way from it, and what is stored. */
class Way {
  readonly #file: string;
  #spool: Spool;
  readonly #inFlight = new Set<number>();
  #behind = 0;
  #underWay: Spooled[] = [];
  #acknowledged: number[] = [];
  readonly #receipts = new ReceiptSet();
  readonly #told: LossRecord[] = [];
  appended = 0;
  stored = 0;

  constructor(file: string) {
    this.#file = file;
    this.#spool = new Spool(file, 1);
  }

  append(kind: 'states' | 'counters', count: number): void {
    this.#spool.together(() => {
      for (let n = 1; n <= count; n++) {
        this.#spool.append({ kind, readings: n, from: this.appended, to: this.appended }, (_, seq) =>
          JSON.stringify({ seq, readings: n, lost: [] }),
        );
        this.appended += n;
      }
    });
  }

  send(count: number): void {
    const batches = this.#spool.after(this.#behind, count);
    this.#spool.aboutToSend(batches);
    for (const { seq } of batches) this.#inFlight.add(seq);
    this.#behind = batches.at(-1)?.seq ?? this.#behind;
    this.#underWay.push(...batches);
  }

  store(count: number): void {
    for (const batch of this.#underWay.splice(0, count)) {
      const { seq, readings, lost } = decode(batch);
      this.#acknowledged.push(seq);
      if (this.#receipts.has(seq)) continue;
      this.#receipts.add({ first: seq, last: seq, oldest: null, newest: null });
      this.#told.push(...lost.map((loss) => ({ ...loss, gateway: 'gw', epoch: 1, seq })));
      this.stored += readings;
    }
  }

  acknowledge(): void {
    for (const seq of this.#acknowledged.splice(0)) {
      this.#spool.trim([[seq, seq]]);
      this.#inFlight.delete(seq);
    }
  }

  giveUp(kind: 'states' | 'counters', bytes: number): void {
    this.#spool.giveUp({ kind, bytes, reason: 'spool_full' }, this.#inFlight, encodeLosses);
  }

  /** With it goes what is under way to it; what is under way from it may still arrive. */
  kill(): void {
    this.#acknowledged = [];
    this.#spool.close();
    this.#spool = new Spool(this.#file, 2);
    this.startOver();
  }

  loseWhatIsUnderWay(): void {
    this.#underWay = [];
    this.#acknowledged = [];
  }

  startOver(): void {
    this.#inFlight.clear();
    this.#behind = 0;
  }

  meet(): void {
    this.#spool.trim(this.#receipts.ranges.map(({ first, last }) => [first, last]));
    this.startOver();
  }

  end(): number {
    this.meet();
    this.send(100_000);
    this.store(100_000);
    this.acknowledge();
    assert.equal(this.#spool.size.batches, 0);
    this.#spool.close();
    const receipts = [{ gateway: 'gw', epoch: 1, ranges: this.#receipts.ranges }];
    return lossesBeside(receipts, this.#told).reduce((sum, { readings }) => sum + readings, 0);
  }
}

const kind = fc.constantFrom('states' as const, 'counters' as const);
const few = fc.integer({ min: 1, max: 8 });
const step: fc.Arbitrary<(way: Way) => void> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(kind, few).map(
      ([of, n]) =>
        (way: Way) =>
          way.append(of, n),
    ),
  },
  // More than are noted ahead.
  { weight: 1, arbitrary: kind.map((of) => (way: Way) => way.append(of, 130)) },
  { weight: 4, arbitrary: few.map((n) => (way: Way) => way.send(n)) },
  { weight: 4, arbitrary: few.map((n) => (way: Way) => way.store(n)) },
  { weight: 2, arbitrary: fc.constant((way: Way) => way.acknowledge()) },
  {
    weight: 3,
    arbitrary: fc.tuple(kind, fc.integer({ min: 1, max: 3_000 })).map(
      ([of, n]) =>
        (way: Way) =>
          way.giveUp(of, n),
    ),
  },
  { weight: 2, arbitrary: fc.constant((way: Way) => way.kill()) },
  { weight: 1, arbitrary: fc.constant((way: Way) => way.loseWhatIsUnderWay()) },
  { weight: 1, arbitrary: fc.constant((way: Way) => way.startOver()) },
  { weight: 1, arbitrary: fc.constant((way: Way) => way.meet()) },
);

test('whatever is killed, given up, late or never acknowledged: what was appended is stored or told as lost, never both', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-losses-'));
  let runs = 0;
  try {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), (steps) => {
        const way = new Way(join(folder, `${++runs}.sqlite`));
        for (const one of steps) one(way);
        const lost = way.end();
        assert.equal(way.stored + lost, way.appended);
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

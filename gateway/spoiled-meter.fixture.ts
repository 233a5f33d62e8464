// Owns the fuzzing of meters that one byte of sum protects: spoiled answers through the real framing, line and source, on a clock that does not wait.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FakeClock, settle } from '../core/fake-clock.ts';
import { points as catalogue, type PointId } from '../core/points.ts';

import { Answering } from '../simulators/answering.ts';
import type { Listener } from '../simulators/bus-server.ts';
import type { Readout } from '../simulators/device.ts';
import { type Mutation, pick, unharmed, type Wire } from '../simulators/mutations.ts';
import { chance } from '../simulators/noise.ts';
import { foolsTheSum, type Layout, sumMutationsOf } from '../simulators/sum-mutations.ts';
import type { ByteStream } from './line/byte-stream.ts';
import { Line } from './line/line.ts';
import { type PollClass, type PolledSource, pollClasses } from './source.ts';

export const frames = Number(process.env.TANBIAO_FUZZ_FRAMES ?? 1_000_000);
export const seed = Number(process.env.TANBIAO_FUZZ_SEED ?? 1);

const deadline = 100;

export type SpoiledMeter = {
  layout: Layout;
  /** The meter on the bus, and what reads it. */
  listener: (read: Readout, answering: Answering) => Listener;
  source: (line: Line, clock: FakeClock, deadline: number) => PolledSource;
};

type Tally = {
  spoiled: number;
  /** Beyond the sum's promise; of these, with a right sum all the same. */
  byChance: number;
  fooled: number;
  good: number;
  doubted: number;
  none: number;
  /** Good and not what the meter showed: through what a sum must find, and beyond its promise. */
  wrong: number;
  wrongCounters: number;
  wrongStates: number;
  /** By how much the worst of them was wrong, as a share of the value. */
  farthest: number;
};

/** Counters grow as fast as a meter at work, states move all the time: an old value is a wrong one. */
const shows: Readout = (point, time) => {
  if (catalogue[point].kind === 'counter') return 120_642 + Math.floor(time / 600) / 100;
  if (point === 'power_factor') return 0.9 + (Math.floor(time / 20) % 40) / 1_000;
  if (point === 'frequency') return 49.5 + (Math.floor(time / 20) % 100) / 100;
  return 50 + (Math.floor(time / 20) % 20) / 10;
};

function setUp(meter: SpoiledMeter, share: number) {
  const clock = new FakeClock();
  let place = 0;
  const wire: Wire = { framing: 'sum', deadline, random: () => chance(seed, place++) };
  const mutations = sumMutationsOf(meter.layout);
  const tally: Tally = {
    ...{ spoiled: 0, byChance: 0, fooled: 0, good: 0, doubted: 0, none: 0 },
    ...{ wrong: 0, wrongCounters: 0, wrongStates: 0, farthest: 0 },
  };
  /** When the meter answered, and what befell its answers, since the last poll began. */
  const asked: number[] = [];
  const applied: Mutation[] = [];
  const answering = new Answering({ now: () => clock.now() });

  function open(): Promise<ByteStream> {
    let last = 0;
    let isOpen = true;
    const stream: ByteStream = {
      write: (bytes) => hear(Buffer.from(bytes)),
      onData: () => undefined,
      onClose: () => undefined,
      destroy: () => {
        isOpen = false;
        stream.onClose();
      },
    };
    const deliver = (frame: Buffer) => {
      asked.push(clock.now());
      // One fault at a time: what comes behind a late answer is not spoiled as well.
      const mutation = last > clock.monotonic() || wire.random() >= share ? unharmed : pick(mutations, wire);
      applied.push(mutation);
      if (mutation !== unharmed) tally.spoiled++;
      const due = Math.max(clock.monotonic() + 8 * wire.random(), last);
      const deliveries = mutation.mutate(frame, wire);
      if (mutation.isByChance) tally.byChance++;
      if (deliveries.some(({ bytes }) => foolsTheSum(bytes, frame, meter.layout))) tally.fooled++;
      for (const { bytes, after } of deliveries) {
        last = due + after;
        clock.after(last - clock.monotonic(), () => {
          if (isOpen) stream.onData(bytes);
        });
      }
    };
    const hear = meter.listener(shows, answering)(deliver);
    return Promise.resolve(stream);
  }

  const line = new Line({
    address: { kind: 'tcp', host: 'memory', port: 0 },
    ...{ connectTimeout: deadline, clock, open, random: () => 0, afterDoubt: 'wait', gap: 5 },
  });
  return { clock, wire, tally, asked, applied, source: meter.source(line, clock, deadline) };
}

async function fuzz(meter: SpoiledMeter, share: number, many: number): Promise<Tally> {
  const { clock, wire, tally, asked, applied, source } = setUp(meter, share);
  const poll = async (pollClass: PollClass) => {
    asked.length = 0;
    applied.length = 0;
    const reading = source.read(pollClass);
    let isDone = false;
    void reading.then(() => {
      isDone = true;
    });
    for (let turns = 0; !isDone; turns++) {
      assert.ok(turns < 10_000, `a poll never ends: ${applied.map(({ name }) => name)}`);
      await clock.advanceToNext();
    }
    for (const { point, value, quality } of await reading) {
      if (value === null) tally.none++;
      else if (quality !== 0) tally.doubted++;
      else if (asked.some((time) => isShown(point, value, time))) tally.good++;
      else if (!applied.some(({ isByChance }) => isByChance)) tally.wrong++;
      else if (catalogue[point].kind === 'counter') tally.wrongCounters++;
      else {
        tally.wrongStates++;
        const shown = shows(point, asked.at(-1) ?? 0);
        tally.farthest = Math.max(tally.farthest, Math.abs(value - shown) / shown);
      }
    }
  };
  while (tally.spoiled < many) {
    for (const pollClass of pollClasses) await poll(pollClass);
    // Long enough for another value, not always for a late answer.
    await clock.advance(2_000 * wire.random());
    await settle();
  }
  return tally;
}

/** Within the steps of the meter and of the catalogue. */
const isShown = (point: PointId, value: number, time: number): boolean =>
  Math.abs(shows(point, time) - value) < 0.000_6;

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

function held(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

async function measured(context: TestContext, what: string, meter: SpoiledMeter, share: number, many: number) {
  await fuzz(meter, share, Math.min(2_000, many)); // what is compiled and cached once is no leak
  const before = held();
  const began = performance.now();
  const tally = await fuzz(meter, share, many);
  const seconds = (performance.now() - began) / 1_000;
  const after = held();
  const { spoiled, byChance, fooled, good, doubted, none, wrong, wrongCounters, wrongStates, farthest } = tally;
  context.diagnostic(
    `${what}, seed ${seed}: ${spoiled} answers spoiled, ${byChance} of them beyond the sum's promise, ${fooled} with a right sum; ${good} values good, ${doubted} doubted, ${none} none; wrong: ${wrong} within the promise, ${wrongCounters} counters and ${wrongStates} states beyond it, by ${(100 * farthest).toFixed(1)} % at most; ${seconds.toFixed(1)} s, ${before.toFixed(0)} → ${after.toFixed(0)} MB held`,
  );
  assert.ok(after < before + 4, `${after - before} MB more are held after ${spoiled} answers`);
  return tally;
}

export function fuzzSpoiledMeter(name: string, meter: SpoiledMeter, many: number): void {
  // On a line that is sound for the most part, each spoiled answer costs twenty others.
  for (const [what, share, spoiled] of [
    ['every second answer at risk', 0.5, many],
    ['one answer in twenty at risk', 0.05, Math.ceil(many / 50)],
  ] as const) {
    test(`${name}, ${what}: no spoiled answer is a value within what a sum can promise, and no counter beyond it (${spoiled} answers, seed ${seed})`, async (context) => {
      const tally = await measured(context, `${name}, ${what}`, meter, share, spoiled);
      assert.equal(tally.wrong, 0);
      assert.equal(tally.wrongCounters, 0);
      // A state that fooled the sum and differs little is wrong until the next poll.
      assert.ok(tally.wrongStates <= tally.fooled / 4 + 3, `${tally.wrongStates} of ${tally.fooled}`);
      assert.ok(tally.farthest < 0.1, `a state is wrong by ${tally.farthest}`);
      assert.ok(tally.good > (tally.doubted + tally.none) / 10, 'hardly anything was read');
    });
  }
}

// Owns the fuzzing of Modbus reading in memory: spoiled answers through the real framing and line, on a clock that does not wait.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FakeClock } from '../../core/fake-clock.ts';
import { rtuFrame } from '../../simulators/modbus-rtu-server.ts';
import { answerFrame, type ReadRequest, requestOf } from '../../simulators/modbus-server.ts';
import { type Mutation, mutationsOf, pick, unharmed, type Wire } from '../../simulators/mutations.ts';
import { chance } from '../../simulators/noise.ts';
import type { ByteStream } from '../line/byte-stream.ts';
import { Line } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';
import { ModbusBus } from './bus.ts';

const frames = Number(process.env.TANBIAO_FUZZ_FRAMES ?? 1_000_000);
const seed = Number(process.env.TANBIAO_FUZZ_SEED ?? 1);

const deadline = 100;
const busGap = 5;
/** Few shapes, so that most questions could take each other's answers. */
const counts = [1, 2, 50];

/** Every register of every unit holds something else. */
const wordOf = ({ unit, fc }: ReadRequest, address: number): number =>
  Math.floor(chance(unit * 8 + fc, address) * 65_536);
const wordsOf = (request: ReadRequest): number[] =>
  Array.from({ length: request.count }, (_, index) => wordOf(request, request.address + index));

type Tally = { asked: number; right: number; refused: number; wrong: number; passed: number; byChance: number };

function setUp(framing: 'tcp' | 'rtu', mutations: readonly Mutation[]) {
  const clock = new FakeClock();
  let place = 0;
  const wire: Wire = { framing, deadline, random: () => chance(seed, place++) };
  const applied: Mutation[] = [];

  function open(): Promise<ByteStream> {
    let isOpen = true;
    let last = 0;
    const stream: ByteStream = {
      write(bytes) {
        const request = requestOf(Buffer.from(bytes.subarray(framing === 'tcp' ? 6 : 0)));
        const answer = { words: wordsOf(request) };
        const frame =
          framing === 'tcp'
            ? answerFrame(Buffer.from(bytes).readUInt16BE(0), request, answer)
            : rtuFrame(request, answer);
        // One fault at a time: a late frame of another shape than was asked for, with a right checksum, is an answer to anyone.
        const isBehind = last > clock.monotonic();
        const mutation = isBehind ? unharmed : pick(mutations, wire);
        applied.push(mutation);
        const due = Math.max(clock.monotonic() + 8 * wire.random(), last);
        for (const { bytes: some, after } of mutation.mutate(frame, wire)) {
          last = due + after;
          clock.after(last - clock.monotonic(), () => {
            if (isOpen) stream.onData(some);
          });
        }
      },
      onData: () => undefined,
      onClose: () => undefined,
      destroy: () => {
        isOpen = false;
        stream.onClose();
      },
    };
    return Promise.resolve(stream);
  }

  const line = new Line({
    address: { kind: 'tcp', host: 'memory', port: 0 },
    connectTimeout: deadline,
    clock,
    open,
    random: () => 0,
    ...(framing === 'tcp' ? { afterDoubt: 'reconnect' } : { afterDoubt: 'wait', gap: busGap }),
  });
  return { bus: new ModbusBus(line, framing, deadline), clock, wire, applied };
}

async function fuzz(framing: 'tcp' | 'rtu', many: number): Promise<Tally> {
  const { bus, clock, wire, applied } = setUp(framing, mutationsOf(framing));
  const tally: Tally = { asked: 0, right: 0, refused: 0, wrong: 0, passed: 0, byChance: 0 };
  for (; tally.asked < many; tally.asked++) {
    const question = {
      unit: 1 + Math.floor(2 * wire.random()),
      fc: wire.random() < 0.5 ? (3 as const) : (4 as const),
      address: Math.floor(60_000 * wire.random()),
      count: counts[Math.floor(counts.length * wire.random())] as number,
    };
    applied.length = 0;
    let outcome: readonly number[] | LineFault | undefined;
    bus.read(question.unit, question.fc, question.address, question.count).then(
      (words) => {
        outcome = words;
      },
      (error) => {
        outcome = error instanceof LineFault ? error : undefined;
      },
    );
    for (let turns = 0; outcome === undefined; turns++) {
      assert.ok(turns < 1_000, `a read never ends: ${applied.map(({ name }) => name)}`);
      await clock.advanceToNext();
    }
    const isByChance = applied.some((mutation) => mutation.isByChance);
    if (isByChance) tally.byChance++;
    if (outcome instanceof LineFault) tally.refused++;
    else if (outcome.every((word, index) => word === wordOf({ ...question }, question.address + index))) tally.right++;
    else if (isByChance) tally.passed++;
    else tally.wrong++;
  }
  return tally;
}

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is still held, and what the process takes, in megabytes. */
function memory(): { held: number; resident: number } {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: (heapUsed + external) / 2 ** 20, resident: rss / 2 ** 20 };
}

async function measured(context: TestContext, framing: 'tcp' | 'rtu', many: number): Promise<Tally> {
  await fuzz(framing, Math.min(5_000, many)); // what is compiled and cached once is no leak
  const before = memory();
  const began = performance.now();
  const tally = await fuzz(framing, many);
  const seconds = (performance.now() - began) / 1_000;
  const after = memory();
  const megabytes = (what: keyof typeof before) => `${before[what].toFixed(0)} → ${after[what].toFixed(0)} MB`;
  const { right, refused, wrong, passed, byChance } = tally;
  context.diagnostic(
    `${framing}: ${many} answers, seed ${seed}: ${right} right, ${refused} refused, ${wrong} wrong; of ${byChance} beyond the checksum's promise ${passed} passed, ${(byChance / 2 ** 16).toFixed(1)} expected; ${seconds.toFixed(1)} s; held ${megabytes('held')}, resident ${megabytes('resident')}`,
  );
  assert.ok(after.held < before.held + 4, `${after.held - before.held} MB more are held after ${many} answers`);
  return tally;
}

test(`over TCP no spoiled answer is ever a value (${frames} answers, seed ${seed})`, async (context) => {
  const { wrong, passed, right, refused } = await measured(context, 'tcp', Math.ceil(frames / 2));
  assert.equal(wrong + passed, 0);
  assert.ok(right > refused / 10, 'hardly anything was read');
});

test(`on a bus no spoiled answer is a value within what a checksum can promise (${frames} answers, seed ${seed})`, async (context) => {
  const { wrong, passed, byChance, right, refused } = await measured(context, 'rtu', Math.ceil(frames / 2));
  assert.equal(wrong, 0);
  // Beyond it one in 65,536 is right by chance, whoever reads: more than five deviations above that would be ours.
  const expected = byChance / 2 ** 16;
  assert.ok(passed <= expected + 5 * Math.sqrt(expected) + 1, `${passed} passed, ${expected} expected`);
  assert.ok(right > refused / 10, 'hardly anything was read');
});

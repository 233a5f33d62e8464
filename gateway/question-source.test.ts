import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../core/fake-clock.ts';
import { qualityOf } from '../core/quality.ts';
import { LineFault } from './line/line-fault.ts';
import { Memory } from './memory.ts';
import { QuestionSource, type Questions } from './question-source.ts';
import { type Dlt645Template, type IdentifierPoint, loadTemplate } from './template.ts';

const template = loadTemplate('dlt645.single-phase') as Dlt645Template;
const wanted = ['energy_import', 'power'];
/** Up to 300 kWh an hour, and all in one poll. */
const points = template.points
  .filter(({ point }) => wanted.includes(point))
  .map((point) => ({
    ...point,
    poll: 'slow' as const,
    ...(point.counter && { counter: { ...point.counter, maxPerHour: 300 } }),
  }));

/** One question for both points; each answer is a pair of numbers, or a failure. */
type Said = readonly [energy: number, power: number] | LineFault;

const spoiled = new LineFault('framing', '', '');
const lacking = new LineFault('exception', '', '', { exception: 2 });

function setUp() {
  const clock = new FakeClock(1_000_000);
  const memory = new Memory();
  const script: Said[] = [];
  let asked = 0;
  let said: readonly [number, number] = [0, 0];
  const questions: Questions<IdentifierPoint> = {
    points,
    plan: (due, refused) =>
      due.length === 0 || refused.has(1)
        ? []
        : [
            {
              key: 1,
              points: due,
              ask: async () => {
                asked++;
                const next = script.shift();
                assert.ok(next, 'asked once more than there are answers');
                if (next instanceof LineFault) throw next;
                said = next;
                await clock.advance(300);
                return Buffer.alloc(0);
              },
              decode: () => due.map(({ point }) => ({ point, value: said[point === 'power' ? 1 : 0], quality: 0 })),
            },
          ],
    placeOf: () => 'here',
    stepOf: ({ decimals }) => 10 ** -decimals,
    isLack: ({ exception }) => exception === 2,
  };
  const source = new QuestionSource({ meter: 'm', address: '000012345678', template, questions, clock, memory });
  /** What one poll brings from these answers: all of them must be asked for. */
  const poll = async (...answers: Said[]) => {
    await clock.advance(60_000);
    script.push(...answers);
    const samples = await source.read('slow');
    assert.deepEqual(script, [], 'answers were left');
    return samples.map(({ value, quality }) => (quality === 0 ? value : qualityOf(quality)));
  };
  /** Until one answer is enough: the counter grows by 1 kWh a minute and stands at 105. */
  const settleDown = async () => {
    for (let n = 91; n <= 105; n++) assert.deepEqual(await poll([n, 20], [n, 20]), [n, 20]);
  };
  return { source, poll, settleDown, clock, asked: () => asked };
}

test('a meter that nobody knows is asked twice, one that was sound thirty times only once', async () => {
  const { poll, settleDown } = setUp();
  await settleDown();
  assert.deepEqual(await poll([106, 20]), [106, 20]);
});

test('one answer that is not sound is enough to be asked twice again', async () => {
  const { poll, settleDown } = setUp();
  await settleDown();
  assert.deepEqual(await poll(spoiled, [106, 20], [106, 20]), [106, 20]);
  assert.deepEqual(await poll([107, 20], [107, 20]), [107, 20]);
});

test('a counter that hastens and a state that jumps are asked again, and good when they are borne out', async () => {
  const { poll, settleDown } = setUp();
  await settleDown();
  assert.deepEqual(await poll([109, 20], [109, 20]), [109, 20]);
  assert.deepEqual(await poll([110, 3], [110, 3]), [110, 3]);
  assert.deepEqual(await poll([117, 3], [111, 3], [111, 3]), [111, 3], 'a spike is outvoted');
});

test('what no answer bears out is a spike; a state that is another in every sound answer moves', async () => {
  const { poll, settleDown } = setUp();
  await settleDown();
  assert.deepEqual(await poll([106, 10], [106, 14], [106, 18]), [106, 18]);
  assert.deepEqual(await poll([107, 10], spoiled, [107, 14]), [107, 'uncertain_spike']);
  assert.deepEqual(await poll([9, 14], [8, 14], [7, 14]), ['uncertain_spike', 14]);
});

test('a counter as fast as it may be is read although it is another in every answer', async () => {
  const { poll, settleDown } = setUp();
  await settleDown();
  // More than its pace of late and two steps, not more than 300 kWh an hour and two steps.
  assert.deepEqual(await poll([108, 20], [108.033, 20], [108.066, 20]), [108.066, 20]);
  assert.deepEqual(await poll([114, 20], [114.1, 20], [114.2, 20]), ['uncertain_spike', 20]);
});

test('a meter that begins again is believed when it says so twice', async () => {
  const { poll, settleDown } = setUp();
  await settleDown();
  assert.deepEqual(await poll([0.01, 20], [0.01, 20]), [0.01, 20]);
});

test('what a meter refuses is tried again after an hour', async () => {
  const { poll, clock, asked } = setUp();
  assert.deepEqual(await poll(lacking), ['bad_not_available', 'bad_not_available']);
  assert.deepEqual(await poll(), ['bad_not_available', 'bad_not_available']);
  assert.equal(asked(), 1);
  await clock.advance(3_600_000);
  assert.deepEqual(await poll([100, 20], [100, 20]), [100, 20]);
});

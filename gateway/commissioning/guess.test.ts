// What the guess makes of registers whose meaning is known: the golden registers of the library, and its counters at work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { points as catalogue } from '../../core/points.ts';
import { SimulatedDevice } from '../../simulators/device.ts';
import { readGolden } from '../golden.ts';
import { registerTypes } from '../modbus/registers.ts';
import { isRegisterTemplate, loadTemplate, type RegisterTemplate, templateIds } from '../template.ts';
import { confidenceOf, guess, withoutOverlaps } from './guess.ts';

const templates = templateIds()
  .map(loadTemplate)
  .filter(isRegisterTemplate)
  .filter(({ protocol }): boolean => protocol === 'modbus');

const best = (address: number, readings: readonly (readonly number[])[]) => withoutOverlaps(guess(address, readings));

test('every voltage and frequency of the library is found in its golden registers, with its length, order and scale', () => {
  const wrong: string[] = [];
  let asked = 0;
  for (const template of templates) {
    const [golden] = readGolden(template.id).cases;
    for (const block of golden?.blocks ?? []) {
      const found = best(block.address, [block.words]);
      for (const { point, address, type, fc = template.fc } of template.points) {
        const end = address + registerTypes[type];
        const isIn = address >= block.address && end <= block.address + block.words.length;
        const expected = golden?.expect[point];
        if (!isIn || fc !== (block.fc ?? golden?.fc) || typeof expected !== 'number') continue;
        if (!/^(voltage_l|frequency)/.test(point)) continue;
        asked++;
        const hit = found.find((one) => one.address === address);
        const isRight =
          hit !== undefined &&
          hit.meaning === (point === 'frequency' ? 'frequency' : 'voltage') &&
          registerTypes[hit.type] === registerTypes[type] &&
          Math.abs((hit.values[0] ?? 0) - expected) < 0.01;
        if (!isRight) wrong.push(`${template.id} ${point}: ${hit?.type} ${hit?.order} ${hit?.values[0]}`);
      }
    }
  }
  assert.ok(asked > 60, `only ${asked} were asked`);
  assert.deepEqual(wrong, []);
});

/** A load that is never the same twice, and counters that count. */
function readoutOf(template: RegisterTemplate): SimulatedDevice {
  return new SimulatedDevice(template, (point, time) => {
    if (catalogue[point].kind === 'counter') return 81_234.56 + time * 0.7;
    if (point.startsWith('voltage_l')) return 231.4 + Math.sin(time);
    return point === 'frequency' ? 50.01 : 12.3 + Math.sin(3 * time);
  });
}

/** Counters that cannot be told by looking at them alone. */
const alike: Record<string, string> = {
  'siemens.pac2200 energy_import': 'whole Wh in 64 bits of float: the second half is zero, the first is a float, too',
  'siemens.pac2200 energy_export': 'the same',
  'sma.inverter energy_generated': 'a single 64-bit counter whose upper half is zero',
};

test('counters at work are found with their type and word order', () => {
  const wrong: string[] = [];
  let asked = 0;
  for (const template of templates) {
    const device = readoutOf(template);
    const first = Math.min(...device.points.map(({ address }) => address));
    for (const { point, address, type, order = template.order } of device.points) {
      if (catalogue[point].kind !== 'counter') continue;
      const from = Math.max(first, address - 4);
      const to = address + registerTypes[type];
      const read = (count: number, time: number) => device.answer(from, count, time);
      const readings = [0, 1, 2, 3, 4].flatMap((time) => {
        const whole = read(to + 4 - from, time);
        const answer = 'words' in whole ? whole : read(to - from, time);
        return 'words' in answer ? [answer.words] : [];
      });
      asked++;
      const hit = best(from, readings).find((one) => one.address === address);
      const isRight =
        hit?.meaning === 'counter' &&
        registerTypes[hit.type] === registerTypes[type] &&
        hit.type.startsWith('float') === type.startsWith('float') &&
        hit.order === order;
      if (!isRight) wrong.push(`${template.id} ${point}`);
    }
  }
  assert.ok(asked > 40, `only ${asked} were asked`);
  assert.deepEqual(wrong, Object.keys(alike));
});

test('registers of zero say nothing, and nothing is said about them', () => {
  assert.deepEqual(guess(0, [[0, 0, 0, 0]]), []);
});

test('what moves is worth more than what stands, and a voltage that leaves its range is none', () => {
  const bitsOf = (readings: number[][]) => guess(0, readings).find(({ meaning }) => meaning === 'voltage')?.bits ?? 0;
  assert.ok(bitsOf([[2301], [2304], [2299]]) > bitsOf([[2301], [2301], [2301]]));
  assert.equal(bitsOf([[2301], [231], [2299]]), 0);
});

test('a counter that falls once is none', () => {
  const meanings = (readings: number[][]) => guess(0, readings).map(({ meaning }) => meaning);
  assert.ok(
    meanings([
      [7, 100],
      [7, 101],
      [7, 103],
    ]).includes('counter'),
  );
  assert.ok(
    !meanings([
      [7, 100],
      [7, 103],
      [7, 101],
    ]).includes('counter'),
  );
});

test('random words are never called more than possible', () => {
  let seed = 1;
  const word = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed >>> 16;
  };
  let strong = 0;
  for (let turn = 0; turn < 500; turn++) {
    const readings = [[word(), word()]];
    if (best(0, readings).some((one) => confidenceOf(one) === 'strong')) strong++;
  }
  assert.ok(strong < 10, `${strong} of 500 pairs of random words look strong`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hour, minute } from '../../core/calendar.ts';
import type { SampleColumns } from '../../core/sample.ts';
import { blockDemand, maximumDemand, slidingDemand } from './demand.ts';

const t0 = Date.UTC(2025, 5, 1);
const period = { start: t0, end: t0 + 24 * hour };

const columns = (readings: readonly [minutes: number, value: number | null][]): SampleColumns => ({
  time: readings.map(([minutes]) => t0 + minutes * minute),
  value: readings.map(([, value]) => value),
  quality: readings.map(([, value]) => (value === null ? 128 : 0)),
});

/** 60 kW, and 240 kW from minute 20 to 35: across the edge of two blocks. */
const counter: [number, number][] = [];
for (let at = 0, count = 0; at <= 60; at++) {
  counter.push([at, count]);
  count += at >= 20 && at < 35 ? 4 : 1;
}

test('a block ends on the quarter, a sliding window where the peak was', () => {
  const samples = columns(counter);
  const block = maximumDemand(samples, 'energy_import', undefined, period, blockDemand);
  assert.deepEqual(block, { value: 180, window: { start: t0 + 15 * minute, end: t0 + 30 * minute } });
  const sliding = maximumDemand(samples, 'energy_import', undefined, period, slidingDemand);
  assert.deepEqual(sliding, { value: 240, window: { start: t0 + 20 * minute, end: t0 + 35 * minute } });
});

test('a power gives the same demand as its energy', () => {
  const power = columns(Array.from({ length: 61 }, (_, at) => [at, at >= 20 && at < 35 ? 240 : 60]));
  assert.equal(maximumDemand(power, 'power', undefined, period, slidingDemand)?.value, 240);
  assert.equal(maximumDemand(power, 'power', undefined, period, blockDemand)?.value, 180);
});

test('a window that readings do not cover has no demand, and a reset is none', () => {
  const gap = columns(counter.filter(([at]) => at < 18 || at > 36));
  assert.equal(maximumDemand(gap, 'energy_import', undefined, period, slidingDemand)?.value, 60);
  assert.equal(maximumDemand(columns([[0, 5]]), 'energy_import', undefined, period, slidingDemand), null);
  const fallen = columns(counter.map(([at, count]) => [at, at < 40 ? 900 + count : count]));
  assert.equal(
    maximumDemand(fallen, 'energy_import', { modulus: null, maxPerHour: 500 }, period, slidingDemand)?.value,
    240,
  );
});

test('the sliding demand is never below that of a block, and no mean of a window is above it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 30, maxLength: 120 }), (growth) => {
      let count = 0;
      const samples = columns(
        growth.map((amount, at) => {
          count += amount;
          return [at, count];
        }),
      );
      const block = maximumDemand(samples, 'energy_import', undefined, period, blockDemand);
      const sliding = maximumDemand(samples, 'energy_import', undefined, period, slidingDemand);
      assert.ok(sliding !== null && (block === null || sliding.value >= block.value));
      for (let at = 0; at + 15 < growth.length; at++) {
        const mean = ((samples.value[at + 15] as number) - (samples.value[at] as number)) * 4;
        assert.ok(mean <= sliding.value + 1e-6);
      }
    }),
    { seed: 3, numRuns: Number(process.env.TANBIAO_CASES ?? 300) },
  );
});

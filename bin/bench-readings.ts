// Owns the readings that benches send: counters of a thousand meters, a minute apart, in messages of a hundred.
import { minute } from '../core/calendar.ts';
import { type Batch, BatchBuilder, type SeriesFacts } from '../core/sample.ts';

export const meters = 1_000;
export const batchRows = 100;
export const t0 = Date.UTC(2025, 0, 1);

/** One minute of all meters is ten messages; counters in steps of a thousandth, a reading in a thousand uncertain. */
export function message(seq: number): Batch {
  const builder = new BatchBuilder();
  for (let n = 0; n < batchRows; n++) {
    const index = (seq - 1) * batchRows + n;
    const [at, meter] = [Math.floor(index / meters), index % meters];
    const value = 100_000 + meter + at * 0.05 + ((index * 7_919) % 11) / 1_000;
    builder.add({
      meter: `m${meter}`,
      point: 'energy_import',
      time: t0 + at * minute,
      value: Number(value.toFixed(3)),
      quality: (index * 31) % 1_000 === 0 ? 68 : 0,
    });
  }
  return builder.build('gw-1', 1, seq);
}

export const facts = Array.from(
  { length: meters },
  (_, meter): SeriesFacts => ({
    meter: `m${meter}`,
    point: 'energy_import',
    template: 'bench',
    modulus: null,
    maxPerHour: null,
    source: 'bench',
    installations: [],
  }),
);

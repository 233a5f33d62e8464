// Measures a snapshot: sealing and verifying a plant's year of quarters, by the number of its meters; and the size of the bundle.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchRow, report, row } from '../bin/bench-report.ts';
import { slotLength } from '../core/calendar.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { inputs, site } from '../scoring/golden.fixture.ts';
import { composeSnapshot, sealBundle } from './compose.ts';
import { gatherMaterial } from './gather.ts';
import { first, ledgerOf, newYear, software, storeOf } from './golden.fixture.ts';
import { plantKey } from './key.ts';
import type { Workshop } from './make.ts';
import { verifyBundle } from './verify.ts';

const { period } = inputs();
const most = { seconds: 60, megabytes: 40 };

/** A load that swings over the day, and by a twentieth from quarter to quarter, on a meter that shows whole tenths of a kWh. */
function quarters(seed: number): Slot[] {
  let state = seed;
  const list: Slot[] = [];
  for (let start = period.start; start < period.end; start += slotLength) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const load = 30 + 20 * Math.sin(((start - period.start) / 86_400_000) * 2 * Math.PI);
    list.push({
      ...emptySlot(start),
      value: Math.round(load * 10 * (0.95 + 0.1 * (state / 2 ** 32))) * 100,
      covered: slotLength,
    });
  }
  return list;
}

const feeder = site.meters.find(({ role }) => role === 'feeder');
if (feeder === undefined) throw new Error('the golden plant has a feeder');
const golden = storeOf({});
const rows: BenchRow[] = [];
const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
for (const count of process.argv
  .slice(2)
  .flatMap((word) => (/^\d+$/.test(word) ? [Number(word)] : []))
  .concat(10, 1_000)) {
  const ids = Array.from({ length: count }, (_, index) => `feeder-${index}`);
  const meters = [...site.meters, ...ids.map((id, index) => ({ ...feeder, id, unit: 1 + (index % 247) }))];
  const store: Workshop['store'] = {
    ...golden,
    slots: async (keys, resolution, within) =>
      Promise.all(
        keys.map(async (key) => {
          const number = ids.indexOf(key.meter);
          return number < 0 ? ((await golden.slots([key], resolution, within))[0] ?? []) : quarters(number + 1);
        }),
      ),
  };
  const began = performance.now();
  const material = await gatherMaterial({ ...site, meters }, 2025, store, ledgerOf({}), '');
  const { bytes } = await sealBundle(
    composeSnapshot(material, first, software),
    material.files,
    plantKey(folder),
    newYear,
  );
  const sealed = performance.now();
  if (!verifyBundle(bytes).ok) throw new Error('the snapshot is not sound');
  const verified = performance.now();
  const within = (name: string, unit: string, value: number, limit: number) =>
    rows.push(row(`${count} meters: ${name}`, unit, [value], { target: `≤ ${limit} for 1 000`, met: value <= limit }));
  within('seal', 's', (sealed - began) / 1_000, most.seconds);
  within('verify', 's', (verified - sealed) / 1_000, most.seconds);
  within('bundle', 'MB', bytes.length / 1e6, most.megabytes);
}
rmSync(folder, { recursive: true });
report(rows);

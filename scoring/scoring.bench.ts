// Measures scoring: one plant's year of quarters against every standard, and a thousand plants one after another.
import { type BenchRow, report, row } from '../bin/bench-report.ts';
import { minute } from '../core/calendar.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { accountFor } from './emissions.ts';
import { type Hourly, inputs, load, sun } from './golden.fixture.ts';
import { loadPack, packFiles } from './pack.ts';
import { scoreSite } from './score.ts';

const { period } = inputs();

function quarters(hourly: Hourly): Slot[] {
  const list: Slot[] = [];
  for (let start = period.start; start < period.end; start += 15 * minute) {
    const hourOfDay = Math.floor((start - period.start) / (60 * minute)) % 24;
    list.push({ ...emptySlot(start), value: hourly(hourOfDay) * 250, covered: 15 * minute });
  }
  return list;
}

const year = {
  'main.energy_import': quarters((h) => Math.max(0, load(h) - sun(h))),
  'main.energy_export': quarters((h) => Math.max(0, sun(h) - load(h))),
  'pv-roof.energy_generated': quarters(sun),
  'workshop.energy_import': quarters(load),
  'gas-main.gas_volume': quarters(() => 50),
};
const packs = [...packFiles().keys()].map((id) => loadPack(id));

const given = inputs({ slots: year });

function scoreAll(): void {
  const account = accountFor(given);
  for (const pack of packs) scoreSite(given, pack, account);
}

function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

scoreAll(); // the first run compiles
const one = Array.from({ length: 15 }, () => timed(scoreAll));
const thousand = timed(() => {
  for (let plant = 0; plant < 1_000; plant++) scoreSite(given, packs[0] as (typeof packs)[number]);
});
const rows: BenchRow[] = [
  row(`a year of quarters against ${packs.length} standards`, 'ms', one, {
    target: '< 200',
    met: Math.max(...one) < 200,
  }),
  row('1 000 plants against one standard, one thread', 's', [thousand / 1_000], {
    target: '< 60',
    met: thousand < 60_000,
  }),
];
report(rows);

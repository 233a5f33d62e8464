// Measures scoring: one plant's year of quarters against every standard, and a thousand plants on four threads in bounded memory.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type BenchRow, median, report, row } from '../bin/bench-report.ts';
import { minute } from '../core/calendar.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import { accountFor } from './emissions.ts';
import { type Hourly, inputs, load, sun } from './golden.fixture.ts';
import type { Inputs } from './inputs.ts';
import { loadPack, packFiles } from './pack.ts';
import { scoreSite } from './score.ts';

const { period } = inputs();

function quarters(hourly: Hourly): Slot[] {
  const list: Slot[] = [];
  for (let start = period.start; start < period.end; start += 15 * minute) {
    const hourOfDay = Math.floor((start - period.start) / (60 * minute)) % 24;
    const slot = emptySlot(start);
    slot.value = Math.round(hourly(hourOfDay) * 250);
    slot.covered = 15 * minute;
    list.push(slot);
  }
  return list;
}

const shapes: Record<string, Slot[]> = {
  'main.energy_import': quarters((h) => Math.max(0, load(h) - sun(h))),
  'main.energy_export': quarters((h) => Math.max(0, sun(h) - load(h))),
  'pv-roof.energy_generated': quarters(sun),
  'workshop.energy_import': quarters(load),
  'gas-main.gas_volume': quarters(() => 50),
};

const whole = new Map(Object.entries(shapes).map(([name, slots]) => [name, slots.map(({ value }) => value)]));

/** A plant of its own size. Its slots are those of the plant before, with other values: what is measured is scoring, not making slots. */
function plant(number: number): Inputs {
  for (const [name, values] of whole)
    for (const [at, slot] of (shapes[name] ?? []).entries())
      slot.value = Math.round((values[at] as number) * (1 + number / 1_000));
  return inputs({ slots: Object.fromEntries(Object.entries(shapes).map(([name, slots]) => [name, slots.slice()])) });
}

const packs = [...packFiles().keys()].map((id) => loadPack(id));

function scoreAll(given: Inputs): void {
  const account = accountFor(given);
  for (const pack of packs) scoreSite(given, pack, account);
}

function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

const threads = 4;
/** Fewer for a quick look. */
const plants = Number(process.env.TANBIAO_CASES ?? 1_000);
const megabyte = 2 ** 20;
/** A thread that kept what it scored would end here. */
const heapOfThread = 384;

/** Each thread takes the next plant, all standards, and keeps nothing of it. */
async function scoreThousand(): Promise<{ seconds: number; processor: number; peaks: number[] }> {
  let next = 0;
  let peak = 0;
  const peaks: number[] = [];
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  const began = performance.now();
  let processor = 0;
  await Promise.all(
    Array.from(
      { length: threads },
      () =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(import.meta.filename, {
            workerData: 'plants',
            resourceLimits: { maxOldGenerationSizeMb: heapOfThread, maxYoungGenerationSizeMb: 96 },
          });
          const give = (used: number) => {
            processor += used;
            if (next > 0 && next % (plants / 4) === 0) peaks.push(peak / megabyte);
            worker.postMessage(next < plants ? next++ : null);
          };
          worker.on('message', give);
          worker.once('error', reject);
          worker.once('exit', () => resolve());
        }),
    ),
  );
  clearInterval(watch);
  return { seconds: (performance.now() - began) / 1_000, processor, peaks: [...peaks.slice(0, 3), peak / megabyte] };
}

async function measure(): Promise<void> {
  const given = plant(0);
  scoreAll(given); // the first run compiles
  const one = Array.from({ length: 15 }, () => timed(() => scoreAll(given)));
  const { seconds, processor, peaks } = await scoreThousand();
  const [early = 0] = peaks;
  const all = peaks.at(-1) ?? 0;
  const rows: BenchRow[] = [
    row(`a year of quarters against ${packs.length} standards`, 'ms', one, {
      target: '< 200',
      met: median(one) < 200,
    }),
    row(`${plants} plants against ${packs.length} standards, ${threads} threads`, 's', [seconds], {
      target: '< 60',
      met: seconds < 60,
    }),
    // What four idle cores would take: the time above is longer where others use them.
    row(`processor time of the scoring alone, over ${threads} cores`, 's', [processor / threads], {
      target: '< 60',
      met: processor / threads < 60,
    }),
    row(`peak RSS of ${threads} threads of ${heapOfThread} MB heap over ${plants} plants`, 'MB', [all], {
      against: 'after a quarter of them',
      ratio: all / early,
      target: 'no more than 1.5 times as much',
      met: all <= 1.5 * early,
    }),
  ];
  report(rows);
}

if (isMainThread) await measure();
else if (workerData === 'plants') {
  parentPort?.on('message', (number: number | null) => {
    if (number === null) return parentPort?.close();
    const given = plant(number);
    const before = process.threadCpuUsage();
    scoreAll(given);
    const { user, system } = process.threadCpuUsage(before);
    parentPort?.postMessage((user + system) / 1_000_000);
  });
  parentPort?.postMessage(0);
}

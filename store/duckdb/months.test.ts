import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { day, hour, minute } from '../../core/calendar.ts';
import { fromSteps } from '../../core/points.ts';
import { type Batch, BatchBuilder, type Sample, type SampleColumns, type SeriesKey } from '../../core/sample.ts';
import { DuckdbStore } from './duckdb-store.ts';

const main: SeriesKey = { meter: 'main', point: 'energy_import' };
const power: SeriesKey = { meter: 'press', point: 'power' };
const t0 = Date.UTC(2025, 0, 31, 22);
const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };
const cases = Number(process.env.TANBIAO_CASES ?? 150);
/** As many plants live in one store, each a case of its own: a store takes longer to open than to fill. */
const sideBySide = 50;

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-months-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openFor(context: TestContext, folder = folderFor(context)) {
  const store = await DuckdbStore.open(folder);
  context.after(() => store.close());
  return { folder, store };
}

function batch(seq: number, samples: readonly Sample[], gateway = 'gw-1'): Batch {
  const builder = new BatchBuilder();
  for (const one of samples) builder.add(one);
  return builder.build(gateway, 1, seq);
}

const sample = (key: SeriesKey, minutes: number, value: number | null, quality = value === null ? 128 : 0): Sample => ({
  ...key,
  time: t0 + minutes * minute,
  value,
  quality,
});

async function compactAll(store: DuckdbStore): Promise<string[]> {
  const months = await store.monthsToCompact(Number.MAX_SAFE_INTEGER);
  for (const month of months) await store.compact(month);
  return months;
}

const filesIn = (folder: string): string[] => readdirSync(join(folder, 'months')).sort();

test('a closed month is read from its file as it was read before, also after a restart', async (context) => {
  const folder = folderFor(context);
  const store = await DuckdbStore.open(folder);
  await store.commit([
    batch(
      1,
      [0, 60, 119, 120, 180].flatMap((at) => [sample(main, at, at), sample(power, at, -at / 7)]),
    ),
  ]);
  await store.commit([batch(2, [sample(main, 60, null), sample(main, 90, 90)])]);
  const before = [await store.samples(main, everything), await store.samples(power, everything), await store.latest()];
  assert.deepEqual(await store.monthsToCompact(Date.UTC(2025, 1, 4) - 1), []);
  assert.deepEqual(await store.monthsToCompact(Date.UTC(2025, 1, 4)), ['2025-01']);
  assert.deepEqual(await compactAll(store), ['2025-01', '2025-02']);
  const read = async (from: DuckdbStore) => [
    await from.samples(main, everything),
    await from.samples(power, everything),
    await from.latest(),
  ];
  assert.deepEqual(await read(store), before);
  assert.deepEqual(filesIn(folder), ['2025-01.1.parquet', '2025-02.1.parquet']);
  await store.close();
  const again = await DuckdbStore.open(folder);
  assert.deepEqual(await read(again), before);
  await again.close();
});

test('neighbours are found across months, in files and in tables', async (context) => {
  const { store } = await openFor(context);
  const spike = sample(main, 200, 9e6, 66);
  await store.commit([batch(1, [sample(main, 0, 1), sample(main, 1, null), spike, sample(main, 90 * 24 * 60, 5)])]);
  await compactAll(store);
  await store.commit([batch(2, [sample(main, 91 * 24 * 60, 6)])]);
  const from = t0 + 40 * day;
  const around = async (start: number, end: number, which: 'any' | 'counting') =>
    (await store.samples(main, { start, end }, which)).value;
  assert.deepEqual(await around(from, from + hour, 'counting'), [1, 5]);
  assert.deepEqual(await around(from, from + hour, 'any'), [9e6, 5]);
  assert.deepEqual(await around(t0 + 90 * day + hour, t0 + 90 * day + hour, 'any'), [5, 6]);
});

test('the way back to a reading passes the files that do not hold its series, also after a restart and beside late readings', async (context) => {
  const folder = folderFor(context);
  const store = await DuckdbStore.open(folder);
  await store.commit([batch(1, [sample(power, 0, 7), sample(main, 60 * 24 * 60, 1), sample(main, 90 * 24 * 60, 2)])]);
  await compactAll(store);
  await store.commit([batch(2, [sample(power, 61 * 24 * 60, 8)])]);
  await store.close();
  const again = await DuckdbStore.open(folder);
  context.after(() => again.close());
  // Whoever opened it would fail.
  rmSync(join(folder, 'months', '2025-05.1.parquet'));
  const before = async (days: number) =>
    (await again.samples(power, { start: t0 + days * day, end: t0 + days * day }, 'any')).value;
  assert.deepEqual(await before(100), [8]);
  assert.deepEqual(await before(50), [7, 8]);
  // Two hours around the turn of a month lie in two files: the nearer reading counts.
  const { store: other } = await openFor(context);
  await other.commit([batch(1, [sample(main, 110, 1), sample(main, 130, 2)])]);
  await compactAll(other);
  const turn = t0 + 140 * minute;
  assert.deepEqual((await other.samples(main, { start: turn, end: turn }, 'any')).value, [2]);
});

test('late readings of a closed month are seen at once, and change the file of that month alone', async (context) => {
  const { folder, store } = await openFor(context);
  await store.commit([batch(1, [sample(main, 0, 1), sample(main, 10, 3), sample(main, 300, 9)])]);
  await compactAll(store);
  const { late } = await store.commit([batch(2, [sample(main, 5, 2), sample(main, 10, null), sample(main, 10, 4)])]);
  assert.equal(late.length, 3);
  const expected = [1, 2, 4, 9];
  assert.deepEqual((await store.samples(main, everything)).value, expected);
  assert.deepEqual(await compactAll(store), ['2025-01']);
  assert.deepEqual((await store.samples(main, everything)).value, expected);
  assert.deepEqual(filesIn(folder), ['2025-01.2.parquet', '2025-02.1.parquet']);
});

test('whatever the order, the repetitions, the restarts and the compactions, the content is the same', async (context) => {
  const reading = fc.record({
    point: fc.constantFrom(main.point, power.point),
    at: fc.nat(4 * 60),
    value: fc.option(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(0.5, -0.25, 7.125)), { freq: 4 }),
    uncertain: fc.boolean(),
  });
  const plant = fc.record({
    readings: fc.array(fc.array(reading, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 }),
    order: fc.array(fc.nat(7), { minLength: 10, maxLength: 10 }),
  });
  const step = fc.constantFrom('batches', 'batches', 'batches', 'compact', 'reopen');
  await fc.assert(
    fc.asyncProperty(
      fc.array(plant, { minLength: sideBySide, maxLength: sideBySide }),
      fc.array(step, { minLength: 4, maxLength: 10 }),
      async (plants, steps) => {
        const folder = folderFor(context);
        const sent = plants.map(({ readings }, number) =>
          readings.map((some, index) => {
            const samples = some.map(({ point, at, value, uncertain }) =>
              sample({ meter: `m${number}`, point }, at, value, value === null ? 130 : uncertain ? 68 : 0),
            );
            return batch(index + 1, samples, `gw-${number}`);
          }),
        );
        let store = await DuckdbStore.open(folder);
        for (const [turn, what] of steps.entries()) {
          if (what === 'batches') {
            const chosen = plants.map(({ order }, number) => {
              const own = sent[number] as Batch[];
              return own[(order[turn] as number) % own.length] as Batch;
            });
            await store.commit(chosen);
          } else if (what === 'compact') {
            await compactAll(store);
          } else {
            await store.close();
            store = await DuckdbStore.open(folder);
          }
        }
        await store.commit(sent.flat()); // what was not sent yet, beside what was
        for (const [number, batches] of sent.entries()) {
          for (const { point } of [main, power]) {
            const key = { meter: `m${number}`, point };
            assert.deepEqual(await store.samples(key, everything), bestOf(batches, key));
          }
        }
        await store.close();
      },
    ),
    { seed: 7, numRuns: Math.ceil(cases / sideBySide) },
  );
});

/** The rule of the port, told a second time: of one instant the better quality, then the larger value. */
function bestOf(batches: readonly Batch[], key: SeriesKey): SampleColumns {
  const best = new Map<number, { value: number | null; quality: number }>();
  for (const { series, index, time, value, quality } of batches) {
    for (const [row, at] of time.entries()) {
      const { meter, point } = series[index[row] as number] as SeriesKey;
      if (meter !== key.meter || point !== key.point) continue;
      const one = { value: value[row] as number | null, quality: quality[row] as number };
      const other = best.get(at);
      const rank = ({ value, quality }: typeof one) => [-quality, value ?? Number.NEGATIVE_INFINITY] as const;
      const [a, b] = [rank(one), other === undefined ? undefined : rank(other)];
      if (b === undefined || a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])) best.set(at, one);
    }
  }
  const sorted = [...best].sort(([a], [b]) => a - b);
  return {
    time: sorted.map(([time]) => time),
    value: sorted.map(([, { value }]) => value),
    quality: sorted.map(([, { quality }]) => quality),
  };
}

test('readings and questions go on while a month moves, and never see half of it', async (context) => {
  const { store } = await openFor(context);
  const count = 40_000;
  const first = Array.from({ length: count }, (_, at) => sample(main, at / 20, at));
  await store.commit([batch(1, first)]);
  let seq = 1;
  let moving = true;
  const moved = (async () => {
    for (let round = 0; round < 6; round++) {
      await store.commit([batch(++seq, [sample(main, -seq, 1)])]);
      await compactAll(store);
    }
    moving = false;
  })();
  let questions = 0;
  while (moving) {
    const { time } = await store.samples(main, { start: t0, end: everything.end });
    assert.equal(time.length, count);
    questions++;
  }
  await moved;
  assert.ok(questions > 3, `${questions} questions`);
});

const writer = (folder: string): string => `
  import { BatchBuilder } from ${JSON.stringify(new URL('../../core/sample.ts', import.meta.url).href)};
  import { DuckdbStore } from ${JSON.stringify(new URL('./duckdb-store.ts', import.meta.url).href)};
  const store = await DuckdbStore.open(${JSON.stringify(folder)});
  const known = (await store.receipts())[0]?.ranges.at(-1)?.last ?? 0;
  console.log('open');
  const compact = async () => {
    for (;;) {
      for (const month of await store.monthsToCompact(Number.MAX_SAFE_INTEGER)) await store.compact(month);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  compact();
  for (let seq = known + 1; ; seq++) {
    const builder = new BatchBuilder();
    for (let row = 0; row < 40; row++) {
      const at = (seq * 40 + row) % 7 === 0 ? seq * 40 + row - 3000 : seq * 40 + row; // some come late
      builder.add({ meter: 'main', point: 'energy_import', time: ${t0} + at * 60_000, value: at, quality: 0 });
    }
    await store.commit([builder.build('gw-1', 1, seq)]);
    console.log(seq);
  }`;

test('kill -9 while months move: no acknowledged reading is missing, none is there twice', async (context) => {
  const folder = folderFor(context);
  const script = join(folder, 'writer.mjs');
  const data = join(folder, 'store');
  writeFileSync(script, writer(data));
  let acknowledged = 0;
  const rounds = Number(process.env.TANBIAO_CASES ?? 0) > 1_000 ? 100 : 12;
  let files = 0;
  // On a slow machine a month may need more rounds than these before one is moved for the first time.
  for (let round = 0; round < rounds || (files === 0 && round < 5 * rounds); round++) {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    context.after(() => child.kill('SIGKILL'));
    let lines = 0;
    for await (const line of createInterface(child.stdout)) {
      // At a moment of its own, but never before it has promised something that it must keep.
      if (++lines === 3) setTimeout(() => child.kill('SIGKILL'), (round * 97) % 400);
      if (line !== 'open') acknowledged = Math.max(acknowledged, Number(line));
    }
    const store = await DuckdbStore.open(data);
    const [{ ranges = [] } = {}] = await store.receipts();
    const stored = ranges.at(-1)?.last ?? 0;
    assert.ok(
      ranges.length <= 1 && stored >= acknowledged,
      `batch ${acknowledged} was acknowledged, ${stored} is there`,
    );
    const expected = new Set<number>();
    for (let n = 40; n < (stored + 1) * 40; n++) expected.add(n % 7 === 0 ? n - 3_000 : n);
    const { time, value } = await store.samples(main, everything);
    assert.deepEqual(value, stored === 0 ? [] : [...expected].sort((a, b) => a - b));
    assert.deepEqual(
      time,
      value.map((at) => t0 + (at as number) * minute),
    );
    assert.deepEqual((await store.check()).problems, []);
    files = Math.max(files, filesIn(data).length);
    await store.close();
  }
  assert.ok(files > 0, 'no month was ever moved');
  assert.ok(acknowledged > rounds, `only ${acknowledged} batches`);
});

/** On the small one the log of the database finds no room, on the larger one its checkpoint: then DuckDB gives up. */
for (const [megabytes, failure] of [
  [24, /\.wal.*No space left/],
  [31, /FATAL/],
] as const) {
  test(`on a full disk of ${megabytes} MB nothing acknowledged is lost, and work goes on without a restart when there is room`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'tanbiao-disk-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
      encoding: 'utf8',
    });
    if (mounted.status !== 0) {
      rmSync(folder, { recursive: true });
      return context.skip(`a small disk needs root and mount: ${mounted.stderr ?? mounted.error}`);
    }
    context.after(() => {
      spawnSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    });
    const data = join(folder, 'store');
    let store = await DuckdbStore.open(data);
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(14 << 20));
    const next = (seq: number) =>
      batch(
        seq,
        Array.from({ length: 5_000 }, (_, row) =>
          sample(main, seq * 5_000 + row, fromSteps((seq * 7_919 + row * 104_729) % 1e9, 'energy_import')),
        ),
      );
    let stored = 0;
    const failures: string[] = [];
    while (failures.length < 3 && stored < 2_000) {
      try {
        await store.commit([next(stored + 1)]);
        stored++;
      } catch (error) {
        failures.push(String(error));
        await assert.rejects(compactAll(store)); // there is no room for this either
      }
    }
    assert.match(failures[0] ?? 'the disk never filled up', failure);
    const rows = async () => (await store.samples(main, everything)).time.length;
    assert.equal(await rows(), stored * 5_000);
    rmSync(ballast);
    await store.commit([next(stored + 1)]);
    assert.equal(await rows(), (stored + 1) * 5_000);
    await store.close();
    store = await DuckdbStore.open(data);
    assert.equal(await rows(), (stored + 1) * 5_000);
    assert.deepEqual((await store.check()).problems, []);
    await store.close();
  });
}

test('a byte that changed in a file is found, and the file is named', async (context) => {
  const { folder, store } = await openFor(context);
  await store.commit([
    batch(
      1,
      Array.from({ length: 300 }, (_, at) => sample(main, at, at)),
    ),
  ]);
  await compactAll(store);
  assert.deepEqual(await store.check(), { files: 2, readings: 300, problems: [] });
  const path = join(folder, 'months', '2025-02.1.parquet');
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
  writeFileSync(path, bytes);
  const { problems } = await store.check();
  assert.deepEqual(
    problems.map(({ file }) => file),
    ['2025-02.1.parquet'],
  );
  assert.match(problems[0]?.en ?? '', /altered or is damaged/);
});

test('the store says how much it holds', async (context) => {
  const { store } = await openFor(context);
  await store.commit([
    batch(
      1,
      Array.from({ length: 300 }, (_, at) => sample(main, at, at)),
    ),
  ]);
  await store.compact('2025-01');
  await store.commit([batch(2, [sample(main, 1.5, 1)])]);
  const { databaseBytes, cold, ...rest } = await store.stats();
  assert.ok(databaseBytes > 0);
  assert.deepEqual([cold.months, cold.readings], [1, 120]);
  assert.equal(cold.bytesPerReading, cold.bytes / 120);
  assert.deepEqual(rest, {
    series: 1,
    hot: { months: 2, readings: 181 },
    oldest: t0,
    newest: t0 + 299 * minute,
    lost: { records: 0, readings: 0 },
    forgotten: 0,
  });
});

// The store on InfluxDB: the contract on a real influxd, and what only a database on the network can do wrong.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as requestTo } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { minute } from '../../core/calendar.ts';
import { Fault } from '../../core/fault.ts';
import { findProgram } from '../../core/real-programs.ts';
import { type Batch, BatchBuilder, type Sample, type SeriesKey, seriesName } from '../../core/sample.ts';
import { emptySlot, resolutions } from '../../core/slots.ts';
import type { Receipts, SlotWrite } from '../../core/store.ts';
import { type Opener, storeContract } from '../contract.ts';
import { DuckdbStore } from '../duckdb/duckdb-store.ts';
import { InfluxClient } from './influx-client.ts';
import { InfluxStore } from './influx-store.ts';
import { type Influxd, optionsFor, startInfluxd, startVictoria } from './influxd.fixture.ts';

const { skip } = findProgram('influxd');
const t0 = Date.UTC(2025, 0, 1);
const everything = { start: 0, end: Date.UTC(2100, 0, 1) };
const main: SeriesKey = { meter: 'main', point: 'energy_import' };

let influxd: Influxd;
let databases = 0;
before(async () => {
  if (skip === false) influxd = await startInfluxd();
});
after(() => influxd?.end());

async function freshDatabase(): Promise<string> {
  const name = `db${databases++}`;
  await influxd.query(`CREATE DATABASE ${name}`);
  return name;
}

const open = async (_: TestContext) => {
  const options = optionsFor(influxd.url, await freshDatabase());
  return { options, store: await InfluxStore.open(options), reopen: () => InfluxStore.open(options) };
};

storeContract('influxdb', open satisfies Opener, skip);
storeContract(
  'influxdb, one of several writers',
  async () => {
    const options = { ...optionsFor(influxd.url, await freshDatabase()), shared: { name: 'w', now: Date.now } };
    return { store: await InfluxStore.open(options), reopen: () => InfluxStore.open(options) };
  },
  skip,
);

function batch(
  seq: number,
  readings: readonly [minutes: number, value: number | null, quality?: number][],
  gateway = 'gw-1',
): Batch {
  const builder = new BatchBuilder();
  for (const [minutes, value, quality = 0] of readings)
    builder.add({ ...main, time: t0 + minutes * minute, value, quality });
  return builder.build(gateway, 1, seq);
}

/** As many plants live in one database, each a case of its own. */
const sideBySide = 20;
const byGateway = (a: Receipts, b: Receipts) => a.gateway.localeCompare(b.gateway);

test('in whatever order, however often and in whatever company batches come, InfluxDB answers as DuckDB does', {
  skip,
}, async (context) => {
  const reading = fc.record({
    point: fc.constantFrom('energy_import', 'power'),
    time: fc.nat(6).map((n) => t0 + n * minute),
    value: fc.option(fc.integer({ min: -3, max: 3 })),
    quality: fc.constantFrom(0, 64, 65, 128),
  });
  const valid = reading.filter(({ value, quality }) => (value === null ? quality >= 64 : quality < 128));
  const plant = fc.record({
    content: fc.array(fc.array(valid, { maxLength: 4 }), { minLength: 5, maxLength: 5 }),
    order: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 10, maxLength: 10 }),
  });
  const plants = fc.array(plant, { minLength: sideBySide, maxLength: sideBySide });
  const commits = fc.array(fc.boolean(), { minLength: 1, maxLength: 10 });
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-influx-'));
  context.after(() => rmSync(folder, { recursive: true }));
  let round = 0;
  await fc.assert(
    fc.asyncProperty(plants, commits, fc.boolean(), async (all, turns, isShared) => {
      const duckdb = await DuckdbStore.open(join(folder, String(round++)));
      const options = optionsFor(influxd.url, await freshDatabase());
      const influx = await InfluxStore.open(isShared ? { ...options, shared: { name: 'w', now: Date.now } } : options);
      const batches = all.map(({ content }, number) =>
        content.map((some, n) => {
          const builder = new BatchBuilder();
          for (const one of some) builder.add({ meter: `m${number}`, ...one } as Sample);
          return builder.build(`gw-${number}`, 1, n + 1);
        }),
      );
      let waiting: Batch[] = [];
      for (const [turn, commit] of [...turns, true].entries()) {
        for (const [number, { order }] of all.entries())
          waiting.push(batches[number]?.[(order[turn] ?? 1) - 1] as Batch);
        if (!commit) continue;
        const [expected, committed] = [await duckdb.commit(waiting), await influx.commit(waiting)];
        if (!isShared) assert.deepEqual(committed, expected);
        waiting = [];
      }
      const byName = (a: SeriesKey, b: SeriesKey) => seriesName(a).localeCompare(seriesName(b));
      assert.deepEqual((await influx.latest()).sort(byName), (await duckdb.latest()).sort(byName));
      assert.deepEqual((await influx.receipts()).sort(byGateway), (await duckdb.receipts()).sort(byGateway));
      for (const number of all.keys()) {
        for (const point of ['energy_import', 'power'] as const) {
          const key = { meter: `m${number}`, point };
          const period = { start: t0 + 2 * minute, end: t0 + 4 * minute };
          for (const around of ['none', 'any', 'counting'] as const)
            assert.deepEqual(await influx.samples(key, period, around), await duckdb.samples(key, period, around));
          assert.deepEqual(await influx.samples(key, everything), await duckdb.samples(key, everything));
        }
      }
      await duckdb.close();
    }),
    { seed: 7, numRuns: Math.ceil(Number(process.env.TANBIAO_CASES ?? 40) / sideBySide) },
  );
});

const isFault = (code: string) => (error: unknown) => error instanceof Fault && error.code === code;

test('a slot that is written empty is gone', { skip }, async (context) => {
  const { store } = await open(context);
  const slot = { ...emptySlot(t0), value: 5, covered: minute };
  await store.putSlots([{ key: main, resolution: 'day', slots: [slot] }]);
  assert.deepEqual(await store.slots([main], 'day', everything), [[slot]]);
  await store.putSlots([{ key: main, resolution: 'day', slots: [emptySlot(t0)] }]);
  assert.deepEqual(await store.slots([main], 'day', everything), [[]]);
});

test('a better reading without a value takes the value of a worse one away', { skip }, async (context) => {
  const { store } = await open(context);
  await store.commit([batch(1, [[0, 5, 69]])]);
  await store.commit([batch(2, [[0, null, 64]])]);
  assert.deepEqual(await store.samples(main, everything), { time: [t0], value: [null], quality: [64] });
});

test('a meter that moved to another gateway has each instant once, the better one', { skip }, async (context) => {
  const { store, reopen } = await open(context);
  await store.commit([
    batch(1, [
      [0, 1],
      [1, null, 128],
    ]),
  ]);
  await store.commit([
    batch(
      1,
      [
        [1, 2],
        [2, 3],
      ],
      'gw-2',
    ),
  ]);
  assert.deepEqual((await store.samples(main, everything)).value, [1, 2, 3]);
  assert.deepEqual((await store.samples(main, { start: t0 + 2 * minute, end: t0 + 2 * minute }, 'any')).value, [2, 3]);
  assert.equal((await (await reopen()).latest())[0]?.value, 3);
});

test('a period longer than an answer is read in pieces, and neighbours are found behind many that do not count', {
  skip,
}, async (context) => {
  const { store } = await open(context);
  const count = 60_000;
  for (let seq = 0; seq < 6; seq++)
    await store.commit([
      batch(
        seq + 1,
        Array.from({ length: count / 6 }, (_, n) => [
          seq * 10_000 + n,
          seq * 10_000 + n,
          n === 0 && seq === 0 ? 0 : 66,
        ]),
      ),
    ]);
  const { value } = await store.samples(main, everything);
  assert.equal(value.length, count);
  assert.ok(value.every((one, n) => one === n));
  const end = t0 + count * minute;
  assert.deepEqual((await store.samples(main, { start: end, end }, 'counting')).value, [0]);
});

test('lines that the database will never take are refused with their reason, and the rest is stored', {
  skip,
}, async (context) => {
  const { store, options } = await open(context);
  // Somebody wrote the field as an integer in this month before us: the database takes no float there.
  await influxd.query(`CREATE DATABASE ${options.database}`);
  const foreign = Date.UTC(2025, 5, 10);
  await fetch(`${influxd.url}/write?db=${options.database}&precision=ms`, {
    method: 'POST',
    body: `telemetry,site=x v=1i ${foreign}`,
  });
  const june = Math.round((foreign - t0) / minute);
  const refused: [number, (number | null)[], string][] = [];
  const readings = Array.from({ length: 200 }, (_, n): [number, number] => [n, n]);
  readings.splice(50, 0, [june, 1_000], [june + 1, 1_001]);
  const { samples, late } = await store.commit([batch(7, readings)], ({ seq, value }, reason) =>
    refused.push([seq, value, reason.text.en]),
  );
  assert.deepEqual(
    refused.map(([seq, value]) => [seq, value]),
    [[7, [1_000, 1_001]]],
  );
  assert.match(refused[0]?.[2] ?? '', /field type conflict/);
  const told = late.filter(({ time }) => time >= foreign);
  assert.deepEqual([samples, told.length], [200, 2], 'slots must be made again without what was refused');
  assert.deepEqual(
    (await store.samples(main, everything)).value,
    Array.from({ length: 200 }, (_, n) => n),
  );
  await assert.rejects(store.commit([batch(8, [[june + 2, 1]])]), isFault('store_refuses'));
  assert.equal((await store.receipts())[0]?.ranges.length, 1, 'what nobody took was counted as stored');
});

test('a full server is no fault of the readings: the commit fails and may be tried again', {
  skip,
}, async (context) => {
  const small = await startInfluxd({ data: 'max-series-per-database = 4' });
  context.after(() => small.end());
  await small.query('CREATE DATABASE a');
  const store = await InfluxStore.open(optionsFor(small.url, 'a'));
  const builder = new BatchBuilder();
  for (const meter of ['a', 'b', 'c', 'd', 'e']) builder.add({ meter, point: 'power', time: t0, value: 1, quality: 0 });
  const refused: Batch[] = [];
  await assert.rejects(
    store.commit([builder.build('gw-1', 1, 1)], (one) => refused.push(one)),
    (error) => isFault('store_unavailable')(error) && /max-series-per-database/.test(String(error)),
  );
  assert.deepEqual(refused, []);
});

test('what cannot work is refused at the start, with what to do', { skip }, async () => {
  const nobody = { ...optionsFor(influxd.url, 'nobody') };
  await assert.rejects(InfluxStore.open(nobody), isFault('store_missing'));
  await assert.rejects(InfluxStore.open({ ...nobody, write: 'v2', bucket: 'b' }), isFault('store_missing'));
  await assert.rejects(InfluxStore.open(optionsFor('http://127.0.0.1:9', 'a')), isFault('store_unavailable'));
  const short = await freshDatabase();
  await influxd.query(`CREATE RETENTION POLICY r ON ${short} DURATION 30d REPLICATION 1 DEFAULT`);
  await assert.rejects(InfluxStore.open(optionsFor(influxd.url, short)), isFault('store_forgets'));
});

test('a user and a password open a database that asks for them, and a wrong password is told', {
  skip,
}, async (context) => {
  const guarded = await startInfluxd({ http: 'auth-enabled = true' });
  context.after(() => guarded.end());
  await guarded.query("CREATE USER admin WITH PASSWORD 'secret' WITH ALL PRIVILEGES");
  const login = `Basic ${Buffer.from('admin:secret').toString('base64')}`;
  await fetch(`${guarded.url}/query?q=CREATE+DATABASE+a`, { method: 'POST', headers: { authorization: login } });
  const options = optionsFor(guarded.url, 'a');
  const store = await InfluxStore.open({ ...options, username: 'admin', password: 'secret' });
  assert.equal((await store.commit([batch(1, [[0, 1]])])).samples, 1);
  await assert.rejects(InfluxStore.open({ ...options, username: 'admin', password: 'wrong' }), isFault('store_denied'));
  await assert.rejects(InfluxStore.open(options), isFault('store_denied'));
});

test('influxd is killed under load: a commit that resolved is there, and one that failed is written again', {
  skip,
}, async (context) => {
  const other = await startInfluxd();
  context.after(() => other.end());
  await other.query('CREATE DATABASE a');
  let store = await InfluxStore.open(optionsFor(other.url, 'a'));
  let seq = 0;
  let failures = 0;
  for (let round = 0; round < 4; round++) {
    const first = seq;
    let failed = false;
    const kill = async () => {
      await pause(60 + 90 * round);
      while (seq < first + 3 && !failed) await pause(10);
      await other.kill();
    };
    const killed = kill();
    while (!failed) {
      const next = batch(
        seq + 1,
        Array.from({ length: 50 }, (_, n) => [seq * 50 + n, seq * 50 + n]),
      );
      try {
        await store.commit([next]);
        seq++;
      } catch (error) {
        assert.ok(error instanceof Fault && error.retry, String(error));
        failed = true;
        failures++;
      }
    }
    await killed;
    await other.start();
    if (round % 2 === 1) store = await InfluxStore.open(optionsFor(other.url, 'a'));
  }
  await store.commit([batch(seq + 1, [[seq * 50, seq * 50]])]);
  const { value } = await store.samples(main, everything);
  assert.ok(failures === 4 && seq > 10, `${seq} commits`);
  assert.deepEqual(
    value.slice(0, seq * 50),
    Array.from({ length: seq * 50 }, (_, n) => n),
  );
  const [receipts] = await (await InfluxStore.open(optionsFor(other.url, 'a'))).receipts();
  assert.deepEqual(
    receipts?.ranges.map(({ first, last }) => [first, last]),
    [[1, seq + 1]],
  );
});

const victoria = findProgram('victoria-metrics');

test('both write paths bring every reading into VictoriaMetrics, which has the v2 path, but answers no InfluxQL', {
  skip: victoria.skip,
}, async (context) => {
  const server = await startVictoria();
  context.after(() => server.end());
  for (const write of ['v1', 'v2'] as const) {
    const client = new InfluxClient({ ...optionsFor(server.url, 'plant'), write, bucket: 'plant' });
    const lines = Array.from(
      { length: 12_000 },
      (_, n) => `telemetry,meter=${write} v=${n / 8},q=${n % 2}i ${t0 + n * minute}`,
    );
    assert.deepEqual(await client.write(lines), []);
    await fetch(`${server.url}/internal/force_flush`);
    for (const [field, expected] of [
      ['v', 11_999 / 8],
      ['q', 1],
    ] as const) {
      const address = `${server.url}/api/v1/export?match[]=telemetry_${field}{meter="${write}"}`;
      const text = await (await fetch(address)).text();
      const values = text
        .trim()
        .split('\n')
        .flatMap((line) => (JSON.parse(line) as { values: number[] }).values);
      assert.equal(values.length, 12_000);
      assert.equal(values.at(-1), expected);
    }
  }
  await assert.rejects(InfluxStore.open({ ...optionsFor(server.url, 'plant'), write: 'v2', bucket: 'plant' }), Fault);
});

test('a write of slots that breaks off leaves no gap behind the newest quarter, from which the next start goes on', {
  skip,
}, async (context) => {
  const database = await freshDatabase();
  let writesLeft = Number.POSITIVE_INFINITY;
  const cable = createServer((request, response) => {
    if (request.url?.startsWith('/write') && --writesLeft < 0) return void request.socket.destroy();
    const onwards = requestTo(
      influxd.url + request.url,
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onwards.on('error', () => response.destroy());
    request.pipe(onwards);
  });
  await new Promise<void>((resolve) => cable.listen(0, '127.0.0.1', resolve));
  context.after(() => cable.close());
  const store = await InfluxStore.open(
    optionsFor(`http://127.0.0.1:${(cable.address() as AddressInfo).port}`, database),
  );
  const meters = ['a', 'b', 'c'].map((meter): SeriesKey => ({ meter, point: 'energy_import' }));
  const lengths = { quarter: 15 * minute, hour: 60 * minute, day: 1_440 * minute };
  const days = 40;
  // As they close when days of a meter come in one message: of each meter the quarters, the hours, the days.
  const writes = meters.flatMap((key) =>
    resolutions.map(
      (resolution): SlotWrite => ({
        key,
        resolution,
        slots: Array.from({ length: (days * lengths.day) / lengths[resolution] }, (_, n) => ({
          ...emptySlot(t0 + n * lengths[resolution]),
          value: 1,
          covered: lengths[resolution],
        })),
      }),
    ),
  );
  let brokenOff = 0;
  for (let requests = 0; ; requests++) {
    writesLeft = requests;
    const failed = await store.putSlots(writes).then(
      () => false,
      () => true,
    );
    for (const { meter, point, start } of await store.newestSlots()) {
      for (const resolution of resolutions) {
        const [stored = []] = await store.slots([{ meter, point }], resolution, { start: t0, end: start });
        assert.equal(
          stored.length,
          Math.ceil((start - t0) / lengths[resolution]),
          `${meter}: ${resolution} is missing`,
        );
      }
    }
    if (!failed) break;
    brokenOff++;
  }
  assert.equal(brokenOff, 3);
  for (const [row, one] of (await store.slots(meters, 'day', everything)).entries())
    assert.equal(one.length, days, `days of ${meters[row]?.meter}`);
});

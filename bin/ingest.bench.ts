// Measures the way in: MQTT batches into the embedded store beside raw chunk appends, influxd behind the same ingest, and commits while months move.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BrokerLink } from '../core/broker-link.ts';
import { minute } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { silentLog } from '../core/log.ts';
import { toSteps } from '../core/points.ts';
import { findProgram, type Program } from '../core/real-programs.ts';
import { type Batch, BatchBuilder, type SeriesFacts } from '../core/sample.ts';
import type { Store } from '../core/store.ts';
import { encodeBatch, topicOf } from '../core/wire.ts';
import { startIngest } from '../ingest/main.ts';
import { Database } from '../store/duckdb/database.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { RowsByMonth } from '../store/duckdb/rows.ts';
import { InfluxStore } from '../store/influx/influx-store.ts';
import { type BenchRow, median, report, row } from './bench-report.ts';

const meters = 1_000;
const batchRows = 100;
const samples = 1_000_000;
const rounds = 3;
const t0 = Date.UTC(2025, 0, 1);

/** One minute of all meters is ten messages; counters in steps of a thousandth, a reading in a thousand uncertain. */
function message(seq: number): Batch {
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

const facts = Array.from(
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

/** Runs as a process of its own: what sending costs must not be counted as what receiving costs. */
async function publish(url: string): Promise<void> {
  const payloads = Array.from({ length: samples / batchRows }, (_, n) => encodeBatch(message(n + 1)));
  const up = Promise.withResolvers<void>();
  const link = new BrokerLink({
    broker: { url, username: 'gw-1', password: '' },
    clientId: 'gw-1',
    subscribe: [],
    onMessage: () => undefined,
    onUp: up.resolve,
    clock: systemClock,
    log: silentLog,
  });
  await up.promise;
  console.log('ready');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  const topic = topicOf('mill', 'gw-1', 'data');
  const waiting = payloads.values();
  const sendAll = async () => {
    for (const payload of waiting) await link.publish(topic, payload);
  };
  await Promise.all(Array.from({ length: 500 }, sendAll)); // as many on the way at once
  await link.close();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

function start(program: string, args: string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  children.add(child);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  children.delete(child);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Seconds of CPU that a process has used. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

type Measured = { rate: number; cpu: number };

/** From the first message to the last commit. CPU is that of ingest and of the database, not of broker and sender. */
async function throughMqtt(broker: string, store: Store, folder: string, serverPid?: number): Promise<Measured> {
  const site = { site: 'mill', timezone: 'Asia/Shanghai' } as Site;
  const address = { url: broker, username: 'ingest', password: '' };
  const ingest = await startIngest({
    site,
    dataFolder: folder,
    broker: address,
    store,
    clock: systemClock,
    log: silentLog,
  });
  await ingest.ready;
  const sender = start(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    import.meta.filename,
    'publish',
    broker,
  ]);
  for await (const line of createInterface(sender.stdout as NodeJS.ReadableStream)) if (line === 'ready') break;
  const before = { ...process.cpuUsage(), server: serverPid === undefined ? 0 : cpuOf(serverPid) };
  const began = performance.now();
  sender.stdin?.write('go\n');
  while (ingest.committer.counts.samples < samples) await new Promise((resolve) => setTimeout(resolve, 5));
  const seconds = (performance.now() - began) / 1_000;
  const used = process.cpuUsage(before);
  const server = serverPid === undefined ? 0 : cpuOf(serverPid) - before.server;
  await stop(sender);
  await ingest.stop();
  return { rate: samples / seconds, cpu: (used.user + used.system) / 1e6 + server };
}

async function rawAppend(folder: string): Promise<Measured> {
  const database = await Database.open(join(folder, 'raw.duckdb'), join(folder, 'temporary'));
  await database.write('CREATE TABLE raw (sid INTEGER, ts BIGINT, v BIGINT, q UTINYINT)');
  const perCommit = 10_000 / batchRows;
  const commits = Array.from({ length: samples / 10_000 }, (_, commit) => {
    const rows = new RowsByMonth();
    for (let n = 0; n < perCommit; n++) {
      const { index, time, value, quality, series } = message(commit * perCommit + n + 1);
      for (const [at, one] of index.entries()) {
        const sid = Number(series[one]?.meter.slice(1));
        rows
          .at(time[at] as number)
          .push(sid, time[at] as number, toSteps(value[at] as number, 'energy_import'), quality[at] as number);
      }
    }
    return rows.take();
  });
  const before = process.cpuUsage();
  const began = performance.now();
  for (const months of commits) {
    await database.transaction(async () => {
      for (const { rows } of months) await database.append('raw', rows);
    });
  }
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(before);
  database.close();
  return { rate: samples / seconds, cpu: (user + system) / 1e6 };
}

/** influxd behind the same port: lines of a commit in one request, which influxd makes durable before it answers. */
function influxStore(url: string): Store {
  return {
    commit: async (batches) => {
      const lines = batches.flatMap(({ series, index, time, value, quality }) =>
        time.map((at, n) => {
          const { meter, point } = series[index[n] as number] as { meter: string; point: string };
          return `telemetry,site=mill,meter=${meter},point=${point} v=${value[n]},q=${quality[n]}i ${at}`;
        }),
      );
      for (let from = 0; from < lines.length; from += 5_000) {
        const body = lines.slice(from, from + 5_000).join('\n');
        const answer = await fetch(`${url}/write?db=b&precision=ms`, { method: 'POST', body });
        if (!answer.ok) throw new Error(await answer.text());
      }
      return { samples: lines.length, duplicates: 0, late: [] };
    },
    receipts: async () => [],
    losses: async () => [],
    putFacts: async () => undefined,
    facts: async () => [],
    latest: async () => [],
    samples: async () => ({ time: [], value: [], quality: [] }),
    putSlots: async () => undefined,
    slots: async (keys) => keys.map(() => []),
    newestSlots: async () => [],
    close: async () => undefined,
  };
}

async function reachable(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}

async function startInflux(folder: string): Promise<{ url: string; child: ChildProcess }> {
  const [http, rpc] = [await freePort(), await freePort()];
  const file = join(folder, 'influx.conf');
  const place = (name: string) => JSON.stringify(join(folder, 'influx', name));
  writeFileSync(
    file,
    `reporting-disabled = true\nbind-address = "127.0.0.1:${rpc}"\n[meta]\ndir = ${place('meta')}\n[data]\ndir = ${place('data')}
     wal-dir = ${place('wal')}\nquery-log-enabled = false\n[http]\nbind-address = "127.0.0.1:${http}"\nlog-enabled = false\n[monitor]\nstore-enabled = false\n`,
  );
  const child = start(findProgram('influxd').path, ['-config', file]);
  const url = `http://127.0.0.1:${http}`;
  await reachable(`${url}/ping`);
  await fetch(`${url}/query?q=create+database+b`, { method: 'POST' });
  return { url, child };
}

async function startMosquitto(folder: string): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\nmax_queued_messages 0\n`,
  );
  const child = start(findProgram('mosquitto').path, ['-c', file]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { url: `mqtt://127.0.0.1:${port}`, child };
}

/** The size of the same month in both, and that of VictoriaMetrics with and without the quality beside the value. */
async function sizes(folder: string): Promise<{ ours: number; value: number; both: number }> {
  const [few, minutes] = [50, 31 * 1_440];
  const store = await DuckdbStore.open(join(folder, 'size'));
  const counts = Array.from({ length: few }, (_, meter) => 100_000 + meter * 977);
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  const servers = await Promise.all(['value', 'both'].map((name) => startVictoria(join(folder, name))));
  let lines: [string[], string[]] = [[], []];
  const send = () =>
    Promise.all(
      servers.map(({ url }, n) =>
        fetch(`${url}/write?precision=ms`, { method: 'POST', body: (lines[n] as string[]).join('\n') }),
      ),
    );
  let builder = new BatchBuilder();
  for (let at = 0; at < minutes; at++) {
    for (let meter = 0; meter < few; meter++) {
      counts[meter] = (counts[meter] as number) + (random() % 11) / 100;
      const value = Number((counts[meter] as number).toFixed(2));
      const quality = random() % 1_000 === 0 ? 68 : 0;
      const time = t0 + at * minute;
      builder.add({ meter: `m${meter}`, point: 'energy_import', time, value, quality });
      lines[0].push(`e,m=m${meter} v=${value} ${time}`);
      lines[1].push(`e,m=m${meter} v=${value},q=${quality} ${time}`);
    }
    if (at % 200 === 199 || at === minutes - 1) {
      await store.commit([builder.build('gw', 1, at + 1)]);
      builder = new BatchBuilder();
      await send();
      lines = [[], []];
    }
  }
  const { bytes, rows } = await store.compact('2025-01');
  await store.close();
  const stored = await Promise.all(
    servers.map(async ({ url, child, data }) => {
      await fetch(`${url}/internal/force_flush`);
      await fetch(`${url}/internal/force_merge`);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const size = Number(spawnSync('du', ['-sb', join(data, 'data')], { encoding: 'utf8' }).stdout.split('\t')[0]);
      await stop(child);
      return size / rows;
    }),
  );
  return { ours: bytes / rows, value: stored[0] as number, both: stored[1] as number };
}

async function startVictoria(data: string) {
  const port = await freePort();
  const child = start(findProgram('victoria-metrics').path, [
    `-storageDataPath=${data}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-retentionPeriod=100y',
    '-loggerLevel=ERROR',
  ]);
  const url = `http://127.0.0.1:${port}`;
  await reachable(`${url}/health`);
  return { url, child, data };
}

/** How long commits wait while a month of many readings moves into its file. */
async function commitsWhileMonthsMove(folder: string): Promise<{ alone: number[]; moving: number[]; seconds: number }> {
  const store = await DuckdbStore.open(join(folder, 'moving'));
  const perCommit = 100;
  let seq = 0;
  const commit = async (year: number) => {
    const batches = Array.from({ length: perCommit }, () => {
      const { time, ...batch } = message(++seq);
      return { ...batch, time: time.map((at) => at + Date.UTC(year, 0) - t0) };
    });
    const began = performance.now();
    await store.commit(batches);
    return performance.now() - began;
  };
  const alone: number[] = [];
  for (let n = 0; n < 400; n++) alone.push(await commit(2025));
  const began = performance.now();
  let over = false;
  const moved = store.compact('2025-01').finally(() => {
    over = true;
  });
  const moving: number[] = [];
  while (!over) moving.push(await commit(2026));
  await moved;
  const seconds = (performance.now() - began) / 1_000;
  await store.close();
  return { alone, moving, seconds };
}

/** A week of fifty meters arrives behind live readings: until all its slots are right. */
async function backlog(folder: string): Promise<{ samples: number; seconds: number; readingsOnly: number }> {
  const week = 7 * 1_440;
  const of = (from: number, to: number, seq: number) => {
    const builder = new BatchBuilder();
    for (let at = from; at < to; at++)
      for (let meter = 0; meter < 50; meter++)
        builder.add({
          meter: `m${meter}`,
          point: 'energy_import',
          time: t0 + at * minute,
          value: at + meter,
          quality: 0,
        });
    return builder.build('gw-1', 1, seq);
  };
  const { RollUp } = await import('../ingest/slots/roll-up.ts');
  const { Calendar } = await import('../core/calendar.ts');
  const timed = async (name: string, withSlots: boolean) => {
    const store = await DuckdbStore.open(join(folder, name));
    const rollUp = new RollUp(store, new Calendar('Asia/Shanghai'), silentLog);
    await rollUp.start();
    const stopping = new AbortController();
    const running = rollUp.run(systemClock, stopping.signal);
    const follow = async (batch: Batch) => {
      rollUp.foresee([batch]);
      const { late } = await store.commit([batch]);
      if (withSlots) await rollUp.follow([batch], late);
    };
    await follow(of(week, week + 1, 1));
    const began = performance.now();
    for (let n = 0; n < week / 10; n++) await follow(of(n * 10, n * 10 + 10, n + 2));
    if (withSlots) await rollUp.flush();
    const seconds = (performance.now() - began) / 1_000;
    stopping.abort();
    await running;
    await store.close();
    return seconds;
  };
  return {
    samples: week * 50,
    readingsOnly: await timed('backlog-readings', false),
    seconds: await timed('backlog', true),
  };
}

const has = (program: Program): boolean => findProgram(program).skip === false;
const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
  const rows: BenchRow[] = [];
  try {
    const raw: Measured[] = [];
    const ours: Measured[] = [];
    const influx: Measured[] = [];
    const influxStores: Measured[] = [];
    if (has('mosquitto')) {
      const mosquitto = await startMosquitto(folder);
      for (let round = 0; round < rounds; round++) {
        const place = join(folder, `round-${round}`);
        mkdirSync(place);
        raw.push(await rawAppend(place));
        const store = await DuckdbStore.open(join(place, 'store'));
        await store.putFacts(facts); // as a gateway's birth does before its first reading
        ours.push(await throughMqtt(mosquitto.url, store, place));
        await store.close();
        if (!has('influxd')) continue;
        const server = await startInflux(place);
        influx.push(
          await throughMqtt(mosquitto.url, influxStore(server.url), join(place, 'for-influx'), server.child.pid),
        );
        await fetch(`${server.url}/query?q=create+database+c`, { method: 'POST' });
        const plant = { url: server.url, write: 'v1', database: 'c', bucket: '', org: '', site: 'mill' } as const;
        const asStore = await InfluxStore.open(plant);
        await asStore.putFacts(facts);
        influxStores.push(await throughMqtt(mosquitto.url, asStore, join(place, 'as-store'), server.child.pid));
        await stop(server.child);
        rmSync(place, { recursive: true });
      }
      await stop(mosquitto.child);
      const rate = (all: Measured[]) => all.map((one) => one.rate);
      const cpu = (all: Measured[]) => all.map((one) => (one.cpu / samples) * 1e6);
      rows.push(row('raw chunk appends, durable', 'samples/s', rate(raw)));
      const share = median(rate(ours)) / median(rate(raw));
      rows.push(
        row('MQTT, columns of 100 → durable and slots', 'samples/s', rate(ours), {
          against: 'raw chunk appends',
          ratio: share,
          target: '≥ 0.8×',
          met: share >= 0.8,
        }),
      );
      rows.push(row('  CPU of ingest and store', 'µs/sample', cpu(ours)));
      if (influx.length > 0) {
        const [times, less] = [median(rate(ours)) / median(rate(influx)), median(cpu(ours)) / median(cpu(influx))];
        rows.push(
          row('the same into influxd', 'samples/s', rate(influx), {
            against: 'of it is ours',
            ratio: times,
            target: '≥ 3×',
            met: times >= 3,
          }),
        );
        rows.push(
          row('  CPU of ingest and influxd', 'µs/sample', cpu(influx), {
            against: 'of it is ours',
            ratio: less,
            target: '≤ 0.25×',
            met: less <= 0.25,
          }),
        );
        rows.push(
          row('MQTT → our store on influxd, and slots', 'samples/s', rate(influxStores), {
            against: 'plain lines into influxd, no slots',
            ratio: median(rate(influxStores)) / median(rate(influx)),
          }),
        );
        rows.push(row('  CPU of ingest and influxd', 'µs/sample', cpu(influxStores)));
      }
    }
    const { alone, moving, seconds } = await commitsWhileMonthsMove(folder);
    const worst = quantile(moving, 0.99);
    rows.push(row('commit of 10,000 readings, alone, p50 of', 'ms', alone));
    rows.push(
      row(`the same while a month of 4 M moves (${seconds.toFixed(1)} s), p99`, 'ms', [worst], {
        against: 'p99 alone',
        ratio: worst / quantile(alone, 0.99),
        target: 'waits ≤ 100 ms',
        met: worst - quantile(alone, 0.99) <= 100,
      }),
    );
    const week = await backlog(folder);
    rows.push(
      row('a week of 50 points behind live readings, slots right', 'samples/s', [week.samples / week.seconds], {
        against: 'time of the readings alone',
        ratio: week.seconds / week.readingsOnly,
      }),
    );
    if (has('victoria-metrics')) {
      const { ours: own, value, both } = await sizes(folder);
      rows.push(
        row('closed month, value and quality', 'bytes/sample', [own], {
          against: `VictoriaMetrics, value only (${value.toFixed(3)})`,
          ratio: own / value,
          target: '≤ 0.95×',
          met: own / value <= 0.95,
        }),
      );
      rows.push(
        row('closed month, value and quality', 'bytes/sample', [own], {
          against: `VictoriaMetrics, both (${both.toFixed(3)})`,
          ratio: own / both,
        }),
      );
    }
    report(rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === 'publish') await publish(process.argv[3] as string);
else await main();

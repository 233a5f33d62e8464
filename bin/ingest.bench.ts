// Measures the way in: MQTT batches into the embedded store beside raw chunk appends, and influxd behind the same ingest.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BrokerLink } from '../core/broker-link.ts';
import { systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { freePort } from '../core/free-port.ts';
import { silentLog } from '../core/log.ts';
import { toSteps } from '../core/points.ts';
import { findProgram, startServer } from '../core/real-programs.ts';
import type { Store } from '../core/store.ts';
import { topicOf } from '../core/wire.ts';
import { startIngest } from '../ingest/main.ts';
import { Database } from '../store/duckdb/database.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { RowsByMonth } from '../store/duckdb/rows.ts';
import { InfluxStore } from '../store/influx/influx-store.ts';
import { optionsFor, startInfluxd } from '../store/influx/influxd.fixture.ts';
import { batchRows, facts, message } from './bench-readings.ts';
import { type BenchRow, median, report, row } from './bench-report.ts';

const samples = 1_000_000;
/** influxd takes several times as long for each. */
const influxSamples = 200_000;
const rounds = 3;
/** What has not come in by then does not come any more. */
const patience = 120_000;
const sender = join(import.meta.dirname, 'bench-sender.ts');

/** Seconds of CPU that a process has used. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** CPU in seconds a sample. */
type Measured = { rate: number; cpu: number };

/** Something that takes the readings of a round, one round after another: as a process that has run for a while. */
type Way = { take(firstMessage: number): Promise<Measured>; end(): Promise<void> };

/** Has its messages made, and waits for the word to go. */
async function senderOf(broker: string, firstMessage: number, count: number) {
  const flags = ['--disable-warning=ExperimentalWarning', sender, broker, String(firstMessage), String(count)];
  const sending = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface(sending.stdout)) if (line === 'ready') break;
  return sending;
}

async function endOf(sending: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => sending.once('exit', resolve));
  sending.kill('SIGKILL');
  await ended;
}

/** What the messages take to come, if nobody looks into them: no way through this broker is faster. */
function onlyMqtt(broker: string): Way {
  return {
    async take(firstMessage) {
      let received = 0;
      const up = Promise.withResolvers<void>();
      const link = new BrokerLink({
        broker: { url: broker, username: 'ingest', password: '' },
        clientId: 'mill-ingest',
        subscribe: [topicOf('mill', '+', 'data')],
        onMessage: () => received++,
        onUp: up.resolve,
        clock: systemClock,
        log: silentLog,
      });
      await up.promise;
      const sending = await senderOf(broker, firstMessage, samples);
      const before = process.cpuUsage();
      const began = performance.now();
      sending.stdin.write('go\n');
      while (received < samples / batchRows) {
        if (performance.now() - began > patience) throw new Error(`${received} messages came`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const seconds = (performance.now() - began) / 1_000;
      const { user, system } = process.cpuUsage(before);
      await endOf(sending);
      await link.close();
      return { rate: samples / seconds, cpu: (user + system) / 1e6 / samples };
    },
    end: async () => undefined,
  };
}

/** From the first message to the last commit. CPU is that of ingest and of the database, not of broker and sender. */
function throughMqtt(broker: string, store: Store, dataFolder: string, server?: () => number | undefined): Way {
  const count = server === undefined ? samples : influxSamples;
  const serverCpu = () => (server === undefined ? 0 : cpuOf(server() as number));
  return {
    async take(firstMessage) {
      const ingest = await startIngest({
        site: { site: 'mill', timezone: 'Asia/Shanghai' } as Site,
        dataFolder,
        broker: { url: broker, username: 'ingest', password: '' },
        store,
        clock: systemClock,
        log: silentLog,
      });
      await ingest.ready;
      const sending = await senderOf(broker, firstMessage, count);
      const before = { ...process.cpuUsage(), server: serverCpu() };
      const began = performance.now();
      sending.stdin.write('go\n');
      while (ingest.committer.counts.samples < count) {
        if (performance.now() - began > patience)
          throw new Error(`${JSON.stringify(ingest.committer.counts)} of ${count}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const seconds = (performance.now() - began) / 1_000;
      const used = process.cpuUsage(before);
      const cpu = (used.user + used.system) / 1e6 + serverCpu() - before.server;
      await endOf(sending);
      await ingest.stop();
      return { rate: count / seconds, cpu: cpu / count };
    },
    end: () => store.close(),
  };
}

async function rawAppends(folder: string): Promise<Way> {
  const database = await Database.open(join(folder, 'raw.duckdb'), join(folder, 'temporary'));
  await database.write('CREATE TABLE raw (sid INTEGER, ts BIGINT, v BIGINT, q UTINYINT)');
  const perCommit = 10_000 / batchRows;
  const commitsFrom = (firstMessage: number) =>
    Array.from({ length: samples / 10_000 }, (_, commit) => {
      const rows = new RowsByMonth(10_000);
      for (let n = 0; n < perCommit; n++) {
        const { index, time, value, quality, series } = message(firstMessage + commit * perCommit + n);
        for (const [at, one] of index.entries()) {
          const sid = Number(series[one]?.meter.slice(1));
          rows.push(sid, time[at] as number, toSteps(value[at] as number, 'energy_import'), quality[at] as number);
        }
      }
      return rows.take();
    });
  return {
    async take(firstMessage) {
      const commits = commitsFrom(firstMessage);
      const before = process.cpuUsage();
      const began = performance.now();
      for (const months of commits) {
        await database.transaction(async () => {
          for (const { rows } of months) await database.append('raw', rows);
        });
      }
      const seconds = (performance.now() - began) / 1_000;
      const { user, system } = process.cpuUsage(before);
      return { rate: samples / seconds, cpu: (user + system) / 1e6 / samples };
    },
    end: async () => database.close(),
  };
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

async function startMosquitto(folder: string): Promise<{ url: string; end(): Promise<void> }> {
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  const settings = ['allow_anonymous true', 'max_inflight_messages 1000', 'max_queued_messages 0'];
  writeFileSync(file, [`listener ${port} 127.0.0.1`, ...settings, ''].join('\n'));
  const { end } = await startServer(findProgram('mosquitto').path, ['-c', file], port);
  return { url: `mqtt://127.0.0.1:${port}`, end };
}

const rateOf = (all: readonly Measured[]): number[] => all.map(({ rate }) => rate);
const cpuPerSample = (all: readonly Measured[]): number[] => all.map(({ cpu }) => cpu * 1e6);

function besideRaw(ours: readonly Measured[], raw: readonly Measured[], mqtt: readonly Measured[]): BenchRow[] {
  const share = median(rateOf(ours)) / median(rateOf(raw));
  return [
    row('raw chunk appends, durable', 'samples/s', rateOf(raw)),
    row('  CPU of it', 'µs/sample', cpuPerSample(raw)),
    row('the same messages through the broker, and thrown away', 'samples/s', rateOf(mqtt), {
      against: 'raw chunk appends',
      ratio: median(rateOf(mqtt)) / median(rateOf(raw)),
    }),
    row('MQTT, columns of 100 → durable and slots', 'samples/s', rateOf(ours), {
      against: 'raw chunk appends',
      ratio: share,
      target: '≥ 0.8×',
      met: share >= 0.8,
    }),
    row('  CPU of ingest and store', 'µs/sample', cpuPerSample(ours)),
  ];
}

function besideInflux(ours: readonly Measured[], influx: readonly Measured[], stores: readonly Measured[]): BenchRow[] {
  const times = median(rateOf(ours)) / median(rateOf(influx));
  const less = median(cpuPerSample(ours)) / median(cpuPerSample(influx));
  return [
    row('the same into influxd', 'samples/s', rateOf(influx), {
      against: 'of it is ours',
      ratio: times,
      target: '≥ 3×',
      met: times >= 3,
    }),
    row('  CPU of ingest and influxd', 'µs/sample', cpuPerSample(influx), {
      against: 'of it is ours',
      ratio: less,
      target: '≤ 0.25×',
      met: less <= 0.25,
    }),
    row('MQTT → our store on influxd, and slots', 'samples/s', rateOf(stores), {
      against: 'plain lines into influxd, no slots',
      ratio: median(rateOf(stores)) / median(rateOf(influx)),
    }),
    row('  CPU of ingest and influxd', 'µs/sample', cpuPerSample(stores)),
  ];
}

async function ways(broker: string, folder: string): Promise<Record<string, Way>> {
  const store = await DuckdbStore.open(join(folder, 'store'));
  await store.putFacts(facts); // as a gateway's birth does before its first reading
  const own = {
    raw: await rawAppends(folder),
    mqtt: onlyMqtt(broker),
    ours: throughMqtt(broker, store, join(folder, 'ours')),
  };
  if (findProgram('influxd').skip !== false || process.argv.includes('--alone')) return own;
  const server = await startInfluxd();
  for (const name of ['b', 'c']) await server.query(`CREATE DATABASE ${name}`);
  const asStore = await InfluxStore.open(optionsFor(server.url, 'c'));
  await asStore.putFacts(facts);
  const lines: Way = throughMqtt(broker, influxStore(server.url), join(folder, 'lines'), server.pid);
  const influxAsStore = throughMqtt(broker, asStore, join(folder, 'as-store'), server.pid);
  return { ...own, influx: { ...lines, end: server.end }, influxAsStore };
}

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
const mosquitto = await startMosquitto(folder);
try {
  const all = await ways(mosquitto.url, folder);
  const measured = new Map(Object.keys(all).map((name) => [name, [] as Measured[]]));
  // One after another in each round, so that a neighbour on the machine slows all of them. The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, way] of Object.entries(all)) {
      const result = await way.take((round * samples) / batchRows + 1);
      if (round > 0) measured.get(name)?.push(result);
    }
  }
  for (const way of Object.values(all).reverse()) await way.end();
  const of = (name: string) => measured.get(name) ?? [];
  const beside = 'influx' in all ? besideInflux(of('ours'), of('influx'), of('influxAsStore')) : [];
  report([...besideRaw(of('ours'), of('raw'), of('mqtt')), ...beside]);
} finally {
  await mosquitto.end();
  rmSync(folder, { recursive: true, force: true });
}

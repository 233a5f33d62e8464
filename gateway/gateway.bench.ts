// Measures the Modbus side of the gateway beside C: CPU of a read, of the whole path to the spool, a thousand devices, dead devices, commits.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { type BenchRow, median, report, row } from '../bin/bench-report.ts';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import { points as catalogue, pointIds } from '../core/points.ts';
import { Batcher, encodeLosses } from './batcher.ts';
import { Line } from './line/line.ts';
import { Memory } from './memory.ts';
import { ModbusBus } from './modbus/bus.ts';
import { ModbusSource } from './modbus/modbus-source.ts';
import { compile, type Peer, runPeer, startLibmodbus } from './peers/peers.fixture.ts';
import { type Polled, Poller } from './poller.ts';
import { Spool } from './spool.ts';
import { SpoolBounds } from './spool-bounds.ts';
import { SteadyClock } from './steady-clock.ts';
import { isRegisterTemplate, type RegisterTemplate, templateSchema } from './template.ts';

const registers = 50;
const firstSilentUnit = 200;
const rarely = 86_400_000;

/** As many values as fit: each of two registers. */
function benchTemplate(): RegisterTemplate {
  const template = templateSchema.parse({
    ...{ schema: 1, id: 'bench.meter', protocol: 'modbus', maker: 'Bench', models: ['Bench'], source: 'none' },
    name: { zh: '表', en: 'meter' },
    points: pointIds
      .filter((point) => catalogue[point].kind === 'gauge')
      .slice(0, registers / 2)
      .map((point, index) => ({ point, address: 2 * index, type: 'int32', scale: 0.01, unit: catalogue[point].unit })),
  });
  if (!isRegisterTemplate(template)) throw new Error('the template has no registers');
  return template;
}
const template = benchTemplate();

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;

type Cost = { cpu: number; seconds: number };

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage();
  const began = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: user + system, seconds: (performance.now() - began) / 1_000 };
}

const openBus = (peer: Peer): ModbusBus =>
  new ModbusBus(
    new Line({
      address: { kind: 'tcp', host: '127.0.0.1', port: Number(peer.said) },
      ...{ connectTimeout: 5_000, clock: systemClock, afterDoubt: 'reconnect' },
    }),
    'tcp',
    1_000,
  );

/** The gateway from the schedule to the spool, with a connection for each device. */
function startGateway(peer: Peer) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
  const file = join(folder, 'spool.sqlite');
  const spool = new Spool(file, Date.now());
  const clock = new SteadyClock(systemClock, spool.newest);
  const none: ReadonlySet<number> = new Set();
  const bounds = new SpoolBounds({
    ...{ spool, file, clock, log: silentLog, encode: encodeLosses('bench'), sparing: () => none },
    bounds: { size: 1e9, age: rarely, free: 0 },
  });
  const batcher = new Batcher({
    ...{ gateway: 'bench', spool, bounds, clock, log: silentLog, onSpooled: () => undefined },
  });
  const stop = new AbortController();
  const buses: ModbusBus[] = [];
  const running: Promise<unknown>[] = [batcher.run(stop.signal)];
  const late: number[][] = [];
  return {
    /** How late reads began, from the moment in which it is asked for on. */
    poll(devices: number, unit: number, period: number) {
      const ticks: number[] = [];
      late.push(ticks);
      const poller = new Poller({
        ...{ clock, log: silentLog, deliver: (samples) => batcher.add(samples) },
        onTick: (by) => ticks.push(by),
      });
      const polled = Array.from({ length: devices }, (_, index): Polled => {
        const bus = openBus(peer);
        buses.push(bus);
        return {
          source: new ModbusSource({ meter: `m${unit}-${index}`, unit, template, bus, clock, memory: new Memory() }),
          periods: { fast: period, slow: rarely },
          limits: { deadband: {}, heartbeat: 60_000 },
        };
      });
      running.push(poller.run(stop.signal));
      void poller.set(polled);
      return { ticks, counts: poller.counts };
    },
    async stop() {
      stop.abort();
      for (const { line } of buses) line.close();
      await Promise.all(running);
      spool.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A thousand devices at a second each: some of them silent. */
async function thousand(peer: Peer, silent: number, seconds: number) {
  const gateway = startGateway(peer);
  const alive = gateway.poll(1_000 - silent, 1, 1_000);
  if (silent > 0) gateway.poll(silent, firstSilentUnit, 1_000);
  await pause(5_000); // all are met, and the silent ones are known to be
  alive.ticks.length = 0;
  const { skipped, failed, reads } = alive.counts;
  let memory = 0;
  const { cpu, seconds: passed } = await costOf(async () => {
    for (let second = 0; second < seconds; second++) {
      await pause(1_000);
      memory = Math.max(memory, process.memoryUsage().rss / 2 ** 20);
    }
  });
  const found = {
    skipped: alive.counts.skipped - skipped,
    failed: alive.counts.failed - failed,
    rate: (alive.counts.reads - reads) / passed,
    late: percentile(alive.ticks, 0.99),
    core: cpu / 1e6 / passed,
    memory,
  };
  await gateway.stop();
  return found;
}

type Found = Awaited<ReturnType<typeof thousand>>;

async function thousands(peer: Peer): Promise<BenchRow[]> {
  const rounds: { all: Found; some: Found }[] = [];
  for (let round = 0; round < 3; round++)
    rounds.push({ all: await thousand(peer, 0, 5), some: await thousand(peer, 100, 5) });
  const all = (pick: (found: Found) => number) => rounds.map((one) => pick(one.all));
  const most = (unit: string, values: number[], target: string, limit: number) =>
    row('', unit, values, { target, met: median(values) <= limit });
  const name = `1,000 devices × ${registers} registers each second`;
  const disturbed = rounds.map(({ some }) => some.late);
  const ratio = median(disturbed) / median(all(({ late }) => late));
  return [
    {
      ...row(
        '',
        'reads/s',
        all(({ rate }) => rate),
      ),
      name: `${name}: reads`,
    },
    {
      ...most(
        '',
        all(({ skipped, failed }) => skipped + failed),
        '0',
        0,
      ),
      name: `${name}: ticks skipped or failed`,
    },
    {
      ...most(
        'ms',
        all(({ late }) => late),
        '≤ 25 ms',
        25,
      ),
      name: `${name}: lateness of starts, p99`,
    },
    {
      ...most(
        'cores',
        all(({ core }) => core),
        '≤ 0.5',
        0.5,
      ),
      name: `${name}: CPU`,
    },
    {
      ...most(
        'MB',
        all(({ memory }) => memory),
        '≤ 250 MB',
        250,
      ),
      name: `${name}: resident memory`,
    },
    {
      ...row('100 of 1,000 devices silent: lateness of the others, p99', 'ms', disturbed),
      ...{ against: 'none silent', ratio, target: '≤ 2×', met: ratio <= 2 },
    },
    {
      ...most(
        '',
        rounds.map(({ some }) => some.skipped + some.failed),
        '0',
        0,
      ),
      name: '100 of 1,000 devices silent: ticks of the others skipped or failed',
    },
  ];
}

/** One connection, one question after another: what a read costs, and what it costs in C. */
async function reading(peer: Peer, rounds: number, reads: number): Promise<BenchRow> {
  const bus = openBus(peer);
  const client = await compile('libmodbus_client');
  const ours: number[] = [];
  const theirs: number[] = [];
  const readAll = async (many: number) => {
    for (let index = 0; index < many; index++) {
      const words = await bus.read(1, 3, index % 60_000, registers);
      if (words[0] !== index % 60_000) throw new Error('a wrong value');
    }
  };
  await readAll(10_000); // until it is compiled
  for (let round = 0; round < rounds; round++) {
    ours.push((await costOf(() => readAll(reads))).cpu / reads);
    const said = JSON.parse(await runPeer(client, [peer.said, String(reads), String(registers)])) as {
      cpu: number;
      wrong: number;
    };
    if (said.wrong > 0) throw new Error('the C client read wrong values');
    theirs.push(said.cpu / reads);
  }
  bus.line.close();
  const ratio = median(ours) / median(theirs);
  return row(`reading ${registers} registers: CPU of the client`, 'µs/read', ours, {
    ...{ against: `a libmodbus client (${median(theirs).toFixed(1)} µs)`, ratio, target: '≤ 4.5×', met: ratio <= 4.5 },
  });
}

/** As many reads a second with nothing but a timer, and with everything up to the spool. */
async function wholePath(peer: Peer, rounds: number): Promise<BenchRow> {
  const devices = 200;
  const period = 100;
  const seconds = 4;
  const alone: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const stop = new AbortController();
    let reads = 0;
    const buses = Array.from({ length: devices }, () => openBus(peer));
    const loops = buses.map(async (bus, index) => {
      await pause((period * index) / devices);
      for (let due = performance.now(); !stop.signal.aborted; due += period) {
        await bus.read(1, 3, 0, registers);
        reads++;
        await pause(Math.max(0, due + period - performance.now()));
      }
    });
    await pause(1_000);
    reads = 0;
    alone.push((await costOf(() => pause(1_000 * seconds))).cpu / reads);
    stop.abort();
    await Promise.all(loops);
    for (const { line } of buses) line.close();

    const gateway = startGateway(peer);
    const { counts } = gateway.poll(devices, 1, period);
    await pause(1_000);
    const before = counts.reads;
    const { cpu } = await costOf(() => pause(1_000 * seconds));
    whole.push(cpu / (counts.reads - before));
    await gateway.stop();
  }
  const ratio = median(whole) / median(alone);
  return row('schedule, read, decode, quality, batch, spool: CPU', 'µs/read', whole, {
    against: `reading alone, as often (${median(alone).toFixed(1)} µs)`,
    ...{ ratio, target: '≤ 2×', met: ratio <= 2 },
  });
}

/** One batch made durable, and the same bytes by SQLite alone. */
function commits(rounds: number, each: number): BenchRow {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-bench-'));
  const spool = new Spool(join(folder, 'spool.sqlite'), Date.now());
  const bare = new DatabaseSync(join(folder, 'bare.sqlite'));
  bare.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE batch (seq INTEGER PRIMARY KEY, payload TEXT)',
  );
  const insert = bare.prepare('INSERT INTO batch (payload) VALUES (?)');
  const payload = 'x'.repeat(12_000); // 500 readings
  const content = { kind: 'states', readings: 500, from: 1, to: 2 } as const;
  const ours: number[] = [];
  const theirs: number[] = [];
  const timed = (work: () => void): number => {
    const began = performance.now();
    for (let one = 0; one < each; one++) work();
    return ((performance.now() - began) * 1_000) / each;
  };
  for (let round = 0; round < rounds; round++) {
    ours.push(timed(() => spool.append(content, () => payload)));
    theirs.push(timed(() => insert.run(payload)));
  }
  spool.close();
  bare.close();
  rmSync(folder, { recursive: true });
  const ratio = median(ours) / median(theirs);
  return row('spooling a batch of 500 readings, durably', 'µs', ours, {
    against: `SQLite alone, the same bytes (${median(theirs).toFixed(0)} µs)`,
    ...{ ratio, target: '≤ 2×', met: ratio <= 2 },
  });
}

const peer = await startLibmodbus(['tcp', String(firstSilentUnit)]);
try {
  // The thousand first: later the memory of the other measurements would count as theirs.
  const scale = await thousands(peer);
  report([await reading(peer, 7, 20_000), await wholePath(peer, 5), ...scale, commits(9, 100)]);
} finally {
  await peer.end();
}

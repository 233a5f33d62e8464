// Owns a chain for tests: one gateway's spool, a real broker, ingest, a real store.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { encodeBatch } from '../core/batch-codec.ts';
import { Calendar, minute } from '../core/calendar.ts';
import type { CertificateFiles } from '../core/certificate.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { freePort } from '../core/free-port.ts';
import { type Log, silentLog } from '../core/log.ts';
import { findProgram, startServer } from '../core/real-programs.ts';
import { BatchBuilder, type SeriesFacts, type SeriesKey } from '../core/sample.ts';
import type { Store } from '../core/store.ts';
import { Publisher } from '../gateway/publisher.ts';
import { Spool } from '../gateway/spool.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { startBroker } from './broker.ts';
import { loadCredentials } from './credentials.ts';
import { startIngest } from './main.ts';

export const main: SeriesKey = { meter: 'main', point: 'energy_import' };
export const facts: SeriesFacts[] = [
  { ...main, template: 't', modulus: null, maxPerHour: 10_000, source: 'test', installations: [] },
];
export const site = { site: 'mill', timezone: 'Asia/Shanghai', meters: [{ id: 'main' }] } as Site;
export const calendar = new Calendar(site.timezone);
export const t0 = calendar.startOf(2025, 3, 1);
export const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };

export async function until(what: string, reached: () => boolean | Promise<boolean>, patience = 60_000): Promise<void> {
  for (const end = performance.now() + patience; performance.now() < end; ) {
    if (await reached()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`${what} did not happen within ${patience} ms`);
}

export function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-ingest-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

type Broker = { url: string; port: number; kill(): Promise<void> };
export type BrokerKind = 'aedes' | 'mosquitto';

/** A broker that speaks TLS, and with which certificates each name meets it. */
export type Secured = { settings: string; tls: (name: string) => CertificateFiles };

export async function startedBroker(kind: BrokerKind, folder: string, port: number, settings = ''): Promise<Broker> {
  if (kind === 'aedes') {
    const credentials = loadCredentials(folder, ['gw-1', 'ingest']);
    const broker = await startBroker({ site: 'mill', gateways: ['gw-1'], credentials, log: silentLog, port });
    return { url: broker.url, port: broker.port, kill: () => broker.close() };
  }
  const chosen = port === 0 ? await freePort() : port;
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(
    file,
    `listener ${chosen} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_inflight_messages 200\n${settings}`,
  );
  const running = await startServer(findProgram('mosquitto').path, ['-c', file], chosen);
  return {
    url: `mqtt${settings === '' ? '' : 's'}://127.0.0.1:${chosen}`,
    port: chosen,
    kill: () => running.end('SIGKILL'),
  };
}

export async function chain(
  context: TestContext,
  options: {
    wrap?: (store: Store) => Store;
    broker?: BrokerKind;
    pace?: number;
    clock?: Clock;
    edgeClock?: Clock;
    site?: Site;
    open?: (folder: string) => Promise<Store>;
    log?: Log;
    secured?: Secured;
  } = {},
) {
  const {
    wrap = (store) => store,
    broker: kind = 'aedes',
    pace = 200,
    clock = systemClock,
    edgeClock = systemClock,
    site: plant = site,
    open = DuckdbStore.open,
    log = silentLog,
    secured,
  } = options;
  const folder = folderFor(context);
  const credentials = loadCredentials(folder, ['gw-1', 'ingest']);
  let broker = await startedBroker(kind, folder, 0, secured?.settings);
  const address = (username: string) => ({
    url: broker.url,
    username,
    password: credentials[username] ?? '',
    tls: secured?.tls(username),
  });
  const store: Store = await open(join(folder, 'store'));
  const ingest = await startIngest({
    site: plant,
    dataFolder: folder,
    broker: address('ingest'),
    store: wrap(store),
    clock,
    log,
  });
  await ingest.ready;
  const spoolFile = join(folder, 'spool.sqlite');
  const spool = new Spool(spoolFile, 1);
  const publisher = new Publisher({
    site: 'mill',
    gateway: 'gw-1',
    broker: address('gw-1'),
    spool,
    facts: () => facts,
    clock: edgeClock,
    log,
    patience: 1_500,
    pace,
  });
  const stop = new AbortController();
  const running = publisher.run(stop.signal);
  context.after(async () => {
    stop.abort();
    await running;
    await publisher.close();
    spool.close();
    await ingest.stop();
    await broker.kill();
    await store.close();
  });
  return {
    store,
    ingest,
    spool,
    spoolFile,
    publisher,
    address,
    killBroker: () => broker.kill(),
    restartBroker: async () => {
      await broker.kill();
      broker = await startedBroker(kind, folder, broker.port, secured?.settings);
    },
    send: (samples: readonly [minutes: number, kWh: number][]) => {
      const builder = new BatchBuilder();
      for (const [minutes, value] of samples) builder.add({ ...main, time: t0 + minutes * minute, value, quality: 0 });
      spool.append({ kind: 'counters', readings: builder.size, ...builder.span() }, (epoch, seq) =>
        encodeBatch(builder.build('gw-1', epoch, seq)),
      );
      publisher.wake();
    },
  };
}

/** A store's methods as properties, so that some can be replaced. */
export function bound(store: Store): Store {
  return {
    commit: (batches) => store.commit(batches),
    receipts: () => store.receipts(),
    losses: () => store.losses(),
    putFacts: (known) => store.putFacts(known),
    facts: () => store.facts(),
    latest: () => store.latest(),
    samples: (key, period, around) => store.samples(key, period, around),
    putSlots: (writes) => store.putSlots(writes),
    slots: (keys, resolution, period) => store.slots(keys, resolution, period),
    newestSlots: () => store.newestSlots(),
    close: () => store.close(),
  };
}

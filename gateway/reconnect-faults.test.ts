// Rows 22 and 24 of the failure matrix: a broker that refuses, and a broker that comes back to five hundred gateways.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { BrokerLink } from '../core/broker-link.ts';
import { systemClock } from '../core/clock.ts';
import { type Log, silentLog } from '../core/log.ts';
import { startBroker } from '../ingest/broker.ts';
import { loadCredentials } from '../ingest/credentials.ts';
import { pause, until } from './device-faults.fixture.ts';

/** The least that lies between one attempt and the next, where chance chooses the longest wait each time. */
function assertGrowing(attempts: readonly number[]): void {
  const waits = attempts.slice(1).map((at, n) => at - (attempts[n] ?? 0));
  for (const [n, wait] of waits.entries()) assert.ok(wait >= 1_000 * 2 ** n, `waited ${waits.map(Math.round)} ms`);
}

function recorded(): { log: Log; events: () => { event: string; time: number; reason?: string; hint?: string }[] } {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  return { log, events: () => lines.map((line) => JSON.parse(line)) };
}

async function brokerFor(context: TestContext, gateways: string[], port = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-broker-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const credentials = loadCredentials(folder, gateways);
  const start = (at: number) => startBroker({ site: 'mill', gateways, credentials, log: silentLog, port: at });
  const broker = await start(port);
  return { broker, again: () => start(broker.port), credentials };
}

test('row 22: a wrong password: the reason is told, the broker is asked less and less', async (context) => {
  const { broker } = await brokerFor(context, ['gw-1']);
  context.after(() => broker.close());
  const { log, events } = recorded();
  const link = new BrokerLink({
    broker: { url: broker.url, username: 'gw-1', password: 'wrong' },
    clientId: 'a',
    subscribe: [],
    onMessage: () => undefined,
    clock: systemClock,
    log,
    random: () => 1,
  });
  const refusals = () => events().filter(({ event }) => event === 'broker_refused');
  await until('three attempts', () => refusals().length >= 3);
  await link.close();
  const refused = refusals();
  assertGrowing(refused.map(({ time }) => time));
  assert.match(refused[0]?.reason ?? '', /not authorized|bad user name/i);
});

test('row 22: a broker that closes on a forbidden topic: no storm, a hint at the rights, and others are not disturbed', async (context) => {
  const { broker, credentials } = await brokerFor(context, ['gw-1', 'gw-2']);
  context.after(() => broker.close());
  const { log, events } = recorded();
  const address = (name: string) => ({ url: broker.url, username: name, password: credentials[name] ?? '' });
  const common = { subscribe: [], onMessage: () => undefined, clock: systemClock };
  const ups: number[] = [];
  const bad: BrokerLink = new BrokerLink({
    ...common,
    broker: address('gw-1'),
    clientId: 'a',
    // However slow this machine is, a session that ends with its first message is a short one.
    clock: { ...systemClock, monotonic: () => systemClock.monotonic() / 20 },
    log,
    random: () => 1,
    onUp: () => {
      ups.push(performance.now());
      bad.publish('tanbiao/v1/mill/gw-2/data', 'x').catch(() => undefined);
    },
  });
  const good = new BrokerLink({ ...common, broker: address('gw-2'), clientId: 'b', log: silentLog });
  await until('the good one is up', () => good.connected);
  for (let n = 0; n < 7 || ups.length < 3; n++) {
    assert.ok(n < 240, `${ups.length} connections in two minutes`);
    await good.publish('tanbiao/v1/mill/gw-2/data', 'x');
    await pause(500);
  }
  await bad.close();
  await good.close();
  assertGrowing(ups);
  assert.match(events().find(({ event }) => event === 'broker_lost')?.hint ?? '', /may this user publish/);
});

test('row 24: 500 gateways lose their broker and come back: spread over time, and all of them', async (context) => {
  const names = Array.from({ length: 500 }, (_, n) => `gw-${n}`);
  const { broker, again, credentials } = await brokerFor(context, names);
  const ups: number[] = [];
  /** When each began its last attempt, by its own choice: a machine that stands still makes many attempts at once out of those that were spread. */
  const chosen = new Map<string, number>();
  const links = names.map(
    (name) =>
      new BrokerLink({
        broker: { url: broker.url, username: name, password: credentials[name] ?? '' },
        clientId: name,
        subscribe: [`tanbiao/v1/mill/${name}/ack`],
        onMessage: () => undefined,
        onUp: () => ups.push(performance.now()),
        clock: {
          ...systemClock,
          sleep: (time, signal) => {
            chosen.set(name, performance.now() + time);
            return systemClock.sleep(time, signal);
          },
        },
        log: silentLog,
      }),
  );
  const allUp = async (count: number) => {
    for (let waits = 0; ups.length < count && waits < 900; waits++) await pause(100);
    return ups.length;
  };
  assert.equal(await allUp(500), 500);
  await broker.close();
  const back = await again();
  const since = performance.now();
  assert.equal(await allUp(1_000), 1_000);
  const returned = ups.slice(500).map((at) => at - since);
  const attempts = [...chosen.values()];
  assert.equal(attempts.length, 500);
  await Promise.all(links.map((link) => link.close()));
  await back.close();
  const busiest = Math.max(...attempts.map((at) => attempts.filter((other) => other >= at && other < at + 200).length));
  assert.ok(Math.max(...returned) < 90_000);
  assert.ok(busiest < 250, `${busiest} gateways chose the same 200 ms`);
  context.diagnostic(`all back after ${Math.round(Math.max(...returned))} ms, at most ${busiest} within 200 ms`);
});

// A broker that takes the connection and answers pings, but nothing else: it holds nobody up for ever.
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { BrokerLink } from './broker-link.ts';
import { systemClock } from './clock.ts';

/** The first byte of a packet of MQTT 3.1.1, and what this broker says to it. */
const answers = new Map([
  [0x10, [0x20, 2, 0, 0]], // CONNECT → CONNACK
  [0xc0, [0xd0, 0]], // PINGREQ → PINGRESP
]);
const [subscribe, publish] = [0x82, 0x32];

async function silentBroker(context: TestContext) {
  const heard: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      // All packets here are shorter than 128 bytes: one byte says how long.
      for (let end = 2 + (rest[1] ?? 0); rest.length >= 2 && rest.length >= end; end = 2 + (rest[1] ?? 0)) {
        heard.push(rest[0] ?? 0);
        const answer = answers.get(rest[0] ?? 0);
        if (answer !== undefined) socket.write(Buffer.from(answer));
        rest = rest.subarray(end);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const events: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void events.push(JSON.parse(line).event) });
  const link = (topics: string[], patience: number) =>
    new BrokerLink({
      broker: { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}` },
      clientId: 'gw',
      subscribe: topics,
      onMessage: () => undefined,
      clock: systemClock,
      log,
      random: () => 0,
      patience,
    });
  const count = (kind: number) => heard.filter((one) => one === kind).length;
  return { link, count, events };
}

async function until(reached: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !reached(); ) {
    assert.ok(performance.now() < end, 'not within a minute');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('a subscription that is never answered ends the session, and it is tried again', async (context) => {
  const { link, count, events } = await silentBroker(context);
  const one = link(['a'], 100);
  context.after(() => one.close());
  await until(() => count(subscribe) >= 2);
  assert.ok(!one.connected);
  assert.ok(events.includes('broker_silent'));
});

test('a link that waits for its subscription is closed at once', async (context) => {
  const { link, count, events } = await silentBroker(context);
  const one = link(['a'], 3_600_000);
  await until(() => count(subscribe) === 1);
  await one.close();
  assert.deepEqual(events, []);
});

test('a message that is never taken is given back, and the session begins anew', async (context) => {
  const { link, count, events } = await silentBroker(context);
  const one = link([], 100);
  context.after(() => one.close());
  await until(() => one.connected);
  await assert.rejects(one.publish('a', 'b'), { code: 'broker_unavailable', retry: true });
  await until(() => count(publish) === 1);
  assert.ok(events.includes('broker_silent'));
  await until(() => count(0x10) >= 2 && one.connected);
});

test('a link whose message is under way is closed all the same', async (context) => {
  const { link, count } = await silentBroker(context);
  const one = link([], 1_000);
  await until(() => one.connected);
  const given = assert.rejects(one.publish('a', 'b'), { code: 'broker_unavailable' });
  await until(() => count(publish) === 1);
  await one.close();
  await given;
});

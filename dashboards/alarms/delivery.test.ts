// Webhooks: what is sent arrives once it can, a dead or slow receiver holds nobody up, and the queue is bounded.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Clock, systemClock } from '../../core/clock.ts';
import { freePort } from '../../core/free-port.ts';
import { silentLog } from '../../core/log.ts';
import type { Alarm } from './answers.ts';
import { Delivery, type Message } from './delivery.ts';

const alarm: Alarm = {
  id: 1,
  rule: 'high',
  object: { kind: 'meter', id: 'main', point: 'power' },
  name: { zh: '高', en: 'high' },
  severity: 'warning',
  owner: null,
  first: 1,
  last: 1,
  count: 1,
  cleared: null,
  value: 5,
  limit: 4,
  unit: 'kW',
  acknowledged: null,
  told: false,
  settled: false,
};
const message = (id: number, changes: Partial<Alarm> = {}): Message => ({
  event: 'raised',
  site: 'golden',
  at: 1,
  alarm: { ...alarm, id, ...changes },
});

async function receiver(context: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

async function until(reached: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !reached(); ) {
    assert.ok(performance.now() < end, 'not within a minute');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits between tries pass at once. */
const impatient: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(1, signal) };

function deliver(context: TestContext, url: string, change: { deadline?: number; rules?: string[] } = {}): Delivery {
  const delivery = new Delivery(
    { id: 'ops', url, severities: ['critical', 'warning'], deadline: 10_000, ...change },
    { clock: impatient, log: silentLog, random: () => 1 },
  );
  const stop = new AbortController();
  const running = delivery.run(stop.signal);
  context.after(async () => {
    stop.abort();
    await running;
  });
  return delivery;
}

test('a receiver that refuses at first gets everything in the end, once and in order', async (context) => {
  const taken: number[] = [];
  let refusals = 3;
  const url = await receiver(context, async (request, response) => {
    const body = JSON.parse((await request.toArray()).join('')) as Message;
    if (refusals-- > 0) return void response.writeHead(503).end();
    taken.push(body.alarm.id);
    response.end();
  });
  const delivery = deliver(context, url);
  for (const id of [1, 2, 3]) delivery.offer(message(id));
  await until(() => delivery.health.delivered === 3);
  assert.deepEqual(taken, [1, 2, 3]);
  assert.deepEqual(delivery.health, { id: 'ops', waiting: 0, delivered: 3, dropped: 0, failure: null });
});

test('a receiver that never answers is given up after its deadline, and what is given up is counted', async (context) => {
  let asked = 0;
  const url = await receiver(context, () => {
    asked++;
  });
  const delivery = deliver(context, url, { deadline: 100 });
  delivery.offer(message(1));
  await until(() => delivery.health.dropped === 1);
  assert.ok(asked > 1, 'it was tried again');
  assert.match(delivery.health.failure ?? '', /no answer in time/);
});

test('a receiver that is not there is told as such, with its address', async (context) => {
  const port = await freePort();
  const delivery = deliver(context, `http://127.0.0.1:${port}/hook`);
  delivery.offer(message(1));
  await until(() => delivery.health.failure !== null);
  assert.match(delivery.health.failure ?? '', new RegExp(`ECONNREFUSED 127\\.0\\.0\\.1:${port}`));
});

test('the queue is bounded, and a webhook takes only its severities and rules', async (context) => {
  const url = await receiver(context, () => undefined);
  const delivery = deliver(context, url);
  delivery.offer(message(0, { severity: 'info' }));
  assert.equal(delivery.health.waiting, 0);
  for (let id = 1; id <= 700; id++) delivery.offer(message(id));
  assert.deepEqual([delivery.health.waiting, delivery.health.dropped], [500, 200]);
  const other = deliver(context, url, { rules: ['low'] });
  other.offer(message(1));
  assert.equal(other.health.waiting, 0);
});

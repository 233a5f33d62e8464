// What a subscription does not do by itself, against a server of which every word is ours.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DataValue } from 'node-opcua-client';
import { pino } from 'pino';
import { FakeClock } from '../../core/fake-clock.ts';
import type { Fault } from '../../core/fault.ts';
import type { Sample } from '../../core/sample.ts';
import { unsecured } from './opcua.fixture.ts';
import { SubscribedSource } from './opcua-source.ts';
import type { OpcuaSession } from './session.ts';
import { OpcuaSubscriber } from './subscriber.ts';

const start = Date.UTC(2026, 10, 21);

class FakeServer {
  sessions = 0;
  value = 1;
  /** When the value changed. */
  since = start;
  status = 0;
  tells = true;
  hear: (value: DataValue) => void = () => undefined;
  onAlive: () => void = () => undefined;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  answer(): DataValue {
    return {
      value: { dataType: 11, arrayType: 0, value: this.value },
      statusCode: { value: this.status, name: '' },
      sourceTimestamp: new Date(this.since),
      serverTimestamp: new Date(this.#clock.now()),
    } as unknown as DataValue;
  }

  change(value: number): void {
    this.value = value;
    this.since = this.#clock.now();
    if (this.tells) this.hear(this.answer());
  }

  async open(): Promise<OpcuaSession> {
    this.sessions++;
    return {
      over: new Promise<Fault>(() => undefined),
      close: async () => undefined,
      read: async ([, ...nodes]) => {
        const time = { value: { value: new Date(this.#clock.now()) } } as unknown as DataValue;
        return [time, ...nodes.map(() => this.answer())];
      },
      subscribe: async (_, onAlive) => {
        this.onAlive = onAlive;
        return {
          patience: 3_000,
          monitor: async (nodes, _every, hear) => {
            this.hear = (value) => hear(0, value);
            this.hear(this.answer());
            return { statuses: nodes.map(() => 0), stop: async () => undefined };
          },
        };
      },
    };
  }
}

function setUp(context: TestContext) {
  const clock = new FakeClock(start);
  const server = new FakeServer(clock);
  const lines: string[] = [];
  const subscriber = new OpcuaSubscriber({
    ...{ ...unsecured, endpoint: 'opc.tcp://plc:4840', timeout: 1_000, pkiFolder: '/nowhere', clock },
    ...{ periods: { fast: 1_000, slow: 5_000 }, heartbeat: 30_000, random: () => 0 },
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    open: () => server.open(),
  });
  const nodes = [{ point: 'power', node: 'ns=2;s=P', scale: 1 }] as const;
  const source = new SubscribedSource({ meter: 'm', endpoint: 'opc.tcp://plc:4840', clock, nodes }, subscriber);
  const samples: Sample[] = [];
  const stop = new AbortController();
  const following = source.follow((told) => samples.push(...told), stop.signal);
  context.after(async () => {
    stop.abort();
    await following.catch(() => undefined); // looked at by the test that makes it fail
    const closing = subscriber.close().catch(() => undefined);
    await clock.advance(60_000);
    await closing;
  });
  /** Time in which the server shows that it is there. */
  const alive = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      server.onAlive();
      await clock.advance(1_000);
    }
  };
  return { clock, server, source, samples, lines, alive, following };
}

const times = (samples: readonly Sample[]) => samples.map(({ time }) => Math.round((time - start) / 1_000));

test('a value that does not change is told by its heartbeat, and the session is left alone', async (context) => {
  const { server, samples, alive } = setUp(context);
  await alive(95);
  assert.equal(server.sessions, 1);
  assert.ok(samples.length >= 3 && samples.length <= 5, `${times(samples)}`);
  assert.ok(samples.every(({ value, quality }) => value === 1 && quality === 0));
});

test('keep-alives are no data: a server that has another value and did not tell it is left, and what it has is told', async (context) => {
  const { server, source, samples, alive } = setUp(context);
  await alive(5);
  server.tells = false;
  server.change(2);
  await alive(31);
  assert.equal(server.sessions, 2);
  const [first, second] = samples.slice(-3);
  assert.deepEqual([first?.value, second?.value, samples.at(-1)?.value], [2, null, 2]);
  assert.equal(source.fault, undefined);
});

test('a subscription that says nothing any more is left, although the server answers; the gap begins with its last word', async (context) => {
  const { clock, server, samples, alive } = setUp(context);
  await alive(10);
  server.tells = false;
  await clock.advance(5_000);
  assert.equal(server.sessions, 2);
  const gap = samples.find(({ value }) => value === null);
  assert.ok(gap !== undefined && gap.time - start <= 9_001, `${times(samples)}`);
});

test('values that the server threw away are told once', async (context) => {
  const { server, samples, lines, alive } = setUp(context);
  await alive(2);
  for (const value of [2, 3, 4]) {
    server.status = 0x480;
    server.change(value);
    await alive(1);
  }
  assert.equal(lines.filter((line) => line.includes('opcua_overflow')).length, 1);
  assert.deepEqual(
    samples.slice(-3).map(({ value, quality }) => [value, quality]),
    [
      [2, 0],
      [3, 0],
      [4, 0],
    ],
  );
});

test('a mistake of ours in taking a value ends the following, is not kept quiet, and does not stand in the way of the next', async (context) => {
  const { server, source, samples, following, alive } = setUp(context);
  await alive(2);
  samples.push = () => {
    throw new RangeError('ours');
  };
  const rejected = assert.rejects(following, RangeError);
  server.change(2);
  await rejected;
  const again: Sample[] = [];
  const stop = new AbortController();
  const next = source.follow((told) => again.push(...told), stop.signal);
  await alive(2);
  server.change(3);
  await alive(1);
  assert.equal(again.at(-1)?.value, 3);
  stop.abort();
  await next;
});

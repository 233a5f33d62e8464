// kill -9 of everything at once, ten times: what was acknowledged is stored, and nothing is stored twice.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import { points } from '../core/points.ts';
import { type Batch, seriesName } from '../core/sample.ts';
import { decodeBatch, parseAck, parseTopic } from '../core/wire.ts';
import { loadPlant } from '../simulators/main.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { projectFolder } from './context.ts';
import type { Running } from './running.ts';
import { daysAgo, temporarySite } from './temporary-site.ts';

const rounds = 10;
const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

type Seen = { batches: Map<string, Batch>; acknowledged: Set<string> };

/** Listens as the dashboards may: every batch, and every acknowledgement that came back for one. */
async function listen(dataFolder: string, { broker }: Running, seen: Seen): Promise<MqttClient> {
  const secrets = JSON.parse(readFileSync(join(dataFolder, 'broker-credentials.json'), 'utf8')) as Record<
    string,
    string
  >;
  const client = await connectAsync(broker, {
    username: 'dashboards',
    password: secrets.dashboards ?? '',
    reconnectPeriod: 0,
    clientId: `witness-${Date.now()}`,
  });
  client.on('message', (topic, payload) => {
    const parsed = parseTopic(topic);
    if (parsed?.channel === 'data') {
      const batch = decodeBatch(payload);
      seen.batches.set(`${batch.gateway}/${batch.epoch}/${batch.seq}`, batch);
    } else if (parsed?.channel === 'ack') {
      const { epoch, stored } = parseAck(payload);
      for (const [from, to] of stored)
        for (let seq = from; seq <= to; seq++) seen.acknowledged.add(`${parsed.gateway}/${epoch}/${seq}`);
    }
  });
  await client.subscribeAsync(['tanbiao/v1/+/+/data', 'tanbiao/v1/+/+/ack'], { qos: 1 });
  return client;
}

test(`${rounds} times kill -9 under load: no acknowledged batch missing, no reading twice, every value the plant's`, async (context) => {
  const { siteFolder, context: site } = temporarySite(context, 'golden', { start: daysAgo(2), withoutOpcua: true });
  const { dataFolder } = site;
  const seen: Seen = { batches: new Map(), acknowledged: new Set() };
  let child: ChildProcess | undefined;
  context.after(() => child?.kill('SIGKILL'));
  for (let round = 0; round < rounds; round++) {
    const process_ = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(projectFolder, 'bin/tanbiao.ts'),
        'demo',
        '--site',
        siteFolder,
        '--data',
        dataFolder,
        '--port',
        '0',
        '--log',
        'error',
      ],
      { stdio: 'ignore' },
    );
    child = process_;
    const ended = new Promise<void>((resolve) => process_.once('exit', () => resolve()));
    const note = join(dataFolder, 'running.json');
    const isUp = () => existsSync(note) && (JSON.parse(readFileSync(note, 'utf8')) as Running).pid === process_.pid;
    for (let waits = 0; !isUp() && waits < 600; waits++) await pause(50);
    assert.ok(isUp(), `round ${round}: the process did not come up`);
    const witness = await listen(dataFolder, JSON.parse(readFileSync(note, 'utf8')) as Running, seen);
    await pause(700 + ((round * 379) % 2_000));
    process_.kill('SIGKILL');
    await ended;
    await witness.endAsync(true).catch(() => undefined); // its broker is dead
  }

  const store = await DuckdbStore.open(join(dataFolder, 'store'));
  context.after(() => store.close());
  const stored = new Map<string, Map<number, number | null>>();
  const plant = loadPlant(site.site);
  let checked = 0;
  for (const { meter, point } of await store.latest()) {
    const { time, value } = await store.samples({ meter, point }, everything);
    assert.ok(
      time.every((one, row) => row === 0 || one > (time[row - 1] ?? 0)),
      `${meter}.${point} has an instant twice`,
    );
    stored.set(seriesName({ meter, point }), new Map(time.map((one, row) => [one, value[row] ?? null])));
    if (points[point].kind !== 'counter') continue;
    for (const [row, one] of time.entries()) {
      // The register was filled when it was asked, the reading stamped when the answer came: a little later.
      const [low, high] = [
        plant.reading(meter, point, one - 2_000) - 0.02,
        plant.reading(meter, point, one + 1) + 0.02,
      ];
      const found = value[row] ?? Number.NaN;
      assert.ok(found >= low && found <= high, `${meter}.${point} at ${one}: ${found} is not within ${low}..${high}`);
      checked++;
    }
  }
  assert.ok(checked > 1_000, `only ${checked} counter readings`);

  let acknowledged = 0;
  for (const [name, batch] of seen.batches) {
    if (!seen.acknowledged.has(name)) continue;
    acknowledged++;
    for (const [row, index] of batch.index.entries()) {
      const key = batch.series[index];
      assert.ok(key);
      assert.equal(
        stored.get(seriesName(key))?.get(batch.time[row] as number),
        batch.value[row],
        `${name} was acknowledged, but ${seriesName(key)} is missing`,
      );
    }
  }
  assert.ok(acknowledged > rounds * 2, `the witness saw only ${acknowledged} acknowledged batches`);
  const live = (await store.receipts()).filter(({ gateway }) => gateway === 'gw-1');
  assert.equal(live.length, 1, 'the spool lost its epoch');
  assert.equal(live[0]?.ranges.length, 1, `sequence numbers are missing: ${JSON.stringify(live[0]?.ranges)}`);
});
